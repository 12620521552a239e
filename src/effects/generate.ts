import { isApiError } from '../kube/errors.ts';
import { Builtin } from '../kube/object.ts';
import type { Due } from '../machines/engine/child.ts';
import { fresh } from './material.ts';
import type { Hands } from './ports.ts';
import { takeBack } from './reclaim.ts';

/**
 * Creates a Secret with fresh random data. Never replaces: where the name is taken, the one that is there stays, and is
 * ours or a stranger's. Before something that was there once is made anew, the API itself is asked whether it is gone.
 */
export async function generate(due: Extract<Due, { verb: 'generate' }>, hands: Hands): Promise<void> {
  const { client, remember, signal } = hands;
  if (due.again && (await takeBack(Builtin.Secret, due.object, hands))) return;
  const object = { ...due.object, type: 'Opaque', data: fresh(due.keys, hands.random) };
  try {
    remember(Builtin.Secret, await client.create(Builtin.Secret, object, { signal }));
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists', 'Conflict') || !(await takeBack(Builtin.Secret, due.object, hands)))
      throw error;
  }
}
