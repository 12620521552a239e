import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WatchEvent, WatchOptions } from '../kube/client.ts';
import { Builtin } from '../kube/object.ts';
import type { ClientOptions } from './client.ts';
import { object, secret, testApi } from './test-world.ts';

function watching(options: Partial<WatchOptions> = {}, clientOptions: ClientOptions = {}) {
  const { api, clock } = testApi();
  const seen: string[] = [];
  const state: { error?: unknown; ended: boolean } = { ended: false };
  const describeEvent = (event: WatchEvent): string =>
    event.type === 'BOOKMARK' ? `BOOKMARK ${event.resourceVersion}` : `${event.type} ${event.object.metadata.name}`;
  const start = async (): Promise<void> => {
    const from = { resourceVersion: String(api.store.version), ...options };
    try {
      for await (const event of api.client(clientOptions).watch(Builtin.Secret, from)) seen.push(describeEvent(event));
    } catch (error) {
      state.error = error;
    }
    state.ended = true;
  };
  return { api, clock, seen, state, start };
}

const relabel = (label: string) => (live: ReturnType<typeof secret>) => ({
  ...live,
  metadata: { ...live.metadata, labels: { app: label } },
});

describe('watch', () => {
  it('sends what happens after its version, of its type alone', async () => {
    const { api, clock, seen, start } = watching();
    api.create(Builtin.Secret, secret('before'));
    void start();
    await clock.advance(0);
    api.create(Builtin.Secret, secret('a'));
    api.create(Builtin.ConfigMap, object(Builtin.ConfigMap, 'a'));
    api.mergePatch(Builtin.Secret, { name: 'a', namespace: 'default' }, { data: { password: 'eA==' } });
    api.delete(Builtin.Secret, { name: 'a', namespace: 'default' });
    await clock.advance(0);
    expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('replays from an older version', async () => {
    const { api, clock, seen, start } = watching({ resourceVersion: '2' });
    api.create(Builtin.Secret, secret('a'));
    api.create(Builtin.Secret, secret('b'));
    void start();
    await clock.advance(0);
    expect(seen).toEqual(['ADDED a', 'ADDED b']);
  });

  it('is Expired when the history no longer reaches back', async () => {
    const { api, clock, state, start } = watching({ resourceVersion: '2' });
    api.create(Builtin.Secret, secret('a'));
    api.compact();
    void start();
    await clock.advance(0);
    expect(state.error).toMatchObject({ reason: 'Expired', code: 410 });
  });

  it('is Expired when more has happened than the history holds', async () => {
    const { api } = testApi({ historyLength: 5 });
    for (let i = 0; i < 20; i++) api.create(Builtin.Secret, secret(`s-${i}`));
    await expect(
      api.client().watch(Builtin.Secret, { resourceVersion: '3' })[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      reason: 'Expired',
    });
  });

  it('shows an object that leaves the selector as deleted and one that enters as added', async () => {
    const { api, clock, seen, start } = watching({ labelSelector: 'app=nova' });
    api.create(Builtin.Secret, secret('a'));
    void start();
    await clock.advance(0);
    const ref = { name: 'a', namespace: 'default' };
    for (const label of ['glance', 'nova', 'nova', 'glance', 'swift']) api.update(Builtin.Secret, ref, relabel(label));
    await clock.advance(0);
    expect(seen).toEqual(['ADDED a', 'DELETED a']);
  });

  it('delivers late and in order when it lags', async () => {
    const lags = [50, 10, 0];
    const { api, clock, seen, start } = watching({}, { watchLagMs: () => lags.shift() ?? 0 });
    void start();
    await clock.advance(0);
    for (const name of ['a', 'b', 'c']) api.create(Builtin.Secret, secret(name));
    await clock.advance(49);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('sends a bookmark now and then, and one before the server closes', async () => {
    const { api, clock, seen, state, start } = watching({ timeoutSeconds: 90 });
    void start();
    await clock.advance(0);
    api.create(Builtin.ConfigMap, object(Builtin.ConfigMap, 'a'));
    await clock.advance(60_000);
    expect(seen).toEqual([`BOOKMARK ${api.store.version}`]);
    api.create(Builtin.ConfigMap, object(Builtin.ConfigMap, 'b'));
    await clock.advance(30_000);
    expect(seen.at(-1)).toBe(`BOOKMARK ${api.store.version}`);
    expect(state).toEqual({ ended: true });
  });

  it('ends at once when aborted, and leaves no timer', async () => {
    const abort = new AbortController();
    const { api, clock, seen, state, start } = watching(
      { signal: abort.signal, timeoutSeconds: 600 },
      { watchLagMs: 5 },
    );
    void start();
    await clock.advance(0);
    api.create(Builtin.Secret, secret('a'));
    abort.abort();
    expect(await clock.until(() => false)).toBe(false);
    expect({ seen, state, at: clock.monotonic() }).toEqual({ seen: [], state: { ended: true }, at: 0 });
  });

  it('refuses a version of the future', async () => {
    const { clock, state, start } = watching({ resourceVersion: '999' });
    void start();
    await clock.advance(0);
    expect(state.error).toMatchObject({ reason: 'Timeout', code: 504 });
  });

  it('tells a client that folds its events exactly what a list would show', async () => {
    const step = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      label: fc.constantFrom('nova', 'glance'),
      does: fc.constantFrom('write', 'delete'),
      wait: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.array(fc.nat(30)), async (steps, lags) => {
        const { api, clock } = testApi();
        const known = new Map<string, unknown>();
        const abort = new AbortController();
        const options = { resourceVersion: String(api.store.version), labelSelector: 'app=nova', signal: abort.signal };
        const client = api.client({ watchLagMs: () => lags.pop() ?? 0 });
        const watching = (async () => {
          for await (const event of client.watch(Builtin.Secret, options)) {
            if (event.type === 'BOOKMARK') continue;
            const { name } = event.object.metadata;
            expect(known.has(name)).toBe(event.type !== 'ADDED');
            if (event.type === 'DELETED') known.delete(name);
            else known.set(name, event.object);
          }
        })();
        for (const { name, label, does, wait } of steps) {
          const at = { name, namespace: 'default' };
          const found = api.find(Builtin.Secret, at);
          if (found === undefined) api.create(Builtin.Secret, relabel(label)(secret(name)));
          else if (does === 'delete') api.delete(Builtin.Secret, at);
          else api.update(Builtin.Secret, at, relabel(label));
          await clock.advance(wait);
        }
        await clock.advance(1000);
        abort.abort();
        await watching;
        const listed = api.list(Builtin.Secret, { labelSelector: 'app=nova' }).items;
        expect([...known.values()]).toHaveLength(listed.length);
        for (const item of listed) expect(known.get(item.metadata.name)).toBe(item);
      }),
      { numRuns: 50 },
    );
  });
});
