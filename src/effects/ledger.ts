import { Builtin, type ObjectRef } from '../kube/object.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import type { Hands } from './ports.ts';

/** Writes the record to its durable place, an annotation of a Secret of ours. NotFound when that is gone. */
export async function keepLedger(
  ref: ObjectRef,
  uid: string,
  text: string,
  { client, remember, signal }: Hands,
): Promise<void> {
  const patch = { metadata: { uid, annotations: { [Annotation.record]: text } } };
  remember(Builtin.Secret, await client.mergePatch(Builtin.Secret, ref, patch, { signal }));
}
