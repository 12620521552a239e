import type { KubeObject } from '../kube/object.ts';
import { compare } from './compare.ts';
import { add, type Fields, fieldsOf, fieldsV1, isEmpty, isEqual, readFieldsV1, shared, subtract } from './fields.ts';
import { freeze, type JsonObject } from './json.ts';
import { mergeConfig } from './merge.ts';
import { prune } from './prune.ts';
import { Refusal } from './refusal.ts';
import type { Topology } from './topology.ts';

/** Who writes. Create, replace and patch are 'Update'; apply is 'Apply'; the status is written apart. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status' | 'scale';
  readonly apiVersion: string;
}

/** One of `metadata.managedFields`. */
interface Entry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: JsonObject;
  readonly subresource?: 'status' | 'scale';
}

interface Owner {
  readonly writer: Writer;
  readonly fields: Fields;
  /** Of its last change to the object; undefined while it has only agreed. */
  readonly time: string | undefined;
  /** As it was written last; undefined when it has changed since. */
  entry: Entry | undefined;
}

/** Who owns which fields of one object. */
export class Ownership {
  readonly #topology: Topology;
  readonly #owners = new Map<string, Owner>();
  #entries: readonly Entry[] | undefined;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** As `metadata.managedFields`; the same list as long as nothing changes. */
  get entries(): readonly Entry[] {
    this.#entries ??= freeze(
      [...this.#owners.values()].map((owner) => (owner.entry ??= entryFor(owner))).sort(inOrder),
    );
    return this.#entries;
  }

  /** Nobody owns anything: such an object is not kept account of until somebody applies to it. */
  get isEmpty(): boolean {
    return this.#owners.size === 0;
  }

  copy(): Ownership {
    const copy = new Ownership(this.#topology);
    for (const [key, owner] of this.#owners) {
      copy.#owners.set(key, { ...owner, fields: fieldsCopy(owner.fields) });
    }
    return copy;
  }

  /** Takes over what a writer says of owners, as `metadata.managedFields`. */
  set(entries: readonly unknown[]): void {
    this.#owners.clear();
    this.#entries = undefined;
    for (const entry of entries as Partial<Entry>[]) {
      const { manager, operation, apiVersion, subresource, time, fieldsV1: written } = entry;
      if (manager === undefined || operation === undefined || apiVersion === undefined) continue;
      const writer = { manager, operation, apiVersion, ...(subresource === undefined ? {} : { subresource }) };
      const fields = readFieldsV1(written ?? {}, true);
      this.#owners.set(keyFor(writer), { writer, fields, time, entry: undefined });
    }
  }

  /** The first apply to an object nobody owns: what is there is given to a manager that stands for all before it. */
  begin(apiVersion: string, blank: JsonObject, live: JsonObject, time: string): void {
    if (this.isEmpty) this.updated({ ...BEFORE, apiVersion }, blank, live, time);
  }

  /** Notes a create, replace or patch; `before` is what the server has for an object that sets nothing. */
  updated(writer: Writer, before: JsonObject, after: JsonObject, time: string): void {
    const { set, gone } = compare(owned(before), owned(after), this.#topology);
    if (isEmpty(set) && isEmpty(gone)) return;
    const key = keyFor(writer);
    for (const [other, owner] of this.#owners) {
      const changed = subtract(owner.fields, gone);
      if ((other !== key && subtract(owner.fields, set)) || changed) this.#changed(other, owner);
    }
    if (isEmpty(set)) return;
    const fields = this.#owners.get(key)?.fields;
    if (fields !== undefined) add(fields, set);
    this.#put(key, { writer, fields: fields ?? set, time, entry: undefined });
  }

  /**
   * `live` after an apply of `config`; a `Conflict` where others own what it would change, unless it is forced.
   * Changes nothing yet: call `applied` once it is stored.
   */
  merge(live: JsonObject, config: JsonObject, writer: Writer, force: boolean): KubeObject {
    const key = keyFor(writer);
    const now = fieldsOf(config, this.#topology);
    const merged = mergeConfig(live, config, this.#topology);
    const last = this.#owners.get(key)?.fields;
    const others = [...this.#owners].flatMap(([other, { fields }]) => (other === key ? [] : [fields]));
    const pruned = last === undefined ? merged : prune(merged, this.#topology, last, [...others, now, SYSTEM]);
    if (!force) this.#refuseConflicts(key, live, pruned as JsonObject);
    return pruned as KubeObject;
  }

  /**
   * Notes an apply: its fields are the writer's now, and others lose those it changed or removed. `isChange`: it made
   * another object, if only of null or empty values that are not stored.
   */
  applied(
    writer: Writer,
    config: JsonObject,
    before: JsonObject,
    after: JsonObject,
    time: string,
    isChange = true,
  ): void {
    const key = keyFor(writer);
    const { set, gone } = compare(owned(before), owned(after), this.#topology);
    for (const [other, owner] of this.#owners) {
      if (other === key) continue;
      const changed = subtract(owner.fields, gone);
      if (subtract(owner.fields, set) || changed) this.#changed(other, owner);
    }
    const fields = fieldsOf(config, this.#topology);
    const known = this.#owners.get(key);
    const isNew = known === undefined || !isEqual(known.fields, fields);
    const hasChanged = isChange || !isEmpty(set) || !isEmpty(gone);
    if (!isNew && !hasChanged) return;
    fields.owned = false;
    if (isEmpty(fields)) this.#owners.delete(key);
    else this.#put(key, { writer, fields, time: hasChanged ? time : known?.time, entry: undefined });
    this.#entries = undefined;
  }

  #put(key: string, owner: Owner): void {
    this.#owners.set(key, owner);
    this.#entries = undefined;
  }

  #changed(key: string, owner: Owner): void {
    owner.entry = undefined;
    this.#entries = undefined;
    if (isEmpty(owner.fields)) this.#owners.delete(key);
  }

  #refuseConflicts(key: string, live: JsonObject, next: JsonObject): void {
    const { set } = compare(owned(live), owned(next), this.#topology);
    const causes = [...this.#owners]
      .filter(([other]) => other !== key)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { fields, writer }]) =>
        shared(fields, set).map((field) => ({
          reason: 'FieldManagerConflict',
          message: `conflict with ${nameOf(writer)}`,
          field,
        })),
      );
    if (causes.length === 0) return;
    throw new Refusal('Conflict', conflictMessage(causes), 409, { causes });
  }
}

/** What an apply configuration may own: without identity, and with the status or without it. */
export function configFor(
  object: KubeObject,
  hasStatus: boolean,
  subresource: 'status' | 'scale' | undefined,
): JsonObject {
  if (subresource === 'status') return object['status'] === undefined ? {} : { status: object['status'] };
  const config = owned(object);
  if (hasStatus) delete config['status'];
  if (Object.keys(config['metadata'] as JsonObject).length === 0) delete config['metadata'];
  return config;
}

const BEFORE = { manager: 'before-first-apply', operation: 'Update' } as const;

/** The server's own: metadata is never given up whole. */
const SYSTEM: Fields = { owned: false, below: new Map([['f:metadata', { owned: true, below: new Map() }]]) };

const UNOWNED = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
] as const;

/** The object without what nobody can own. */
function owned(object: JsonObject): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const fields: JsonObject = { ...(metadata as JsonObject | undefined) };
  for (const name of UNOWNED) delete fields[name];
  return { ...rest, metadata: fields };
}

function keyFor({ manager, operation, subresource, apiVersion }: Writer): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource ?? '']);
}

