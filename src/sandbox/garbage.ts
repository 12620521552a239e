import type { KubeObject, OwnerReference, ResourceType } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller } from './controller.ts';
import { FOREGROUND, ORPHAN } from './deletion.ts';

/**
 * The garbage collector: deletes what has owners but none that exists, waits for blocking dependents of an owner that
 * is deleted in the foreground, and frees the dependents of one that orphans them. Keys are uids.
 */
export function startGarbageCollector(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (uid) => collect(api, uid) }).on(
    undefined,
    ({ type, object, previous }) => {
      const uid = uidOf(object);
      const { ownerReferences = [], finalizers, deletionTimestamp } = object.metadata;
      const before = previous?.metadata;
      if (type === 'DELETED')
        return [...goingOwners(api, before?.ownerReferences), ...api.store.dependents(uid).map(uidOf)];
      const keys: string[] = [];
      if (before?.ownerReferences !== object.metadata.ownerReferences) {
        keys.push(...goingOwners(api, before?.ownerReferences));
        if (ownerReferences.some((owner) => stateOf(api, object, owner) !== 'solid')) keys.push(uid);
      }
      if (
        deletionTimestamp !== undefined &&
        (before?.deletionTimestamp === undefined || before.finalizers !== finalizers)
      ) {
        keys.push(uid);
        if (isForeground(object)) keys.push(...api.store.dependents(uid).map(uidOf));
      }
      return keys;
    },
  );
}

function collect(api: SandboxApi, uid: string): void {
  const object = api.store.byUid(uid);
  if (object === undefined) return;
  const type = api.registry.byKind(object.apiVersion, object.kind);
  if (type === undefined) return;
  if (isGoing(object)) {
    if (isForeground(object)) finishForeground(api, type, object);
    else if (object.metadata.finalizers?.includes(ORPHAN) === true) orphan(api, type, object);
    return;
  }
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return;
  const states = owners.map((owner) => stateOf(api, object, owner));
  if (states.includes('solid')) {
    if (states.every((state) => state === 'solid')) return;
    setOwners(
      api,
      type,
      object,
      owners.filter((_, i) => states[i] === 'solid'),
    );
    return;
  }
  const preconditions = { uid };
  if (states.includes('waiting') && api.store.dependents(uid).length > 0) {
    // Each waits for the other: the one that is seen second does not block.
    if (api.store.dependents(uid).some((dependent) => isGoing(dependent) && isForeground(dependent))) {
      setOwners(
        api,
        type,
        object,
        owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
      );
    }
    api.delete(type, object.metadata, { preconditions, propagationPolicy: 'Foreground' });
    return;
  }
  const policy = object.metadata.finalizers?.includes(ORPHAN) === true ? 'Orphan' : 'Background';
  api.delete(type, object.metadata, { preconditions, propagationPolicy: policy });
}

/** solid: it exists; waiting: it exists, and is deleted in the foreground; absent: nothing of that name and uid. */
function stateOf(api: SandboxApi, object: KubeObject, owner: OwnerReference): 'solid' | 'waiting' | 'absent' {
  const type = api.registry.byKind(owner.apiVersion, owner.kind);
  // An owner of an unknown kind cannot be looked up: the real collector keeps the object and tries again.
  if (type === undefined) return 'solid';
  const { namespace } = object.metadata;
  const found = api.find(
    type,
    type.namespaced && namespace !== undefined ? { name: owner.name, namespace } : { name: owner.name },
  );
  if (found?.metadata.uid !== owner.uid) return 'absent';
  return isGoing(found) && isForeground(found) ? 'waiting' : 'solid';
}

function finishForeground(api: SandboxApi, type: ResourceType, object: KubeObject): void {
  const { uid = '' } = object.metadata;
  const blocking = api.store.dependents(uid).filter((dependent) => blocks(dependent, uid));
  if (blocking.length === 0) {
    dropFinalizer(api, type, object, FOREGROUND);
    return;
  }
  for (const dependent of blocking) if (!isGoing(dependent)) collect(api, uidOf(dependent));
}

function orphan(api: SandboxApi, type: ResourceType, object: KubeObject): void {
  const { uid = '' } = object.metadata;
  for (const dependent of api.store.dependents(uid)) {
    const dependentType = api.registry.byKind(dependent.apiVersion, dependent.kind);
    const kept = (dependent.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    if (dependentType !== undefined) setOwners(api, dependentType, dependent, kept);
  }
  dropFinalizer(api, type, object, ORPHAN);
}

function setOwners(api: SandboxApi, type: ResourceType, object: KubeObject, ownerReferences: OwnerReference[]): void {
  api.update(type, object.metadata, (live) => ({ ...live, metadata: { ...live.metadata, ownerReferences } }));
}

export function dropFinalizer(api: SandboxApi, type: ResourceType, object: KubeObject, finalizer: string): void {
  api.update(type, object.metadata, (live) => ({
    ...live,
    metadata: { ...live.metadata, finalizers: (live.metadata.finalizers ?? []).filter((item) => item !== finalizer) },
  }));
}

function blocks(dependent: KubeObject, uid: string): boolean {
  return (
    dependent.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true) === true
  );
}

/** Owners in their deletion, which may wait for a dependent that has just changed. */
function goingOwners(api: SandboxApi, owners: readonly OwnerReference[] = []): string[] {
  return owners.flatMap(({ uid }) => (isGoing(api.store.byUid(uid)) ? [uid] : []));
}

function isGoing(object: KubeObject | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}

function isForeground(object: KubeObject): boolean {
  return object.metadata.finalizers?.includes(FOREGROUND) === true;
}

function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? '';
}
