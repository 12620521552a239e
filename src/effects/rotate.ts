import { ApiError } from '../kube/errors.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import type { Due } from '../machines/engine/child.ts';
import { rotated } from './material.ts';
import type { Hands } from './ports.ts';

/**
 * Replaces generated data by an update that names the version it read: of two that rotate at once, one fails with
 * Conflict. The time is written with it, so one rotation is never done twice.
 */
export async function rotate(due: Extract<Due, { verb: 'rotate' }>, hands: Hands): Promise<void> {
  const { client, remember, random, signal } = hands;
  const live: KubeObject = await client.get(Builtin.Secret, due.ref, { signal });
  if (live.metadata.uid !== due.uid) {
    throw new ApiError('Conflict', `Secret/${due.ref.name} is another object now`);
  }
  const last = live.metadata.annotations?.[Annotation.rotatedAt];
  if (last !== undefined && last >= due.at) return;
  const nonce = due.nonce === undefined ? {} : { [Annotation.rotatedFor]: due.nonce };
  const { uid, resourceVersion } = live.metadata;
  const patch = {
    metadata: { uid, resourceVersion, annotations: { [Annotation.rotatedAt]: due.at, ...nonce } },
    data: rotated(due.keys, (live['data'] ?? {}) as Record<string, string>, random),
  };
  remember(Builtin.Secret, await client.mergePatch(Builtin.Secret, due.ref, patch, { signal }));
}
