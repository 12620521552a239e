import { ApiError } from '../kube/errors.ts';
import type { KubeObject, ObjectRef, OwnerReference, ResourceType } from '../kube/object.ts';
import { apiVersionOf } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { keyOf, type StoreEvent } from './store.ts';

/** The keys one simulated controller has yet to look at. */
export interface Keys {
  /** Looks at `key` soon, once, however often it is added until then. */
  add(key: string): void;
  /** Looks at `key` again after `ms`, or earlier. */
  addAfter(key: string, ms: number): void;
}

export interface ControllerOptions {
  api: SandboxApi;
  /** How long after an event the controller acts on it. */
  delayMs: () => number;
  /** May throw `ApiError`: the key is tried again with back-off. `Unsupported` is our own mistake, and is thrown on. */
  reconcile: (key: string, keys: Keys) => void;
}

/** Runs a controller's keys through the clock; `stop` leaves no timer. */
export class Controller implements Keys {
  readonly #options: ControllerOptions;
  readonly #due = new Map<string, { at: number; cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  readonly #subscriptions: (() => void)[] = [];

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Adds the keys that `keysOf` names for each change of a type. */
  on(type: ResourceType | undefined, keysOf: (event: StoreEvent) => readonly (string | undefined)[]): this {
    const { store } = this.#options.api;
    this.#subscriptions.push(
      store.subscribe(type, (event) => {
        for (const key of keysOf(event)) if (key !== undefined) this.add(key);
      }),
    );
    return this;
  }

  add(key: string): void {
    this.addAfter(key, this.#options.delayMs());
  }

  addAfter(key: string, ms: number): void {
    const { clock } = this.#options.api;
    const at = clock.monotonic() + ms;
    const planned = this.#due.get(key);
    if (planned !== undefined && planned.at <= at) return;
    planned?.cancel();
    this.#due.set(key, { at, cancel: clock.after(ms, () => this.#run(key)) });
  }

  stop(): void {
    for (const end of this.#subscriptions.splice(0)) end();
    for (const { cancel } of this.#due.values()) cancel();
    this.#due.clear();
  }

  #run(key: string): void {
    this.#due.delete(key);
    try {
      this.#options.reconcile(key, this);
      this.#failures.delete(key);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason === 'Unsupported') throw error;
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      this.addAfter(key, Math.min(5 * 2 ** failures, 60_000));
    }
  }
}

/** The key of a change's own object. */
export function own(event: StoreEvent): readonly string[] {
  return [keyOf(event.object)];
}

/** The keys of the controllers, of this kind, of a change's object before and after. */
export function controllerOf(kind: string): (event: StoreEvent) => readonly string[] {
  return ({ object, previous }) =>
    [object, previous].flatMap((at) => {
      const owner = at?.metadata.ownerReferences?.find((reference) => reference.controller === true);
      return owner?.kind === kind ? [`${at?.metadata.namespace ?? ''}/${owner.name}`] : [];
    });
}

export function refFrom(key: string): ObjectRef {
  const [namespace = '', name = ''] = key.split('/');
  return namespace === '' ? { name } : { namespace, name };
}

export function ownedBy(type: ResourceType, owner: KubeObject): OwnerReference {
  const { name, uid = '' } = owner.metadata;
  return { apiVersion: apiVersionOf(type), kind: type.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/**
 * The objects of `type` that `owner` controls. Ones that nobody controls and `isOurs` accepts are adopted first,
 * unless the owner is going.
 */
export function claim(
  api: SandboxApi,
  type: ResourceType,
  ownerType: ResourceType,
  owner: KubeObject,
  isOurs: (object: KubeObject) => boolean,
): KubeObject[] {
  const { uid, namespace, deletionTimestamp } = owner.metadata;
  if (deletionTimestamp === undefined) {
    for (const orphan of api.store.uncontrolled(type, namespace ?? '')) {
      if (orphan.metadata.deletionTimestamp !== undefined || !isOurs(orphan)) continue;
      api.update(type, orphan.metadata, (live) => ({
        ...live,
        metadata: {
          ...live.metadata,
          ownerReferences: [...(live.metadata.ownerReferences ?? []), ownedBy(ownerType, owner)],
        },
      }));
    }
  }
  return api.store
    .dependents(uid ?? '')
    .filter((object) => object.kind === type.kind && isControlledBy(object, uid))
    .sort(byCreation);
}

function isControlledBy(object: KubeObject, uid: string | undefined): boolean {
  return object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true) === true;
}

/** Oldest first; uids grow with time. */
function byCreation(a: KubeObject, b: KubeObject): number {
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}
