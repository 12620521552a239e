import type { KubeClient } from '../kube/client.ts';
import { Builtin, resourceName, type KubeObject, type ObjectRef, type ResourceType } from '../kube/object.ts';
import { sleep, type Clock, type Random } from '../kube/ports.ts';
import { Label, MANAGED_BY } from '../machines/engine/annotations.ts';
import type { Foreign } from '../machines/engine/child.ts';
import { GROUP, type Kind } from '../machines/engine/kind.ts';
import { Reflector } from './reflector.ts';
import { Store, type Change } from './store.ts';

/**
 * Everything the operator knows of the cluster. Our children are watched by label, our resources wholly, and an object
 * of somebody else's, such as a user's Secret, by its name and only while a resource refers to it: nothing here grows
 * with objects that are not ours.
 */
export class Caches {
  readonly #options: CachesOptions;
  readonly #stores = new Map<string, Store>();
  readonly #reflectors: Reflector[] = [];
  readonly #foreign = new Map<string, ForeignWatch>();
  readonly #running: Promise<void>[] = [];

  constructor(options: CachesOptions) {
    this.#options = options;
    for (const kind of options.kinds) this.#add(kind.type, undefined, { ...indexByNamespace, ...indexByOwner });
    const children = new Map(
      options.kinds
        .flatMap((kind) => kind.children)
        .filter(({ type }) => type.group !== GROUP)
        .map((child) => [resourceName(child.type), child.type]),
    );
    for (const type of [...children.values(), Builtin.Pod]) {
      this.#add(type, `${Label.managedBy}=${MANAGED_BY}`, indexByOwner);
    }
  }

  /** Starts to watch. `onChange` is told of every change with the type it concerns. */
  start(signal: AbortSignal, onChange: (type: ResourceType, change: Change) => void): void {
    for (const reflector of this.#reflectors) {
      this.#store(reflector.type)?.onChange((change) => onChange(reflector.type, change));
      this.#running.push(reflector.start(signal));
    }
    signal.addEventListener('abort', () => this.#foreign.forEach((watch) => watch.controller.abort()), { once: true });
  }

  get reflectors(): readonly Reflector[] {
    return this.#reflectors;
  }

  async synced(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.synced));
  }

  /** What was seen longer than `youngMs` ago is listed again; resolves when that is done. */
  async relisted(youngMs: number): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.relist(youngMs)));
  }

  /** Resolves when nothing is watched any more. */
  async stopped(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** From the label-selected cache; a foreign object from its own watch. */
  get(type: ResourceType, ref: ObjectRef): KubeObject | undefined {
    return this.#store(type)?.get(ref) ?? this.#foreign.get(foreignKey(type, ref))?.store.get(ref);
  }

  /** Objects that carry the labels of one resource. */
  ofOwner(type: ResourceType, namespace: string, kind: string, name: string): KubeObject[] {
    return this.#store(type)?.byIndex('owner', `${namespace}/${kind.toLowerCase()}/${name}`) ?? [];
  }

  /** All resources of a kind in a namespace. */
  inNamespace(type: ResourceType, namespace: string): KubeObject[] {
    return this.#store(type)?.byIndex('namespace', namespace) ?? [];
  }

  all(type: ResourceType): KubeObject[] {
    return this.#store(type)?.list() ?? [];
  }

  /** The answer to a write of our own. */
  remember(type: ResourceType, object: KubeObject): void {
    const store = this.#store(type);
    const ours =
      object.metadata.labels?.[Label.managedBy] === MANAGED_BY ||
      this.#options.kinds.some((kind) => kind.type === type);
    if (ours) store?.remember(object);
  }

  /**
   * Watches exactly these objects for the resource `key`, and no longer those it named before. Resolves when each has
   * been looked for, or after two seconds: what cannot be read counts as not there.
   */
  async watchFor(
    key: string,
    wanted: readonly Foreign[],
    onChange: (key: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const names = new Set(wanted.map(({ type, ref }) => foreignKey(type, ref)));
    for (const [name, watch] of this.#foreign) {
      if (names.has(name) || !watch.users.delete(key) || watch.users.size > 0) continue;
      watch.controller.abort();
      this.#foreign.delete(name);
    }
    // Only for what begins now: a watch that cannot be had must not hold up every look.
    const begun: Promise<void>[] = [];
    for (const { type, ref } of wanted) {
      const known = this.#foreign.get(foreignKey(type, ref));
      const watch = known ?? this.#begin(type, ref, onChange);
      watch.users.add(key);
      if (known === undefined) begun.push(watch.synced);
    }
    if (begun.length > 0) await Promise.race([Promise.all(begun), sleep(this.#options.clock, 2000, signal)]);
  }

  #begin(type: ResourceType, ref: ObjectRef, onChange: (key: string) => void): ForeignWatch {
    const { client, clock, random, transform, onError } = this.#options;
    const store = new Store({ transform: transform(type), onHandlerError: onError });
    const namespace = ref.namespace === undefined ? {} : { namespace: ref.namespace };
    const fieldSelector = `metadata.name=${ref.name}`;
    const reflector = new Reflector({ client, clock, random, store, type, ...namespace, fieldSelector, onError });
    const controller = new AbortController();
    const watch = { store, controller, users: new Set<string>(), synced: reflector.synced };
    store.onChange(() => watch.users.forEach(onChange));
    this.#foreign.set(foreignKey(type, ref), watch);
    this.#running.push(reflector.start(controller.signal));
    return watch;
  }

  #add(type: ResourceType, labelSelector: string | undefined, indexers: Indexers): void {
    const { client, clock, random, transform, namespace, onError } = this.#options;
    const store = new Store({ transform: transform(type), indexers, onHandlerError: onError });
    this.#stores.set(resourceName(type), store);
    const selection = {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(namespace === undefined ? {} : { namespace }),
    };
    this.#reflectors.push(new Reflector({ client, clock, random, store, type, ...selection, onError }));
  }

  #store(type: ResourceType): Store | undefined {
    return this.#stores.get(resourceName(type));
  }
}

export interface CachesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly kinds: readonly Kind[];
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly transform: (type: ResourceType) => (object: KubeObject) => KubeObject;
  readonly onError: (error: unknown) => void;
}

interface ForeignWatch {
  readonly store: Store;
  readonly controller: AbortController;
  readonly users: Set<string>;
  readonly synced: Promise<void>;
}

type Indexers = Record<string, (object: KubeObject) => readonly string[]>;

const indexByNamespace: Indexers = { namespace: (object) => [object.metadata.namespace ?? ''] };

const indexByOwner: Indexers = {
  owner: ({ metadata: { namespace, labels } }) => {
    const kind = labels?.[Label.name];
    const name = labels?.[Label.instance];
    return kind === undefined || name === undefined ? [] : [`${namespace}/${kind}/${name}`];
  },
};

function foreignKey(type: ResourceType, { namespace, name }: ObjectRef): string {
  return `${resourceName(type)}/${namespace ?? ''}/${name}`;
}
