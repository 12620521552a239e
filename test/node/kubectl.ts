import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeObject } from '../../src/kube/object.ts';

const home = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'openstack-operator');

interface Cluster {
  readonly kubeconfig: string;
  readonly bin: string;
  /** Its socket. */
  readonly containerd: string;
  readonly auditLog: string;
}

/** How to reach the node that runs now. */
export function cluster(): Cluster {
  return JSON.parse(readFileSync(join(home, 'clusters', 'node', 'cluster.json'), 'utf8')) as Cluster;
}

/** What kubectl says on the real node; `input` is its standard input. Throws with what it complained of. */
export function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { bin, kubeconfig } = cluster();
  return new Promise((resolve, reject) => {
    const child = execFile(
      join(bin, 'kubectl'),
      ['--kubeconfig', kubeconfig, ...args],
      { maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr || stdout || error.message}`, { cause: error }));
      },
    );
    child.stdin?.end(input);
  });
}

/** A way to a port of a Pod for as long as `use` takes; it is given the address on this machine. */
export async function forwarded<T>(
  namespace: string,
  target: string,
  port: number,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const { bin, kubeconfig } = cluster();
  const args = ['--kubeconfig', kubeconfig, 'port-forward', '-n', namespace, target, `:${port}`];
  const child = spawn(join(bin, 'kubectl'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const keep = (chunk: Buffer): void => void (said += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  try {
    const local = await until(`kubectl port-forward ${target}`, 20, () =>
      Promise.resolve(/127\.0\.0\.1:(\d+) ->/.exec(said)?.[1]),
    );
    return await use(`http://127.0.0.1:${local}`);
  } finally {
    child.kill();
  }
}

export async function get(namespace: string, type: string, name: string): Promise<KubeObject | undefined> {
  const text = await kubectl(['get', '-n', namespace, type, name, '-o', 'json', '--ignore-not-found']);
  return text === '' ? undefined : (JSON.parse(text) as KubeObject);
}

export async function list(namespace: string, types: string, ...selectors: string[]): Promise<KubeObject[]> {
  const text = await kubectl(['get', '-n', namespace, types, '-o', 'json', ...selectors]);
  return (JSON.parse(text) as { items: KubeObject[] }).items;
}

export function apply(object: object): Promise<string> {
  return kubectl(['apply', '-f', '-'], JSON.stringify(object));
}

/** Looks until the answer is something; `what` says what was waited for when time runs out. `every` is milliseconds. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined | false>,
  every = 200,
): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await pause(every);
  }
}
