import { expect, it } from 'vitest';
import type { KubeObject } from '../kube/object.ts';
import { happeningsOf } from './happenings.ts';

function moved(name: string, ...passages: [at: string, from: string, to: string][]): { kind: string; cr: KubeObject } {
  const history = passages.map(([at, from, to]) => ({ at, from, to, why: 'so it is' }));
  const state = history.at(-1)?.to ?? 'Pending';
  return {
    kind: 'Memcached',
    cr: {
      apiVersion: 'openstack.k8s.io/v1alpha1',
      kind: 'Memcached',
      metadata: { name, namespace: 'openstack' },
      status: {
        state,
        conditions: [],
        machine: { version: 1, state, since: '2026-01-01T00:00:00.000Z', record: {}, history },
      },
    },
  };
}

it('tells of all resources, the newest first, and of one moment in the order in which it went', () => {
  const [early, late] = ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:09.000Z'];
  const told = happeningsOf([
    moved('a', [early, 'Pending', 'Deployed'], [early, 'Deployed', 'Ready']),
    moved('b', [early, 'Pending', 'Deployed'], [late, 'Deployed', 'Ready']),
    moved('c'),
  ]);
  expect(told.map(({ name, to }) => `${name} ${to}`)).toEqual(['b Ready', 'a Ready', 'a Deployed', 'b Deployed']);
});
