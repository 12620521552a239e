import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../src/machines/index.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { HttpKubeClient } from '../../src/runtime/client.ts';
import { loadKubeConfig } from '../../src/runtime/config.ts';
import { servePages, type HttpServer } from '../../src/runtime/http.ts';
import { createOperator, type Operator } from '../../src/runtime/operator.ts';
import { systemClock, systemRandom } from '../../src/runtime/system.ts';
import { clusterAccess } from '../../src/web/cluster-access.ts';
import { mountWeb } from '../../src/web/web.ts';
import { silent } from '../support/cloud.ts';

const place = (name: string): string => process.env[`TEST_${name}`] ?? '';
const kubectl = (...args: string[]): string =>
  execFileSync(place('KUBECTL'), ['--kubeconfig', place('KUBECONFIG'), ...args], { encoding: 'utf8' });

let client: HttpKubeClient;
let operator: Operator;
let server: HttpServer;
let close: () => void;
const tokens: Record<string, string> = {};

/** Pages and API as the operator's own user serves them, asked by ServiceAccounts with rights of their own. */
beforeAll(async () => {
  for (const namespace of ['web-one', 'web-two']) {
    kubectl('create', 'namespace', namespace);
    kubectl('create', 'serviceaccount', 'reader', '-n', namespace);
    const manifest = {
      apiVersion: 'openstack.k8s.io/v1alpha1',
      kind: 'Memcached',
      metadata: { name: 'cache', namespace },
      spec: {},
    };
    execFileSync(place('KUBECTL'), ['--kubeconfig', place('KUBECONFIG'), 'apply', '-f', '-'], {
      input: JSON.stringify(manifest),
    });
  }
  kubectl(
    'create',
    'clusterrole',
    'web-reader',
    '--verb=list',
    '--resource=memcacheds.openstack.k8s.io,keystones.openstack.k8s.io',
  );
  kubectl(
    'create',
    'rolebinding',
    'web-reader',
    '-n',
    'web-one',
    '--clusterrole=web-reader',
    '--serviceaccount=web-one:reader',
  );
  kubectl('create', 'clusterrolebinding', 'web-reader', '--clusterrole=web-reader', '--serviceaccount=web-two:reader');
  kubectl('create', 'serviceaccount', 'nobody', '-n', 'web-one');
  tokens['one'] = kubectl('create', 'token', 'reader', '-n', 'web-one').trim();
  tokens['all'] = kubectl('create', 'token', 'reader', '-n', 'web-two').trim();
  tokens['none'] = kubectl('create', 'token', 'nobody', '-n', 'web-one').trim();
  const access = await loadKubeConfig({ clock: systemClock, kubeconfig: place('OPERATOR_KUBECONFIG') });
  client = new HttpKubeClient(access, { clock: systemClock, userAgent: 'web-test' });
  operator = await createOperator({
    client,
    clock: systemClock,
    random: systemRandom,
    kinds,
    settings: defaultSettings,
    identity: 'web-test',
    ownNamespace: 'openstack-operator',
    log: silent,
  });
  await operator.caches.synced();
  server = await servePages({
    clock: systemClock,
    port: 0,
    mount: (app) => {
      const folder = join(import.meta.dirname, '..', '..', 'visualizations');
      const { view } = operator;
      ({ close } = mountWeb(app, {
        view,
        clock: systemClock,
        access: clusterAccess({ client, clock: systemClock, view }),
        signsIn: true,
        epoch: 'e',
        folder,
      }));
    },
  });
}, 60_000);

afterAll(async () => {
  close();
  await server.close(0);
  await operator.stop();
  await client.close();
  kubectl('delete', 'namespace', 'web-one', 'web-two', '--wait=false');
  kubectl('delete', 'clusterrolebinding,clusterrole', 'web-reader');
});

async function ask(path: string, who?: string) {
  const headers = who === undefined ? {} : { Authorization: `Bearer ${tokens[who] ?? who}` };
  const response = await fetch(server.url + path, { headers, redirect: 'manual' });
  return { status: response.status, text: await response.text() };
}

describe('the web view on a real API server', () => {
  it('lets nobody in without a token that the API server knows', async () => {
    expect((await ask('/api/v1/instances')).status).toBe(401);
    expect((await ask('/api/v1/instances', `${tokens['one']}x`)).status).toBe(401);
    expect((await ask('/')).status).toBe(303);
  });

  it.each([
    ['one', ['web-one']],
    ['all', ['web-one', 'web-two']],
    ['none', []],
  ])('shows %s what it may list: %j', async (who, seen) => {
    const { items } = JSON.parse((await ask('/api/v1/instances?q=cache', who)).text) as {
      items: { namespace: string }[];
    };
    expect(items.map(({ namespace }) => namespace)).toEqual(seen);
    const { counts } = JSON.parse((await ask('/api/v1/machines/Memcached', who)).text) as {
      counts: Record<string, number>;
    };
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(seen.length);
    for (const namespace of ['web-one', 'web-two']) {
      const expected = (seen as string[]).includes(namespace) ? 200 : 404;
      expect((await ask(`/api/v1/instances/Memcached/${namespace}/cache`, who)).status).toBe(expected);
      expect((await ask(`/instances/Memcached/${namespace}/cache`, who)).status).toBe(expected);
    }
    const pages = await Promise.all(['/', '/instances', '/dependencies'].map((path) => ask(path, who)));
    for (const { text } of pages) if (!(seen as string[]).includes('web-two')) expect(text).not.toContain('web-two');
  });

  it('tells what was told of a resource, asked by what its Events are about', async () => {
    const uid = kubectl('get', 'memcached', 'cache', '-n', 'web-one', '-o', 'jsonpath={.metadata.uid}');
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'told', namespace: 'web-one' },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: 'somebody',
      reportingInstance: 'one',
      action: 'Tell',
      reason: 'Spoke',
      type: 'Warning',
      note: 'something was said',
      regarding: {
        apiVersion: 'openstack.k8s.io/v1alpha1',
        kind: 'Memcached',
        name: 'cache',
        namespace: 'web-one',
        uid,
      },
    };
    execFileSync(place('KUBECTL'), ['--kubeconfig', place('KUBECONFIG'), 'create', '-f', '-'], {
      input: JSON.stringify(event),
    });
    const { status, text } = await ask('/api/v1/instances/Memcached/web-one/cache/events', 'one');
    expect(status, text).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ items: [{ about: 'Memcached/cache', note: 'something was said' }] });
    expect((await ask('/api/v1/instances/Memcached/web-one/cache/events', 'none')).status).toBe(404);
  });
});
