import { ApiError } from '../kube/errors.ts';
import { isRecord, type JsonObject } from './json.ts';
import { fieldTopology, isAssociative, itemKey, type Topology } from './topology.ts';

/** A set of field paths as a tree. `owned` marks a path that is a member itself. */
export interface Fields {
  owned: boolean;
  readonly below: Map<string, Fields>;
}

function noFields(): Fields {
  return { owned: false, below: new Map() };
}

/** The fields that `value` sets. */
export function fieldsOf(value: unknown, topology: Topology, into = noFields()): Fields {
  if (topology.atomic !== true && isRecord(value) && Object.keys(value).length > 0) {
    for (const key in value) fieldsOf(value[key], fieldTopology(topology, key), at(into, `f:${key}`));
  } else if (topology.atomic !== true && Array.isArray(value) && value.length > 0 && isAssociative(topology)) {
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

/** Refuses an apply that names an item of a list map twice, as the real server does. */
export function checkUnique(value: unknown, topology: Topology, path = ''): void {
  if (topology.atomic === true) return;
  if (isRecord(value)) {
    for (const key in value) checkUnique(value[key], fieldTopology(topology, key), `${path}.${key}`);
  } else if (Array.isArray(value) && isAssociative(topology)) {
    const items = itemsByKey(value, topology);
    if (items.size < value.length)
      throw new ApiError('ServerError', `${path}: duplicate entries for a key`, { code: 500 });
    for (const [key, item] of items) checkUnique(item, topology.items ?? {}, `${path}[${key}]`);
  }
}

/** Which fields were set anew or changed from `before` to `after`, and which are gone. */
export interface Difference {
  readonly set: Fields;
  readonly gone: Fields;
}

export function differenceOf(before: unknown, after: unknown, topology: Topology): Difference {
  const difference = { set: noFields(), gone: noFields() };
  differ(before, after, topology, difference.set, difference.gone);
  return difference;
}

/** True when any path at or below is a member. */
function hasAny(fields: Fields): boolean {
  if (fields.owned) return true;
  for (const child of fields.below.values()) if (hasAny(child)) return true;
  return false;
}

export function add(target: Fields, added: Fields): void {
  if (added.owned) target.owned = true;
  for (const [key, child] of added.below) add(at(target, key), child);
}

/** Takes the members of `removed` out of `target`; `deep` takes everything below them too. */
export function subtract(target: Fields, removed: Fields, deep = false): void {
  if (removed.owned) {
    target.owned = false;
    if (deep) target.below.clear();
  }
  for (const [key, child] of removed.below) {
    const there = target.below.get(key);
    if (there === undefined) continue;
    subtract(there, child, deep);
    if (!there.owned && there.below.size === 0) target.below.delete(key);
  }
}

function differ(before: unknown, after: unknown, topology: Topology, set: Fields, gone: Fields): void {
  if (before === after) return;
  if (topology.atomic !== true && isRecord(before) && isRecord(after)) {
    for (const key in { ...before, ...after }) {
      if (before[key] === after[key]) continue;
      const inner = fieldTopology(topology, key);
      differAt(key in before, before[key], key in after, after[key], inner, set, gone, `f:${key}`);
    }
  } else if (topology.atomic !== true && Array.isArray(before) && Array.isArray(after) && isAssociative(topology)) {
    const old = itemsByKey(before, topology);
    const now = itemsByKey(after, topology);
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const inner = topology.items ?? {};
      if (old.has(key) && !now.has(key)) at(gone, key).owned = true;
      else differAt(old.has(key), old.get(key), now.has(key), now.get(key), inner, set, gone, key);
      if (!old.has(key)) at(set, key).owned = true;
    }
  } else {
    set.owned = true;
  }
}

function differAt(
  had: boolean,
  before: unknown,
  has: boolean,
  after: unknown,
  topology: Topology,
  set: Fields,
  gone: Fields,
  key: string,
): void {
  if (!has) at(gone, key).owned = true;
  else if (!had) fieldsOf(after, topology, at(set, key));
  else differ(before, after, topology, at(set, key), at(gone, key));
}

export function itemsByKey(list: readonly unknown[], topology: Topology): Map<string, unknown> {
  return new Map(list.map((item) => [itemKey(item, topology), item]));
}

/** `value` without the members of `last` that no one in `owners` has: what an apply gives up. */
export function prune(value: unknown, topology: Topology, last: Fields, owners: readonly Fields[]): unknown {
  if (isRecord(value)) {
    let pruned: JsonObject | undefined;
    for (const [path, child] of last.below) {
      const key = path.slice(2);
      if (!path.startsWith('f:') || !(key in value)) continue;
      const kept = pruneMember(value[key], fieldTopology(topology, key), child, owners, path);
      if (kept === value[key]) continue;
      pruned ??= { ...value };
      if (kept === REMOVED) delete pruned[key];
      else pruned[key] = kept;
    }
    return pruned ?? value;
  }
  if (!Array.isArray(value) || !isAssociative(topology)) return value;
  let changed = false;
  const items = value.flatMap((item: unknown) => {
    const path = itemKey(item, topology);
    const child = last.below.get(path);
    const kept = child === undefined ? item : pruneMember(item, topology.items ?? {}, child, owners, path);
    changed ||= kept !== item;
    return kept === REMOVED ? [] : [kept];
  });
  return changed ? items : value;
}

const REMOVED = Symbol('removed');

function pruneMember(
  value: unknown,
  topology: Topology,
  last: Fields,
  owners: readonly Fields[],
  path: string,
): unknown {
  const holders = owners.flatMap((fields) => fields.below.get(path) ?? []).filter(hasAny);
  if (holders.length === 0) return hasAny(last) ? REMOVED : value;
  return prune(value, topology, last, holders);
}

function at(fields: Fields, key: string): Fields {
  let child = fields.below.get(key);
  if (child === undefined) fields.below.set(key, (child = noFields()));
  return child;
}
