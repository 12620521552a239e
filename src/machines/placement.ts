import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { acceptedData, databaseFiles, databaseOf } from './parts/database.ts';
import { authtokenSection, missingIdentity, servicePassword } from './parts/identity.ts';
import { cacheSection, commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { directPod, httpProbes, imageFor, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts } from './parts/program.ts';
import { configFiles, databaseSecrets, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import { databaseRules, extraConfig, extraConfigRules, serviceFields, serviceUses } from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';
import { deployment } from './parts/workload.ts';

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
        apply: [
          service<Spec>({ id: 'api-service', suffix: 'api', to: 'api', ports: { api: port } }),
          deployment<Spec>({
            id: 'api',
            replicas: (cr) => cr.replicas,
            image,
            config: (scope) => sourceOf(scope, files(scope), 'placement.conf', 'uwsgi.ini'),
            pod: (scope) =>
              directPod(scope, {
                name: 'placement',
                image: image(scope),
                user,
                command: [bin('uwsgi'), '--ini', '/etc/placement/uwsgi.ini'],
                ports: { api: port },
                mounts: [
                  ...mounts(scope),
                  { at: '/etc/placement/uwsgi.ini', secret: childName(scope, 'config'), file: 'uwsgi.ini' },
                ],
                ...httpProbes(port, '/'),
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

const conf = '/etc/placement/placement.conf';

function endpoint(scope: Scope<Spec>): string {
  return `http://${childName(scope, 'api')}.${scope.namespace}.svc:${port}`;
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
