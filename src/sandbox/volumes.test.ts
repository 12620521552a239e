import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { object, status, template, testWorld } from './test-world.ts';

const ref = { name: 'data', namespace: 'default' };

function claim(spec: object = {}) {
  return object(Builtin.PersistentVolumeClaim, 'data', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });
}

const pod = () =>
  object(Builtin.Pod, 'user', {
    ...template('user', { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }),
    metadata: { labels: {} },
  });

describe('PersistentVolumeClaim', () => {
  it('gets the default class, a volume and its capacity', async () => {
    const { api, clock } = testWorld();
    expect(api.create(Builtin.PersistentVolumeClaim, claim())).toMatchObject({
      metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
      spec: { storageClassName: 'standard', volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
    await clock.advance(100);
    expect(status(api.get(Builtin.PersistentVolumeClaim, ref))).toMatchObject({
      phase: 'Bound',
      capacity: { storage: '1Gi' },
    });
  });

  it('waits for a class that is missing, says so, and binds when it appears', async () => {
    const { api, clock } = testWorld();
    api.create(Builtin.PersistentVolumeClaim, claim({ storageClassName: 'fast' }));
    await clock.advance(1000);
    expect(status(api.get(Builtin.PersistentVolumeClaim, ref))['phase']).toBe('Pending');
    expect(api.list(Builtin.Event).items[0]).toMatchObject({
      type: 'Warning',
      reason: 'ProvisioningFailed',
      note: 'storageclass.storage.k8s.io "fast" not found',
      regarding: { kind: 'PersistentVolumeClaim', name: 'data' },
    });
    api.create(Builtin.StorageClass, object(Builtin.StorageClass, 'fast', { provisioner: 'x' }));
    await clock.advance(1000);
    expect(status(api.get(Builtin.PersistentVolumeClaim, ref))['phase']).toBe('Bound');
  });

  it('grows where the class allows it, never shrinks, and changes nothing else', async () => {
    const { api, clock } = testWorld();
    api.create(Builtin.StorageClass, object(Builtin.StorageClass, 'stiff', { provisioner: 'x' }));
    api.create(Builtin.PersistentVolumeClaim, claim());
    api.create(Builtin.PersistentVolumeClaim, {
      ...claim({ storageClassName: 'stiff' }),
      metadata: { ...ref, name: 'stiff' },
    });
    await clock.advance(100);
    const resize = (name: string, storage: string) =>
      api.mergePatch(
        Builtin.PersistentVolumeClaim,
        { ...ref, name },
        { spec: { resources: { requests: { storage } } } },
      );
    resize('data', '2Gi');
    await clock.advance(100);
    expect(status(api.get(Builtin.PersistentVolumeClaim, ref))).toMatchObject({ capacity: { storage: '2Gi' } });
    expect(() => resize('data', '1Gi')).toThrow('field can not be less than previous value');
    expect(() => resize('stiff', '2Gi')).toThrow('the storageclass that provisions the pvc must support resize');
    expect(() => api.mergePatch(Builtin.PersistentVolumeClaim, ref, { spec: { storageClassName: 'x' } })).toThrow(
      'spec is immutable',
    );
  });

  it('is kept while a Pod uses it', async () => {
    const { api, clock } = testWorld();
    api.create(Builtin.PersistentVolumeClaim, claim());
    api.create(Builtin.Pod, pod());
    await clock.advance(100);
    expect(status(api.get(Builtin.Pod, { ...ref, name: 'user' }))['phase']).toBe('Running');
    api.delete(Builtin.PersistentVolumeClaim, ref);
    await clock.advance(1000);
    expect(api.find(Builtin.PersistentVolumeClaim, ref)?.metadata.deletionTimestamp).toBeDefined();
    api.delete(Builtin.Pod, { ...ref, name: 'user' });
    await clock.advance(1000);
    expect(api.find(Builtin.PersistentVolumeClaim, ref)).toBeUndefined();
  });

  it('is kept by a Pod that has ended, and not by one that has no node', async () => {
    const { api, clock } = testWorld();
    api.create(Builtin.PersistentVolumeClaim, claim());
    const made = pod();
    api.create(Builtin.Pod, { ...made, spec: { ...(made['spec'] as object), restartPolicy: 'Never' } });
    await clock.advance(1000);
    expect(status(api.get(Builtin.Pod, { ...ref, name: 'user' }))['phase']).toBe('Succeeded');
    api.delete(Builtin.PersistentVolumeClaim, ref);
    await clock.advance(1000);
    expect(api.find(Builtin.PersistentVolumeClaim, ref)).toBeDefined();
    api.delete(Builtin.Pod, { ...ref, name: 'user' });
    await clock.advance(1000);
    expect(api.find(Builtin.PersistentVolumeClaim, ref)).toBeUndefined();

    api.create(Builtin.PersistentVolumeClaim, claim());
    api.create(Builtin.Pod, { ...made, spec: { ...(made['spec'] as object), nodeSelector: { gpu: 'yes' } } });
    await clock.advance(1000);
    api.delete(Builtin.PersistentVolumeClaim, ref);
    await clock.advance(1000);
    expect(api.find(Builtin.PersistentVolumeClaim, ref)).toBeUndefined();
  });
});
