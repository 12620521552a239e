import { afterAll, beforeAll, expect, it } from 'vitest';
import { keystone } from '../../src/machines/keystone.ts';
import { hostile, isRefused, randomPasswords } from './hostile.ts';
import { ask, run } from './program.ts';
import { Server } from './server.ts';
import { filesOf, programOf, type Given } from './written.ts';

/**
 * The password of a service's database user: written into SQL, run by MariaDB's client as the Job runs it; written into
 * keystone.conf, read by oslo.config, and used by SQLAlchemy and PyMySQL to log in.
 */
interface Login {
  readonly right: unknown;
  readonly wrong: unknown;
}

const carried = hostile.filter((row) => !isRefused(row, 'sql'));
const values = [...carried.map(({ value }) => value), ...randomPasswords];
const nameOf = (index: number): string => `v${index}`;
const logins: Login[] = [];
let server: Server;

beforeAll(async () => {
  server = await Server.start('root');
  for (const [index, { value }] of carried.entries()) await job([given(index, value)], 'db-create', 'database.sql');
  await job(values.map((value, index) => given(index, value)).slice(carried.length), 'db-create', 'database.sql');
  logins.push(...(await visits(values)));
});
afterAll(() => server.stop());

it.each(carried.map(({ what }, index) => ({ what, index })))('$what: opens its own database only', ({ index }) => {
  expectLogin(index);
});

it(`lets each of ${randomPasswords.length} random passwords open its own database only`, () => {
  for (let index = carried.length; index < values.length; index++) expectLogin(index);
});

it('is the whole password: one that is longer by a character opens nothing', () => {
  for (const { wrong } of logins) expect(wrong).toMatch(/^\(1045, "Access denied for user/);
});

it('makes no user and no database but the one that was asked for', async () => {
  const users = await server.query("SELECT User FROM mysql.global_priv WHERE User LIKE 'v%' ORDER BY User");
  expect(users).toEqual(values.map((_, index) => `v${index}__keystone`).sort());
  expect(await server.query("SHOW DATABASES LIKE 'v%'")).toEqual(users);
});

it('is another one after a rotation, and the old one opens nothing', async () => {
  const turned = values.slice(0, 40).toReversed();
  await job(
    turned.map((value, index) => given(index, value)),
    'db-create',
    'database.sql',
  );
  const before = await visits(values.slice(0, 40), 'old');
  expect(before.filter(({ right }) => typeof right !== 'string')).toEqual([]);
  const after = await visits(turned);
  for (const [index, { right }] of after.entries()) expect(right).toEqual(atHome(index));
});

it('does not keep its database from being dropped, and no other goes with it', async () => {
  for (const [index, value] of values.slice(0, 10).entries()) await job([given(index, value)], 'db-drop', 'drop.sql');
  const left = values
    .map((_, index) => `v${index}__keystone`)
    .slice(10)
    .sort();
  expect(await server.query("SELECT User FROM mysql.global_priv WHERE User LIKE 'v%' ORDER BY User")).toEqual(left);
  expect(await server.query("SHOW DATABASES LIKE 'v%'")).toEqual(left);
});

function given(index: number, value: string): Given {
  const name = nameOf(index);
  const secrets = { mine: { password: value }, [`${name}-admin-password`]: { password: 'x' } };
  return { kind: keystone, name, spec: { database: { secretName: 'mine' } }, secrets };
}

/** The Job with its own command; the files of many in one, so that a value that breaks out shows in its neighbours. */
async function job(all: readonly Given[], id: 'db-create' | 'db-drop', file: string): Promise<void> {
  const [first] = all;
  if (first === undefined) throw new Error('a Job of nobody');
  const texts = await Promise.all(all.map(async (of) => (await filesOf(of, server.place))[file] ?? ''));
  server.write(file, texts.join(''));
  const { command } = await programOf(first, id, server.place);
  const { code, stdout, stderr } = await run(command);
  expect({ code, stdout, stderr }, JSON.stringify(first.secrets)).toEqual({ code: 0, stdout: '', stderr: '' });
}

/** What each says when it logs in as its keystone.conf tells. */
async function visits(passwords: readonly string[], suffix = ''): Promise<Login[]> {
  const files = await Promise.all(passwords.map((value, index) => filesOf(given(index, value), server.place)));
  const paths = files.map((file, index) => server.write(`${nameOf(index)}${suffix}.conf`, file['keystone.conf'] ?? ''));
  return ask<Login>(
    'login',
    paths.map((path) => [path]),
  );
}

function expectLogin(index: number): void {
  expect(logins[index]?.right, JSON.stringify(values[index])).toEqual(atHome(index));
}

function atHome(index: number): object {
  const own = `v${index}__keystone`;
  return { 'CURRENT_USER()': `${own}@%`, 'DATABASE()': own };
}
