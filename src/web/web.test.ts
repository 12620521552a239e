import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isReady, testCloud, type TestCloud } from '../../test/support/cloud.ts';
import { openPages, type Pages } from '../../test/support/pages.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { kinds } from '../machines/index.ts';
import { everybody, type Access } from './access.ts';

let cloud: TestCloud;
let pages: Pages;
let access: Access;
const ask: Pages['ask'] = (path, init) => pages.ask(path, init);

beforeEach(async () => {
  cloud = await testCloud();
  const { view } = await cloud.start();
  access = everybody;
  pages = await openPages(cloud, view, (request) => access(request));
});
afterEach(() => pages.close());

async function bringUp(): Promise<void> {
  for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await cloud.apply(kind, kind.toLowerCase());
  await cloud.clock.until(() => isReady(cloud.cr('Keystone', 'keystone')), 600_000);
}

/** As a browser asks again; `fetch` would say that it wants no cache. */
function statusUnless(etag: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${pages.url}/api/v1/instances?limit=2`, { headers: { 'If-None-Match': etag } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

const keystone = '/instances/Keystone/default/keystone';

describe('the API', () => {
  it('lists machines with the counts of their states', async () => {
    await bringUp();
    const { body } = await ask('/api/v1/machines');
    const items = body['items'] as { kind: string }[];
    expect(items.map(({ kind }) => kind)).toEqual(kinds.map(({ declaration }) => declaration.kind));
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'MariaDB', counts: expect.objectContaining({ Ready: 1 }) as object }),
        expect.objectContaining({
          kind: 'Keystone',
          counts: expect.objectContaining({ Ready: 1, DBCreated: 0, 'Deleting.Stopped': 0 }) as object,
        }),
        expect.objectContaining({ kind: 'Nova', counts: expect.objectContaining({ Ready: 0 }) as object }),
      ]),
    );
  });

  it('gives a definition under its hash for ever, and no other', async () => {
    const { body } = await ask('/api/v1/machines/keystone');
    const { status, headers } = await ask(`/api/v1/machines/keystone/definitions/${body['hash']}`);
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await ask('/api/v1/machines/keystone/definitions/000')).status).toBe(404);
  });

  it('pages through resources, and says 304 where nothing has changed', async () => {
    await bringUp();
    const first = await ask('/api/v1/instances?limit=2');
    expect(first.body['metadata']).toMatchObject({ total: 3, remainingItemCount: 1 });
    const second = await ask(
      `/api/v1/instances?limit=2&continue=${(first.body['metadata'] as { continue: string }).continue}`,
    );
    expect(second.body['items']).toMatchObject([{ kind: 'Keystone', standing: 'done', state: 'Ready' }]);
    const etag = first.headers.get('etag') ?? '';
    expect(await statusUnless(etag)).toBe(304);
    await cloud.apply('Memcached', 'another');
    await cloud.clock.advance(1_000);
    expect(await statusUnless(etag)).toBe(200);
  });

  it('says why, in the words of the status, with what was read', async () => {
    await cloud.apply('Keystone', 'keystone');
    await cloud.clock.advance(5_000);
    const { body } = await ask(`/api/v1${keystone}/why`);
    expect(body).toMatchObject({
      sentence: 'MariaDB/mariadb does not exist',
      state: 'SecretsReady',
      blockedBy: [{ kind: 'MariaDB', name: 'mariadb' }],
    });
    const ways = body['ways'] as { leads: string; terms: object[] }[];
    expect(ways.filter(({ leads }) => leads === 'on')).toMatchObject([
      {
        to: 'DBCreated',
        holds: false,
        terms: [
          {
            term: 'done(DBCreated)',
            holds: false,
            read: { path: 'DBCreated.is', value: 'blocked', wanted: 'done', object: 'MariaDB/mariadb' },
          },
        ],
      },
    ]);
    await cloud.apply('MariaDB', 'mariadb', { storage: { size: '1Gi', storageClassName: 'nothing' } });
    await cloud.clock.advance(10_000);
    const blocks = (await ask('/api/v1/instances/MariaDB/default/mariadb/why')).body['blocks'];
    expect(blocks).toEqual([{ kind: 'Keystone', name: 'keystone' }]);
  });

  it('tells history, children and pictures', async () => {
    await bringUp();
    const { body } = await ask(`/api/v1${keystone}/history`);
    expect((body['items'] as { to: string }[]).map(({ to }) => to)).toEqual([
      'SecretsReady',
      'DBCreated',
      'DBSynced',
      'Deployed',
      'Bootstrapped',
      'Ready',
    ]);
    const children = (await ask(`/api/v1${keystone}/children`)).body['items'] as {
      kind: string;
      name: string;
      says: string;
    }[];
    expect(children).toContainEqual({ kind: 'Job', name: 'keystone-db-sync', standing: 'done', says: 'has succeeded' });
    const svg = await ask(`/api/v1${keystone}/graph.svg`);
    expect(svg.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(svg.text).toMatch(/class="state done here"\s+data-state="Ready"/);
    expect((await ask(`/api/v1${keystone}/graph.mmd`)).text).toContain('class Ready here');
    expect((await ask(`/api/v1${keystone}/graph.png`)).status).toBe(404);
  });

  it('tells what was told of a resource and of what belongs to it, without the values of Secrets', async () => {
    await bringUp();
    const { data } = cloud.world.api.get(Builtin.Secret, {
      namespace: 'default',
      name: 'keystone-admin-password',
    }) as KubeObject & { data?: Record<string, string> };
    const password = Buffer.from(data?.['password'] ?? '', 'base64').toString();
    expect(password).not.toBe('');
    const tell = ({ apiVersion, kind, metadata: { name, uid } }: KubeObject, seconds: number): void => {
      cloud.world.api.create(Builtin.Event, {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'default', name: `told-${kind.toLowerCase()}` },
        eventTime: new Date(cloud.clock.now() + seconds * 1000).toISOString().replace('Z', '000Z'),
        reportingController: 'somebody',
        reportingInstance: 'one',
        action: 'Tell',
        reason: 'Spoke',
        type: 'Warning',
        note: `the password is ${password}`,
        regarding: { apiVersion, kind, namespace: 'default', name, uid },
      } as unknown as KubeObject);
    };
    tell(cloud.cr('Keystone', 'keystone')!, 2);
    tell(cloud.world.api.list(Builtin.Deployment, { labelSelector: 'app.kubernetes.io/name=keystone' }).items[0]!, 1);
    const { body } = await ask('/api/v1/instances/Keystone/default/keystone/events');
    const items = body['items'] as Record<string, unknown>[];
    expect(items[0]).toMatchObject({ type: 'Warning', reason: 'Spoke', about: 'Keystone/keystone', by: 'somebody' });
    expect(items[0]?.['note']).toBe('the password is ***');
    expect(items[1]).toMatchObject({ about: 'Deployment/keystone-api', note: 'the password is ***' });
    const { text } = await ask('/instances/Keystone/default/keystone/events');
    expect(text).toContain('the password is ***');
    expect(text).not.toContain(password);
  });
  it('predicts what an image change would do, and writes nothing', async () => {
    await bringUp();
    const before = cloud.world.api.store.version;
    const question = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ spec: { image: 'registry.example/keystone:new' } }),
    };
    const { status, body } = await ask(`/api/v1${keystone}/whatif`, question);
    expect(status).toBe(200);
    expect(body).toMatchObject({ from: 'Ready', to: 'DBCreated' });
    expect(body['requests']).toContainEqual(
      expect.objectContaining({ verb: 'delete', object: 'Job/keystone-db-sync' }),
    );
    expect(cloud.world.api.store.version).toBe(before);
  });

  it.each([
    ['facts', { steps: { Deployed: 'failed' } }, 200, 'DBSynced'],
    ['a step that there is not', { steps: { Nothing: 'done' } }, 422, 'has no step'],
    ['a value that there is not', { steps: { Deployed: 'perhaps' } }, 400, 'steps.Deployed'],
    ['a field that there is not', { fact: {} }, 400, 'fact'],
    ['a spec that may not be', { spec: { replicas: -1 } }, 422, 'spec.replicas'],
  ])('answers a question about %s', async (_, question, status, said) => {
    await bringUp();
    const answer = await ask(`/api/v1${keystone}/whatif`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(question),
    });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(said);
    if (status !== 200) expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each([
    ['/api/v1/nothing', 404, '/api/v1/openapi.json'],
    ['/api/v1/machines/cinder', 404, 'there are MariaDB, RabbitMQ, Memcached'],
    ['/api/v1/instances?limit=0', 400, 'limit'],
    ['/api/v1/instances?nonsense=1', 400, 'nonsense'],
    ['/api/v1/instances/Keystone/default/nobody', 404, 'there is no Keystone default/nobody'],
  ])('says what is wrong with %s', async (path, status, said) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status, body: { status, detail: expect.stringContaining(said) as string } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('describes itself: every route answers as the document says', async () => {
    await bringUp();
    const { body } = await ask('/api/v1/openapi.json');
    const paths = Object.keys(body['paths'] as object);
    expect(paths).toContain('/api/v1/instances/{kind}/{namespace}/{name}/why');
    for (const path of paths.filter(
      (each) => !each.endsWith('/stream') && !each.endsWith('/whatif') && !each.includes('{hash}'),
    )) {
      const filled = path
        .replace('{kind}', 'Keystone')
        .replace('{namespace}', 'default')
        .replace('{name}', 'keystone')
        .replace('{format}', 'json');
      expect((await ask(filled)).status, path).toBe(200);
    }
  });

  it('does not name to anybody who waits for a resource, if they may not see them', async () => {
    await cloud.apply('MariaDB', 'mariadb', { storage: { size: '1Gi', storageClassName: 'nothing' } });
    await cloud.apply('Keystone', 'keystone');
    await cloud.clock.advance(10_000);
    const blocks = async () => (await ask('/api/v1/instances/MariaDB/default/mariadb/why')).body['blocks'];
    expect(await blocks()).toEqual([{ kind: 'Keystone', name: 'keystone' }]);
    access = () => Promise.resolve({ sees: (kind) => kind !== 'Keystone' });
    expect(await blocks()).toEqual([]);
  });

  it('shows nobody what they may not see, and says that it is not there', async () => {
    await bringUp();
    access = () => Promise.resolve({ sees: (kind) => kind !== 'MariaDB' });
    expect((await ask('/api/v1/instances')).body['metadata']).toMatchObject({ total: 2 });
    expect((await ask('/api/v1/machines/MariaDB')).body['counts']).toMatchObject({ Ready: 0 });
    expect((await ask('/api/v1/instances/MariaDB/default/mariadb')).status).toBe(404);
    expect((await ask('/api/v1/instances/MariaDB/default/mariadb/why')).status).toBe(404);
    for (const page of ['/', '/instances', '/dependencies'])
      expect((await ask(page)).text, page).not.toContain('MariaDB/mariadb"');
  });
});

describe('the pages', () => {
  it.each([
    '/',
    '/machines',
    '/machines/Keystone',
    '/instances',
    '/dependencies',
    '/help',
    keystone,
    `${keystone}?seq=1`,
    `${keystone}/whatif`,
  ])('%s says what it has to say without a script', async (path) => {
    await bringUp();
    const { status, text, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/ style="| onclick=|<script>/);
    expect(text).toContain('<h1>');
  });

  it('shows text that wants to be markup as text', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    await cloud.apply('Keystone', 'keystone', {}, { annotations: { note: evil } });
    await cloud.admin.mergePatch(
      cloud.typeOf('Keystone'),
      { namespace: 'default', name: 'keystone' },
      {
        status: {
          waitingFor: evil,
          conditions: [
            { type: 'Ready', status: 'False', reason: 'X', message: evil, lastTransitionTime: '2026-01-01T00:00:00Z' },
          ],
        },
      },
      { subresource: 'status' },
    );
    for (const path of [
      '/',
      '/instances',
      keystone,
      `/instances?q=${encodeURIComponent(evil)}`,
      `${keystone}/whatif?spec=${encodeURIComponent(evil)}`,
    ]) {
      expect((await ask(path)).text, path).not.toContain('<img');
    }
  });

  it('says what would happen in the form as well, and what is wrong with a question', async () => {
    await bringUp();
    const asked = async (spec: string) => (await ask(`${keystone}/whatif?spec=${encodeURIComponent(spec)}`)).text;
    expect(await asked('image: registry.example/keystone:new')).toContain('Job/keystone-db-sync');
    expect(await asked('replicas: -1')).toContain('spec.replicas');
    expect(await asked(': : :')).toContain('failed');
    expect(await asked('just words')).toContain('write fields of the spec');
    expect(await asked('imag: x')).toContain('spec: Unrecognized key');
  });

  it('keeps the question that could not be answered, and names the fields and the image that there are', async () => {
    await bringUp();
    const { text } = await ask(`${keystone}/whatif?spec=${encodeURIComponent('# try\nimag: x')}`);
    expect(text).toContain('# try\nimag: x</textarea>');
    expect(text).toMatch(/It runs <code>[^<]*keystone:2025\.1[^<]*<\/code>/);
    expect(text).toMatch(/<td class="mono">image<\/td>\s*<td>Container image/);
  });

  it.each([
    ['image: registry.example/keystone:new', 'back to DBCreated, and from there on to DBSynced → Deployed'],
    ['image: registry.example/keystone:2025.2', 'back to DBCreated, and wait there: release 2025.2'],
    ['deletionPolicy: Delete', 'It would stay in Ready.'],
  ])('says of %s which way it would go', async (spec, said) => {
    await bringUp();
    const { text } = await ask(`${keystone}/whatif?spec=${encodeURIComponent(spec)}`);
    expect(text.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ')).toContain(said);
  });

  it('says what a resource that would stay where it is still waits for', async () => {
    await cloud.start();
    await cloud.apply('Keystone', 'keystone');
    await cloud.clock.advance(30_000);
    const { text } = await ask(`${keystone}/whatif?spec=${encodeURIComponent('image: registry.example/keystone:new')}`);
    expect(text).toContain('<strong>SecretsReady</strong>, for it still waits: MariaDB/mariadb does not exist');
  });

  it('lets the diagram be saved from above it, under the name of the resource; not where it shows the past', async () => {
    await bringUp();
    const now = (await ask(keystone)).text;
    expect(now).toContain(`href="/api/v1${keystone}/graph.mmd" download="Keystone-keystone.mmd"`);
    expect(now.indexOf('Save this diagram')).toBeLessThan(now.indexOf('<svg'));
    expect((await ask(`${keystone}?seq=1`)).text).not.toContain('Save this diagram');
  });

  it('the overview tells all of the last hour, and of what is older a few, saying that there is more', async () => {
    await bringUp();
    for (let round = 0; round < 4; round += 1) {
      for (const paused of ['true', null]) {
        const annotations = { 'openstack.k8s.io/paused': paused };
        const ref = { namespace: 'default', name: 'memcached' };
        await cloud.admin.mergePatch(cloud.typeOf('Memcached'), ref, { metadata: { annotations } });
        await cloud.clock.advance(10_000);
      }
    }
    const lines = async () => [...(await ask('/')).text.matchAll(/<li>/g)].length;
    expect(await lines()).toBeGreaterThan(20);
    expect((await ask('/')).text).not.toContain('more are remembered');
    await cloud.clock.advance(7_200_000);
    expect(await lines()).toBe(20);
    expect((await ask('/')).text).toMatch(/\d+ more are remembered: <code>kubectl openstack history -A</);
  });

  it('says what is not there', async () => {
    const { status, text } = await ask('/instances/Keystone/default/nobody');
    expect([status, text.includes('there is no Keystone default/nobody')]).toEqual([404, true]);
    expect((await ask('/machines/cinder')).status).toBe(404);
    expect((await ask('/elsewhere')).status).toBe(404);
  });
});
