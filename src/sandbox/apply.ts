import type { KubeObject } from '../kube/object.ts';
import { add, checkUnique, differenceOf, type Fields, fieldsOf, itemsByKey, prune, subtract } from './fields.ts';
import { isRecord, type JsonObject, share } from './json.ts';
import { fieldTopology, isAssociative, itemKey, type Topology } from './topology.ts';

/** Who writes. Create, replace and patch are 'Update'; apply is 'Apply'; the status is written apart. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
}

interface Write {
  readonly writer: Writer;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
}

/**
 * Who owns which fields of one object: the server's managedFields, kept apart from the object.
 * Updates are only noted, and worked into field sets when an apply needs them.
 */
export class Ownership {
  readonly #topology: Topology;
  readonly #owners = new Map<string, Fields>();
  #pending: Write[] = [];

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Notes a create, replace or patch. */
  updated(writer: Writer, before: KubeObject | undefined, after: KubeObject): void {
    this.#pending.push({ writer, before, after });
    if (this.#pending.length >= MANY) this.#settle();
  }

  /** `live` after a forced apply of `config`. Changes nothing yet: call `applied` once it is stored. */
  merge(live: KubeObject | undefined, config: JsonObject, writer: Writer): KubeObject {
    checkUnique(config, this.#topology);
    this.#settle();
    const now = fieldsOf(config, this.#topology);
    const merged = merge(live ?? {}, config, this.#topology);
    const last = this.#owners.get(keyFor(writer));
    if (last === undefined) return merged as KubeObject;
    const owners = [...this.#owners].flatMap(([key, fields]) => (key === keyFor(writer) ? [] : [fields]));
    return prune(merged, this.#topology, last, [...owners, now, SYSTEM]) as KubeObject;
  }

  /** Notes an apply: its fields are the writer's now, and others lose those it changed or removed. */
  applied(writer: Writer, config: JsonObject, before: KubeObject | undefined, after: KubeObject): void {
    this.#settle();
    if (before !== undefined) this.#change(keyFor(writer), before, after, false);
    this.#owners.set(keyFor(writer), fieldsOf(config, this.#topology));
  }

  #settle(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { writer, before, after } of pending) this.#change(keyFor(writer), before, after, true);
  }

  #change(key: string, before: KubeObject | undefined, after: KubeObject, claim: boolean): void {
    const { set, gone } = differenceOf(
      before === undefined ? {} : withoutSystemFields(before),
      withoutSystemFields(after),
      this.#topology,
    );
    for (const [owner, fields] of this.#owners) {
      if (owner !== key) subtract(fields, set);
      subtract(fields, gone, true);
    }
    if (!claim) return;
    const own = this.#owners.get(key);
    if (own === undefined) this.#owners.set(key, set);
    else add(own, set);
  }
}

/** What an apply configuration may own: without identity, and with the status or without it. */
export function configFor(object: KubeObject, hasStatus: boolean, subresource: 'status' | undefined): JsonObject {
  if (subresource === 'status') return object['status'] === undefined ? {} : { status: object['status'] };
  const config = withoutSystemFields(object);
  if (hasStatus) delete config['status'];
  return config;
}

const MANY = 32;

/** The server's own: metadata is never given up whole. */
const SYSTEM: Fields = { owned: false, below: new Map([['f:metadata', { owned: true, below: new Map() }]]) };

function keyFor({ manager, operation, subresource }: Writer): string {
  return `${manager} ${operation} ${subresource ?? ''}`;
}

function withoutSystemFields(object: KubeObject): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const owned: JsonObject = {};
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (metadata[field] !== undefined) owned[field] = metadata[field];
  }
  return Object.keys(owned).length === 0 ? rest : { ...rest, metadata: owned };
}

/** `live` with `config` laid over it; parts that do not change stay the same objects. */
function merge(live: unknown, config: unknown, topology: Topology): unknown {
  if (topology.atomic === true) return share(live, config);
  if (isRecord(config) && isRecord(live)) {
    let merged: JsonObject | undefined;
    for (const key in config) {
      const value = merge(live[key], config[key], fieldTopology(topology, key));
      if (value !== live[key] || !(key in live)) (merged ??= { ...live })[key] = value;
    }
    return merged ?? live;
  }
  if (Array.isArray(config) && Array.isArray(live) && isAssociative(topology)) {
    return share(live, mergeLists(live, config, topology));
  }
  return share(live, config);
}

/** Items of both lists: the applied ones in their order, those of others where they stood. */
function mergeLists(live: readonly unknown[], config: readonly unknown[], topology: Topology): unknown[] {
  const old = itemsByKey(live, topology);
  const wanted = itemsByKey(config, topology);
  const merged: unknown[] = [];
  let next = 0;
  const takeOthers = (): void => {
    while (next < live.length && !wanted.has(itemKey(live[next], topology))) merged.push(live[next++]);
  };
  for (const [key, item] of wanted) {
    takeOthers();
    merged.push(old.has(key) ? merge(old.get(key), item, topology.items ?? {}) : item);
    while (next < live.length && wanted.has(itemKey(live[next], topology))) next++;
  }
  takeOthers();
  return merged;
}
