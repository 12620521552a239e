import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { acceptedData, databaseFiles, databaseMade, databaseOf } from './parts/database.ts';
import { authtokenSection, missingIdentity, servicePassword } from './parts/identity.ts';
import { commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { directPod, httpProbes, imageFor, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts } from './parts/program.ts';
import { configFiles, databaseSecrets, generated, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import { databaseRules, extraConfig, extraConfigRules, serviceFields, serviceUses } from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';
import { deployment } from './parts/workload.ts';

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
    status: z.object({
      apiEndpoint: z.string().max(255).optional().describe('URL of the API inside the cluster.'),
    }),
    columns: [{ name: 'Endpoint', jsonPath: '.status.apiEndpoint', priority: 1 }],
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
        apply: [
          service<Spec>({ id: 'api-service', suffix: 'api', to: 'api', ports: { api: port } }),
          deployment<Spec>({
            id: 'api',
            replicas: (cr) => cr.replicas,
            image,
            config: (scope) => sourceOf(scope, files(scope), 'barbican.conf', 'uwsgi.ini'),
            pod: (scope) =>
              directPod(scope, {
                name: 'barbican',
                image: image(scope),
                user,
                command: [bin('uwsgi'), '--ini', '/etc/barbican/uwsgi.ini'],
                ports: { api: port },
                mounts: [
                  ...mounts(scope),
                  { at: '/etc/barbican/uwsgi.ini', secret: childName(scope, 'config'), file: 'uwsgi.ini' },
                ],
                ...httpProbes(port, '/healthcheck'),
                placement: scope.cr.spec,
              }),
          }),
        ],
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
  return `http://${childName(scope, 'api')}.${scope.namespace}.svc:${port}`;
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
