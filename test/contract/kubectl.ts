/**
 * `node test/contract/kubectl.ts KUBECONFIG KUBECTL`: what kubectl itself sends for the commands below, by way of a proxy
 * in front of a real API server, written down as the scenario that `scenarios/kubectl.ts` plays. Discovery and watches
 * are left out: the first is no matter of our objects, the second one of time.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { prepared } from './suite.ts';
import { realTarget } from './target.ts';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly as: string;
}

const [kubeconfig = '', kubectl = ''] = process.argv.slice(2);
const namespace = 'contract-kubectl';
const target = realTarget(kubeconfig);
const folder = mkdtempSync(join(tmpdir(), 'contract-kubectl-'));
const sent: Sent[] = [];
/** Versions and uids → how a later request names them. */
const known = new Map<string, string>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on(
    'end',
    () => void pass(request.method ?? '', request.url ?? '', request.headers, Buffer.concat(chunks).toString()),
  );

  async function pass(method: string, path: string, given: Record<string, unknown>, body: string): Promise<void> {
    const headers: Record<string, string> = {};
    for (const name of ['accept', 'content-type', 'user-agent']) {
      if (typeof given[name] === 'string')
        headers[name] = name === 'accept' ? withoutProtobuf(given[name]) : given[name];
    }
    const answer = await target.send({ method, path, headers, ...(body === '' ? {} : { body }) });
    if (/^\/apis?\/.*namespaces\//.test(path) && !path.includes('watch=true'))
      keep(method, path, headers, body, answer.text);
    response.writeHead(answer.status, { 'content-type': answer.contentType });
    response.end(answer.text);
  }
});

function keep(method: string, path: string, headers: Record<string, string>, body: string, answer: string): void {
  const as = `r${sent.length + 1}`;
  const named = (text: string): string =>
    [...known].reduce((result, [value, name]) => result.replaceAll(value, name), text.replaceAll(namespace, '{ns}'));
  const program = (headers['user-agent'] ?? '').replace(/\/.*/, '/v1 (suite)');
  const accept = headers['accept'] === undefined ? {} : { Accept: headers['accept'] };
  const type = headers['content-type'] === undefined ? {} : { 'Content-Type': headers['content-type'] };
  sent.push({
    method,
    path: named(decodeURIComponent(path)),
    headers: { ...accept, ...type, 'User-Agent': program },
    ...(body === '' ? {} : { body: JSON.parse(named(body)) as unknown }),
    as,
  });
  const { metadata } = JSON.parse(answer) as { metadata?: { uid?: string; resourceVersion?: string } };
  if (metadata?.uid === undefined) return;
  known.set(metadata.uid, `{uid:${as}}`);
  known.set(`"resourceVersion":"${metadata.resourceVersion}"`, `"resourceVersion":"{rv:${as}}"`);
}

/** It takes JSON as well, and JSON is what can be compared. */
function withoutProtobuf(accept: string): string {
  const kept = accept.split(',').filter((type) => !type.trim().startsWith('application/vnd.kubernetes.protobuf'));
  return kept.length === 0 ? 'application/json' : kept.join();
}

const file = (name: string, object: object): string => {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(object));
  return path;
};
const configMap = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data });
const secret = (data: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: data });
const widget = (spec: object) => ({
  apiVersion: 'contract.example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec,
});
const memcached = (spec: object) => ({
  apiVersion: 'openstack.k8s.io/v1alpha1',
  kind: 'Memcached',
  metadata: { name: 'm' },
  spec,
});
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'svc' },
  spec: { clusterIP: 'None', ports: [{ port: 5 }] },
};

const editor = join(folder, 'editor.sh');
writeFileSync(editor, '#!/bin/sh\nsed -i "s/two/three/" "$1"\n');
chmodSync(editor, 0o755);

