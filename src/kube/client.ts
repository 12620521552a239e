import type { KubeObject, ObjectRef, ResourceType } from './object.ts';

/**
 * The only way this program speaks to Kubernetes. Two things implement it: the HTTP client of `src/runtime`
 * and the in-process API of `src/sandbox`. Every call can fail with an `ApiError` and nothing else.
 * Objects handed out may be shared: never change one, copy it.
 */
export interface KubeClient {
  get<T extends KubeObject>(type: ResourceType, ref: ObjectRef, options?: CallOptions): Promise<T>;
  /** One page. Follow `metadata.continue` for the rest. */
  list<T extends KubeObject>(type: ResourceType, options?: ListOptions): Promise<KubeList<T>>;
  /**
   * Events after `resourceVersion`, in order, until the server closes (the iteration ends), the signal aborts
   * (it ends too) or something fails (it throws; `Expired` means: list again).
   */
  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** `AlreadyExists` when the name is taken. */
  create<T extends KubeObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>;
  /**
   * Server-side apply with force: creates, or takes over exactly the fields that `object` sets and gives up the ones it
   * set before. `metadata.resourceVersion` and `metadata.uid` are preconditions: an object that exists with another
   * version is a `Conflict` (so `resourceVersion: '1'`, which no object has, means *create only*), and an object with
   * another uid, or none where a uid is given, is a `Conflict` too. Measured on a real kube-apiserver 1.36.
   */
  apply<T extends KubeObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>;
  /** PUT. `Conflict` unless `metadata.resourceVersion` is the current one. */
  replace<T extends KubeObject>(type: ResourceType, object: T, options?: WriteOptions): Promise<T>;
  /** JSON merge patch (RFC 7386). Put `metadata.resourceVersion` in the patch to make it conditional. */
  mergePatch<T extends KubeObject>(
    type: ResourceType,
    ref: ObjectRef,
    patch: object,
    options?: WriteOptions,
  ): Promise<T>;
  /** Returns when the server has accepted; the object may live on for its finalizers. `NotFound` when it is gone already. */
  delete(type: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
}

export interface WatchOptions extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Where to begin; from a list, a bookmark or the last event. */
  resourceVersion: string;
  /** The server closes the stream after this long. */
  timeoutSeconds?: number;
}

export interface WriteOptions extends CallOptions {
  /** `status` writes only the status; anything else of the object is ignored. */
  subresource?: 'status';
  dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

export interface KubeList<T extends KubeObject = KubeObject> {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** Nothing happened up to `resourceVersion`. */
  | { type: 'BOOKMARK'; resourceVersion: string };

/** Who writes, in managedFields and in the audit log. */
export const FIELD_MANAGER = 'openstack-operator';
