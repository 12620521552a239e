import { isApiError, TerminalError } from '../kube/errors.ts';
import { refOf, type KubeObject, type ResourceType } from '../kube/object.ts';
import { isOwn, metadataPatch, strangerMessage } from '../machines/engine/ownership.ts';
import type { Hands } from './ports.ts';

/**
 * Looks for an object of ours that the cache cannot see, because its labels were taken away, and gives them back; its
 * content is not touched. That it is really gone is an answer too. A stranger's is left alone: TerminalError.
 */
export async function reclaim(due: { type: ResourceType; object: KubeObject }, hands: Hands): Promise<void> {
  await takeBack(due.type, due.object, hands);
}

/** True when the object is there and ours. */
export async function takeBack(type: ResourceType, wanted: KubeObject, hands: Hands): Promise<boolean> {
  const { client, signal } = hands;
  try {
    const live = await client.get(type, refOf(wanted), { signal });
    if (!isOwn(live, wanted)) throw new TerminalError(strangerMessage(live));
    if (live.metadata.deletionTimestamp !== undefined) return false;
    await mark(type, live, wanted, hands);
    return true;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return false;
    throw error;
  }
}

/** Gives an object that is there the metadata by which it is ours. */
export async function mark(type: ResourceType, live: KubeObject, wanted: KubeObject, hands: Hands): Promise<void> {
  const { client, remember, signal } = hands;
  remember(type, await client.mergePatch(type, refOf(live), metadataPatch(live, wanted), { signal }));
}