const commands: readonly (readonly string[])[] = [
  ['apply', '-f', file('a1', configMap({ k: 'one' }))],
  ['apply', '-f', file('a1', configMap({ k: 'one' }))],
  ['apply', '-f', file('a2', configMap({ k: 'two', l: 'x' }))],
  ['get', 'configmap', 'a'],
  ['get', 'configmap', 'a', '-o', 'yaml'],
  ['get', 'configmaps', '--field-selector', 'metadata.name=a', '-o', 'wide'],
  ['get', 'configmap', 'a', '-o', 'name'],
  ['get', 'configmap', 'none'],
  ['edit', 'configmap', 'a'],
  ['label', 'configmap', 'a', 'team=x'],
  ['annotate', 'configmap', 'a', 'note=y'],
  ['get', 'configmaps', '-l', 'team=x'],
  ['patch', 'configmap', 'a', '--type', 'merge', '-p', '{"data":{"m":"1"}}'],
  ['patch', 'configmap', 'a', '--type', 'json', '-p', '[{"op":"remove","path":"/data/m"}]'],
  ['patch', 'configmap', 'a', '-p', '{"data":{"n":"1"}}'],
  ['describe', 'configmap', 'a'],
  ['diff', '-f', file('a3', configMap({ k: 'four' }))],
  ['apply', '--server-side', '-f', file('a4', configMap({ k: 'three', l: 'x' }))],
  ['apply', '--server-side', '--field-manager', 'other', '-f', file('a5', configMap({ k: 'five' }))],
  [
    'apply',
    '--server-side',
    '--field-manager',
    'other',
    '--force-conflicts',
    '-f',
    file('a5', configMap({ k: 'five' })),
  ],
  ['create', '-f', file('s1', secret({ k: 'v' }))],
  ['create', '-f', file('s1', secret({ k: 'v' }))],
  ['replace', '-f', file('s2', secret({ k: 'w' }))],
  ['describe', 'secret', 's'],
  ['delete', '-f', file('s2', secret({ k: 'w' })), '--wait=false'],
  ['apply', '-f', file('svc', service)],
  ['get', 'service', 'svc', '-o', 'json'],
  ['delete', 'service', 'svc', '--wait=false'],
  ['apply', '-f', file('w1', widget({ size: 2 }))],
  ['apply', '-f', file('w2', widget({ size: 4, color: 'blue' }))],
  ['apply', '-f', file('w3', widget({ sise: 4 }))],
  ['apply', '-f', file('w4', widget({ size: 44 }))],
  ['get', 'widgets'],
  ['get', 'widget', 'w', '-o', 'wide'],
  ['scale', 'widget', 'w', '--replicas', '5'],
  ['patch', 'widget', 'w', '--type', 'merge', '-p', '{"spec":{"color":null}}'],
  ['patch', 'widget', 'w', '--subresource', 'status', '--type', 'merge', '-p', '{"status":{"ready":1}}'],
  ['describe', 'widget', 'w'],
  ['delete', 'widget', 'w', '--wait=false'],
  ['apply', '-f', file('m1', memcached({}))],
  ['apply', '-f', file('m2', memcached({ replica: 1 }))],
  ['apply', '-f', file('m3', memcached({ replicas: 0 }))],
  ['get', 'memcached', 'm'],
  ['delete', 'memcached', 'm', '--wait=false'],
  ['delete', 'configmap', 'a', '--wait=false'],
  ['get', 'configmap', 'a', '--ignore-not-found'],
];

await prepared(target, async () => {
  await target.send({
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, EDITOR: editor, KUBECONFIG: '/dev/null' };
  try {
    for (const command of commands) {
      const before = sent.length;
      await promisify(execFile)(kubectl, ['--server', url, '--namespace', namespace, ...command], { env }).catch(
        () => undefined,
      );
      console.log(`${command.slice(0, 3).join(' ')}: ${sent.length - before} requests`);
    }
  } finally {
    server.close();
    server.closeAllConnections();
    await target.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, headers: {} });
    rmSync(folder, { recursive: true, force: true });
  }
});
await target.close();
const out = new URL('./scenarios/kubectl.json', import.meta.url);
const options = { ...(await resolveConfig(out)), parser: 'json' };
writeFileSync(out, await format(JSON.stringify(sent), options));
console.log(`${sent.length} requests`);
