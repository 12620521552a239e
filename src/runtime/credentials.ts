import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Clock } from '../kube/ports.ts';

/**
 * What to show the API server, and how to know it, as a kubeconfig says it. Files are read again every minute, for
 * tokens and certificates rotate; when that fails the last ones are used on, and the next call tries again.
 */
export class Credentials {
  readonly #cluster: Cluster;
  readonly #user: User;
  readonly #clock: Clock;
  readonly #authenticate: (into: RequestOptions) => Promise<void>;
  #last: { identity: Identity; readAt: number } | undefined;
  #reading: Promise<Identity> | undefined;

  constructor(cluster: Cluster, user: User, clock: Clock) {
    this.#cluster = cluster;
    this.#user = user;
    this.#clock = clock;
    this.#authenticate = authenticatorFor(user);
  }

  /** `tls` is the same object as before unless something in it has changed. */
  async get(): Promise<Identity> {
    const last = this.#last;
    if (last !== undefined && this.#clock.monotonic() - last.readAt < MAX_AGE_MS) return last.identity;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    try {
      return await this.#reading;
    } catch (error) {
      if (last === undefined) throw error;
      return last.identity;
    }
  }

  /** The server refused them: the next `get` reads again. */
  expire(): void {
    if (this.#last !== undefined) this.#last.readAt = -Infinity;
  }

  async #read(): Promise<Identity> {
    const cluster = this.#cluster;
    const user = this.#user;
    const [ca, cert, key, token] = await Promise.all([
      fileOrData(cluster['certificate-authority'], cluster['certificate-authority-data']),
      fileOrData(user['client-certificate'], user['client-certificate-data']),
      fileOrData(user['client-key'], user['client-key-data']),
      user.tokenFile ? readFile(user.tokenFile, 'utf8') : user.token,
    ]);
    const made: RequestOptions = { headers: {} };
    await this.#authenticate(made);
    const headers = { ...(made.headers as Record<string, string>) };
    if (user.username) headers['Authorization'] = `Basic ${btoa(`${user.username}:${user.password ?? ''}`)}`;
    if (token) headers['Authorization'] = `Bearer ${token.trim()}`;
    if (user.as) headers['Impersonate-User'] = user.as;
    const tls: Tls = clean({
      ca,
      cert: cert ?? made.cert?.toString(),
      key: key ?? made.key?.toString(),
      servername: cluster['tls-server-name'],
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] === true ? false : undefined,
    });
    const before = this.#last?.identity.tls;
    const identity = { headers, tls: before !== undefined && isSame(before, tls) ? before : tls };
    this.#last = { identity, readAt: this.#clock.monotonic() };
    return identity;
  }
}

/** What goes with a request. */
export interface Identity {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Tls;
}

/** PEM texts and the rest, as node:tls names them. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** `cluster` of a kubeconfig; paths are absolute. */
export interface Cluster {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

/** `user` of a kubeconfig; paths are absolute. */
export interface User {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  exec?: object;
  'auth-provider'?: object;
}

/** As long as the kubelet and client-go allow an old token to be used. */
const MAX_AGE_MS = 60_000;

/**
 * The kinds of user that need a program or a token exchange: client-node does these, and is loaded only for them.
 * Its exec_auth module costs 9 MB of memory; the whole, with the legacy `auth-provider`s, 84 MB.
 */
function authenticatorFor(user: User): (into: RequestOptions) => Promise<void> {
  if (user.exec !== undefined) {
    const loaded = once(async () => {
      const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js');
      return new ExecAuth();
    });
    return async (into) => (await loaded()).applyAuthentication({ name: 'user', exec: user.exec }, into);
  }
  if (user['auth-provider'] !== undefined) {
    const loaded = once(async () => {
      const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
      const config = new KubeConfig();
      const cluster = { name: 'cluster', server: 'https://unused', skipTLSVerify: false };
      config.loadFromClusterAndUser(cluster, { name: 'user', authProvider: user['auth-provider'] });
      return config;
    });
    return async (into) => (await loaded()).applyToHTTPSOptions(into);
  }
  return () => Promise.resolve();
}

function once<V>(make: () => Promise<V>): () => Promise<V> {
  let made: Promise<V> | undefined;
  return () => (made ??= make());
}

async function fileOrData(file: string | undefined, data: string | undefined): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFile(file, 'utf8') : undefined;
}

/** Leaves out what is undefined. */
function clean<V extends object>(object: V): { [K in keyof V]?: NonNullable<V[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

function isSame(a: Tls, b: Tls): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
