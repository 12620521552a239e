import { Builtin } from '../../kube/object.ts';
import type { Child, Files } from '../engine/child.ts';
import type { Lesson } from '../engine/ledger.ts';
import { childName, type Scope } from '../engine/scope.ts';
import type { SecretRef, Text } from '../engine/text.ts';
import { skipped } from './clean-up.ts';
import { job, type Blocked } from './job.ts';
import { kollaImage, type Mount, type Program } from './pod-spec.ts';
import { secretDigest } from './secret.ts';

const mysqlUser = 42434;

/** Where a resource keeps its database: names and the reference to its password. */
export interface Database {
  readonly host: string;
  readonly user: string;
  readonly names: readonly string[];
  readonly password: (as: SecretRef['as']) => SecretRef;
}

interface DatabaseSpec {
  readonly database: { readonly secretName?: string | undefined };
}

/**
 * The database of a resource. One named like its service gets the plain names (`nova`, `nova_api`), any other
 * `<name with _>__<plain name>`: clouds that share a MariaDB never meet.
 */
export function databaseOf<Spec extends DatabaseSpec>(scope: Scope<Spec>, plain: readonly string[] = []): Database {
  const service = scope.kind.toLowerCase();
  const names = plain.length === 0 ? [service] : plain;
  const own = scope.name === service;
  const prefix = scope.name.replaceAll('-', '_');
  const given = scope.cr.spec.database.secretName;
  return {
    host: `${scope.peer('database').name}.${scope.namespace}.svc`,
    user: own ? service : `${prefix}__${service}`,
    names: own ? names : names.map((name) => `${prefix}__${name}`),
    password: (as) => ({ secret: given ?? childName(scope, 'db-password'), key: 'password', as }),
  };
}

/** `mysql+pymysql://user:password@host:3306/name`, for oslo.db. */
export function connection(database: Database, name = database.names[0] ?? ''): Text {
  return [`mysql+pymysql://${database.user}:`, database.password('url'), `@${database.host}:3306/${name}`];
}

/**
 * The identity of the data that this resource's records are about: the UID of MariaDB's volume claim. While MariaDB
 * does not say, it is the recorded one: unknown is no change.
 */
export function identityOf<Spec>(scope: Scope<Spec>): string | undefined {
  return reportedBy(scope).dataID ?? scope.record.dataID;
}

function reportedBy<Spec>(scope: Scope<Spec>): { dataID?: string; acceptedData?: string } {
  return (scope.peer('database').object?.['status'] ?? {}) as { dataID?: string; acceptedData?: string };
}

/** Why nothing may be run on this database; its identity otherwise. */
export function trustedIdentity<Spec>(scope: Scope<Spec>): string | Blocked {
  const peer = scope.peer('database');
  const by = { kind: peer.kind, name: peer.name };
  const now = identityOf(scope);
  if (now === undefined) {
    return { blocked: { reason: 'DependencyNotReady', message: `${peer.kind}/${peer.name} has no data yet`, by } };
  }
  const { dataID } = scope.record;
  if (dataID !== undefined && dataID !== now) {
    const message =
      `the data of ${peer.kind}/${peer.name} was replaced (${dataID} is gone, ${now} is there); restore it, then annotate ` +
      `the ${peer.kind} with openstack.k8s.io/accept-data: ${now}=restored, or ${now}=empty to begin anew`;
    return { blocked: { stalled: true, reason: 'DataReplaced', message, by } };
  }
  return now;
}

/**
 * What shows that the database was made, and may hold what only a key of the resource opens: its records, a Job or a
 * running API. For `irreplaceable`.
 */
