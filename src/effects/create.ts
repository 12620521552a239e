import { isApiError, TerminalError } from '../kube/errors.ts';
import { refOf } from '../kube/object.ts';
import type { Due } from '../machines/engine/child.ts';
import { isOwn, strangerMessage } from '../machines/engine/ownership.ts';
import type { Hands } from './ports.ts';
import { mark } from './reclaim.ts';
import { rendered } from './render.ts';

/** A version that no object has: an apply with it creates, and conflicts where the name is taken. */
const absent = '1';

/**
 * Creates the object, unless the name is taken. An object of ours that the cache could not see, because its labels were
 * taken away, is brought back; a stranger's is left alone: TerminalError.
 */
export async function create(due: Extract<Due, { verb: 'create' }>, hands: Hands): Promise<void> {
  const { client, remember, signal } = hands;
  const object = await rendered(due, hands);
  const metadata = { ...object.metadata, resourceVersion: absent };
  try {
    remember(due.type, await client.apply(due.type, { ...object, metadata }, { signal }));
  } catch (error) {
    if (!isApiError(error, 'Conflict', 'AlreadyExists')) throw error;
    const live = await client.get(due.type, refOf(object), { signal });
    if (!isOwn(live, object)) throw new TerminalError(strangerMessage(live), { cause: error });
    if (live.metadata.deletionTimestamp !== undefined) throw error;
    // What a Job that is there already does cannot be changed.
    if (due.type.kind === 'Job') return await mark(due.type, live, object, hands);
    const uid = live.metadata.uid ?? '';
    remember(due.type, await client.apply(due.type, { ...object, metadata: { ...object.metadata, uid } }, { signal }));
  }
}
