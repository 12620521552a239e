import { isRecord, type JsonObject } from '../json.ts';
import { badRequest, unsupported } from '../refusal.ts';
import { fieldTopology, type Topology } from '../topology.ts';

/**
 * A strategic merge patch, as kubectl sends it for built-in kinds: lists that have a key are merged by it. Shares with
 * both arguments.
 */
export function strategicPatch(live: unknown, patch: unknown, topology: Topology): unknown {
  return mergeRecord(isRecord(live) ? live : {}, isRecord(patch) ? patch : {}, topology);
}

function mergeRecord(live: JsonObject, patch: JsonObject, topology: Topology): JsonObject {
  switch (patch['$patch']) {
    case 'replace':
      return without(patch, '$patch');
    case 'delete':
      return {};
    case undefined:
    case 'merge':
      break;
    default:
      throw badRequest(`Unrecognized directive type: ${JSON.stringify(patch['$patch'])}`);
  }
  const kept = patch['$retainKeys'];
  const merged = Array.isArray(kept)
    ? Object.fromEntries(Object.entries(live).filter(([key]) => kept.includes(key)))
    : { ...live };
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys') continue;
    if (key === '$deleteFromPrimitiveList') throw badRequest('invalid patch format of primitive list');
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice(key.indexOf('/') + 1);
      const gone = new Set(value as unknown[]);
      if (Array.isArray(merged[field])) merged[field] = merged[field].filter((item) => !gone.has(item));
      continue;
    }
    if (key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$')) throw unsupported(`the directive ${key} of strategic merge patches`);
    const inner = fieldTopology(topology, key);
    if (value === null) delete merged[key];
    else if (Array.isArray(value)) merged[key] = mergeList(merged[key], value, inner);
    else if (isRecord(value)) merged[key] = mergeRecord(isRecord(merged[key]) ? merged[key] : {}, value, inner);
    else merged[key] = value;
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith('$setElementOrder/')) continue;
    const field = key.slice(key.indexOf('/') + 1);
    if (Array.isArray(merged[field]) && Array.isArray(order))
      merged[field] = inOrder(merged[field], order, listAt(live, field), fieldTopology(topology, field));
  }
  return merged;
}

function mergeList(live: unknown, patch: readonly unknown[], topology: Topology): unknown[] {
  const old: readonly unknown[] = Array.isArray(live) ? live : [];
  if (topology.set === true)
    return inOrder([...old, ...patch.filter((item) => !old.includes(item))], patch, old, topology);
  const key = mergeKeyOf(topology);
  if (key === undefined) return [...patch];
  if (patch.some((item) => isRecord(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => !(isRecord(item) && item['$patch'] === 'replace'));
  }
  const merged = [...old];
  for (const item of patch) {
    if (!isRecord(item)) throw badRequest('an item of a list that is merged by key has to be an object');
    const at = merged.findIndex((other) => isRecord(other) && other[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (at < 0) {
      merged.push(without(item, '$patch'));
    } else {
      merged[at] = mergeRecord(merged[at] as JsonObject, item, topology.items ?? {});
    }
  }
  return inOrder(merged, patch, old, topology);
}

function listAt(record: JsonObject, field: string): readonly unknown[] {
  const list = record[field];
  return Array.isArray(list) ? list : [];
}

/** Lists are merged by the first of their keys: a port by its number alone, whatever its protocol. */
function mergeKeyOf({ keys }: Topology): string | undefined {
  return keys?.[0];
}

/**
 * The items that the patch names, in its order; the others in theirs. Between the two, what stood first in the live
 * list stays first, and otherwise the patch goes first.
 */
function inOrder(
  list: readonly unknown[],
  order: readonly unknown[],
  live: readonly unknown[],
  topology: Topology,
): unknown[] {
  const key = mergeKeyOf(topology);
  const idOf = (item: unknown): unknown => (key === undefined ? item : isRecord(item) ? item[key] : undefined);
  const wanted = order.map(idOf);
  const stood = live.map(idOf);
  const named = wanted.flatMap((id) => list.filter((item) => idOf(item) === id));
  const rest = list.filter((item) => !wanted.includes(idOf(item)));
  const ordered: unknown[] = [];
  while (rest.length > 0 || named.length > 0) {
    const [mine, theirs] = [stood.indexOf(idOf(rest[0])), stood.indexOf(idOf(named[0]))];
    const isMine = named.length === 0 || (rest.length > 0 && mine >= 0 && theirs >= 0 && mine < theirs);
    ordered.push((isMine ? rest : named).shift());
  }
  return ordered;
}

function without(record: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = record;
  return rest;
}
