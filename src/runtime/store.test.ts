import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { KubeObject } from '../kube/object.ts';
import { isNewer, Store, type Change } from './store.ts';

interface Options {
  uid?: string;
  namespace?: string;
  labels?: Record<string, string>;
}

function secret(
  name: string,
  version: number,
  { uid = name, namespace = 'openstack', labels }: Options = {},
): KubeObject {
  const metadata = { name, namespace, uid, resourceVersion: String(version), ...(labels && { labels }) };
  return { apiVersion: 'v1', kind: 'Secret', metadata };
}

const ref = (name: string) => ({ namespace: 'openstack', name });

function storeWith(...objects: KubeObject[]): Store {
  const store = new Store();
  relist(store, 10, ...objects);
  return store;
}

function relist(store: Store, version: number, ...objects: KubeObject[]): void {
  const listing = store.beginListing();
  for (const object of objects) listing.add(object);
  listing.end(String(version));
}

function seen(store: Store): string[] {
  const changes: string[] = [];
  const show = (object?: KubeObject) => object?.metadata.resourceVersion ?? '-';
  store.onChange((change: Change) => changes.push(`${show(change.old)}→${show(change.new)} ${change.origin}`));
  return changes;
}

const versionIn = (store: Store, name: string) => store.get(ref(name))?.metadata.resourceVersion;

describe('Store', () => {
  it('follows the watch', () => {
    const store = storeWith(secret('a', 5));
    const changes = seen(store);
    store.observe(secret('a', 11));
    store.observe(secret('b', 12));
    store.observeDeleted(secret('a', 13));

    expect(changes).toEqual(['5→11 watch', '-→12 watch', '11→- watch']);
    expect(store.list().map((object) => object.metadata.name)).toEqual(['b']);
  });

  it('tells only what changed when it is listed again', () => {
    const store = storeWith(secret('same', 1), secret('changed', 2), secret('gone', 3));
    const changes = seen(store);
    relist(store, 20, secret('same', 1), secret('changed', 15), secret('new', 16));
    expect(changes).toEqual(['2→15 list', '-→16 list', '3→- list']);
  });

  it('keeps what it had when a listing is given up half-way', () => {
    const store = storeWith(secret('a', 1), secret('b', 2));
    store.beginListing().add(secret('a', 1));
    expect(store.size).toBe(2);
  });

  it('goes back to earlier versions when the server was restored from a backup', () => {
    const store = storeWith(secret('a', 9));
    relist(store, 4, secret('a', 3));
    expect(versionIn(store, 'a')).toBe('3');
    store.remember(secret('a', 5));
    expect(versionIn(store, 'a')).toBe('5');
  });

  it('strips managedFields and the last-applied annotation unless told otherwise', () => {
    const noisy = secret('a', 1);
    noisy.metadata.managedFields = [{}];
    noisy.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: '1' };
    const store = storeWith(noisy);

    expect(store.get(ref('a'))?.metadata).toEqual({ ...secret('a', 1).metadata, annotations: { mine: '1' } });
    expect(noisy.metadata.managedFields).toHaveLength(1);
  });

  it('runs the transform on listed, watched and remembered objects alike', () => {
    const store = new Store({ transform: (object) => ({ ...object, data: 'digest' }) });
    relist(store, 10, { ...secret('listed', 1), data: 'plain' });
    store.observe({ ...secret('watched', 11), data: 'plain' });
    store.remember({ ...secret('written', 12), data: 'plain' });
    expect(store.list().map((object) => object['data'])).toEqual(['digest', 'digest', 'digest']);
  });
});

