import { isApiError, TerminalError } from '../kube/errors.ts';
import { refOf, type KubeObject, type ResourceType } from '../kube/object.ts';
import { isOwn, strangerMessage } from '../machines/engine/ownership.ts';
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
  const { client, remember, signal } = hands;
  const { apiVersion, kind, metadata } = wanted;
  try {
    const live = await client.get(type, refOf(wanted), { signal });
    if (!isOwn(live, wanted)) throw new TerminalError(strangerMessage(live));
    if (live.metadata.deletionTimestamp !== undefined) return false;
    const bare = { apiVersion, kind, metadata: { ...metadata, uid: live.metadata.uid ?? '' } };
    remember(type, await client.apply(type, bare, { signal }));
    return true;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return false;
    throw error;
  }
}
