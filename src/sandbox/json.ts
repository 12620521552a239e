/** JSON values that are shared and never changed: copying in, comparing by sharing, freezing. */

import { badRequest } from './refusal.ts';

export type JsonObject = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The record at `value`, or an empty one: for reading optional parts of objects. */
export function recordAt(value: unknown, ...path: string[]): JsonObject {
  let at = value;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  return isRecord(at) ? at : NOTHING;
}

/** The list of records at `value`, or an empty one. */
export function recordsAt(value: unknown, ...path: string[]): readonly JsonObject[] {
  const last = path.at(-1);
  const holder = path.length > 1 ? recordAt(value, ...path.slice(0, -1)) : value;
  const list = last === undefined ? value : isRecord(holder) ? holder[last] : undefined;
  return Array.isArray(list) ? (list as JsonObject[]) : [];
}

/** A copy as JSON would make it: without `undefined`, and nothing shared with the caller. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => copyOf(item) as unknown) as T;
  if (!isRecord(value)) {
    if (typeof value === 'function' || typeof value === 'bigint') throw badRequest(`a ${typeof value} is not JSON`);
    return value;
  }
  const copy: JsonObject = {};
  for (const key in value) {
    if (value[key] === undefined) continue;
    if (key === '__proto__') define(copy, key, copyOf(value[key]));
    else copy[key] = copyOf(value[key]);
  }
  return copy as T;
}

/** Sets a key that an assignment would take for something else. */
function define(record: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}

/** `next` with every part that equals the one in `old` replaced by it; `old` itself when nothing differs. */
export function share<T>(old: unknown, next: T): T {
  if (Object.is(old, next)) return next;
  if (Array.isArray(next)) {
    if (!Array.isArray(old)) return next;
    const shared = next.map((item, i) => share(old[i], item as unknown));
    return (old.length === shared.length && shared.every((item, i) => item === old[i]) ? old : shared) as T;
  }
  if (!isRecord(next) || !isRecord(old)) return next;
  const shared: JsonObject = {};
  let same = true;
  let count = 0;
  for (const key in next) {
    const item = next[key];
    if (item === undefined) continue;
    const kept = share(old[key], item);
    if (kept !== old[key]) same = false;
    shared[key] = kept;
    count++;
  }
  return (same && count === Object.keys(old).length ? old : shared) as T;
}

export function isSame(a: unknown, b: unknown): boolean {
  return share(a, b) === a;
}

/** Freezes deeply. What is frozen already is taken to be frozen all the way down. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) for (const item of value as unknown[]) freezePart(item);
  else for (const key of Object.keys(value)) freezePart((value as JsonObject)[key]);
  return Object.freeze(value);
}

// Most parts are strings and numbers: they are not worth a call.
function freezePart(part: unknown): void {
  if (typeof part === 'object' && part !== null && !Object.isFrozen(part)) freeze(part);
}

/** RFC 7386. Shares with both arguments. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: JsonObject = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

const NOTHING: JsonObject = Object.freeze({});
