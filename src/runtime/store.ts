import type { KubeObject, ObjectRef } from '../kube/object.ts';

/**
 * What we know of the objects of one (type, selector): fed by one reflector, read by everybody.
 *
 * Reads our own writes: `remember` shows the result of a write at once. What the watch or a relist says about a time
 * before that write neither overwrites nor removes it; the first word from a later time does. Relies on the server
 * numbering the changes of a type in one ascending sequence (`resourceVersion`) and on a watch keeping that order.
 *
 * Objects handed out are shared and may be stale: never change one.
 */
export class Store<T extends KubeObject = KubeObject> {
  readonly #transform: (object: T) => T;
  readonly #onHandlerError: (error: unknown) => void;
  readonly #objects = new Map<string, T>();
  readonly #indexes: readonly Index<T>[];
  readonly #handlers = new Set<ChangeHandler<T>>();
  /** Versions of our writes that the watch has not reached yet, by key. */
  readonly #ahead = new Map<string, string>();
  /** How far the watch has come. */
  #reached = '0';

  constructor(options: StoreOptions<T> = {}) {
    this.#transform = options.transform ?? stripNoise;
    this.#onHandlerError = options.onHandlerError ?? rethrowLater;
    this.#indexes = Object.entries(options.indexers ?? {}).map(([name, valuesOf]) => ({
      name,
      valuesOf,
      keys: new Map(),
    }));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(ref: ObjectRef): T | undefined {
    return this.#objects.get(keyOf(ref));
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** Objects for which the indexer `name` gives `value`, in no particular order. */
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.find((candidate) => candidate.name === name);
    if (index === undefined) throw new Error(`no index ${name}`);
    return Array.from(index.keys.get(value) ?? [], (key) => this.#objects.get(key)!);
  }

  /**
   * Calls `handler` for every change from now on, after the store has it, in order. An exception of one handler goes
   * to `onHandlerError` and stops nothing. The returned function ends the subscription.
   */
  onChange(handler: ChangeHandler<T>): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Takes in the answer of our own write. Only for an object that belongs to this store's selection. */
  remember(object: T): void {
    const version = versionOf(object);
    // The watch is there already: it has told us this version, or a later one, or that the object is gone.
    if (!isNewer(version, this.#reached)) return;
    const key = keyOf(object.metadata);
    const known = this.#ahead.get(key);
    if (known !== undefined && !isNewer(version, known)) return;
    this.#ahead.set(key, version);
    this.#put(key, this.#transform(object), 'write');
  }

  /** ADDED or MODIFIED of the watch. */
  observe(object: T): void {
    const version = versionOf(object);
    const key = keyOf(object.metadata);
    if (!this.#isBehindOurWrite(key, version)) {
      this.#ahead.delete(key);
      this.#put(key, this.#transform(object), 'watch');
    }
    this.progress(version);
  }

  /** DELETED of the watch; the version of `object` is that of the deletion. */
  observeDeleted(object: T): void {
    const version = versionOf(object);
    const key = keyOf(object.metadata);
    if (!this.#isBehindOurWrite(key, version)) {
      this.#ahead.delete(key);
      this.#remove(key, 'watch');
    }
    this.progress(version);
  }

  /** The watch has told us everything up to `version`. */
  progress(version: string): void {
    if (isNewer(version, this.#reached)) this.#reached = version;
    for (const [key, written] of this.#ahead) {
      // Our write should have been among the events by now; so the selector does not match it any more.
      if (isNewer(version, written)) {
        this.#ahead.delete(key);
        this.#remove(key, 'watch');
      }
    }
  }

  /**
   * A complete list, page by page: objects show up as they are added; `end` removes those that were not among them.
   * A listing that is given up needs no call.
   */
  beginListing(): Listing<T> {
    const listed = new Set<string>();
    return {
      add: (object) => {
        const key = keyOf(object.metadata);
        listed.add(key);
        if (this.#isBehindOurWrite(key, versionOf(object))) return;
        this.#ahead.delete(key);
        this.#put(key, this.#transform(object), 'list');
      },
      end: (version) => {
        // May go back: a server restored from a backup counts from an earlier number.
        this.#reached = version;
        for (const key of this.#objects.keys()) {
          if (listed.has(key) || this.#isBehindOurWrite(key, version)) continue;
          this.#ahead.delete(key);
          this.#remove(key, 'list');
        }
      },
    };
  }

  #isBehindOurWrite(key: string, version: string): boolean {
    const written = this.#ahead.get(key);
    return written !== undefined && isNewer(written, version);
  }

  #put(key: string, object: T, origin: ChangeOrigin): void {
    const old = this.#objects.get(key);
    if (old !== undefined && isSameVersion(old, object)) return;
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    for (const index of this.#indexes) {
      for (const value of index.valuesOf(object)) {
        const keys = index.keys.get(value);
        if (keys === undefined) index.keys.set(value, new Set([key]));
        else keys.add(key);
      }
    }
    this.#tell(old === undefined ? { new: object, origin } : { old, new: object, origin });
  }

  #remove(key: string, origin: ChangeOrigin): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#unindex(key, old);
    this.#objects.delete(key);
    this.#tell({ old, origin });
  }

  #unindex(key: string, object: T): void {
    for (const index of this.#indexes) {
      for (const value of index.valuesOf(object)) {
        const keys = index.keys.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.keys.delete(value);
      }
    }
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#onHandlerError(error);
      }
    }
  }
}

export interface StoreOptions<T extends KubeObject> {
  /** What is kept of an object; by default all but managedFields and kubectl's last-applied annotation. Must be pure. */
  transform?: (object: T) => T;
  /** Index name → the values an object is found by. Must be pure, must not throw. */
  indexers?: Record<string, (object: T) => readonly string[]>;
  /** Where the exceptions of change handlers go; by default they end the process as uncaught. */
  onHandlerError?: (error: unknown) => void;
}

/** `old` alone: removed; `new` alone: added; both: changed, or replaced by another object of the same name. */
export interface Change<T extends KubeObject = KubeObject> {
  readonly old?: T;
  readonly new?: T;
  readonly origin: ChangeOrigin;
}

/** Who told us: a (re)list, the watch, or our own write. */
export type ChangeOrigin = 'list' | 'watch' | 'write';

export type ChangeHandler<T extends KubeObject = KubeObject> = (change: Change<T>) => void;

export interface Listing<T extends KubeObject> {
  add(object: T): void;
  /** `version` is that of the list. */
  end(version: string): void;
}

interface Index<T extends KubeObject> {
  readonly name: string;
  readonly valuesOf: (object: T) => readonly string[];
  readonly keys: Map<string, Set<string>>;
}

/** Compares two resource versions as decimal integers of any size. */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Leaves out what no reader needs and what is often half of an object. */
export function stripNoise<T extends KubeObject>(object: T): T {
  const { managedFields, ...metadata } = object.metadata;
  if (metadata.annotations?.[LAST_APPLIED] !== undefined) {
    const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations;
    metadata.annotations = annotations;
  } else if (managedFields === undefined) {
    return object;
  }
  return { ...object, metadata };
}

function keyOf(ref: ObjectRef): string {
  return ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '0';
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    a.metadata.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata.resourceVersion
  );
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
