import { isApiError, TerminalError } from '../kube/errors.ts';
import { Builtin, refOf } from '../kube/object.ts';
import type { Due } from '../machines/engine/child.ts';
import { isOwn, strangerMessage } from '../machines/engine/ownership.ts';
import { fresh } from './material.ts';
import type { Hands } from './ports.ts';

/**
 * Creates a Secret with fresh random data. Never replaces: where the name is taken, the one that is there stays, and is
 * ours or a stranger's. Before something that was there once is made anew, the API itself is asked whether it is gone.
 */
export async function generate(due: Extract<Due, { verb: 'generate' }>, hands: Hands): Promise<void> {
  const { client, remember, signal } = hands;
  if (due.again && (await takeBack(due, hands))) return;
  const object = { ...due.object, type: 'Opaque', data: fresh(due.keys, hands.random) };
  try {
    remember(Builtin.Secret, await client.create(Builtin.Secret, object, { signal }));
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists', 'Conflict') || !(await takeBack(due, hands))) throw error;
  }
}

/** True when the Secret is there and ours; its metadata is brought back, its data is not touched. */
async function takeBack(due: Extract<Due, { verb: 'generate' }>, { client, remember, signal }: Hands): Promise<boolean> {
  try {
    const live = await client.get(Builtin.Secret, refOf(due.object), { signal });
    if (!isOwn(live, due.object)) throw new TerminalError(strangerMessage(live));
    if (live.metadata.deletionTimestamp !== undefined) return false;
    const metadata = { ...due.object.metadata, uid: live.metadata.uid ?? '' };
    remember(Builtin.Secret, await client.apply(Builtin.Secret, { ...due.object, metadata }, { signal }));
    return true;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return false;
    throw error;
  }
}
