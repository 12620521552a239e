import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import { kinds } from '../machines/index.ts';
import type { Caches } from './caches.ts';
import { Controller } from './controller.ts';
import { WorkQueue } from './queue.ts';
import type { ReconcileContext } from './reconcile.ts';
import type { Change } from './store.ts';

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
function woken(before: Standing, after: Standing, origin: 'watch' | 'write'): Promise<[string[], string[]]> {
  return wokenBy(type('Keystone'), { old: keystone(before), new: keystone(after), origin });
}

async function wokenBy(changed: ResourceType, change: Change): Promise<[string[], string[]]> {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  const caches = {
    inNamespace: (of: unknown) => (of === type('Glance') ? [glance] : []),
  } as unknown as Caches;
  const context = {} as ReconcileContext;
  const controller = new Controller({ kinds, caches, queue, clock, context, timeoutMs: 0, onOutcome: () => {} });
  controller.changed(changed, change);
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

describe('A changed child', () => {
  const labels = { 'app.kubernetes.io/name': 'keystone', 'app.kubernetes.io/instance': 'cloud-keystone' };
  const child = (kind: string, status: object, metadata: object = {}, rest: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { namespace, name: 'child', uid: 'c', labels, ...metadata },
    status,
    ...rest,
  });
  const pod = (state: object, more: object = {}) =>
    child('Pod', { phase: 'Running', containerStatuses: [{ name: 'c', state, ...more }] }, {}, { nodeName: 'one' });
  const job = (status: object, metadata: object = {}) => child('Job', status, metadata);

  it.each<[string, ResourceType, KubeObject, KubeObject]>([
    ['a Pod that runs now', Builtin.Pod, pod({ waiting: { reason: 'ContainerCreating' } }), pod({ running: {} })],
    ['a Pod that is ready now', Builtin.Pod, pod({ running: {} }), pod({ running: {} }, { ready: true })],
    ['a Pod that has trouble', Builtin.Pod, pod({}), pod({ waiting: { reason: 'ImagePullBackOff' } })],
    ['a Pod that has other trouble', Builtin.Pod, pod({ waiting: { reason: 'A' } }), pod({ waiting: { reason: 'B' } })],
    ['a Pod that has ended', Builtin.Pod, pod({ running: {} }), child('Pod', { phase: 'Succeeded' })],
    [
      'a Pod that has said something',
      Builtin.Pod,
      pod({ terminated: { exitCode: 0 } }),
      pod({ terminated: { exitCode: 0, message: 'a' } }),
    ],
    ['a Pod that is going', Builtin.Pod, child('Pod', {}), child('Pod', {}, { deletionTimestamp: 't' })],
    ['a Pod of another name', Builtin.Pod, child('Pod', {}), child('Pod', {}, { uid: 'd' })],
    ['a Job that is complete', Builtin.Job, job({}), job({ conditions: [{ type: 'Complete', status: 'True' }] })],
    ['a Job whose annotation was taken away', Builtin.Job, job({}, { annotations: { a: 'b' } }), job({})],
    ['a Deployment', Builtin.Deployment, child('Deployment', {}), child('Deployment', { replicas: 1 })],
  ])('wakes its owner: %s', async (_, changed, before, after) => {
    expect(await wokenBy(changed, { old: before, new: after, origin: 'watch' })).toEqual([[own], []]);
  });

  it.each<[string, ResourceType, KubeObject, KubeObject]>([
    ['a Pod that has found its node', Builtin.Pod, child('Pod', {}), child('Pod', {}, {}, { nodeName: 'one' })],
    ['a Pod whose container is being made', Builtin.Pod, pod({}), pod({ waiting: { reason: 'ContainerCreating' } })],
    ['a Pod that was written again', Builtin.Pod, child('Pod', {}), child('Pod', {}, { resourceVersion: '2' })],
    ['a Job that counts its Pods', Builtin.Job, job({ active: 1 }), job({ active: 1, ready: 1 })],
  ])('wakes nobody: %s', async (_, changed, before, after) => {
    expect(await wokenBy(changed, { old: before, new: after, origin: 'watch' })).toEqual([[], []]);
  });

  it('wakes its owner when it comes and when it goes', async () => {
    const one = child('Pod', {});
    expect(await wokenBy(Builtin.Pod, { new: one, origin: 'watch' })).toEqual([[own], []]);
    expect(await wokenBy(Builtin.Pod, { old: one, origin: 'watch' })).toEqual([[own], []]);
  });
});
