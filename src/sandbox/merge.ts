import { itemsByKey } from './fields.ts';
import { isRecord, type JsonObject, share } from './json.ts';
import { fieldTopology, isAssociative, itemKey, type Topology } from './topology.ts';

/** `live` with `config` laid over it; parts that do not change stay the same objects. */
export function mergeConfig(live: unknown, config: unknown, topology: Topology): unknown {
  if (topology.atomic === true) return share(live, config);
  if (isRecord(config) && isRecord(live)) {
    let merged: JsonObject | undefined;
    for (const key in config) {
      const value = mergeConfig(live[key], config[key], fieldTopology(topology, key));
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
    merged.push(old.has(key) ? mergeConfig(old.get(key), item, topology.items ?? {}) : item);
    while (next < live.length && wanted.has(itemKey(live[next], topology))) next++;
  }
  takeOthers();
  return merged;
}
