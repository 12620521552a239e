import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, live, mariadbSaying, pod, scopeWith } from '../../../test/support/scope.ts';
import { Builtin } from '../../kube/object.ts';
import { nameRuleFor } from './spec.ts';
import { fill } from '../engine/text.ts';
import { learn, type Ledger } from '../engine/ledger.ts';
import {
  acceptedData,
  connection,
  databaseJob,
  databaseOf,
  databaseSql,
  dropJob,
  dropSql,
  identityOf,
  trustedIdentity,
} from './database.ts';

interface Spec {
  readonly database: { readonly secretName?: string };
}

const spec: Spec = { database: {} };
type Given = Parameters<typeof scopeWith<Spec>>[0];
const given = (more: Given = {}) => scopeWith<Spec>({ spec, ...more });
const saying = (status: object) => ({ peers: { database: mariadbSaying(status) } });

/** Names that the API server admits. */
const pattern = /matches\('(.+)'\)/.exec(nameRuleFor().rule)?.[1] ?? '';
const names = fc
  .tuple(fc.constantFrom(...'abkn'), fc.array(fc.constantFrom(...'abkeystonecv019-'), { maxLength: 31 }))
  .map(([first, rest]) => first + rest.join(''))
  .filter((name) => new RegExp(pattern).test(name));

/** Databases of the services of OpenStack: each kind of resource and the plain names it has. */
const services: Readonly<Record<string, readonly string[]>> = {
  Keystone: [],
  Glance: [],
  Placement: [],
  Neutron: [],
  Cinder: [],
  Nova: ['nova', 'nova_api', 'nova_cell0'],
};
const kind = fc.constantFrom(...Object.keys(services));
const databasesOf = (of: string, name: string) => databaseOf(given({ kind: of, name }), services[of]);

