import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject, type OwnerReference } from '../kube/object.ts';
import { object, testWorld } from './test-world.ts';

function family(dependents: Record<string, Partial<OwnerReference>>, finalizers: Record<string, string[]> = {}) {
  const world = testWorld();
  const { api } = world;
  const owner = api.create(Builtin.ConfigMap, object(Builtin.ConfigMap, 'owner'));
  const ownedBy = (of: KubeObject, more: Partial<OwnerReference>): OwnerReference => ({
    apiVersion: of.apiVersion,
    kind: of.kind,
    name: of.metadata.name,
    uid: of.metadata.uid ?? '',
    ...more,
  });
  for (const [name, more] of Object.entries(dependents)) {
    const metadata = { ownerReferences: [ownedBy(owner, more)], finalizers: finalizers[name] ?? [] };
    api.create(Builtin.Secret, object(Builtin.Secret, name, { metadata }));
  }
  const names = () =>
    api.store
      .contents('default')
      .map(({ object: left }) => left.metadata.name)
      .filter((name) => !OTHERS.has(name))
      .sort();
  return { ...world, owner, names, ownedBy };
}

const OTHERS = new Set(['default', 'kube-root-ca.crt']);
const ownerRef = { name: 'owner', namespace: 'default' };

describe('garbage collection', () => {
  it('in the background removes the owner at once and dependents soon after', async () => {
    const { api, clock, names } = family({ a: {}, b: { blockOwnerDeletion: true } });
    await clock.advance(10);
    api.delete(Builtin.ConfigMap, ownerRef, { propagationPolicy: 'Background' });
    expect(names()).toEqual(['a', 'b']);
    await clock.advance(10);
    expect(names()).toEqual([]);
  });

  it('in the foreground keeps the owner until the blocking dependents are gone', async () => {
    const { api, clock, names } = family(
      { a: { blockOwnerDeletion: true }, b: { blockOwnerDeletion: true } },
      { b: ['x/hold'] },
    );
    await clock.advance(10);
    api.delete(Builtin.ConfigMap, ownerRef, { propagationPolicy: 'Foreground' });
    expect(api.get(Builtin.ConfigMap, ownerRef).metadata.finalizers).toEqual(['foregroundDeletion']);
    await clock.advance(100);
    expect(names()).toEqual(['b', 'owner']);
    api.mergePatch(Builtin.Secret, { name: 'b', namespace: 'default' }, { metadata: { finalizers: null } });
    await clock.advance(100);
    expect(names()).toEqual([]);
  });

  it('in the foreground does not wait for a dependent that does not block, but deletes it', async () => {
    const { api, clock, names } = family({ a: {} }, { a: ['x/hold'] });
    api.delete(Builtin.ConfigMap, ownerRef, { propagationPolicy: 'Foreground' });
    await clock.advance(100);
    expect(names()).toEqual(['a']);
    expect(api.get(Builtin.Secret, { name: 'a', namespace: 'default' }).metadata.deletionTimestamp).toBeDefined();
  });

  it('orphans: the dependents stay, without the reference', async () => {
    const { api, clock, names } = family({ a: { controller: true } });
    api.delete(Builtin.ConfigMap, ownerRef, { propagationPolicy: 'Orphan' });
    expect(names()).toEqual(['a', 'owner']);
    await clock.advance(100);
    expect(names()).toEqual(['a']);
    expect(api.get(Builtin.Secret, { name: 'a', namespace: 'default' }).metadata.ownerReferences).toBeUndefined();
  });

  it('tells owners apart by uid, and removes what names one that is gone', async () => {
    const { api, clock, names, owner, ownedBy } = family({});
    api.delete(Builtin.ConfigMap, ownerRef);
    api.create(Builtin.ConfigMap, object(Builtin.ConfigMap, 'owner'));
    api.create(Builtin.Secret, object(Builtin.Secret, 'late', { metadata: { ownerReferences: [ownedBy(owner, {})] } }));
    await clock.advance(100);
    expect(names()).toEqual(['owner']);
  });

  it('keeps what has another owner, and drops the reference to the one that is gone', async () => {
    const { api, clock, names, owner, ownedBy } = family({});
    const other = api.create(Builtin.ConfigMap, object(Builtin.ConfigMap, 'other'));
    const ownerReferences = [ownedBy(owner, {}), ownedBy(other, {})];
    api.create(Builtin.Secret, object(Builtin.Secret, 'shared', { metadata: { ownerReferences } }));
    api.delete(Builtin.ConfigMap, ownerRef);
    await clock.advance(100);
    expect(names()).toEqual(['other', 'shared']);
    expect(api.get(Builtin.Secret, { name: 'shared', namespace: 'default' }).metadata.ownerReferences).toHaveLength(1);
  });
});
