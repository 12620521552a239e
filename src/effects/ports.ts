import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import type { Random } from '../kube/ports.ts';

/** What the verbs act through. */
export interface Hands {
  readonly client: KubeClient;
  readonly random: Random;
  /** The keyed digest of the cache. */
  readonly digest: (text: string) => string;
  /** Puts the answer to our own write into the cache, so that we never act on an older view of it. */
  readonly remember: (type: ResourceType, object: KubeObject) => void;
  readonly signal: AbortSignal;
}
