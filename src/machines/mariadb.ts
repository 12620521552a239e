import { z } from 'zod';
import { defineKind } from './engine/kind.ts';
import type { Files } from './engine/child.ts';
import { childName, type Scope } from './engine/scope.ts';
import { ini } from './engine/text.ts';
import { directPod, imageFor } from './parts/pod-spec.ts';
import { configFiles, generated, password, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import { deletionPolicy, image, placement, replicas, storage, storageRules } from './parts/spec.ts';
import { volumeOf } from './parts/volume.ts';
import { statefulSet } from './parts/workload.ts';
import { Builtin } from '../kube/object.ts';

const spec = z.strictObject({
  replicas: replicas(1),
  image,
  ...placement,
  storage,
  galeraEnabled: z.boolean().default(false).describe('A Galera cluster of several servers. Not in this version.'),
  deletionPolicy,
});

type Spec = z.output<typeof spec>;

const user = 42434;

/** MariaDB: one server with one volume. Everything that holds data in a cloud is in here. */
export const mariadb = defineKind(
  {
    kind: 'MariaDB',
    plural: 'mariadbs',
    about: 'The database server of a cloud.',
    spec,
    status: z.object({
      dataID: z.string().max(64).optional().describe('Identity of the data: the UID of the volume claim.'),
      acceptedData: z.string().max(128).optional().describe('The last replaced data that a person accepted, and how.'),
    }),
    rules: [
      {
        rule: '!self.galeraEnabled',
        message: 'galeraEnabled is not done in this version: leave it out; one server with one volume is made',
      },
      ...storageRules,
    ],
  },
  {
    version: 1,
    recordOn: 'root-password',
    steps: {
      SecretsReady: {
        about: 'The root password and the configuration exist.',
        apply: [
          generated<Spec>({
            id: 'root-password',
            keys: { password: password(32) },
            irreplaceable: (scope) => {
              const name = claimOf(scope);
              const claim = scope.lookup.get(Builtin.PersistentVolumeClaim, { namespace: scope.namespace, name });
              return claim === undefined
                ? undefined
                : `PersistentVolumeClaim/${name} holds a database that only it opens`;
            },
          }),
          configFiles<Spec>({ id: 'config', files }),
        ],
      },
      Deployed: {
        about: 'The server runs with its volume and answers a query.',
        apply: [
          service<Spec>({ id: 'service', suffix: '', to: 'server', ports: { mysql: 3306 }, headless: true }),
          statefulSet<Spec>({
            id: 'server',
            suffix: '',
            service: (scope) => scope.name,
            replicas: (cr) => cr.replicas,
            image: (scope) => imageFor(scope, 'mariadb-server'),
            storage: (cr) => cr.storage,
            config: (scope) => sourceOf(scope, files),
            pod: (scope) =>
              directPod(scope, {
                name: 'mariadb',
                image: imageFor(scope, 'mariadb-server'),
                user,
                command: ['bash', '/etc/mariadb/start.sh'],
                ports: { mysql: 3306 },
                mounts: [
                  { at: '/etc/mariadb', secret: childName(scope, 'config') },
                  { at: '/var/lib/mysql', volume: 'data' },
                  { at: '/run/mysqld', empty: true },
                  { at: '/tmp', empty: true },
                ],
                startup: { exec: { command: query }, periodSeconds: 1, failureThreshold: 300, timeoutSeconds: 5 },
                readiness: { exec: { command: query }, periodSeconds: 5, timeoutSeconds: 5 },
                liveness: { exec: { command: ping }, periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5 },
                grace: 60,
                placement: scope.cr.spec,
              }),
          }),
          volumeOf<Spec>({
            id: 'data',
            component: 'server',
            of: (scope) => scope.name,
            storage: (cr) => cr.storage,
            isIdentity: true,
          }),
        ],
      },
    },
    status: (scope) => ({
      ...dataID(scope),
      ...(scope.record.handled['acceptData'] === undefined ? {} : { acceptedData: scope.record.handled['acceptData'] }),
    }),
  },
);

/** What is there now, also while nobody has accepted it yet: those who use it compare it with what they remember. */
function dataID(scope: Scope<unknown>): { dataID?: string } {
  const claim = scope.lookup.get(Builtin.PersistentVolumeClaim, { namespace: scope.namespace, name: claimOf(scope) });
  const id = claim?.metadata.uid ?? scope.record.dataID;
  return id === undefined ? {} : { dataID: id };
}

/** A real query, with the password: `ping` succeeds even where access is denied. */
const query = ['mariadb', '--defaults-file=/etc/mariadb/local.cnf', '--batch', '--execute', 'SELECT 1'];

/** Succeeds as long as the server answers at all; a bare connection would be logged as aborted each time. */
const ping = ['mariadb-admin', '--defaults-file=/etc/mariadb/local.cnf', 'ping'];

function claimOf(scope: { readonly name: string }): string {
  return `data-${scope.name}-0`;
}

function files(scope: Scope<Spec>): Files {
  const root = childName(scope, 'root-password');
  const login = (where: string) =>
    [
      `[client]\n${where}user = root\npassword = "`,
      { secret: root, key: 'password', as: 'option' as const },
      '"\n',
    ] as const;
  const account = (host: string) =>
    [
      `ALTER USER 'root'@'${host}' IDENTIFIED BY '`,
      { secret: root, key: 'password', as: 'sql' as const },
      "';\n",
    ] as const;
  return {
    'my.cnf': ini({
      mariadbd: {
        datadir: '/var/lib/mysql/data',
        tmpdir: '/tmp',
        socket: '/run/mysqld/mysqld.sock',
        'pid-file': '/run/mysqld/mysqld.pid',
        'bind-address': '0.0.0.0',
        port: 3306,
        'skip-name-resolve': 'ON',
        max_connections: 1000,
        innodb_buffer_pool_size: '128M',
        'character-set-server': 'utf8mb3',
        log_bin_trust_function_creators: 1,
        // From 11.6 on the server otherwise fails concurrent updates that OpenStack does not repeat.
        'loose-innodb_snapshot_isolation': 'OFF',
      },
    }),
    'local.cnf': [...login('socket = /run/mysqld/mysqld.sock\n')],
    'admin.cnf': [...login(`host = ${scope.name}.${scope.namespace}.svc\nport = 3306\n`)],
    // The server takes one statement a line here, and runs without those it cannot read.
    'init.sql': [
      "CREATE USER IF NOT EXISTS 'root'@'%';\n",
      ...account('%'),
      ...account('localhost'),
      "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n",
      // The installation leaves root without a password for 127.0.0.1, ::1 and the host name, and nameless users.
      "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host NOT IN ('localhost', '%'));\n",
      'FLUSH PRIVILEGES;\n',
    ],
    'start.sh': [startScript],
  };
}

/** A rename makes the data directory appear whole or not at all, so an installation that was interrupted costs no data. */
const startScript = `set -eu
if [ ! -d /var/lib/mysql/data ]; then
  rm -rf /var/lib/mysql/data.new
  mariadb-install-db --defaults-file=/etc/mariadb/my.cnf --datadir=/var/lib/mysql/data.new --skip-test-db \\
    --auth-root-authentication-method=normal
  mv /var/lib/mysql/data.new /var/lib/mysql/data
fi
exec mariadbd --defaults-file=/etc/mariadb/my.cnf --init-file=/etc/mariadb/init.sql
`;
