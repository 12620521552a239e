import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { recordAt, recordsAt } from './json.ts';
import { replicasOf, sum } from './replicas.ts';
import { conditionOf, deployment, status, template, testWorld } from './test-world.ts';

const ref = { name: 'web', namespace: 'default' };
const image = (name: string) => ({ spec: { containers: [{ name: 'main', image: name }] } });

function rollout(spec: object = {}) {
  const world = testWorld();
  world.api.create(Builtin.Deployment, deployment('web', spec));
  const find = () => world.api.get(Builtin.Deployment, ref);
  const pods = () => world.api.list(Builtin.Pod).items;
  const images = () =>
    pods()
      .map((pod) => String(recordsAt(pod, 'spec', 'containers')[0]?.['image']))
      .sort();
  const setImage = (name: string) =>
    world.api.mergePatch(Builtin.Deployment, ref, { spec: { template: template('web', image(name).spec) } });
  return { ...world, find, pods, images, setImage };
}

describe('Deployment', () => {
  it('reaches its replicas and says so', async () => {
    const { clock, find, pods } = rollout({ replicas: 3 });
    await clock.advance(100);
    expect(pods()).toHaveLength(3);
    expect(status(find())).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    });
    expect(conditionOf(find(), 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
    expect(conditionOf(find(), 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });

  it('never has fewer ready Pods than 75 % nor asks for more than 125 % while it rolls', async () => {
    const { api, clock, find, images, pods, setImage } = rollout({ replicas: 4 });
    await clock.advance(100);
    let least = 4;
    let most = 4;
    api.store.subscribe(undefined, () => {
      const active = pods().filter((pod) => pod.metadata.deletionTimestamp === undefined);
      least = Math.min(least, active.filter((pod) => conditionOf(pod, 'Ready')?.['status'] === 'True').length);
      most = Math.max(most, sum(api.list(Builtin.ReplicaSet).items, replicasOf));
    });
    setImage('registry/main:2');
    await clock.advance(1000);
    expect(images()).toEqual(Array(4).fill('registry/main:2'));
    expect({ least, most }).toEqual({ least: 3, most: 5 });
    expect(status(find())).toMatchObject({ observedGeneration: 2, updatedReplicas: 4 });
  });

  it('stays available through a rollout that cannot pull its image, exceeds its deadline, and rolls back', async () => {
    const { api, clock, find, images, setImage } = rollout({ replicas: 2, progressDeadlineSeconds: 60 });
    await clock.advance(100);
    setImage('registry/main:missing');
    await clock.advance(30_000);
    expect(images()).toEqual(['registry/main:1', 'registry/main:1', 'registry/main:missing']);
    const stuck = api
      .list(Builtin.Pod)
      .items.find((pod) => recordsAt(pod, 'status', 'containerStatuses')[0]?.['ready'] === false);
    expect(recordsAt(stuck, 'status', 'containerStatuses')[0]).toMatchObject({
      state: { waiting: { reason: 'ImagePullBackOff' } },
    });
    expect(conditionOf(find(), 'Available')?.['status']).toBe('True');
    await clock.advance(60_000);
    expect(conditionOf(find(), 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    setImage('registry/main:1');
    await clock.advance(1000);
    expect(images()).toEqual(['registry/main:1', 'registry/main:1']);
    expect(conditionOf(find(), 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    expect(find().metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '3' });
    expect(api.list(Builtin.ReplicaSet).items).toHaveLength(2);
  });

  it('with Recreate starts the new Pod when the last old one is gone', async () => {
    const { api, clock, images, pods, setImage } = rollout({ strategy: { type: 'Recreate' } });
    await clock.advance(100);
    let most = 0;
    api.store.subscribe(Builtin.Pod, () => (most = Math.max(most, pods().length)));
    setImage('registry/main:2');
    await clock.advance(1000);
    expect(images()).toEqual(['registry/main:2']);
    expect(most).toBe(1);
  });

  it('replaces a Pod that is deleted, and scales both ways', async () => {
    const { api, clock, find, pods } = rollout({ replicas: 2 });
    await clock.advance(100);
    const victim = pods()[0] as KubeObject;
    api.delete(Builtin.Pod, victim.metadata);
    await clock.advance(100);
    expect(pods()).toHaveLength(2);
    expect(pods().map((pod) => pod.metadata.uid)).not.toContain(victim.metadata.uid);
    for (const replicas of [5, 0]) {
      api.mergePatch(Builtin.Deployment, ref, { spec: { replicas } });
      await clock.advance(100);
      expect(pods()).toHaveLength(replicas);
      expect(status(find())['readyReplicas'] ?? 0).toBe(replicas);
    }
  });

  it('is unavailable while its only Pod is not ready', async () => {
    const { behave, clock, find } = rollout();
    await clock.advance(100);
    const undo = behave(() => true, { neverReady: true });
    await clock.advance(100);
    expect(conditionOf(find(), 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' });
    undo();
    await clock.advance(100);
    expect(conditionOf(find(), 'Available')?.['status']).toBe('True');
  });

  it('orphans its ReplicaSet, and its successor adopts it with the Pods', async () => {
    const { api, clock, pods } = rollout();
    await clock.advance(100);
    const [before] = pods();
    api.delete(Builtin.Deployment, ref, { propagationPolicy: 'Orphan' });
    await clock.advance(100);
    const made = api.create(Builtin.Deployment, deployment('web'));
    await clock.advance(100);
    expect(pods().map((pod) => pod.metadata.uid)).toEqual([before?.metadata.uid]);
    expect(api.list(Builtin.ReplicaSet).items[0]?.metadata.ownerReferences?.[0]?.uid).toBe(made.metadata.uid);
    expect(recordAt(api.get(Builtin.Deployment, ref), 'status')['readyReplicas']).toBe(1);
  });
});
