import { isRecord, type JsonObject } from '../json.ts';
import { innerOf } from './decoding.ts';
import { duplicate, type FieldError, invalidValue } from './field-error.ts';
import { goJson } from './go-text.ts';
import type { Node } from './node.ts';

/** The items that lists of type set or map hold twice. */
export function checkLists(value: unknown, node: Node, path: string): FieldError[] {
  if (!node.hasLists) return [];
  if (Array.isArray(value)) return [...checkList(value, node, path), ...checkItems(value, node, path)];
  if (!isRecord(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const inner = innerOf(node, key);
    return inner?.hasLists === true ? checkLists(value[key], inner, pathTo(path, key, node)) : [];
  });
}

/** The path of a member as the API server writes it: the free keys of a map are in brackets. */
export function pathTo(path: string, key: string, node: Node): string {
  if (!node.properties.has(key)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function checkItems(list: readonly unknown[], { items }: Node, path: string): FieldError[] {
  if (items?.hasLists !== true) return [];
  return list.flatMap((item, i) => checkLists(item, items, `${path}[${i}]`));
}

function checkList(list: readonly unknown[], node: Node, path: string): FieldError[] {
  if (node.list === 'atomic') return [];
  if (node.list === 'set') return repeated(list).map((i) => duplicate(`${path}[${i}]`, list[i]));
  const wrong = list.findIndex((item) => item !== null && !isRecord(item));
  if (wrong >= 0) {
    const detail = 'must be an object for an array of list-type map';
    return [invalidValue(`${path}[${wrong}]`, list[wrong], detail)];
  }
  const keys = list.map((item) => keysOf(item, node.listKeys));
  return repeated(keys).map((i) => duplicate(`${path}[${i}]`, keys[i]));
}

/** Where something stands for the second time; the third is not told. */
function repeated(list: readonly unknown[]): number[] {
  const times = new Map<string, number>();
  return list.flatMap((item, i) => {
    const text = goJson(item);
    const count = (times.get(text) ?? 0) + 1;
    times.set(text, count);
    return count === 2 ? [i] : [];
  });
}

function keysOf(item: unknown, names: readonly string[]): JsonObject {
  const keys: JsonObject = {};
  if (isRecord(item)) for (const name of names) if (Object.hasOwn(item, name)) keys[name] = item[name];
  return keys;
}
