import type { KubeObject } from '../kube/object.ts';
import type { Passage } from '../machines/engine/status.ts';
import { historyOf } from './overlay.ts';

/** An arrow that a resource followed. */
export interface Happening extends Passage {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What happened to all of these, the newest first; of one moment, the arrow that was followed last. Pure. */
export function happeningsOf(entries: readonly { readonly kind: string; readonly cr: KubeObject }[]): Happening[] {
  return entries
    .flatMap(({ kind, cr }) =>
      historyOf(cr)
        .map((passage) => ({ ...passage, kind, namespace: cr.metadata.namespace ?? '', name: cr.metadata.name }))
        .reverse(),
    )
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}
