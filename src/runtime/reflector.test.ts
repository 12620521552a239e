import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient, KubeList, ListOptions, WatchEvent, WatchOptions } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { sleep } from '../kube/ports.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { Reflector } from './reflector.ts';
import { Store } from './store.ts';

let clock: VirtualClock;
let store: Store;
let errors: unknown[];
let lists: ListOptions[];
let watches: (WatchOptions & { at: number })[];
let abort: AbortController;

beforeEach(() => {
  clock = new VirtualClock();
  store = new Store();
  errors = [];
  lists = [];
  watches = [];
  abort = new AbortController();
});

function pod(name: string, version: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: `${version}` },
  };
}

const page = (version: number, items: KubeObject[] = [], next = ''): KubeList => ({
  metadata: { resourceVersion: `${version}`, continue: next },
  items,
});

const added = (name: string, version: number): WatchEvent => ({ type: 'ADDED', object: pod(name, version) });

/** One watch: waits (number), says an event, fails with an error; at its end the server closes. `open` stays open. */
type WatchScript = (number | WatchEvent | Error | 'open')[];

/** Answers the n-th call with the n-th entry of its script, and from then on with the last one. */
function reflectorOf(listScript: (KubeList | Error)[], watchScript: WatchScript[], fraction = 0.5): Reflector {
  const client = {
    async list(_type: unknown, options: ListOptions) {
      lists.push(options);
      const answer = listScript[Math.min(lists.length, listScript.length) - 1]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async *watch(_type: unknown, options: WatchOptions) {
      watches.push({ ...options, at: clock.monotonic() });
      for (const step of watchScript[Math.min(watches.length, watchScript.length) - 1]!) {
        if (step instanceof Error) throw step;
        if (step === 'open') await sleep(clock, 10_000_000, options.signal);
        else if (typeof step === 'number') await sleep(clock, step, options.signal);
        else yield step;
        if (options.signal?.aborted === true) return;
      }
    },
  } as unknown as KubeClient;
  const random = { bytes: () => new Uint8Array(), fraction: () => fraction };
  return new Reflector({
    client,
    clock,
    random,
    store,
    type: Builtin.Pod,
    namespace: 'ns',
    labelSelector: 'a=b',
    onError: (error) => errors.push(error),
  });
}

const names = () => store.list().map((object) => object.metadata.name);
const starts = () => watches.map((watch) => watch.at);

describe('Reflector', () => {
  it('lists page by page, is synced after the last, and watches on from the version of the list', async () => {
    const reflector = reflectorOf(
      [page(10, [pod('a', 1)], 'more'), page(10, [pod('b', 2)])],
      [[added('c', 11), 'open']],
    );
    let isSynced = false;
    void reflector.synced.then(() => (isSynced = true));
    void reflector.start(abort.signal);
    await clock.advance(0);

    expect(names()).toEqual(['a', 'b', 'c']);
    expect([isSynced, reflector.isSynced]).toEqual([true, true]);
    expect(lists).toMatchObject([
      { namespace: 'ns', labelSelector: 'a=b', limit: 500 },
      { limit: 500, continue: 'more' },
    ]);
    expect(lists[0]).not.toHaveProperty('continue');
    expect(watches).toMatchObject([{ namespace: 'ns', labelSelector: 'a=b', resourceVersion: '10' }]);
    expect(reflector.stats).toEqual({ lists: 1, watches: 1, events: 1, errors: 0 });
  });

  it.each([
    { fraction: 0, seconds: 300 },
    { fraction: 0.999999, seconds: 600 },
  ])('asks the server to close after 5 to 10 minutes: $seconds s at $fraction', async ({ fraction, seconds }) => {
    void reflectorOf([page(1)], [['open']], fraction).start(abort.signal);
    await clock.advance(0);
    expect(watches[0]?.timeoutSeconds).toBe(seconds);
  });

  it('watches on from the last event or bookmark when the server closes, without a list, an error or a gap', async () => {
    const deleted: WatchEvent = { type: 'DELETED', object: pod('a', 12) };
    const closed: WatchScript = [added('a', 11), deleted, 5_000, { type: 'BOOKMARK', resourceVersion: '30' }];
    const reflector = reflectorOf([page(10)], [closed, ['open']]);
    void reflector.start(abort.signal);
    await clock.advance(5_000);

    expect(names()).toEqual([]);
    expect(watches.map((watch) => [watch.at, watch.resourceVersion])).toEqual([
      [0, '10'],
      [5_000, '30'],
    ]);
    expect(reflector.stats).toEqual({ lists: 1, watches: 2, events: 2, errors: 0 });
  });

  it('lists again when its version has expired, and says so', async () => {
    const expired = new ApiError('Expired', 'too old');
    void reflectorOf([page(10, [pod('a', 1)]), page(50, [pod('b', 40)])], [[2_000, expired], ['open']]).start(
      abort.signal,
    );
    await clock.advance(2_000);

    expect(names()).toEqual(['b']);
    expect(watches.at(-1)?.resourceVersion).toBe('50');
    expect(errors).toEqual([expired]);
  });

  it('begins the list anew when a page has expired', async () => {
    const expired = new ApiError('Expired', 'continue token too old');
    const reflector = reflectorOf([page(10, [pod('a', 1)], 'more'), expired, page(20, [pod('b', 2)])], [['open']]);
    void reflector.start(abort.signal);
    await clock.advance(800);
    expect(lists[2]).not.toHaveProperty('continue');
    expect(names()).toEqual(['b']);
    expect(reflector.isSynced).toBe(true);
  });

  it('goes on through every kind of failure and reports each', async () => {
    const failures = [new ApiError('Network', 'reset'), new ApiError('Forbidden', 'no'), new TypeError('a bug')];
    const reflector = reflectorOf([...failures, page(1, [pod('a', 1)])], [['open']]);
    void reflector.start(abort.signal);
    await clock.advance(10_000);
    expect(errors).toEqual(failures);
    expect(reflector.stats.errors).toBe(3);
    expect(names()).toEqual(['a']);
  });
});

describe('Reflector, back-off', () => {
  it('waits twice as long after each failure, up to 30 s, half of it at random', async () => {
    const refused = new ApiError('Network', 'refused');
    void reflectorOf([page(1)], [[refused]], 1).start(abort.signal);
    await clock.advance(120_000);
    expect(starts().slice(0, 8)).toEqual([0, 800, 2_400, 5_600, 12_000, 24_800, 50_400, 80_400]);
  });

  it('takes the jitter from the random port', async () => {
    void reflectorOf([page(1)], [[new ApiError('Network', 'refused')]], 0).start(abort.signal);
    await clock.advance(1_200);
    expect(starts()).toEqual([0, 400, 1_200]);
  });

  it('does not storm a server that says one event and closes', async () => {
    void reflectorOf([page(1)], [[added('a', 5)]], 1).start(abort.signal);
    await clock.advance(60_000);
    expect(starts()).toEqual([0, 800, 2_400, 5_600, 12_000, 24_800, 50_400]);
  });

  it('leaves no gap when a proxy cuts a working watch again and again', async () => {
    void reflectorOf([page(1)], [[50_000, new ApiError('Network', 'cut')]], 1).start(abort.signal);
    await clock.advance(200_000);
    expect(starts()).toEqual([0, 50_000, 100_000, 150_000, 200_000]);
  });

  it('starts from the shortest back-off again after a stable minute', async () => {
    const cut = new ApiError('Network', 'cut');
    void reflectorOf([page(1)], [[cut], [cut], [cut], [60_000, cut], [cut], ['open']], 1).start(abort.signal);
    await clock.advance(120_000);
    expect(starts()).toEqual([0, 800, 2_400, 5_600, 65_600, 67_200]);
  });

  it('waits as long as the server asks', async () => {
    const busy = new ApiError('TooManyRequests', 'busy', { retryAfterMs: 7_000 });
    void reflectorOf([page(1)], [[busy], ['open']]).start(abort.signal);
    await clock.advance(30_000);
    expect(starts()).toEqual([0, 7_000]);
  });
});

describe('Reflector, health', () => {
  it('reconnects when nothing is heard for 90 s, and says so', async () => {
    const reflector = reflectorOf([page(1)], [[60_000, added('a', 5), 'open'], ['open']]);
    void reflector.start(abort.signal);
    await clock.advance(149_999);
    expect(watches).toHaveLength(1);
    expect(reflector.lastActivityMs()).toBe(89_999);
    await clock.advance(1);
    expect(starts()).toEqual([0, 150_000]);
    expect(errors).toEqual([new ApiError('Network', 'watch pods: silent for 90 s')]);
  });

  it('ends at once when its signal aborts between the list and the watch', async () => {
    const reflector = reflectorOf([page(1, [pod('a', 1)])], [['open']]);
    store.onChange(() => queueMicrotask(() => abort.abort()));
    let hasEnded = false;
    void reflector.start(abort.signal).then(() => (hasEnded = true));
    await clock.advance(1000);
    expect(hasEnded).toBe(true);
  });

  it('is kept alive by bookmarks', async () => {
    const minute = [60_000, { type: 'BOOKMARK', resourceVersion: '9' } as const];
    void reflectorOf([page(1)], [[...minute, ...minute, ...minute, ...minute]]).start(abort.signal);
    await clock.advance(230_000);
    expect(watches).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('does not take its own attempts for signs of life', async () => {
    const reflector = reflectorOf([page(1)], [[new ApiError('Network', 'refused')]]);
    expect(reflector.lastActivityMs()).toBe(Infinity);
    void reflector.start(abort.signal);
    await clock.advance(100_000);
    expect(watches.length).toBeGreaterThan(3);
    expect(reflector.lastActivityMs()).toBe(100_000);
  });

  it.each([
    { where: 'in a watch', script: ['open'] satisfies WatchScript, ms: 10 },
    { where: 'in its back-off', script: [new ApiError('Network', 'x')] satisfies WatchScript, ms: 10 },
  ])('ends soon after its signal aborts $where, without an error or another request', async ({ script, ms }) => {
    const reflector = reflectorOf([page(1)], [script]);
    let hasEnded = false;
    void reflector.start(abort.signal).then(() => (hasEnded = true));
    await clock.advance(ms);
    const before = errors.length;
    abort.abort();
    await clock.advance(0);
    expect(hasEnded).toBe(true);
    await clock.advance(100_000);
    expect([watches.length, errors.length]).toEqual([1, before]);
  });
});
