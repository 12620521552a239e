import { isRecord, type JsonObject } from './json.ts';
import { fieldTopology, isAssociative, itemKey, type Topology } from './topology.ts';

/**
 * A set of field paths as a tree, as FieldsV1 writes it: `f:name` is a field, `k:{…}` an item of a list by its keys,
 * `v:…` an item of a set. `owned` marks a path that is a member itself.
 */
export interface Fields {
  owned: boolean;
  readonly below: Map<string, Fields>;
}

export function noFields(): Fields {
  return { owned: false, below: new Map() };
}

/** The fields that an applied configuration sets: leaves, items of lists, and the entries of free maps. */
export function fieldsOf(value: unknown, topology: Topology, into = noFields()): Fields {
  if (topology.atomic === true) {
    into.owned = true;
  } else if (isRecord(value)) {
    if (Object.keys(value).length === 0) into.owned = true;
    for (const key in value) {
      const field = at(into, `f:${key}`);
      const inner = fieldTopology(topology, key);
      fieldsOf(value[key], inner, field);
      if (topology.values !== undefined && topology.fields?.[key] === undefined) field.owned = true;
      // An empty list by keys leaves no trace.
      else if (isEmpty(field)) into.below.delete(`f:${key}`);
    }
  } else if (Array.isArray(value) && isAssociative(topology)) {
    for (const item of value) {
      const member = at(into, itemKey(item, topology));
      member.owned = true;
      if (isRecord(item)) fieldsOf(item, topology.items ?? {}, member);
    }
  } else {
    into.owned = true;
  }
  return into;
}

export function isEmpty(fields: Fields): boolean {
  if (fields.owned) return false;
  for (const child of fields.below.values()) if (!isEmpty(child)) return false;
  return true;
}

export function isEqual(a: Fields, b: Fields): boolean {
  if (a.owned !== b.owned || a.below.size !== b.below.size) return false;
  for (const [key, child] of a.below) {
    const other = b.below.get(key);
    if (other === undefined || !isEqual(child, other)) return false;
  }
  return true;
}

export function add(target: Fields, added: Fields): void {
  if (added.owned) target.owned = true;
  for (const [key, child] of added.below) add(at(target, key), child);
}

/** Takes the members of `removed` out of `target`; true when any was there. */
export function subtract(target: Fields, removed: Fields): boolean {
  let changed = removed.owned && target.owned;
  if (changed) target.owned = false;
  for (const [key, child] of removed.below) {
    const there = target.below.get(key);
    if (there === undefined) continue;
    if (subtract(there, child)) changed = true;
    if (!there.owned && there.below.size === 0) target.below.delete(key);
  }
  return changed;
}

/** The paths that are members of both, as the server prints them: `.spec.containers[name="a"].image`. */
export function shared(a: Fields, b: Fields, path = ''): string[] {
  const found = a.owned && b.owned ? [path] : [];
  for (const [key, child] of sorted(a)) {
    const other = b.below.get(key);
    if (other !== undefined) found.push(...shared(child, other, `${path}${describe(key)}`));
  }
  return found;
}

/** As `fieldsV1` of managedFields. */
export function fieldsV1(fields: Fields): JsonObject {
  const written: JsonObject = {};
  if (fields.owned && fields.below.size > 0) written['.'] = {};
  for (const [key, child] of sorted(fields)) written[key] = fieldsV1(child);
  return written;
}

/** Reads what `fieldsV1` writes. */
export function readFieldsV1(written: JsonObject, isRoot = false): Fields {
  const below = Object.entries(written).filter(([key]) => key !== '.');
  return {
    owned: !isRoot && (below.length === 0 || '.' in written),
    below: new Map(below.map(([key, child]) => [key, readFieldsV1(isRecord(child) ? child : {})] as const)),
  };
}

export function itemsByKey(list: readonly unknown[], topology: Topology): Map<string, unknown> {
  return new Map(list.map((item) => [itemKey(item, topology), item]));
}

export function at(fields: Fields, key: string): Fields {
  let child = fields.below.get(key);
  if (child === undefined) fields.below.set(key, (child = noFields()));
  return child;
}

function sorted(fields: Fields): [string, Fields][] {
  return [...fields.below].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** As the server prints a step of a path: `.name`, `[name="a"]`. */
export function describe(key: string): string {
  if (key.startsWith('f:')) return `.${key.slice(2)}`;
  if (key.startsWith('v:')) return `[=${key.slice(2)}]`;
  const keys = Object.entries(JSON.parse(key.slice(2)) as JsonObject);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}
