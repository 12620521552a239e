import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
const kubectlPath = process.env['KUBECTL'] ?? join(cache, 'openstack-operator', 'bin', 'kubectl');

/** Kinds alone, by the names that one writes first. */
const three = ['mariadb', 'memcached', 'keystone'].flatMap((kind) => ['--file', `samples/${kind}.yaml`]);

/** `npm start` as a user has it, and the real kubectl beside it. */
export class Sandbox {
  readonly #child: ChildProcess;
  /** How many resources there will be. */
  readonly #count: number;
  #output = '';

  private constructor(child: ChildProcess, count: number) {
    this.#child = child;
    this.#count = count;
    const keep = (chunk: Buffer): void => void (this.#output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** With a MariaDB, a Memcached and a Keystone; resolves when they are applied. */
  static start(...args: string[]): Promise<Sandbox> {
    return Sandbox.#start([...three, ...args], 3, 3);
  }

  /** With what `npm start` applies: a whole control plane, of nine services. */
  static startWhole(...args: string[]): Promise<Sandbox> {
    return Sandbox.#start(args, 1, 10);
  }

  static async #start(args: readonly string[], applied: number, count: number): Promise<Sandbox> {
    if (!existsSync(kubectlPath)) throw new Error(`there is no ${kubectlPath}; cluster/build.sh cluster makes it`);
    const all = ['src/main.ts', '--sandbox', '--speed', '10', ...args];
    const sandbox = new Sandbox(spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] }), count);
    await sandbox.until(
      'the samples are applied',
      () => sandbox.#output.split(' applied').length === applied + 1,
      150_000,
    );
    return sandbox;
  }

  get output(): string {
    return this.#output;
  }

  get kubeconfig(): string {
    return /KUBECONFIG=(\S+)/.exec(this.#output)?.[1] ?? '';
  }

  get url(): string {
    return /listens on (\S+);/.exec(this.#output)?.[1] ?? '';
  }

  /** What kubectl prints; what it says on stderr too where it fails, after `error: `. */
  kubectl(...args: string[]): Promise<string> {
    return this.kubectlWith({}, ...args);
  }

  kubectlWith(env: Record<string, string>, ...args: string[]): Promise<string> {
    const options = { env: { ...process.env, ...env, KUBECONFIG: this.kubeconfig }, timeout: 60_000 };
    return new Promise((resolve) => {
      execFile(kubectlPath, args, options, (error, stdout, stderr) => {
        resolve(error === null ? stdout : `${stdout}error: ${stderr}`);
      });
    });
  }

  /** A kubectl that goes on until it is ended: what it has printed so far, and its end. */
  begin(...args: string[]): { readonly printed: () => string; readonly end: () => void } {
    const env = { ...process.env, KUBECONFIG: this.kubeconfig };
    const child = spawn(kubectlPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => void (printed += chunk.toString()));
    return { printed: () => printed, end: () => void child.kill() };
  }

  async fault(method: 'PUT' | 'DELETE', order: string): Promise<void> {
    const answer = await fetch(`${this.url}/sandbox/faults/${order}`, { method });
    if (!answer.ok) throw new Error(`${method} ${order}: ${answer.status} ${await answer.text()}`);
  }

  async allReady(limitMs = 60_000): Promise<void> {
    await this.until('all is Ready', () => this.isAllReady(), limitMs);
  }

  async isAllReady(): Promise<boolean> {
    const lines = await this.kubectl('get', 'openstack', '--no-headers');
    return (lines.match(/ True +Ready/g) ?? []).length === this.#count;
  }

  /** Throws with what is to be seen when it does not come true in time. */
  async until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
    const last = Date.now() + limitMs;
    while (!(await holds())) {
      if (Date.now() > last || this.#child.exitCode !== null) {
        const seen = this.kubeconfig === '' ? '' : await this.kubectl('get', 'openstack');
        throw new Error(`it never came that ${what}:\n${seen}\n${this.#output.slice(-4000)}`);
      }
      await pause(200);
    }
  }

  /** Ctrl-C; resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    return ended;
  }

  /** What it leaves behind; nothing, once it has stopped. */
  async leftovers(): Promise<string[]> {
    const answers = await fetch(`${this.url}/version`).then(
      () => true,
      () => false,
    );
    return [
      ...(existsSync(dirname(this.kubeconfig)) ? [dirname(this.kubeconfig)] : []),
      ...(answers ? [this.url] : []),
      ...(this.#child.exitCode === null && this.#child.signalCode === null ? ['the process'] : []),
    ];
  }
}
