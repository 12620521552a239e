import { type KubeObject, type ResourceType, resourceName } from '../kube/object.ts';
import { freeze } from './json.ts';
import { expired } from './refusal.ts';

/** One change. `previous` is absent for ADDED; a DELETED `object` is the last state with the version of the deletion. */
export interface StoreEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceType;
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

interface Table {
  readonly objects: Map<string, KubeObject>;
  sorted: readonly string[] | undefined;
  readonly uncontrolled: Map<string, Map<string, KubeObject>>;
  readonly listeners: Set<(event: StoreEvent) => void>;
}

/**
 * Objects by resource type under one growing version, with the last `historyLength` changes for watches.
 * What it holds is deep-frozen and handed out as it is. Listeners hear of a change at once, in order.
 */
export class Store {
  #version = 1;
  #compacted = 0;
  readonly #history: StoreEvent[] = [];
  readonly #tables = new Map<string, Table>();
  /** The same, for those who keep the type at hand: joining names shows in profiles. */
  readonly #tablesByType = new WeakMap<ResourceType, Table>();
  readonly #everyone = new Set<(event: StoreEvent) => void>();
  readonly #byUid = new Map<string, KubeObject>();
  readonly #byOwner = new Map<string, Map<string, KubeObject>>();
  readonly #byNamespace = new Map<string, Map<string, { resource: ResourceType; object: KubeObject }>>();
  readonly #historyLength: number;

  constructor(historyLength = 20_000) {
    this.#historyLength = historyLength;
  }

  get version(): number {
    return this.#version;
  }

  get(resource: ResourceType, key: string): KubeObject | undefined {
    return this.#table(resource).objects.get(key);
  }

  /** Everything of a type, in the order of keys. */
  list(resource: ResourceType, namespace?: string): KubeObject[] {
    const table = this.#table(resource);
    table.sorted ??= [...table.objects.keys()].sort();
    const found: KubeObject[] = [];
    for (const key of table.sorted) {
      const object = table.objects.get(key);
      if (object !== undefined && (namespace === undefined || object.metadata.namespace === namespace)) {
        found.push(object);
      }
    }
    return found;
  }

  /** As `list` was at an earlier version. */
  listAt(resource: ResourceType, version: number, namespace?: string): KubeObject[] {
    const objects = new Map(this.list(resource, namespace).map((object) => [keyOf(object), object]));
    for (const event of this.since(version).reverse()) {
      if (event.resource.plural !== resource.plural || event.resource.group !== resource.group) continue;
      if (namespace !== undefined && event.object.metadata.namespace !== namespace) continue;
      const key = keyOf(event.object);
      if (event.previous === undefined) objects.delete(key);
      else objects.set(key, event.previous);
    }
    return [...objects.keys()].sort().flatMap((key) => objects.get(key) ?? []);
  }

  /** The changes after `version`; `Expired` when they are no longer all known. */
  since(version: number): StoreEvent[] {
    if (version < this.#compacted) {
      throw expired(version, this.#compacted);
    }
    let first = this.#history.length;
    while (first > 0 && (this.#history[first - 1]?.version ?? 0) > version) first--;
    return this.#history.slice(first);
  }

  byUid(uid: string): KubeObject | undefined {
    return this.#byUid.get(uid);
  }

  /** The objects that name `uid` among their owners. */
  dependents(uid: string): KubeObject[] {
    return [...(this.#byOwner.get(uid)?.values() ?? [])];
  }

  /** The objects of a type in a namespace that have no controller. */
  uncontrolled(resource: ResourceType, namespace: string): KubeObject[] {
    const found = this.#table(resource).uncontrolled.get(namespace);
    return found === undefined ? [] : [...found.values()];
  }

  contents(namespace: string): { resource: ResourceType; object: KubeObject }[] {
    return [...(this.#byNamespace.get(namespace)?.values() ?? [])];
  }

  /** Adds or changes one object and returns it as stored, with its new version. */
  put(resource: ResourceType, object: KubeObject): KubeObject {
    const table = this.#table(resource);
    const key = keyOf(object);
    const previous = table.objects.get(key);
    const stored = this.#versioned(object);
    table.objects.set(key, stored);
    if (previous === undefined) table.sorted = undefined;
    else this.#unindex(table, previous);
    this.#index(table, resource, stored);
    const version = this.#version;
    this.#tell(
      table,
      previous === undefined
        ? { version, type: 'ADDED', resource, object: stored }
        : { version, type: 'MODIFIED', resource, object: stored, previous },
    );
    return stored;
  }

  /** Removes `previous`; `last` is the state that watches see go. */
  remove(resource: ResourceType, previous: KubeObject, last = previous): void {
    const table = this.#table(resource);
    if (!table.objects.delete(keyOf(previous))) return;
    table.sorted = undefined;
    this.#unindex(table, previous);
    const object = this.#versioned(last);
    this.#tell(table, { version: this.#version, type: 'DELETED', resource, object, previous });
  }

  /** Forgets the history: a watch or a page of an older version is `Expired`. */
  compact(): void {
    this.#compacted = this.#version;
    this.#history.length = 0;
  }

  /** Hears every change of a type, or of all types; the returned function ends it. */
  subscribe(resource: ResourceType | undefined, listener: (event: StoreEvent) => void): () => void {
    const listeners = resource === undefined ? this.#everyone : this.#table(resource).listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #versioned(object: KubeObject): KubeObject {
    this.#version++;
    return freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
  }

  #tell(table: Table, event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length >= this.#historyLength * 2) {
      const dropped = this.#history.splice(0, this.#history.length - this.#historyLength);
      this.#compacted = dropped.at(-1)?.version ?? this.#compacted;
    }
    for (const listener of table.listeners) listener(event);
    for (const listener of this.#everyone) listener(event);
  }

  #table(resource: ResourceType): Table {
    const known = this.#tablesByType.get(resource);
    if (known !== undefined) return known;
    const name = resourceName(resource);
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = { objects: new Map(), sorted: undefined, uncontrolled: new Map(), listeners: new Set() };
      this.#tables.set(name, table);
    }
    this.#tablesByType.set(resource, table);
    return table;
  }

  #index(table: Table, resource: ResourceType, object: KubeObject): void {
    const { uid = '', namespace, ownerReferences = [] } = object.metadata;
    this.#byUid.set(uid, object);
    for (const owner of ownerReferences) mapAt(this.#byOwner, owner.uid).set(uid, object);
    if (!ownerReferences.some(({ controller }) => controller === true)) {
      mapAt(table.uncontrolled, namespace ?? '').set(uid, object);
    }
    if (namespace !== undefined) mapAt(this.#byNamespace, namespace).set(uid, { resource, object });
  }

  #unindex(table: Table, object: KubeObject): void {
    const { uid = '', namespace, ownerReferences = [] } = object.metadata;
    this.#byUid.delete(uid);
    for (const owner of ownerReferences) dropAt(this.#byOwner, owner.uid, uid);
    dropAt(table.uncontrolled, namespace ?? '', uid);
    if (namespace !== undefined) dropAt(this.#byNamespace, namespace, uid);
  }
}

/** `namespace/name`, or `/name` for what is cluster-scoped. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function mapAt<T>(index: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let found = index.get(key);
  if (found === undefined) index.set(key, (found = new Map()));
  return found;
}

function dropAt<T>(index: Map<string, Map<string, T>>, key: string, member: string): void {
  const found = index.get(key);
  found?.delete(member);
  if (found?.size === 0) index.delete(key);
}
