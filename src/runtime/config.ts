import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Clock } from '../kube/ports.ts';
import { Credentials, type Cluster, type User } from './credentials.ts';

/**
 * Where the API server is and how to be let in. Looked for in this order: `kubeconfig`, KUBECONFIG, the ServiceAccount
 * of the Pod we run in, ~/.kube/config. Throws, naming the file, when there is none or it makes no sense.
 */
export async function loadKubeConfig(options: KubeConfigOptions): Promise<KubeAccess> {
  const env = options.env ?? process.env;
  const files = (options.kubeconfig ?? env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (files.length > 0) return fromFiles(files, options);
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return fromServiceAccount(env, options);
  return fromFiles([join(env['HOME'] ?? homedir(), '.kube', 'config')], options);
}

export interface KubeConfigOptions {
  readonly clock: Clock;
  /** One file, or several joined as in PATH; the first to define a name wins. */
  readonly kubeconfig?: string;
  /** Instead of the kubeconfig's current context. */
  readonly context?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountDir?: string;
}

export interface KubeAccess {
  /** URL without a slash at its end. */
  readonly server: string;
  /** The namespace of the context, or of the Pod we run in. */
  readonly namespace: string | undefined;
  /** URL of an HTTP proxy. */
  readonly proxy: string | undefined;
  readonly credentials: Credentials;
}

async function fromServiceAccount(
  env: Readonly<Record<string, string | undefined>>,
  options: KubeConfigOptions,
): Promise<KubeAccess> {
  const dir = options.serviceAccountDir ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const host = env['KUBERNETES_SERVICE_HOST']!;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`;
  const namespace = (await readFile(join(dir, 'namespace'), 'utf8')).trim();
  const cluster = { server, 'certificate-authority': join(dir, 'ca.crt') };
  return accessTo(cluster, { tokenFile: join(dir, 'token') }, namespace, options.clock);
}

async function fromFiles(files: readonly string[], options: KubeConfigOptions): Promise<KubeAccess> {
  const configs = await Promise.all(files.map(readConfig));
  const where = files.join(delimiter);
  const current = options.context ?? configs.map((config) => config['current-context']).find(Boolean);
  if (!current) throw new Error(`kubeconfig ${where}: no current-context`);
  const context = named('context', current);
  const cluster = named('cluster', context.cluster);
  const user = context.user ? named('user', context.user) : {};
  return accessTo(cluster, user, context.namespace, options.clock);

  function named<K extends 'context' | 'cluster' | 'user'>(kind: K, name: string): Entry[K] {
    const entries = configs.flatMap((config): Partial<Entry & { name: string }>[] => config[`${kind}s`] ?? []);
    const found = entries.find((entry) => entry.name === name)?.[kind];
    if (found === undefined) throw new Error(`kubeconfig ${where}: no ${kind} ${name}`);
    return found as Entry[K];
  }
}

function accessTo(cluster: Cluster, user: User, namespace: string | undefined, clock: Clock): KubeAccess {
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: namespace || undefined,
    proxy: cluster['proxy-url'] || undefined,
    credentials: new Credentials(cluster, user, clock),
  };
}

interface Entry {
  cluster: Cluster;
  user: User;
  context: { cluster: string; user?: string; namespace?: string };
}

interface ConfigFile {
  'current-context'?: string;
  clusters?: { name: string; cluster: Cluster }[];
  users?: { name: string; user: User }[];
  contexts?: { name: string; context: Entry['context'] }[];
}

/** The file, with all paths in it made absolute. */
async function readConfig(file: string): Promise<ConfigFile> {
  let config: ConfigFile;
  try {
    config = ((await parse(await readFile(file, 'utf8'))) ?? {}) as ConfigFile;
  } catch (cause) {
    throw new Error(`cannot read kubeconfig ${file}`, { cause });
  }
  for (const { cluster } of config.clusters ?? []) makeAbsolute(cluster, ['certificate-authority']);
  for (const { user } of config.users ?? []) makeAbsolute(user, ['client-certificate', 'client-key', 'tokenFile']);
  return config;

  function makeAbsolute<K extends string>(entry: { [key in K]?: string } | undefined, keys: readonly K[]): void {
    for (const key of keys) {
      if (entry?.[key]) entry[key] = resolve(dirname(file), entry[key]);
    }
  }
}
