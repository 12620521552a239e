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

/**
 * Items of both lists. Those of the configuration keep its order, and so do those that only others have; where both
 * orders leave a choice, what stood first stays first.
 */
function mergeLists(live: readonly unknown[], config: readonly unknown[], topology: Topology): unknown[] {
  const left = live.map((item) => itemKey(item, topology));
  const right = config.map((item) => itemKey(item, topology));
  const old = itemsByKey(live, topology);
  const wanted = itemsByKey(config, topology);
  const shared = right.filter((key) => old.has(key));
  const merged: unknown[] = [];
  const done = new Set<string>();
  const take = (key: string): void => {
    done.add(key);
    const item = wanted.get(key);
    merged.push(old.has(key) ? mergeConfig(old.get(key), item, topology.items ?? {}) : item);
    if (key === shared[0]) shared.shift();
  };
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const mine = left[l];
    const theirs = right[r];
    if (mine !== undefined && mine === theirs) {
      take(mine);
      l++;
      r++;
    } else if (
      mine !== undefined &&
      theirs !== undefined &&
      wanted.has(mine) &&
      shared[0] !== undefined &&
      shared[0] !== mine
    ) {
      // It is shared, and its turn comes later or has been.
      l++;
    } else if (mine !== undefined && !wanted.has(mine)) {
      merged.push(live[l]);
      l++;
    } else {
      if (mine !== undefined && done.has(mine)) l++;
      if (theirs !== undefined) {
        take(theirs);
        r++;
      }
    }
  }
  return merged;
}
