import { ApiError, isApiError } from '../kube/errors.ts';
import type { Due } from '../machines/engine/child.ts';
import type { Hands } from './ports.ts';
import { rendered } from './render.ts';

/** Applies what we want to the object with this uid: Conflict when it is gone or another one by now. */
export async function apply(due: Extract<Due, { verb: 'apply' }>, hands: Hands): Promise<void> {
  const { client, remember, signal } = hands;
  const object = await rendered(due, hands);
  try {
    const metadata = { ...object.metadata, uid: due.uid };
    remember(due.type, await client.apply(due.type, { ...object, metadata }, { signal }));
  } catch (error) {
    // Another object of the same name makes the uid "invalid: field is immutable".
    if (isApiError(error, 'Invalid') && error.causes.some((cause) => cause.field === 'metadata.uid')) {
      throw new ApiError('Conflict', `${object.kind}/${object.metadata.name} is another object now`, { cause: error });
    }
    throw error;
  }
}
