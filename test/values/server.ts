import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { mariadb } from '../../src/machines/mariadb.ts';
import { run } from './program.ts';
import { filesOf, type Given, type Place } from './written.ts';

type Statements = (server: Server) => Promise<string>;
const none: Statements = () => Promise.resolve('');

/** A MariaDB of its own, made, set up and started by the files that the Pod has; it listens on loopback. */
export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'values-'));
  #port = 0;
  #child: ChildProcess | undefined;

  static async start(password: string, more: Statements = none) {
    const server = new Server();
    const { port, close } = await freePort();
    server.#port = port;
    await close();
    for (const folder of ['etc', 'lib', 'run']) mkdirSync(join(server.folder, folder));
    await server.restart(password, more);
    return server;
  }

  /** Where things of the containers lie here. */
  readonly place: Place = (text) =>
    text
      .replaceAll(/\/etc\/(mariadb|database)/g, join(this.folder, 'etc'))
      .replaceAll('/var/lib/mysql', join(this.folder, 'lib'))
      .replaceAll('/run/mysqld', join(this.folder, 'run'))
      .replaceAll('0.0.0.0', '127.0.0.1')
      .replaceAll('mariadb.ns.svc', '127.0.0.1')
      .replaceAll('3306', String(this.#port));

  /** As after a rotation: with another root password. `more` stands before what init.sql has. */
  async restart(password: string, more: Statements = none): Promise<void> {
    await this.#end();
    const files = await filesOf(rootOf('mariadb', password), this.place);
    files['init.sql'] = (await more(this)) + (files['init.sql'] ?? '');
    if (process.getuid?.() === 0) files['my.cnf'] += 'user = root\n';
    files['my.cnf'] += 'innodb_flush_log_at_trx_commit = 0\n'; // Only a crash of the machine could tell.
    for (const [file, text] of Object.entries(files)) this.write(file, text);
    const log = openSync(join(this.folder, 'log'), 'a');
    const env = { PATH: `${process.env['PATH']}:/usr/sbin`, LC_ALL: 'C' };
    this.#child = spawn('bash', [join(this.folder, 'etc', 'start.sh')], { stdio: ['ignore', log, log], env });
    closeSync(log);
    process.once('exit', () => this.#child?.kill('SIGKILL'));
    await this.#ready();
  }

  /** The path of a new file among those of the containers. */
  write(file: string, text: string): string {
    const path = join(this.folder, 'etc', file);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** What a query of root answers, a line a row. */
  async query(statement: string): Promise<string[]> {
    const { code, stdout, stderr } = await run([...this.client('admin.cnf'), '--skip-column-names', '-e', statement]);
    if (code !== 0) throw new Error(stderr);
    return stdout.split('\n').slice(0, -1);
  }

  client(file: string): string[] {
    return ['mariadb', `--defaults-file=${join(this.folder, 'etc', file)}`, '--batch'];
  }

  get log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const until = Date.now() + 60_000;
    for (;;) {
      const { code, stderr } = await run([...this.client('local.cnf'), '-e', 'SELECT 1']);
      if (code === 0) return;
      if (this.#child?.exitCode !== null || Date.now() > until) {
        const why = `MariaDB does not answer: ${stderr}\n${this.log.slice(-4000)}`;
        await this.stop();
        throw new Error(why);
      }
      await pause(100);
    }
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}

export function rootOf(name: string, password: string): Given {
  return { kind: mariadb, name, secrets: { [`${name}-root-password`]: { password } } };
}

async function freePort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
