import { isRecord, type JsonObject } from '../json.ts';
import { goNumber, quoted } from './go-text.ts';
import { innerOf } from './decoding.ts';
import type { Node } from './node.ts';

/** There is no old value that this one could be held against: a new object, field or item. */
export const NONE = Symbol('no old value');

/** The old value of a field, where there is one. */
export function oldField(old: unknown, key: string): unknown {
  return isRecord(old) && Object.hasOwn(old, key) ? old[key] : NONE;
}

/** The old item that is the same one: lists that are maps know, all others are compared as a whole. */
export function oldItem(old: unknown, item: unknown, node: Node): unknown {
  if (node.list !== 'map' || !Array.isArray(old)) return NONE;
  const key = keyOf(item, node);
  if (key === undefined) return NONE;
  return old.find((candidate) => keyOf(candidate, node) === key) ?? NONE;
}

/**
 * Whether a value is the old one, so that its mistakes are let pass. Not the same as being equal: the items of a map
 * may have changed places, and what has a field without a schema is never the same.
 */
export function isUnchanged(value: unknown, old: unknown, node: Node): boolean {
  if (old === NONE) return false;
  if (value === old && node.isClosed) return true;
  if (value === null || old === null) return value === old;
  if (Array.isArray(value) || Array.isArray(old)) {
    if (!Array.isArray(value) || !Array.isArray(old) || value.length !== old.length) return false;
    if (node.list !== 'map' || node.items === undefined) return isEqual(value, old);
    const { items } = node;
    return value.every((item) => isUnchanged(item, oldItem(old, item, node), items));
  }
  if (isRecord(value) || isRecord(old)) {
    if (!isRecord(value) || !isRecord(old)) return false;
    const keys = Object.keys(value);
    return (
      keys.length === Object.keys(old).length &&
      keys.every((key) => {
        const inner = innerOf(node, key);
        return inner !== undefined && isUnchanged(value[key], oldField(old, key), inner);
      })
    );
  }
  return value === old;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  if (!isRecord(a) || !isRecord(b) || Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

function keyOf(item: unknown, { listKeys }: Node): string | undefined {
  if (!isRecord(item)) return undefined;
  const parts = listKeys.map((key) => scalarIn(item, key));
  return parts.includes(undefined) ? undefined : parts.join('\0');
}

function scalarIn(item: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(item, key) ? item[key] : undefined;
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return goNumber(value);
  return typeof value === 'boolean' ? String(value) : undefined;
}
