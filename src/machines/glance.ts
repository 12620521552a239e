import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { apiColumn, apiStatus, serviceUrl } from './parts/api.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { acceptedData, databaseFiles, databaseOf } from './parts/database.ts';
import { authtokenSection, missingIdentity, servicePassword } from './parts/identity.ts';
import { cacheSection, commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { directPod, httpProbes, imageFor, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts } from './parts/program.ts';
import { configFiles, databaseSecrets, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import {
  databaseRules,
  extraConfig,
  extraConfigRules,
  serviceFields,
  serviceUses,
  storage,
  storageRules,
  text,
} from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { volume } from './parts/volume.ts';
import { deployment } from './parts/workload.ts';

const spec = z.strictObject({
  ...serviceFields,
  storageType: z
    .enum(['pvc', 'ceph', 'swift'])
    .default('pvc')
    .describe('Where images lie. This version knows pvc: one volume, and so one replica.'),
  storage,
  cephPoolName: text(
    64,
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'write the name of a Ceph pool: letters, digits, ., _ and -, such as images',
  )
    .optional()
    .describe('Pool of storageType ceph. Not in this version.'),
  extraConfig: extraConfig(['glance-api.conf']),
});

type Spec = z.output<typeof spec>;

const user = 42415;
const port = 9292;

const image = (scope: Scope<Spec>): string => imageFor(scope, 'glance-api');

const entry: CatalogEntry<Spec> = { type: 'image', name: 'glance', roles: ['admin'], url: endpoint, image, user };

/** Glance: the images that servers are made of. */
export const glance = defineKind(
  {
    kind: 'Glance',
    plural: 'glances',
    about: 'The images of a cloud.',
    spec,
    status: z.object(apiStatus),
    columns: [apiColumn],
    rules: [
      ...databaseRules,
      {
        rule: "self.storageType == 'pvc'",
        message: 'storageType ceph and swift are not done in this version: leave it out, or write pvc',
      },
      {
        rule: '!has(self.cephPoolName)',
        message: 'cephPoolName is for storageType ceph, which is not done in this version: leave it out',
      },
      {
        // Of storageType pvc alone, which is all there is: a control plane keeps rules that speak of no field it decides.
        rule: 'self.replicas <= 1',
        message: 'replicas above 1 would share one volume, which only one Pod can write: write 1, or 0 to stop it',
      },
      ...storageRules,
      ...extraConfigRules,
    ],
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
        command: [bin('glance-manage'), '--config-file', conf, 'db_sync'],
        mounts: mounts(scope),
      })),
      Deployed: {
        about: 'The API runs with its volume and answers.',
        needs: ['database', 'cache', 'identity'],
        apply: [
          volume<Spec>({ id: 'images', component: 'api', storage: (cr) => cr.storage }),
          service<Spec>({ id: 'api-service', suffix: 'api', to: 'api', ports: { api: port } }),
          deployment<Spec>({
            id: 'api',
            replicas: (cr) => cr.replicas,
            image,
            // Two Pods cannot have the volume at once.
            strategy: 'Recreate',
            config: (scope) => sourceOf(scope, files, 'glance-api.conf'),
            pod: (scope) =>
              directPod(scope, {
                name: 'glance',
                image: image(scope),
                user,
                command: [bin('glance-api'), '--config-file', conf],
                ports: { api: port },
                mounts: [...mounts(scope), { at: '/var/lib/glance', claim: childName(scope, 'images') }],
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

const conf = '/etc/glance/glance-api.conf';

function endpoint(scope: Scope<Spec>): string {
  return serviceUrl(scope, 'api', port);
}

function mounts(scope: Scope<Spec>): Mount[] {
  return configMounts(scope, { [conf]: 'glance-api.conf' });
}

function files(scope: Scope<Spec>): Files {
  const database = databaseOf(scope);
  return {
    'glance-api.conf': osloConfig('glance-api.conf', scope.cr.spec.extraConfig, {
      DEFAULT: {
        use_stderr: true,
        bind_host: '0.0.0.0',
        bind_port: port,
        workers: 2,
        enabled_backends: 'file:file',
      },
      glance_store: { default_backend: 'file' },
      file: { filesystem_store_datadir: '/var/lib/glance/images' },
      os_glance_tasks_store: { filesystem_store_datadir: '/var/lib/glance/tasks_work_dir' },
      os_glance_staging_store: { filesystem_store_datadir: '/var/lib/glance/staging' },
      paste_deploy: { flavor: 'keystone' },
      database: databaseSection(database),
      cache: cacheSection(scope),
      keystone_authtoken: authtokenSection(scope, entry.name, entry.type),
      ...commonSections,
    }),
    ...catalogFiles(scope, entry),
    ...databaseFiles(database),
  };
}
