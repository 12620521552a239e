import { isRecord, type JsonObject } from '../json.ts';
import type { Node } from './node.ts';

/**
 * What the server makes of an object that it reads: fields without a schema and nulls that may not be are taken out,
 * then defaults are filled in. Shares with both arguments: a part that is the same object in `old`, which was decoded
 * before, is taken as it is. `keepsNulls`: only defaults take their place.
 */
export function decoded(value: unknown, old: unknown, node: Node, unknown: string[], keepsNulls = false): unknown {
  const pruned = prune(value, old, node, '', keepsNulls ? { unknown, keepsNulls } : { unknown });
  return fill(pruned, old, node);
}

interface Reading {
  readonly unknown: string[];
  readonly keepsNulls?: true;
}

/** The fields that every object has, whatever its schema says. */
const META = new Set(['apiVersion', 'kind', 'metadata']);

function prune(value: unknown, old: unknown, node: Node, path: string, reading: Reading): unknown {
  if (typeof value !== 'object' || value === null || value === old) return value;
  if (Array.isArray(value)) {
    if (node.preserves) return value;
    const before: readonly unknown[] = Array.isArray(old) ? old : [];
    return mapped(value, (item, i) => prune(item, before[i], node.items ?? NOTHING, `${path}[${i}]`, reading));
  }
  const before = isRecord(old) ? old : {};
  const draft = new Draft(value as JsonObject);
  for (const key of Object.keys(value)) {
    if (path === '' && META.has(key)) continue;
    const item = (value as JsonObject)[key];
    const at = path === '' ? key : `${path}.${key}`;
    const inner = innerOf(node, key);
    if (inner === undefined) {
      if (node.preserves) continue;
      reading.unknown.push(at);
      draft.delete(key);
      continue;
    }
    const kept = prune(item, own(before, key), inner, at, reading);
    if (isUnwantedNull(kept, inner) && inner.default === undefined && reading.keepsNulls !== true) draft.delete(key);
    else if (kept !== item) draft.set(key, kept);
  }
  return draft.result;
}

function fill(value: unknown, old: unknown, node: Node): unknown {
  if (typeof value !== 'object' || value === null || value === old) return value;
  if (Array.isArray(value)) {
    const inner = node.items;
    if (inner === undefined) return value;
    const before: readonly unknown[] = Array.isArray(old) ? old : [];
    return mapped(value, (item, i) => fill(orDefault(item, inner), before[i], inner));
  }
  const before = isRecord(old) ? old : {};
  const draft = new Draft(value as JsonObject);
  for (const [key, inner] of node.properties) {
    if (inner.default === undefined) continue;
    if (!Object.hasOwn(value, key) || isUnwantedNull((value as JsonObject)[key], inner)) draft.set(key, inner.default);
  }
  for (const key of Object.keys(draft.result)) {
    const inner = innerOf(node, key);
    if (inner === undefined) continue;
    const item = draft.result[key];
    const filled = fill(node.properties.has(key) ? item : orDefault(item, inner), own(before, key), inner);
    if (filled !== item) draft.set(key, filled);
  }
  return draft.result;
}

function isUnwantedNull(value: unknown, node: Node): boolean {
  return value === null && !node.nullable;
}

function orDefault(value: unknown, node: Node): unknown {
  return isUnwantedNull(value, node) ? (node.default ?? null) : value;
}

/** The schema of a member; undefined for a field without one. */
export function innerOf(node: Node, key: string): Node | undefined {
  return node.properties.get(key) ?? node.values;
}

function mapped(list: readonly unknown[], change: (item: unknown, index: number) => unknown): readonly unknown[] {
  const changed = list.map(change);
  return changed.every((item, i) => item === list[i]) ? list : changed;
}

function own(record: JsonObject, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A record that is copied when it is changed. */
class Draft {
  readonly #origin: JsonObject;
  result: JsonObject;

  constructor(origin: JsonObject) {
    this.#origin = origin;
    this.result = origin;
  }

  /** `__proto__` is a key like any other. */
  set(key: string, value: unknown): void {
    Object.defineProperty(this.#copy(), key, { value, writable: true, enumerable: true, configurable: true });
  }

  delete(key: string): void {
    delete this.#copy()[key];
  }

  #copy(): JsonObject {
    if (this.result === this.#origin) this.result = { ...this.#origin };
    return this.result;
  }
}

/** Of the items of what should be no list: nothing in them is known. */
const NOTHING: Node = {
  types: [],
  nullable: false,
  default: undefined,
  properties: new Map(),
  values: undefined,
  items: undefined,
  required: [],
  preserves: false,
  list: 'atomic',
  listKeys: [],
  bounds: {},
  enum: [],
  pattern: undefined,
  format: '',
  rules: [],
  hasLists: false,
  hasRules: false,
  isClosed: true,
};
