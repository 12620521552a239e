import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kube/virtual-clock.ts';
import type { KubeObject } from '../kube/object.ts';
import { kinds } from '../machines/index.ts';
import type { Caches } from './caches.ts';
import { Controller } from './controller.ts';
import { WorkQueue } from './queue.ts';
import type { ReconcileContext } from './reconcile.ts';

const type = (name: string) => kinds.find(({ declaration }) => declaration.kind === name)!.type;
const namespace = 'cloud';

interface Standing {
  readonly generation?: number;
  /** The generation that was looked at. */
  readonly seen?: number;
  readonly ready?: boolean;
  readonly stalled?: boolean;
  readonly message?: string;
  readonly state?: string;
}

/** The Keystone of a control plane. */
function keystone({
  generation = 1,
  seen = 1,
  ready = false,
  stalled = false,
  message = 'it waits',
  state,
}: Standing): KubeObject {
  const condition = (name: string, holds: boolean, words: string) => ({
    type: name,
    status: holds ? 'True' : 'False',
    message: words,
    observedGeneration: 1,
  });
  return {
    apiVersion: 'openstack.k8s.io/v1alpha1',
    kind: 'Keystone',
    metadata: {
      namespace,
      name: 'cloud-keystone',
      uid: 'k',
      generation,
      labels: { 'app.kubernetes.io/name': 'openstackcontrolplane', 'app.kubernetes.io/instance': 'cloud' },
    },
    spec: { mariadbRef: 'cloud-mariadb', memcachedRef: 'cloud-memcached' },
    status: {
      state,
      observedGeneration: seen,
      conditions: [condition('Ready', ready, message), condition('Stalled', stalled, 'nothing')],
    },
  };
}

const glance: KubeObject = {
  apiVersion: 'openstack.k8s.io/v1alpha1',
  kind: 'Glance',
  metadata: { namespace, name: 'cloud-glance', uid: 'g' },
  spec: { keystoneRef: 'cloud-keystone' },
};

/** Keys that wait at once after the change, and those that do two seconds later. */
async function woken(before: Standing, after: Standing, origin: 'watch' | 'write'): Promise<[string[], string[]]> {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  const caches = {
    inNamespace: (of: unknown) => (of === type('Glance') ? [glance] : []),
  } as unknown as Caches;
  const context = {} as ReconcileContext;
  const controller = new Controller({ kinds, caches, queue, clock, context, timeoutMs: 0, onOutcome: () => {} });
  controller.changed(type('Keystone'), { old: keystone(before), new: keystone(after), origin });
  const waiting = async (): Promise<string[]> => {
    const keys: string[] = [];
    while (queue.length > 0) keys.push((await queue.get()) ?? '');
    return keys.toSorted();
  };
  const now = await waiting();
  await clock.advance(2000);
  return [now, await waiting()];
}

const own = `Keystone/${namespace}/cloud-keystone`;
const others = [`Glance/${namespace}/cloud-glance`, `OpenStackControlPlane/${namespace}/cloud`];
const used = [`MariaDB/${namespace}/cloud-mariadb`, `Memcached/${namespace}/cloud-memcached`];

describe('A changed resource', () => {
  it.each<[string, Standing, Standing]>([
    ['is Ready', {}, { ready: true }],
    ['is Ready no more', { ready: true }, {}],
    ['needs a person', {}, { stalled: true }],
    ['was looked at after a change', { generation: 2 }, { generation: 2, seen: 2 }],
  ])('wakes those that build on it at once when it %s', async (_, before, after) => {
    expect(await woken(before, after, 'watch')).toEqual([[...others, own].toSorted(), []]);
  });

  it('wakes also those that it uses when its spec changes', async () => {
    expect(await woken({}, { generation: 2 }, 'watch')).toEqual([[...others, ...used, own].toSorted(), []]);
  });

  it.each<[string, Standing, Standing]>([
    ['a sentence', { message: 'a Pod is missing' }, { message: 'two Pods are missing' }],
    ['a state', { state: 'DBCreated' }, { state: 'DBSynced' }],
  ])('has %s of its status repeated by others two seconds later', async (_, before, after) => {
    expect(await woken(before, after, 'write')).toEqual([[], others]);
  });

  it('is no news to itself by its own status, and to nobody when nothing changed', async () => {
    expect(await woken({}, {}, 'write')).toEqual([[], []]);
    expect(await woken({}, {}, 'watch')).toEqual([[own], []]);
  });
});
