import { type Fields, isEmpty } from './fields.ts';
import { isRecord, type JsonObject } from './json.ts';
import { fieldTopology, isAssociative, itemKey, type Topology } from './topology.ts';

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
    // What is emptied so is null, not empty.
    return pruned !== undefined && Object.keys(pruned).length === 0 ? null : (pruned ?? value);
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
  return changed ? (items.length === 0 ? null : items) : value;
}

const REMOVED = Symbol('removed');

function pruneMember(
  value: unknown,
  topology: Topology,
  last: Fields,
  owners: readonly Fields[],
  path: string,
): unknown {
  const holders = owners.flatMap((fields) => fields.below.get(path) ?? []).filter((fields) => !isEmpty(fields));
  if (holders.length === 0) return isEmpty(last) ? value : REMOVED;
  return prune(value, topology, last, holders);
}