describe('databaseOf', () => {
  it.each([
    { of: 'Keystone', name: 'keystone', user: 'keystone', databases: ['keystone'] },
    { of: 'Nova', name: 'nova', user: 'nova', databases: ['nova', 'nova_api', 'nova_cell0'] },
    { of: 'Keystone', name: 'a-b', user: 'a_b__keystone', databases: ['a_b__keystone'] },
    {
      of: 'Nova',
      name: 'keystone',
      user: 'keystone__nova',
      databases: ['keystone__nova', 'keystone__nova_api', 'keystone__nova_cell0'],
    },
  ])('of $of $name are $databases for $user', ({ of, name, user, databases }) => {
    expect(databasesOf(of, name)).toMatchObject({ user, names: databases, host: 'mariadb.ns.svc' });
  });

  it('never gives two resources the same user or database', () => {
    fc.assert(
      fc.property(kind, names, kind, names, (kindA, a, kindB, b) => {
        fc.pre(kindA !== kindB || a !== b);
        const [one, other] = [databasesOf(kindA, a), databasesOf(kindB, b)];
        expect(one.user).not.toBe(other.user);
        expect(one.names.filter((name) => other.names.includes(name))).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  it('never gives names that differ only in - and _, or in what is before the two underscores', () => {
    const close = [
      'a',
      'a-',
      'a-b',
      'ab',
      'keystone',
      'nova',
      'nova-api',
      'a--nova',
      'a-nova',
      'nova-nova',
      'a--b',
      'cell0',
    ].filter((name) => new RegExp(pattern).test(name));
    const all = Object.keys(services).flatMap((of) => close.flatMap((name) => databasesOf(of, name).names));
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  });

  it('keeps every name within the 64 characters of MariaDB, and free of quotes', () => {
    fc.assert(
      fc.property(kind, names, (of, name) => {
        const { user, names: databases } = databasesOf(of, name);
        for (const each of [user, ...databases]) expect(each).toMatch(/^[a-z0-9_]{1,64}$/);
      }),
    );
  });

  it('takes the password from the Secret that the user names, or from its own', () => {
    expect(databaseOf(given()).password('url')).toEqual({ secret: 'a-db-password', key: 'password', as: 'url' });
    expect(databaseOf(given({ spec: { database: { secretName: 'mine' } } })).password('sql').secret).toBe('mine');
  });
});

describe('connection and SQL', () => {
  it('hold the password in the form that its place needs', () => {
    const database = databaseOf(given());
    const read = () => "p@ss'\\";
    expect(fill(connection(database), read)).toBe(
      'mysql+pymysql://a__keystone:p%40ss%27%5C@mariadb.ns.svc:3306/a__keystone',
    );
    expect(fill(databaseSql(database), read).trim().split('\n')).toEqual([
      'CREATE DATABASE IF NOT EXISTS `a__keystone` CHARACTER SET utf8mb3;',
      "CREATE USER IF NOT EXISTS 'a__keystone'@'%' IDENTIFIED BY 'p@ss''\\\\';",
      "ALTER USER 'a__keystone'@'%' IDENTIFIED BY 'p@ss''\\\\';",
      "GRANT ALL PRIVILEGES ON `a__keystone`.* TO 'a__keystone'@'%';",
    ]);
    expect(fill(dropSql(database), read)).toBe(
      "DROP DATABASE IF EXISTS `a__keystone`;\nDROP USER IF EXISTS 'a__keystone'@'%';\n",
    );
  });
});

describe('the identity of the data', () => {
  it.each([
    { reported: 'd1', recorded: undefined, identity: 'd1' },
    { reported: 'd1', recorded: 'd1', identity: 'd1' },
    { reported: undefined, recorded: 'd1', identity: 'd1' },
  ])('is $identity where MariaDB says $reported and $recorded is recorded', ({ reported, recorded, identity }) => {
    const scope = given({
      ...saying({ dataID: reported }),
      ...(recorded === undefined ? {} : { record: { dataID: recorded } }),
    });
    expect(identityOf(scope)).toBe(identity);
    expect(trustedIdentity(scope)).toBe(identity);
  });

  it('is waited for where nobody knows it', () => {
    expect(trustedIdentity(given())).toMatchObject({ blocked: { reason: 'DependencyNotReady' } });
  });

  it('that is another than the recorded one lets nothing run, and says what to write', () => {
    const scope = given({ ...saying({ dataID: 'd2' }), record: { dataID: 'd1' } });
    const { blocked } = trustedIdentity(scope) as { blocked: { message: string } };
    expect(blocked).toMatchObject({ stalled: true, reason: 'DataReplaced', by: { kind: 'MariaDB', name: 'mariadb' } });
    expect(blocked.message).toContain('accept-data: d2=restored');
    expect(blocked.message).toContain('d2=empty');
    expect(databaseJob<Spec>().look(scope)).toMatchObject({ is: 'blocked', stalled: true, reason: 'DataReplaced' });
    expect(databaseJob<Spec>().look(scope).due).toBeUndefined();
  });
});

describe('acceptedData', () => {
  const record: Ledger = {
    jobs: {
      'db-create': { database: 'd1', user: 'u', password: digest('p') },
      'db-sync': { database: 'd1', image: 'i' },
      'endpoint-create': { url: 'u' },
    },
    settled: {},
    digests: {},
    volumes: {},
    answers: {},
    handled: {},
    dataID: 'd1',
  };

  it.each([
    { what: 'nothing was accepted', status: { dataID: 'd2' } },
    { what: 'other data was accepted', status: { dataID: 'd2', acceptedData: 'd3=restored' } },
    { what: 'data with a longer name was accepted', status: { dataID: 'd2', acceptedData: 'd22=restored' } },
    { what: 'the data is the recorded one', status: { dataID: 'd1', acceptedData: 'd1=empty' } },
    { what: 'MariaDB does not say', status: { acceptedData: 'd2=empty' } },
  ])('changes nothing where $what', ({ status }) => {
    expect(acceptedData(given({ ...saying(status), record }))).toBeUndefined();
  });

  it('with =restored keeps what was done, and lets only the password be set again', () => {
    const lesson = acceptedData(given({ ...saying({ dataID: 'd2', acceptedData: 'd2=restored' }), record }));
    const next = learn(record, lesson ?? {});
    const jobs = { 'db-sync': { database: 'd2', image: 'i' }, 'endpoint-create': { url: 'u' } };
    expect(next).toEqual({ ...record, dataID: 'd2', jobs });
  });

  it('with =empty lets every Job run anew', () => {
    const lesson = acceptedData(given({ ...saying({ dataID: 'd2', acceptedData: 'd2=empty' }), record }));
    expect(learn(record, lesson ?? {})).toEqual({ ...record, dataID: 'd2', jobs: {} });
  });

  it('changes nothing of a resource that has no records yet', () => {
    expect(acceptedData(given(saying({ dataID: 'd2', acceptedData: 'd2=empty' })))).toBeUndefined();
  });
});

describe('the Job that makes the database', () => {
  const secret = live(Builtin.Secret, 'a-db-password', { digests: { password: digest('p') } });
  const key = { database: 'd1', user: 'a__keystone', password: digest('p') };

  it('stands for data, user and password, and teaches the identity of the data', () => {
    const scope = given({ ...saying({ dataID: 'd1' }), objects: [secret] });
    const made = databaseJob<Spec>().look(scope);
    expect(made.key).toBe(JSON.stringify({ database: 'd1', password: digest('p'), user: 'a__keystone' }));
    if (made.due?.verb !== 'create') throw new Error('not created');
    const complete = { conditions: [{ type: 'Complete', status: 'True' }] };
    const job = { ...made.due.object, status: complete };
    const found = databaseJob<Spec>().look(given({ ...saying({ dataID: 'd1' }), objects: [secret, job] }));
    expect(found.learned).toEqual({ dataID: 'd1', jobs: { 'db-create': key } });
  });

  it('runs again when the password is another', () => {
    const changed = live(Builtin.Secret, 'a-db-password', { digests: { password: digest('q') } });
    const record = { dataID: 'd1', jobs: { 'db-create': key } };
    expect(databaseJob<Spec>().look(given({ ...saying({ dataID: 'd1' }), objects: [secret], record })).is).toBe(
      'ready',
    );
    const found = databaseJob<Spec>().look(given({ ...saying({ dataID: 'd1' }), objects: [changed], record }));
    expect(found).toMatchObject({ is: 'lost', message: 'Job/a-db-create has to run: password changed' });
  });

  it('uses the image of the MariaDB it speaks to, and holds no password', () => {
    const peers = { database: mariadbSaying({ dataID: 'd1' }, { image: 'mirror/mariadb:1' }) };
    const { due } = databaseJob<Spec>().look(given({ peers, objects: [secret] }));
    const text = JSON.stringify(due);
    expect(text).toContain('mirror/mariadb:1');
    expect(text).toContain('source /etc/database/database.sql');
    expect(text).not.toContain('MYSQL_PWD');
  });
});

describe('the Job that drops the database', () => {
  const made = { dataID: 'd1', jobs: { 'db-create': { database: 'd1' } } };

  it.each([
    { what: 'it was never made', more: saying({ dataID: 'd1' }), told: false },
    {
      what: 'the namespace is being deleted',
      more: { ...saying({ dataID: 'd1' }), record: made, namespaceTerminating: true },
      told: true,
    },
    { what: 'MariaDB/mariadb is gone', more: { record: made }, told: true },
  ])('is skipped where $what, with an Event: $told', ({ what, more, told }) => {
    const found = dropJob<Spec>().look(given(more));
    expect(found).toMatchObject({ is: 'ready', settled: true, reason: 'Skipped' });
    expect(found.message).toContain(what);
    expect(found.due).toBeUndefined();
    expect((found.notes ?? []).map((note) => note.reason)).toEqual(told ? ['CleanUpSkipped'] : []);
  });

  const config = live(Builtin.Secret, 'a-config', { digests: {} });

  it('is skipped where what it reads is gone, and while a foreground deletion takes away whatever is made', () => {
    expect(dropJob<Spec>().look(given({ ...saying({ dataID: 'd1' }), record: made })).message).toContain(
      'Secret/a-config',
    );
    const scope = given({ ...saying({ dataID: 'd1' }), record: made, objects: [config] });
    const { metadata } = scope.cr;
    const foreground = { ...scope, cr: { ...scope.cr, metadata: { ...metadata, finalizers: ['foregroundDeletion'] } } };
    expect(dropJob<Spec>().look(foreground)).toMatchObject({ is: 'ready', settled: true, reason: 'Skipped' });
  });

  it('runs where there is something to drop and somebody to ask', () => {
    expect(dropJob<Spec>().look(given({ ...saying({ dataID: 'd1' }), record: made, objects: [config] }))).toMatchObject(
      {
        is: 'absent',
        due: { verb: 'create' },
      },
    );
    const stillThere = pod('db-drop', {});
    expect(
      dropJob<Spec>().look(given({ ...saying({}), record: made, objects: [config, stillThere] })).due,
    ).toBeUndefined();
  });
});
