import { at, fieldsOf, type Fields, itemsByKey, noFields } from './fields.ts';
import { isRecord } from './json.ts';
import { fieldTopology, isAssociative, type Topology } from './topology.ts';

/** Which fields were added or changed from one state of an object to the next, and which are gone. */
export interface Comparison {
  readonly set: Fields;
  readonly gone: Fields;
}

/** Where only one side has a part, its inner paths count as well as its leaves. */
export function compare(before: unknown, after: unknown, topology: Topology): Comparison {
  const comparison = { set: noFields(), gone: noFields() };
  differ(before, after, topology, comparison.set, comparison.gone);
  return comparison;
}

function differ(before: unknown, after: unknown, topology: Topology, set: Fields, gone: Fields): void {
  if (before === after) return;
  if (before === null || after === null) {
    // A null in the place of a map or a list is an empty one.
    before ??= emptyAs(after);
    after ??= emptyAs(before);
  }
  if (topology.atomic !== true && isRecord(before) && isRecord(after)) {
    for (const key in { ...before, ...after }) {
      if (before[key] === after[key] && key in before === key in after) continue;
      const inner = fieldTopology(topology, key);
      const path = `f:${key}`;
      if (!(key in after)) everything(before[key], inner, at(gone, path));
      else if (!(key in before)) everything(after[key], inner, at(set, path));
      else descend(before[key], after[key], inner, set, gone, path);
    }
  } else if (topology.atomic !== true && Array.isArray(before) && Array.isArray(after) && isAssociative(topology)) {
    const old = itemsByKey(before, topology);
    const now = itemsByKey(after, topology);
    const inner = topology.items ?? {};
    for (const [key, item] of old) if (!now.has(key)) everything(item, inner, at(gone, key));
    for (const [key, item] of now) {
      if (!old.has(key)) everything(item, inner, at(set, key));
      else descend(old.get(key), item, inner, set, gone, key);
    }
  } else if (!isSameLeaf(before, after)) {
    set.owned = true;
    inside(before, topology, gone);
  }
}

function emptyAs(other: unknown): unknown {
  return Array.isArray(other) ? [] : isRecord(other) ? {} : null;
}

function descend(before: unknown, after: unknown, topology: Topology, set: Fields, gone: Fields, key: string): void {
  if (before === after) return;
  const inner = { set: noFields(), gone: noFields() };
  differ(before, after, topology, inner.set, inner.gone);
  if (inner.set.owned || inner.set.below.size > 0) set.below.set(key, inner.set);
  if (inner.gone.owned || inner.gone.below.size > 0) gone.below.set(key, inner.gone);
}

/** Every path of a part that only one side has. */
function everything(value: unknown, topology: Topology, into: Fields): void {
  into.owned = true;
  inside(value, topology, into);
}

function inside(value: unknown, topology: Topology, into: Fields): void {
  if (topology.atomic === true) return;
  if (isRecord(value)) {
    for (const key in value) everything(value[key], fieldTopology(topology, key), at(into, `f:${key}`));
  } else if (Array.isArray(value) && isAssociative(topology)) {
    fieldsOf(value, topology, into);
    for (const [key, item] of itemsByKey(value, topology)) everything(item, topology.items ?? {}, at(into, key));
  }
}

function isSameLeaf(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
