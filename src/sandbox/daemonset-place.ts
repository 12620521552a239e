import type { KubeObject } from '../kube/object.ts';
import { recordAt } from './json.ts';
import { templateHash } from './pods.ts';

export const REVISION_LABEL = 'controller-revision-hash';

/** A node, and the Pods of one DaemonSet on it, oldest first. */
export interface Place {
  readonly node: KubeObject;
  readonly pods: readonly KubeObject[];
  readonly isWanted: boolean;
}

/** What the Pods of a DaemonSet have as their revision. */
export function revisionOf(set: KubeObject): string {
  return templateHash(recordAt(set, 'spec', 'template'));
}
