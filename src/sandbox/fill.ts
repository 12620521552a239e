/** Filling in missing fields without touching what is there: unchanged parts stay the same objects. */

import { isRecord, type JsonObject } from './json.ts';

/** `record` with the missing fields of `missing`; itself when none is. */
export function fill(record: JsonObject, missing: JsonObject): JsonObject {
  let filled: JsonObject | undefined;
  for (const key in missing) {
    if (record[key] === undefined) (filled ??= { ...record })[key] = missing[key];
  }
  return filled ?? record;
}

/** `record` with `field` changed by `change`, if it is there. */
export function within(record: JsonObject, field: string, change: (value: JsonObject) => JsonObject): JsonObject {
  const value = record[field];
  if (!isRecord(value)) return record;
  const changed = change(value);
  return changed === value ? record : { ...record, [field]: changed };
}

/** The same for each record of a list. */
export function each(record: JsonObject, field: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const list = record[field];
  if (!Array.isArray(list)) return record;
  const changed = list.map((item: unknown) => (isRecord(item) ? change(item) : item));
  return changed.every((item, i) => item === list[i]) ? record : { ...record, [field]: changed };
}
