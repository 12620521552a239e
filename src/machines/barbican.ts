import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { apiColumn, apiStatus, serviceUrl, wsgiApi } from './parts/api.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { acceptedData, databaseFiles, databaseMade, databaseOf } from './parts/database.ts';
import { authtokenSection, missingIdentity, servicePassword } from './parts/identity.ts';
import { commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { imageFor, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts } from './parts/program.ts';
import { configFiles, databaseSecrets, generated } from './parts/secret.ts';
import { databaseRules, extraConfig, extraConfigRules, serviceFields, serviceUses } from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';

const spec = z.strictObject({ ...serviceFields, extraConfig: extraConfig(['barbican.conf']) });

type Spec = z.output<typeof spec>;

const user = 42403;
const port = 9311;

const image = (scope: Scope<Spec>): string => imageFor(scope, 'barbican-api');

const entry: CatalogEntry<Spec> = {
  type: 'key-manager',
  name: 'barbican',
  roles: ['admin'],
  url: endpoint,
  image,
  user,
};

/** Barbican: keeps the secrets of the cloud's users, sealed in its database. */
export const barbican = defineKind(
  {
    kind: 'Barbican',
    plural: 'barbicans',
    about: 'Keeps keys, passwords and certificates of a cloud’s users.',
    spec,
    status: z.object(apiStatus),
    columns: [apiColumn],
    rules: [...databaseRules, ...extraConfigRules],
  },
  {
    version: 1,
    recordOn: 'db-password',
    uses: serviceUses,
    steps: {
      SecretsReady: {
        about: 'Passwords, the key that seals the stored secrets, and the configuration exist.',
        apply: [
          ...databaseSecrets<Spec>(),
          servicePassword<Spec>(),
          generated<Spec>({ id: 'kek', keys: { kek: { make: 'key', bytes: 32 } }, irreplaceable: databaseMade }),
          configFiles<Spec>({ id: 'config', files, unless: missingIdentity }),
        ],
      },
      DBCreated: databaseStep<Spec>(),
      DBSynced: schemaStep<Spec>(image, (scope) => ({
        user,
        command: [bin('barbican-manage'), '--config-file', conf, 'db', 'upgrade'],
        mounts: mounts(scope),
      })),
      Deployed: {
        about: 'The API runs and answers.',
        needs: ['database', 'cache', 'identity'],
        apply: wsgiApi<Spec>({ name: 'barbican', image, user, port, files, mounts, probes: { ready: '/healthcheck' } }),
      },
      Bootstrapped: catalogStep<Spec>(entry),
    },
    cleanUp: cleanUpFor<Spec>(entry),
    rebase: acceptedData,
    status: (scope) => ({ apiEndpoint: endpoint(scope) }),
  },
);

const conf = '/etc/barbican/barbican.conf';

function endpoint(scope: Scope<Spec>): string {
  return serviceUrl(scope, 'api', port);
}

function mounts(scope: Scope<Spec>): Mount[] {
  return configMounts(scope, { [conf]: 'barbican.conf' });
}

function files(scope: Scope<Spec>): Files {
  const database = databaseOf(scope);
  return {
    'barbican.conf': osloConfig('barbican.conf', scope.cr.spec.extraConfig, {
      DEFAULT: { use_stderr: true, host_href: endpoint(scope) },
      database: databaseSection(database),
      keystone_authtoken: authtokenSection(scope, entry.name, entry.type),
      queue: { enable: false },
      // Without it, Barbican takes one that everybody can read in its source.
      simple_crypto_plugin: { kek: [{ secret: childName(scope, 'kek'), key: 'kek', as: 'ini' }] },
      ...commonSections,
    }),
    'uwsgi.ini': uwsgi({ module: 'barbican.wsgi.api:application', port }),
    ...catalogFiles(scope, entry),
    ...databaseFiles(database),
  };
}