describe('Store, reading its own writes', () => {
  it('shows a write at once and tells it once', () => {
    const store = storeWith(secret('a', 5));
    const changes = seen(store);
    store.remember(secret('a', 11));
    expect(versionIn(store, 'a')).toBe('11');
    store.observe(secret('a', 11));
    expect(changes).toEqual(['5→11 write']);
  });

  it.each([
    { what: 'an older event', arrive: (store: Store) => store.observe(secret('a', 15)) },
    { what: 'an older deletion', arrive: (store: Store) => store.observeDeleted(secret('a', 15)) },
    {
      what: 'the deletion of its predecessor',
      arrive: (s: Store) => s.observeDeleted(secret('a', 15, { uid: 'before' })),
    },
    { what: 'an older bookmark', arrive: (store: Store) => store.progress('19') },
    { what: 'an older list with an older version', arrive: (store: Store) => relist(store, 18, secret('a', 5)) },
    { what: 'an older list without it', arrive: (store: Store) => relist(store, 18) },
    { what: 'an older write, answered late', arrive: (store: Store) => store.remember(secret('a', 19)) },
  ])('keeps a write when $what arrives afterwards', ({ arrive }) => {
    const store = storeWith(secret('a', 5));
    store.remember(secret('a', 20));
    arrive(store);
    expect(versionIn(store, 'a')).toBe('20');
  });

  it.each([
    { what: 'a newer event', arrive: (store: Store) => store.observe(secret('a', 21)), expected: '21' },
    { what: 'a newer deletion', arrive: (s: Store) => s.observeDeleted(secret('a', 21)), expected: undefined },
    { what: 'a list as new, without it', arrive: (store: Store) => relist(store, 20), expected: undefined },
    { what: 'a newer list', arrive: (s: Store) => relist(s, 30, secret('a', 25)), expected: '25' },
    {
      what: 'a successor of the same name',
      arrive: (s: Store) => s.observe(secret('a', 22, { uid: 'other' })),
      expected: '22',
    },
    { what: 'a newer event of another object', arrive: (s: Store) => s.observe(secret('b', 21)), expected: undefined },
  ])('lets go of a write when $what arrives', ({ arrive, expected }) => {
    const store = storeWith(secret('a', 5));
    store.remember(secret('a', 20));
    arrive(store);
    expect(versionIn(store, 'a')).toBe(expected);
  });

  it('does not bring an object back whose deletion it saw before the answer of its own write', () => {
    const store = storeWith();
    store.observe(secret('a', 11));
    store.observeDeleted(secret('a', 12));
    store.remember(secret('a', 11));
    expect(store.size).toBe(0);
  });

  it('ends up like the server, and never goes back behind an answered write, in whatever order news arrives', () => {
    const write = fc.record({ name: fc.constantFrom('a', 'b'), delete: fc.boolean(), ours: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(write, { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
        (writes, choices) => {
          const store = new Store();
          const server = new Map<string, KubeObject>();
          const floor = new Map<string, number>();
          // Our answers may overtake the watch and the watch may overtake our answers; each keeps its own order.
          const answers: (() => void)[] = [];
          const events: (() => void)[] = [];
          let delivered = 0;
          writes.forEach((step, index) => {
            const version = index + 1;
            const object = secret(step.name, version);
            if (step.delete) {
              if (!server.delete(step.name)) return;
              events.push(() => {
                delivered = version;
                store.observeDeleted(object);
              });
            } else {
              server.set(step.name, object);
              events.push(() => {
                delivered = version;
                store.observe(object);
              });
              if (step.ours) {
                answers.push(() => {
                  store.remember(object);
                  floor.set(step.name, Math.max(floor.get(step.name) ?? 0, version));
                });
              }
            }
          });
          const atEnd = [...server.values()];
          while (events.length + answers.length > 0) {
            const source = choices.next().value === 0 ? answers : events;
            (source.shift() ?? events.shift() ?? answers.shift())?.();
            for (const [name, version] of floor) {
              const shown = Number(versionIn(store, name) ?? Number.NaN);
              expect(shown >= version || delivered >= version).toBe(true);
            }
          }
          expect(
            store
              .list()
              .map((o) => o.metadata)
              .toSorted(byName),
          ).toEqual(atEnd.map((o) => o.metadata).toSorted(byName));
        },
      ),
    );
  });
});

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

describe('Store, indexes', () => {
  const indexed = (): Store =>
    new Store({ indexers: { tier: (object) => Object.values(object.metadata.labels ?? {}) } });
  const names = (store: Store, value: string) => store.byIndex('tier', value).map((object) => object.metadata.name);

  it('finds objects by each of their values and follows their changes', () => {
    const store = indexed();
    store.observe(secret('a', 1, { labels: { one: 'x', two: 'y' } }));
    store.observe(secret('b', 2, { labels: { one: 'x' } }));
    expect([names(store, 'x'), names(store, 'y')]).toEqual([['a', 'b'], ['a']]);

    store.observe(secret('a', 3, { labels: { one: 'z' } }));
    store.observeDeleted(secret('b', 4));
    expect([names(store, 'x'), names(store, 'y'), names(store, 'z')]).toEqual([[], [], ['a']]);
  });

  it('refuses an index that nobody declared', () => {
    expect(() => indexed().byIndex('teir', 'x')).toThrow('no index teir');
  });
});

describe('Store, handlers', () => {
  it('goes on with the other handlers when one throws, and reports it', () => {
    const onHandlerError = vi.fn();
    const store = new Store({ onHandlerError });
    const second = vi.fn();
    store.onChange(() => {
      throw new Error('mine');
    });
    store.onChange(second);
    store.observe(secret('a', 1));

    expect(second).toHaveBeenCalledOnce();
    expect(onHandlerError).toHaveBeenCalledExactlyOnceWith(new Error('mine'));
  });

  it('stops calling a handler that has unsubscribed', () => {
    const store = storeWith();
    const handler = vi.fn();
    store.onChange(handler)();
    store.observe(secret('a', 11));
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('isNewer', () => {
  it.each([
    { version: '10', than: '9', newer: true },
    { version: '9', than: '10', newer: false },
    { version: '7', than: '7', newer: false },
    { version: '18446744073709551616', than: '18446744073709551615', newer: true },
  ])('says $newer to $version after $than', ({ version, than, newer }) => {
    expect(isNewer(version, than)).toBe(newer);
  });
});
