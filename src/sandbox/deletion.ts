import type { DeleteOptions } from '../kube/client.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { isSame, recordAt, recordsAt } from './json.ts';
import { conflict } from './refusal.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';
/** Holds a CustomResourceDefinition until its objects are gone. */
export const INSTANCES = 'customresourcecleanup.apiextensions.k8s.io';

/** What deleting `object` makes of it: itself marked, or undefined when it goes at once. */
export function deletionOf(
  type: ResourceType,
  object: KubeObject,
  options: DeleteOptions & { graceSeconds?: number },
  nowMs: number,
): KubeObject | undefined {
  checkPreconditions(type, object, options);
  const finalizers = finalizersFor(type, object, options.propagationPolicy);
  const grace = options.graceSeconds ?? graceOf(type, object);
  const already = object.metadata.deletionTimestamp !== undefined;
  const graceSeconds = already ? Math.min(object.metadata.deletionGracePeriodSeconds ?? 0, grace) : grace;
  const { finalizers: _, ...metadata } = object.metadata;
  const marked: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      deletionTimestamp: object.metadata.deletionTimestamp ?? timestamp(nowMs + graceSeconds * 1000),
      ...(type.kind === 'Namespace' ? {} : { deletionGracePeriodSeconds: graceSeconds }),
      ...(already || metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
    },
  };
  if (type.kind === 'Namespace') marked['status'] = { ...recordAt(object, 'status'), phase: 'Terminating' };
  return isGone(marked) ? undefined : marked;
}

/** Marked for deletion, and nothing holds it any more. */
export function isGone(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0 || (deletionGracePeriodSeconds ?? 0) > 0)
    return false;
  return object.kind !== 'Namespace' || recordsAt(object, 'spec', 'finalizers').length === 0;
}

export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== last.second) last = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return last.text;
}

let last = { second: Number.NaN, text: '' };

function checkPreconditions(type: ResourceType, object: KubeObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  // The server names the kind here, not the resource.
  const what = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`;
    throw conflict(what, name, why);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion ?? ''}). The object might have been modified`;
    throw conflict(what, name, why);
  }
}

function finalizersFor(type: ResourceType, object: KubeObject, policy: DeleteOptions['propagationPolicy']): string[] {
  const { finalizers: present = [], deletionTimestamp } = object.metadata;
  const rest = present.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  const wanted = policy ?? policyOf(type, present);
  const next = wanted === 'Foreground' ? [...rest, FOREGROUND] : wanted === 'Orphan' ? [...rest, ORPHAN] : rest;
  // Its objects go first.
  if (type.kind === 'CustomResourceDefinition' && deletionTimestamp === undefined) return [...next, INSTANCES];
  return isSame(present, next) ? present : next;
}

/** Without a policy: what the finalizers say, else background; Jobs orphan their Pods, as batch/v1 does. */
function policyOf(type: ResourceType, finalizers: readonly string[]): DeleteOptions['propagationPolicy'] {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  if (finalizers.includes(FOREGROUND)) return 'Foreground';
  return type.kind === 'Job' && type.group === 'batch' ? 'Orphan' : 'Background';
}

/** Seconds a Pod is given to end. One that never reached a node, or has ended, needs none. */
function graceOf(type: ResourceType, object: KubeObject): number {
  if (type.kind !== 'Pod' || type.group !== '') return 0;
  const { nodeName, terminationGracePeriodSeconds } = recordAt(object, 'spec');
  const phase = recordAt(object, 'status')['phase'];
  if (nodeName === undefined || phase === 'Succeeded' || phase === 'Failed') return 0;
  return Number(terminationGracePeriodSeconds ?? 30);
}
