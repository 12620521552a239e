import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { recordAt, recordsAt } from './json.ts';
import { statefulSet, status, template, testWorld } from './test-world.ts';

const ref = { name: 'db', namespace: 'default' };

function cluster(spec: object = {}) {
  const world = testWorld();
  world.api.create(Builtin.StatefulSet, statefulSet('db', spec));
  const log: string[] = [];
  world.api.store.subscribe(Builtin.Pod, ({ type, object }) => {
    if (type !== 'MODIFIED') log.push(`${type} ${object.metadata.name}`);
  });
  const names = () => world.api.list(Builtin.Pod).items.map((pod) => pod.metadata.name);
  const claims = () => world.api.list(Builtin.PersistentVolumeClaim).items;
  const find = () => world.api.get(Builtin.StatefulSet, ref);
  const setImage = (image: string) =>
    world.api.mergePatch(Builtin.StatefulSet, ref, {
      spec: { template: template('db', { containers: [{ name: 'main', image }] }) },
    });
  return { ...world, log, names, claims, find, setImage };
}

describe('StatefulSet', () => {
  it('starts its Pods one after the other, each with its claim', async () => {
    const { behave, clock, names, claims, find } = cluster({ replicas: 3 });
    const undo = behave((pod) => pod.metadata.name === 'db-1', { neverReady: true });
    await clock.advance(100);
    expect(names()).toEqual(['db-0', 'db-1']);
    undo();
    await clock.advance(100);
    expect(names()).toEqual(['db-0', 'db-1', 'db-2']);
    expect(claims().map((claim) => [claim.metadata.name, status(claim)['phase'], claim.metadata.labels])).toEqual(
      [0, 1, 2].map((n) => [`data-db-${n}`, 'Bound', { app: 'db' }]),
    );
    expect(status(find())).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
    });
    expect(status(find())['currentRevision']).toBe(status(find())['updateRevision']);
  });

  it('scales down from the highest, and keeps the claims, also when it is deleted', async () => {
    const { api, clock, names, claims, log } = cluster({ replicas: 3 });
    await clock.advance(200);
    log.length = 0;
    api.mergePatch(Builtin.StatefulSet, ref, { spec: { replicas: 1 } });
    await clock.advance(200);
    expect(log).toEqual(['DELETED db-2', 'DELETED db-1']);
    api.delete(Builtin.StatefulSet, ref);
    await clock.advance(200);
    expect(names()).toEqual([]);
    expect(claims()).toHaveLength(3);
  });

  it('rolls from the highest ordinal, one at a time', async () => {
    const { clock, find, log, setImage } = cluster();
    await clock.advance(200);
    log.length = 0;
    setImage('registry/main:2');
    await clock.advance(200);
    expect(log).toEqual(['DELETED db-1', 'ADDED db-1', 'DELETED db-0', 'ADDED db-0']);
    expect(status(find())).toMatchObject({ observedGeneration: 2, updatedReplicas: 2, readyReplicas: 2 });
    expect(status(find())['currentRevision']).toBe(status(find())['updateRevision']);
  });

  it('does not mend a broken Pod by a new template until somebody deletes it', async () => {
    const { api, clock, find, setImage } = cluster({ replicas: 1 });
    await clock.advance(200);
    setImage('registry/main:missing');
    await clock.advance(200);
    setImage('registry/main:2');
    await clock.advance(60_000);
    expect(
      recordsAt(api.get(Builtin.Pod, { name: 'db-0', namespace: 'default' }), 'spec', 'containers')[0]?.['image'],
    ).toBe('registry/main:missing');
    expect(status(find())['readyReplicas']).toBeUndefined();
    api.delete(Builtin.Pod, { name: 'db-0', namespace: 'default' });
    await clock.advance(200);
    expect(status(find())).toMatchObject({ readyReplicas: 1, updatedReplicas: 1 });
  });

  it('adopts the Pods of its orphaning predecessor, without restarting them', async () => {
    const { api, clock, find } = cluster();
    await clock.advance(200);
    const uids = () => api.list(Builtin.Pod).items.map((pod) => pod.metadata.uid);
    const before = uids();
    api.delete(Builtin.StatefulSet, ref, { propagationPolicy: 'Orphan' });
    await clock.advance(200);
    expect(api.find(Builtin.StatefulSet, ref)).toBeUndefined();
    const bigger = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    };
    api.create(Builtin.StatefulSet, statefulSet('db', { volumeClaimTemplates: [bigger] }));
    await clock.advance(200);
    expect(uids()).toEqual(before);
    expect(recordAt(find(), 'status')).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2 });
  });
});
