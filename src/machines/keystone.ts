import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { apiColumn, apiStatus, wsgiApi } from './parts/api.ts';
import { bootstrapScript } from './parts/bootstrap.ts';
import {
  acceptedData,
  databaseFiles,
  databaseMade,
  databaseOf,
  dropJob,
  onDatabase,
  trustedIdentity,
} from './parts/database.ts';
import { identityPort, identityUrlOf } from './parts/identity.ts';
import { job } from './parts/job.ts';
import { cacheSection, commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { imageFor, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts } from './parts/program.ts';
import { configFiles, databaseSecrets, generated, given, password, secretDigest } from './parts/secret.ts';
import {
  database,
  databaseRules,
  deletionPolicy,
  extraConfig,
  extraConfigRules,
  image as imageField,
  objectName,
  placement,
  ref,
  release,
  replicas,
  serviceUses,
  text,
} from './parts/spec.ts';
import { databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';

const spec = z.strictObject({
  replicas: replicas(),
  image: imageField,
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
const port = identityPort;

const image = (scope: Scope<Spec>): string => imageFor(scope, 'keystone');

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
    status: z.object(apiStatus),
    columns: [apiColumn],
    rules: [
      ...databaseRules,
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
    uses: { database: serviceUses.database, cache: serviceUses.cache },
    steps: {
      SecretsReady: {
        about: 'Passwords, token keys and the configuration exist.',
        apply: [
          ...databaseSecrets<Spec>(),
          given<Spec>({
            id: 'admin-secret',
            name: (cr) => cr.adminPasswordSecretName,
            key: 'password',
            field: 'adminPasswordSecretName',
          }),
          generated<Spec>({
            id: 'admin-password',
            keys: { password: password(32) },
            unless: (cr) => cr.adminPasswordSecretName !== undefined,
            irreplaceable: databaseMade,
            rotate: { as: 'admin-password' },
          }),
          generated<Spec>({
            id: 'fernet-keys',
            keys: (cr) => ({ '0': { make: 'fernet', keep: keysToKeep(cr.fernetKeyRotationInterval) } }),
            irreplaceable: databaseMade,
            rotate: { as: 'fernet-keys', everyHours: (cr) => cr.fernetKeyRotationInterval },
          }),
          generated<Spec>({
            id: 'credential-keys',
            keys: { '0': { make: 'fernet', keep: 3 } },
            irreplaceable: databaseMade,
          }),
          configFiles<Spec>({ id: 'config', files }),
        ],
      },
      DBCreated: databaseStep<Spec>(),
      DBSynced: schemaStep<Spec>(image, (scope) => ({
        user,
        command: [bin('keystone-manage'), '--config-file', conf, 'db_sync'],
        mounts: mounts(scope),
      })),
      Deployed: {
        about: 'The API runs and answers.',
        needs: ['database', 'cache'],
        apply: wsgiApi<Spec>({
          name: 'keystone',
          image,
          user,
          port,
          files,
          mounts,
          more: keyMounts,
          probes: { ready: '/v3', alive: '/healthcheck' },
        }),
      },
      Bootstrapped: {
        about: 'The user admin, the catalog entry of identity and the project service exist.',
        needs: ['database'],
        apply: [
          job<Spec>({
            id: 'bootstrap',
            alone: onDatabase,
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
              image: image(scope),
              user,
              command: [bin('python3'), '/etc/keystone/bootstrap.py'],
              env: {
                OS_BOOTSTRAP_PASSWORD: adminPassword(scope),
                OS_BOOTSTRAP_REGION_ID: scope.cr.spec.region,
                OS_BOOTSTRAP_INTERNAL_URL: endpoint(scope),
                OS_BOOTSTRAP_PUBLIC_URL: endpoint(scope),
              },
              mounts: [
                ...mounts(scope),
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

const conf = '/etc/keystone/keystone.conf';

function endpoint(scope: Scope<Spec>): string {
  return `${identityUrlOf(scope.name, scope.namespace)}/v3`;
}

function adminPassword(scope: Scope<Spec>): { secret: string; key: string } {
  return { secret: scope.cr.spec.adminPasswordSecretName ?? childName(scope, 'admin-password'), key: 'password' };
}

function mounts(scope: Scope<Spec>): Mount[] {
  return configMounts(scope, { [conf]: 'keystone.conf' });
}

function keyMounts(scope: Scope<Spec>): Mount[] {
  return [
    { at: '/etc/keystone/fernet-keys', secret: childName(scope, 'fernet-keys') },
    { at: '/etc/keystone/credential-keys', secret: childName(scope, 'credential-keys') },
  ];
}

function files(scope: Scope<Spec>): Files {
  const database = databaseOf(scope);
  const { extraConfig: extra, fernetKeyRotationInterval: hours } = scope.cr.spec;
  return {
    'keystone.conf': osloConfig('keystone.conf', extra, {
      DEFAULT: { use_stderr: true },
      database: databaseSection(database),
      token: { provider: 'fernet', expiration, allow_expired_window: expiredWindow },
      fernet_tokens: { key_repository: '/etc/keystone/fernet-keys', max_active_keys: keysToKeep(hours) },
      credential: { key_repository: '/etc/keystone/credential-keys' },
      cache: cacheSection(scope),
      ...commonSections,
    }),
    'uwsgi.ini': uwsgi({ module: 'keystone.wsgi.api:application', port }),
    'bootstrap.py': [bootstrapScript],
    ...databaseFiles(database),
  };
}

/** Enough keys that no token outlives the key that opens it: one for each rotation of its life, and two besides. */
export function keysToKeep(intervalHours: number): number {
  return Math.ceil((expiration + expiredWindow) / (intervalHours * 3600)) + 2;
}
