import type { KubeObject, ResourceType } from '../kube/object.ts';
import { refOf } from '../kube/object.ts';
import { FINALIZER } from '../machines/engine/annotations.ts';
import type { Hands } from './ports.ts';

/** Asks to be told before the resource goes. Conflict when it changed meanwhile; never on one that is being deleted. */
export async function hold(type: ResourceType, cr: KubeObject, { client, remember, signal }: Hands): Promise<void> {
  const { finalizers = [], resourceVersion, uid, deletionTimestamp } = cr.metadata;
  if (finalizers.includes(FINALIZER) || deletionTimestamp !== undefined) return;
  const patch = { metadata: { uid, resourceVersion, finalizers: [...finalizers, FINALIZER] } };
  remember(type, await client.mergePatch(type, refOf(cr), patch, { signal }));
}

/** Lets the resource go. */
export async function release(type: ResourceType, cr: KubeObject, { client, signal }: Hands): Promise<void> {
  const { finalizers = [], resourceVersion, uid } = cr.metadata;
  if (!finalizers.includes(FINALIZER)) return;
  const patch = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== FINALIZER) } };
  await client.mergePatch(type, refOf(cr), patch, { signal });
}
