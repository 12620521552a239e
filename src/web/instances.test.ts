import { describe, expect, it } from 'vitest';
import { kinds } from '../machines/index.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { matches, page, sorted, summaryOf, type Summary } from './instances.ts';
import { keyFor } from './keys.ts';

const keystone = kinds.find(({ declaration }) => declaration.kind === 'Keystone') as Kind;

function summary(status: unknown, metadata: object = {}): Summary {
  return summaryOf(keystone, {
    apiVersion: 'openstack.k8s.io/v1alpha1',
    kind: 'Keystone',
    metadata: { name: 'k', namespace: 'ns', generation: 2, ...metadata },
    status,
  });
}

const machine = { version: 1, state: 'DBCreated', since: '2026-01-01T00:00:00.000Z' };
const ready = (status: string, reason: string) => ({ type: 'Ready', status, reason });

describe('summaryOf', () => {
  it.each([
    ['done', { conditions: [ready('True', 'Ready')], machine: { ...machine, state: 'Ready' } }, {}],
    ['active', { conditions: [ready('False', 'JobRunning')], machine }, {}],
    ['active', undefined, {}],
    ['failed', { conditions: [ready('False', 'ImagePullBackOff')], machine }, {}],
    ['failed', { conditions: [ready('False', 'ErrImagePull')], machine }, {}],
    ['waiting', { conditions: [ready('False', 'DependencyNotReady')], machine }, {}],
    ['waiting', { conditions: [ready('False', 'NotReady')], machine }, {}],
    [
      'waiting',
      { conditions: [ready('False', 'StillReferenced')], machine: { ...machine, state: 'Deleting.Requested' } },
      {},
    ],
    [
      'failed',
      {
        conditions: [ready('False', 'JobFailed')],
        machine: { ...machine, attempts: { 'db-sync': { key: 'x', failures: 3 } } },
      },
      {},
    ],
    [
      'failed',
      { conditions: [ready('False', 'InvalidSpec'), { type: 'Stalled', status: 'True', reason: 'InvalidSpec' }] },
      {},
    ],
    [
      'paused',
      { conditions: [ready('False', 'Paused')], machine },
      { annotations: { 'openstack.k8s.io/paused': 'true' } },
    ],
  ])('is %s', (standing, status, metadata) => {
    expect(summary(status, metadata).standing).toBe(standing);
  });

  it('tells what the status says, and nothing that it does not', () => {
    const attempts = { 'db-sync': { key: 'x', failures: 3 } };
    const full = {
      observedGeneration: 1,
      waitingFor: 'Job/x failed',
      conditions: [ready('False', 'JobFailed')],
      machine: { ...machine, attempts, retryAt: '2026-01-01T00:01:00.000Z' },
    };
    expect(summary(full)).toMatchObject({
      state: 'DBCreated',
      waitingFor: 'Job/x failed',
      failures: 3,
      retryAt: '2026-01-01T00:01:00.000Z',
      generation: 2,
      observedGeneration: 1,
    });
    expect(summary({})).toMatchObject({ state: 'Pending', ready: 'Unknown', failures: 0, observedGeneration: 0 });
    expect(summary({ conditions: 'x', machine: 7, waitingFor: 5 })).not.toHaveProperty('waitingFor');
  });
});

describe('lists', () => {
  const some = ['b', 'a', 'c'].flatMap((name) =>
    (['Keystone', 'MariaDB'] as const).map((kind): Summary => ({
      ...summary(undefined, { name }),
      kind,
      waitingFor: `Job/${name}-db-sync is running`,
    })),
  );

  it('are in the order of kinds, namespace and name', () => {
    expect(sorted(kinds, some).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'MariaDB/a',
      'MariaDB/b',
      'MariaDB/c',
      'Keystone/a',
      'Keystone/b',
      'Keystone/c',
    ]);
  });

  it('come in pages that hold each one once', () => {
    const all = sorted(kinds, some);
    const seen: string[] = [];
    for (let after: string | undefined, more = true; more;) {
      const { items, next, remaining } = page(all, 4, after);
      seen.push(...items.map(keyFor));
      expect(remaining).toBe(all.length - seen.length);
      more = next !== undefined;
      after = next;
    }
    expect(seen).toEqual(all.map(keyFor));
  });

  it.each([
    [{ kind: 'keystone' }, 3],
    [{ namespace: 'other' }, 0],
    [{ state: 'Pending' }, 6],
    [{ standing: 'active' }, 6],
    [{ waitingOn: 'Job/a-db-sync' }, 2],
    [{ waitingOn: 'Job/a-db' }, 0],
    [{ q: 'KEYSTONE db-sync' }, 3],
    [{ q: 'nothing' }, 0],
    [{ kind: 'Keystone', q: '/ns/b' }, 1],
  ] as const)('are narrowed by %j to %i', (filter, count) => {
    expect(some.filter((one) => matches(one, filter))).toHaveLength(count);
  });

  it('finds the states inside a compound one', () => {
    const deleting = { ...summary(undefined), state: 'Deleting.Stopped' };
    expect(matches(deleting, { state: 'Deleting' })).toBe(true);
    expect(matches(deleting, { state: 'Deleting.Stopped' })).toBe(true);
    expect(matches(deleting, { state: 'Del' })).toBe(false);
  });
});
