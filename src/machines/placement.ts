import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { type Scope } from './engine/scope.ts';
import { apiColumn, apiStatus, serviceUrl, wsgiApi } from './parts/api.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { acceptedData, databaseFiles, databaseOf } from './parts/database.ts';
import { authtokenSection, missingIdentity, servicePassword } from './parts/identity.ts';
import { cacheSection, commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { imageFor, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts } from './parts/program.ts';
import { configFiles, databaseSecrets } from './parts/secret.ts';
import { databaseRules, extraConfig, extraConfigRules, serviceFields, serviceUses } from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';

const spec = z.strictObject({ ...serviceFields, extraConfig: extraConfig(['placement.conf']) });

type Spec = z.output<typeof spec>;

const user = 42482;
const port = 8778;

const image = (scope: Scope<Spec>): string => imageFor(scope, 'placement-api');

const entry: CatalogEntry<Spec> = {
  type: 'placement',
  name: 'placement',
  roles: ['admin'],
  url: endpoint,
  image,
  user,
};

/** Placement: counts what is free where, and gives it out. */
export const placement = defineKind(
  {
    kind: 'Placement',
    plural: 'placements',
    about: 'Counts the resources of a cloud and gives them out.',
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
        about: 'Passwords and the configuration exist.',
        apply: [
          ...databaseSecrets<Spec>(),
          servicePassword<Spec>(),
          configFiles<Spec>({ id: 'config', files, unless: missingIdentity }),
        ],
      },
      DBCreated: databaseStep<Spec>(),
      DBSynced: schemaStep<Spec>(image, (scope) => ({
        user,
        command: [bin('placement-manage'), '--config-file', conf, 'db', 'sync'],
        mounts: mounts(scope),
      })),
      Deployed: {
        about: 'The API runs and answers.',
        needs: ['database', 'cache', 'identity'],
        apply: wsgiApi<Spec>({ name: 'placement', image, user, port, files, mounts, probes: { ready: '/' } }),
      },
      Bootstrapped: catalogStep<Spec>(entry),
    },
    cleanUp: cleanUpFor<Spec>(entry),
    rebase: acceptedData,
    status: (scope) => ({ apiEndpoint: endpoint(scope) }),
  },
);

const conf = '/etc/placement/placement.conf';

function endpoint(scope: Scope<Spec>): string {
  return serviceUrl(scope, 'api', port);
}

function mounts(scope: Scope<Spec>): Mount[] {
  return configMounts(scope, { [conf]: 'placement.conf' });
}

function files(scope: Scope<Spec>): Files {
  const database = databaseOf(scope);
  return {
    'placement.conf': osloConfig('placement.conf', scope.cr.spec.extraConfig, {
      DEFAULT: { use_stderr: true, state_path: '/tmp' },
      placement_database: databaseSection(database),
      cache: cacheSection(scope),
      keystone_authtoken: authtokenSection(scope, entry.name, entry.type),
      ...commonSections,
    }),
    'uwsgi.ini': uwsgi({ module: 'placement.wsgi.api:application', port }),
    ...catalogFiles(scope, entry),
    ...databaseFiles(database),
  };
}