export function databaseMade<Spec>(scope: Scope<Spec>): string | undefined {
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

/** What becomes of the records when a person accepted that MariaDB's data was replaced. */
export function acceptedData<Spec>(scope: Scope<Spec>): Lesson | undefined {
  const { dataID, acceptedData: accepted } = reportedBy(scope);
  const old = scope.record.dataID;
  if (dataID === undefined || old === undefined || old === dataID || accepted?.startsWith(`${dataID}=`) !== true)
    return undefined;
  if (accepted.endsWith('=empty')) {
    const forgotten = Object.fromEntries(Object.keys(scope.record.jobs).map((id) => [id, undefined]));
    return { dataID, jobs: forgotten };
  }
  // Jobs that work on something else, such as the catalog, have nothing to do with it.
  const moved = Object.entries(scope.record.jobs).map(([id, key]) => [
    id,
    id === 'db-create' ? undefined : 'database' in key ? { ...key, database: dataID } : key,
  ]);
  return { dataID, jobs: Object.fromEntries(moved) as NonNullable<Lesson['jobs']> };
}

/** SQL that may run any number of times and leaves one user with one password and all rights on its databases. */
export function databaseSql(database: Database): Text {
  const account = `'${database.user}'@'%'`;
  return [
    ...database.names.map((name) => `CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb3;\n`),
    `CREATE USER IF NOT EXISTS ${account} IDENTIFIED BY '`,
    database.password('sql'),
    `';\nALTER USER ${account} IDENTIFIED BY '`,
    database.password('sql'),
    `';\n`,
    ...database.names.map((name) => `GRANT ALL PRIVILEGES ON \`${name}\`.* TO ${account};\n`),
  ];
}

export function dropSql(database: Database): Text {
  return [
    ...database.names.map((name) => `DROP DATABASE IF EXISTS \`${name}\`;\n`),
    `DROP USER IF EXISTS '${database.user}'@'%';\n`,
  ];
}

/** What the Jobs that create and drop read. */
export function databaseFiles(database: Database): Files {
  return { 'database.sql': databaseSql(database), 'drop.sql': dropSql(database) };
}

/** What Jobs work on of which one runs at a time: they would change tables and passwords under each other. */
export const onDatabase = 'database';

/** Job `-db-create`: makes the databases and the user, and gives the user its present password. */
export function databaseJob<Spec extends DatabaseSpec>(part: { readonly plain?: readonly string[] } = {}): Child<Spec> {
  return job<Spec>({
    id: 'db-create',
    alone: onDatabase,
    key: (scope) => {
      const identity = trustedIdentity(scope);
      if (typeof identity !== 'string') return identity;
      const database = databaseOf(scope, part.plain);
      const ref = database.password('sql');
      return { database: identity, user: database.user, password: secretDigest(scope, ref.secret, ref.key) ?? '' };
    },
    program: (scope) => sqlProgram(scope, 'db-create', 'database.sql'),
    learn: (scope) => ({ dataID: identityOf(scope) }),
  });
}

/** Job `-db-drop`, for `deletionPolicy: Delete`. Skipped where there is nothing to drop, or nobody to ask. */
export function dropJob<Spec extends DatabaseSpec>(): Child<Spec> {
  const child = job<Spec>({
    id: 'db-drop',
    key: (scope) => ({ database: scope.record.dataID ?? '', uid: scope.cr.metadata.uid ?? '' }),
    program: (scope) => sqlProgram(scope, 'db-drop', 'drop.sql'),
  });
  return {
    ...child,
    undoes: 'db-create',
    look: (scope) =>
      skipped(scope, { peer: 'database', made: 'db-create', what: 'the database was not dropped' }) ??
      child.look(scope),
  };
}

function sqlProgram<Spec extends DatabaseSpec>(scope: Scope<Spec>, name: string, file: string): Program {
  const peer = scope.peer('database');
  const image = (peer.object?.['spec'] as { image?: string } | undefined)?.image ?? kollaImage(scope, 'mariadb-server');
  const mounts: Mount[] = [
    { at: '/etc/database/admin.cnf', secret: `${peer.name}-config`, file: 'admin.cnf' },
    { at: `/etc/database/${file}`, secret: childName(scope, 'config'), file },
    { at: '/tmp', empty: true },
  ];
  return {
    name,
    image,
    user: mysqlUser,
    command: [
      'mariadb',
      '--defaults-file=/etc/database/admin.cnf',
      '--batch',
      '--execute',
      `source /etc/database/${file}`,
    ],
    mounts,
  };
}
