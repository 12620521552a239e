import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { connectTo, type Target } from './http.ts';

/** The API server that a kubeconfig with client certificates names. */
export function realTarget(kubeconfig: string): Target {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} names no cluster or no user`);
  const tls = {
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
  const connection = connectTo({ url: cluster.server, tls });
  return { ...connection, name: 'the real server', patienceMs: 30_000, close: () => Promise.resolve(connection.end()) };
}

function decoded(data: string): string {
  return Buffer.from(data, 'base64').toString();
}

interface Kubeconfig {
  readonly clusters: { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }[];
  readonly users: {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}
