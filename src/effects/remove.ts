import { isApiError } from '../kube/errors.ts';
import type { Due } from '../machines/engine/child.ts';
import type { Hands } from './ports.ts';

/** Deletes the object with this uid and no other. That it is gone already is as good. */
export async function remove(due: Extract<Due, { verb: 'delete' }>, { client, signal }: Hands): Promise<void> {
  try {
    const { uid } = due;
    await client.delete(due.type, due.ref, { preconditions: { uid }, propagationPolicy: due.propagation, signal });
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}
