import { z } from 'zod';
import { Builtin } from '../kube/object.ts';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { ini, type Ini, type Text } from './engine/text.ts';
import { bootstrapScript } from './parts/bootstrap.ts';
import {
  acceptedData,
  connection,
  databaseJob,
  databaseOf,
  databaseSql,
  dropJob,
  dropSql,
  trustedIdentity,
} from './parts/database.ts';
import { job } from './parts/job.ts';
import { directPod, httpProbe, imageFor, type Mount } from './parts/pod-spec.ts';
import { refusedRelease, releaseOf } from './parts/release.ts';
import { configFiles, generated, given, password, secretDigest, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import {
  database,
  deletionPolicy,
  extraConfig,
  extraConfigRules,
  image,
  objectName,
  placement,
  ref,
  release,
  replicas,
  text,
} from './parts/spec.ts';
import { uwsgi } from './parts/uwsgi.ts';
import { deployment } from './parts/workload.ts';

const spec = z.strictObject({
  replicas: replicas(),
  image,
  release,
  ...placement,
  mariadbRef: ref('MariaDB', 'mariadb'),
  memcachedRef: ref('Memcached', 'memcached'),
  database,
  region: text(
    64,
    /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/,
    'write a region: letters, digits, _, . and - that begins and ends with a letter or digit, such as RegionOne',
  )
    .default('RegionOne')
    .describe('Region of the catalog entries.'),
  adminPasswordSecretName: objectName('a Secret in this namespace')
    .optional()
    .describe('A Secret of yours with the password of the user admin under the key `password`. Default: one is made.'),
  fernetKeyRotationInterval: z
    .int()
    .min(1)
    .max(8760)
    .default(24)
    .describe('Hours between two rotations of the token keys.'),
  extraConfig: extraConfig(['keystone.conf']),
  deletionPolicy,
});

type Spec = z.output<typeof spec>;

const user = 42425;
const port = 5000;
/** Seconds that a token is good for, and how much longer services may still fetch it. */
const expiration = 86_400;
const expiredWindow = 172_800;

/** Keystone: identity and the catalog. Every other service asks it who calls. */
export const keystone = defineKind(
  {
    kind: 'Keystone',
    plural: 'keystones',
    about: 'The identity service of a cloud.',
    spec,
    status: z.object({
      apiEndpoint: z.string().max(255).optional().describe('URL of the API inside the cluster.'),
    }),
    columns: [{ name: 'Endpoint', jsonPath: '.status.apiEndpoint', priority: 1 }],
    rules: [
      { rule: 'self.mariadbRef == oldSelf.mariadbRef', message: 'mariadbRef cannot be changed: the data lies there' },
      ...extraConfigRules,
      {
        rule: "self.extraConfig.all(e, !e.section.matches('(?i)^(fernet_tokens|fernet_receipts|credential)$') && !(e.section.matches('(?i)^token$') && e.key in ['provider', 'expiration', 'allow_expired_window']))",
        message:
          'extraConfig may not set where keys lie or how long tokens live: the rotation of the keys relies on them; use fernetKeyRotationInterval',
      },
    ],
  },
  {
    version: 1,
    recordOn: 'db-password',
    uses: {
      database: { kind: 'MariaDB', ref: (cr: Spec) => cr.mariadbRef },
      cache: { kind: 'Memcached', ref: (cr: Spec) => cr.memcachedRef },
    },
    steps: {
      SecretsReady: {
        about: 'Passwords, token keys and the configuration exist.',
        apply: [
          given<Spec>({
            id: 'database-secret',
            name: (cr) => cr.database.secretName,
            key: 'password',
            field: 'database.secretName',
          }),
          given<Spec>({
            id: 'admin-secret',
            name: (cr) => cr.adminPasswordSecretName,
            key: 'password',
            field: 'adminPasswordSecretName',
          }),
          generated<Spec>({
            id: 'db-password',
            keys: { password: password(32) },
            rotate: { as: 'db-password' },
          }),
          generated<Spec>({
            id: 'admin-password',
            keys: { password: password(32) },
            unless: (cr) => cr.adminPasswordSecretName !== undefined,
            irreplaceable: evidence,
            rotate: { as: 'admin-password' },
          }),
          generated<Spec>({
            id: 'fernet-keys',
            keys: (cr) => ({ '0': { make: 'fernet', keep: keysToKeep(cr.fernetKeyRotationInterval) } }),
            irreplaceable: evidence,
            rotate: { as: 'fernet-keys', everyHours: (cr) => cr.fernetKeyRotationInterval },
          }),
          generated<Spec>({
            id: 'credential-keys',
            keys: { '0': { make: 'fernet', keep: 3 } },
            irreplaceable: evidence,
          }),
          configFiles<Spec>({ id: 'config', files }),
        ],
      },
      DBCreated: {
        about: 'The database and its user exist, with the present password.',
        needs: ['database'],
        apply: [databaseJob<Spec>()],
      },
      DBSynced: {
        about: 'The schema is that of the image.',
        needs: ['database'],
        apply: [
          job<Spec>({
            id: 'db-sync',
            key: (scope) => {
              const identity = trustedIdentity(scope);
              if (typeof identity !== 'string') return identity;
              const wanted = imageFor(scope, 'keystone');
              return refusedRelease(scope, wanted) ?? { image: wanted, database: identity };
            },
            program: (scope) => ({
              name: 'db-sync',
              image: imageFor(scope, 'keystone'),
              user,
              command: [manage, '--config-file', '/etc/keystone/keystone.conf', 'db_sync'],
              mounts: configMounts(scope),
            }),
            learn: (scope) => ({ release: releaseOf(imageFor(scope, 'keystone'), scope.cr.spec.release) }),
          }),
        ],
      },
      Deployed: {
        about: 'The API runs and answers.',
        needs: ['database', 'cache'],
        apply: [
          service<Spec>({ id: 'api-service', suffix: 'api', to: 'api', ports: { api: port } }),
          deployment<Spec>({
            id: 'api',
            replicas: (cr) => cr.replicas,
            image: (scope) => imageFor(scope, 'keystone'),
            config: (scope) => {
              const { 'keystone.conf': conf, 'uwsgi.ini': server } = files(scope);
              return sourceOf(scope, { conf: conf ?? [], server: server ?? [] });
            },
            pod: (scope) =>
              directPod(scope, {
                name: 'keystone',
                image: imageFor(scope, 'keystone'),
                user,
                command: [`${venv}/bin/uwsgi`, '--ini', '/etc/keystone/uwsgi.ini'],
                ports: { api: port },
                mounts: [
                  ...configMounts(scope),
                  { at: '/etc/keystone/uwsgi.ini', secret: childName(scope, 'config'), file: 'uwsgi.ini' },
                  ...keyMounts(scope),
                ],
                startup: httpProbe('/v3', port, { periodSeconds: 1, failureThreshold: 300 }),
                readiness: httpProbe('/v3', port, { periodSeconds: 5 }),
                liveness: httpProbe('/healthcheck', port, {
                  periodSeconds: 10,
                  failureThreshold: 6,
                  timeoutSeconds: 10,
                }),
                placement: scope.cr.spec,
              }),
          }),
        ],
      },
      Bootstrapped: {
        about: 'The user admin, the catalog entry of identity and the project service exist.',
        needs: ['database'],
        apply: [
          job<Spec>({
            id: 'bootstrap',
            key: (scope) => {
              const identity = trustedIdentity(scope);
              if (typeof identity !== 'string') return identity;
              const { secret, key } = adminPassword(scope);
              return {
                database: identity,
                password: secretDigest(scope, secret, key) ?? '',
                region: scope.cr.spec.region,
                url: endpoint(scope),
              };
            },
            program: (scope) => ({
              name: 'bootstrap',
              image: imageFor(scope, 'keystone'),
              user,
              command: [`${venv}/bin/python3`, '/etc/keystone/bootstrap.py'],
              env: {
                OS_BOOTSTRAP_PASSWORD: adminPassword(scope),
                OS_BOOTSTRAP_REGION_ID: scope.cr.spec.region,
                OS_BOOTSTRAP_INTERNAL_URL: endpoint(scope),
                OS_BOOTSTRAP_PUBLIC_URL: endpoint(scope),
              },
              mounts: [
                ...configMounts(scope),
                { at: '/etc/keystone/bootstrap.py', secret: childName(scope, 'config'), file: 'bootstrap.py' },
                ...keyMounts(scope),
              ],
            }),
          }),
        ],
      },
    },
    cleanUp: [dropJob<Spec>()],
    rebase: acceptedData,
    status: (scope) => ({ apiEndpoint: endpoint(scope) }),
  },
);

const venv = '/var/lib/kolla/venv';
const manage = `${venv}/bin/keystone-manage`;

function endpoint(scope: Scope<Spec>): string {
  return `http://${childName(scope, 'api')}.${scope.namespace}.svc:${port}/v3`;
}

function adminPassword(scope: Scope<Spec>): { secret: string; key: string } {
  return { secret: scope.cr.spec.adminPasswordSecretName ?? childName(scope, 'admin-password'), key: 'password' };
}

/** What shows that a database was made with the keys: its records, a Job or a running API. */
function evidence(scope: Scope<Spec>): string | undefined {
  if (Object.keys(scope.record.jobs).length > 0) return 'the database was made with it';
  const built = [
    [Builtin.Job, 'db-sync'],
    [Builtin.Job, 'bootstrap'],
    [Builtin.Deployment, 'api'],
  ] as const;
  for (const [type, suffix] of built) {
    const name = childName(scope, suffix);
    if (scope.lookup.get(type, { namespace: scope.namespace, name }) !== undefined) {
      return `${type.kind}/${name} was made with it`;
    }
  }
  return undefined;
}

function configMounts(scope: Scope<Spec>): Mount[] {
  return [
    { at: '/etc/keystone/keystone.conf', secret: childName(scope, 'config'), file: 'keystone.conf' },
    { at: '/tmp', empty: true },
  ];
}

function keyMounts(scope: Scope<Spec>): Mount[] {
  return [
    { at: '/etc/keystone/fernet-keys', secret: childName(scope, 'fernet-keys') },
    { at: '/etc/keystone/credential-keys', secret: childName(scope, 'credential-keys') },
  ];
}

function files(scope: Scope<Spec>): Files {
  const db = databaseOf(scope);
  return {
    'keystone.conf': configuration(scope, connection(db)),
    'uwsgi.ini': uwsgi({ module: 'keystone.wsgi.api:application', port }),
    'bootstrap.py': [bootstrapScript],
    'database.sql': databaseSql(db),
    'drop.sql': dropSql(db),
  };
}

function configuration(scope: Scope<Spec>, connectionUrl: Text): Text {
  const { cr, namespace } = scope;
  const memcached = `${scope.peer('cache').name}.${namespace}.svc:11211`;
  const hours = cr.spec.fernetKeyRotationInterval;
  const sections: Record<string, Record<string, string | number | boolean | Text>> = {
    DEFAULT: { use_stderr: true },
    database: { connection: connectionUrl, connection_recycle_time: 600, max_pool_size: 5, max_retries: -1 },
    token: { provider: 'fernet', expiration, allow_expired_window: expiredWindow },
    fernet_tokens: {
      key_repository: '/etc/keystone/fernet-keys',
      max_active_keys: keysToKeep(hours),
    },
    credential: { key_repository: '/etc/keystone/credential-keys' },
    cache: { enabled: true, backend: 'oslo_cache.memcache_pool', memcache_servers: memcached },
    oslo_middleware: { enable_proxy_headers_parsing: true },
    oslo_messaging_notifications: { driver: 'noop' },
  };
  for (const { section, key, value } of cr.spec.extraConfig) {
    // A section may be called like something that every object inherits.
    const into = Object.hasOwn(sections, section) ? sections[section] : undefined;
    sections[section] = { ...into, [key]: value };
  }
  return ini(sections satisfies Ini);
}

/** Enough keys that no token outlives the key that opens it: one for each rotation of its life, and two besides. */
export function keysToKeep(intervalHours: number): number {
  return Math.ceil((expiration + expiredWindow) / (intervalHours * 3600)) + 2;
}
