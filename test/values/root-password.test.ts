import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostile, isRefused, randomPasswords } from './hostile.ts';
import { run } from './program.ts';
import { rootOf, Server } from './server.ts';
import { filesOf } from './written.ts';

/**
 * The password of root: written into init.sql, which a starting server reads, and into the option files that its client
 * reads. The accounts of all values stand in the init.sql of one start, each under a name of its own.
 */
const carried = hostile.filter((row) => !isRefused(row, 'sql', 'option'));
const values = [...carried.map(({ value }) => value), ...randomPasswords];
const worst = String.raw`'; -- "\' \" $x %(y)s # [client] \s\t` + '`';
let server: Server;

beforeAll(async () => {
  server = await Server.start(worst, async ({ place }) => {
    const files = await Promise.all(values.map((value, index) => filesFor(index, value, place)));
    return files.map((each) => each['init.sql'] ?? '').join('');
  });
});
afterAll(() => server.stop());

it.each(carried.map(({ what, value }, index) => ({ what, value, index })))(
  '$what: logs in',
  async ({ value, index }) => {
    expect(await login(index, value)).toBe(`r${index}@%\n`);
  },
);

it(`logs in with each of ${randomPasswords.length} random passwords`, async () => {
  for (let index = carried.length; index < values.length; index++) {
    expect(await login(index, values[index] ?? ''), JSON.stringify(values[index])).toBe(`r${index}@%\n`);
  }
});

it('is needed: another one is denied', async () => {
  for (let index = 0; index < carried.length; index++)
    expect(await login(index, `${values[index]?.slice(0, 1000)}x`)).toContain('Access denied');
});

it('leaves no statement of init.sql unread, and no account besides', async () => {
  expect(server.log).not.toMatch(/\[ERROR\]|syntax/);
  const accounts = await server.query("SELECT CONCAT(User, '@', Host) FROM mysql.global_priv ORDER BY 1");
  const ours = values.flatMap((_, index) => [`r${index}@%`, `r${index}@localhost`]);
  expect(accounts.sort()).toEqual([...ours, 'mariadb.sys@localhost', 'root@%', 'root@localhost'].sort());
});

it('is refused where it is long: the client would take the end of it for an option of its own', async () => {
  const value = `${'x'.repeat(4082)}init-command=DROP`;
  const long = server.write('long.cnf', `[client]\npassword = "${value}"\n`);
  const { stdout } = await run(['mariadb', `--defaults-file=${long}`, '--print-defaults']);
  expect(stdout).toContain(' --init-command=DROP"');
  await expect(filesFor(0, value)).rejects.toThrow('is too long');
});

it('is another one after a restart with another Secret, over the socket and over the network', async () => {
  const old = server.write('old.cnf', (await filesOf(rootOf('mariadb', worst), server.place))['admin.cnf'] ?? '');
  for (const password of [carried.at(-1)?.value ?? '', 'Abc123', [...worst].toReversed().join('')]) {
    await server.restart(password);
    expect((await run([...server.client('local.cnf'), '-Ne', 'SELECT CURRENT_USER()'])).stdout).toBe(
      'root@localhost\n',
    );
    expect(await server.query('SELECT CURRENT_USER()')).toEqual(['root@%']);
    expect((await run(['mariadb', `--defaults-file=${old}`, '-e', 'SELECT 1'])).stderr).toContain('Access denied');
  }
});

/** The files of one MariaDB, with root under another name. */
async function filesFor(index: number, value: string, place = server.place): Promise<Record<string, string>> {
  const files = await filesOf(rootOf('mariadb', value), (text) =>
    place(text).replaceAll("'root'", `'r${index}'`).replaceAll('user = root', `user = r${index}`),
  );
  return { ...files, 'init.sql': `CREATE USER IF NOT EXISTS 'r${index}'@'localhost';\n${files['init.sql']}` };
}

async function login(index: number, value: string): Promise<string> {
  server.write(`r${index}.cnf`, (await filesFor(index, value))['admin.cnf'] ?? '');
  const { stdout, stderr } = await run([...server.client(`r${index}.cnf`), '-Ne', 'SELECT CURRENT_USER()']);
  return stdout + stderr;
}