function entryFor({ writer, fields, time }: Owner): Entry {
  const { manager, operation, apiVersion, subresource } = writer;
  return freeze({
    manager,
    operation,
    apiVersion,
    ...(time === undefined || subresource === 'scale' ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1(fields),
    ...(subresource === undefined ? {} : { subresource }),
  });
}

function inOrder(a: Entry, b: Entry): number {
  const order = (entry: Entry): string[] => [
    entry.operation,
    entry.time ?? '',
    entry.manager,
    entry.apiVersion,
    entry.subresource ?? '',
  ];
  const left = order(a);
  const right = order(b);
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (left[at] ?? '') < (right[at] ?? '') ? -1 : 1;
}

function fieldsCopy(fields: Fields): Fields {
  const below = new Map([...fields.below].map(([key, child]) => [key, fieldsCopy(child)] as const));
  return { owned: fields.owned, below };
}

function nameOf({ manager, operation, subresource, apiVersion }: Writer): string {
  const name = `${JSON.stringify(manager)}${subresource === undefined ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** `Apply failed with 1 conflict: conflict with "a": .spec.x`, or a list where there are more. */
function conflictMessage(causes: readonly { readonly message: string; readonly field: string }[]): string {
  const [only] = causes;
  if (causes.length === 1 && only !== undefined) return `Apply failed with 1 conflict: ${only.message}: ${only.field}`;
  const said = [...Map.groupBy(causes, ({ message }) => message)].map(
    ([message, list]) =>
      `${message.replace(/^conflict /, 'conflicts ')}:\n${list.map(({ field }) => `- ${field}`).join('\n')}`,
  );
  return `Apply failed with ${causes.length} conflicts: ${said.join('\n')}`;
}
