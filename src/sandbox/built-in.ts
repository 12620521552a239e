import type { KubeObject, ResourceType } from '../kube/object.ts';
import { isRecord, type JsonObject } from './json.ts';
import { Unreadable } from './refusal.ts';
import type { SchemaType } from './schema/node.ts';

/** What a part of a built-in kind is made of. */
export interface Shape {
  /** The type as the server names it: `int32`, `map[string]string`, `v1.PodSpec`. */
  readonly name: string;
  /** None where more than one sort of value may stand: quantities, times, ports by name or number. */
  readonly types: readonly SchemaType[];
  readonly properties: ReadonlyMap<string, Shape>;
  /** Of a map with free keys. */
  readonly values: Shape | undefined;
  readonly items: Shape | undefined;
  /** Any field may stand there. */
  readonly preserves: boolean;
  /** What a null stands for in a map or a list. */
  readonly zero: unknown;
}

/** An object of a built-in kind as the server reads it: unknown fields and nulls are dropped. */
export function readBuiltIn(
  type: ResourceType,
  object: KubeObject,
  old: KubeObject | undefined,
  shape: Shape,
): { readonly object: KubeObject; readonly unknown: readonly string[] } {
  const reader = new Reader(type);
  return { object: reader.record(object, old, shape, '') as KubeObject, unknown: reader.unknown };
}

class Reader {
  readonly unknown: string[] = [];
  readonly #type: ResourceType;

  constructor(type: ResourceType) {
    this.#type = type;
  }

  /** Shares with `value`, and takes what is the same in `old`, which was read before, as it is. */
  record(value: JsonObject, old: unknown, shape: Shape, path: string): JsonObject {
    const before = isRecord(old) ? old : {};
    let changed: JsonObject | undefined;
    for (const key of Object.keys(value)) {
      const item = value[key];
      const at = path === '' ? key : `${path}.${key}`;
      const inner = shape.properties.get(key) ?? shape.values;
      if (inner === undefined && (shape.preserves || (path === '' && IDENTITY.has(key)))) continue;
      if (inner === undefined) {
        this.unknown.push(at);
        delete (changed ??= { ...value })[key];
      } else if (item === null && shape.values === undefined) {
        delete (changed ??= { ...value })[key];
      } else if (item !== before[key]) {
        const where = shape.values === undefined ? `${local(shape.name)}.${at}` : '';
        const read = item === null ? inner.zero : this.#value(item, before[key], inner, at, where);
        if (read !== item) (changed ??= { ...value })[key] = read;
      }
    }
    return changed ?? value;
  }

  #value(value: unknown, old: unknown, shape: Shape, path: string, where: string): unknown {
    const [wanted] = shape.types;
    if (wanted !== undefined && !isOfType(value, wanted, shape)) {
      const field = where === '' ? `${this.#type.kind}.${path.slice(0, path.lastIndexOf('.'))}` : where;
      const what = `json: cannot unmarshal ${sortOf(value)} into Go struct field ${field} of type ${shape.name}`;
      throw new Unreadable(this.#type, what);
    }
    if (shape.name === BYTES && typeof value === 'string') this.#checkBytes(value);
    if (isRecord(value)) return this.record(value, old, shape, path);
    const { items } = shape;
    if (!Array.isArray(value) || items === undefined) return value;
    const before: readonly unknown[] = Array.isArray(old) ? old : [];
    const read = value.map((item: unknown, i) => {
      if (item === null) return items.zero;
      return item === before[i] ? item : this.#value(item, before[i], items, `${path}[${i}]`, where);
    });
    return read.every((item, i) => item === value[i]) ? value : read;
  }

  #checkBytes(text: string): void {
    const strange = text.search(/[^A-Za-z0-9+/=\n\r]/);
    const at = strange >= 0 ? strange : text.length % 4 === 0 ? -1 : text.length;
    if (at >= 0) throw new Unreadable(this.#type, `illegal base64 data at input byte ${at}`);
  }
}

/** What is sent in base64. */
const BYTES = '[]uint8';
const IDENTITY = new Set(['apiVersion', 'kind']);

function isOfType(value: unknown, wanted: SchemaType, { name }: Shape): boolean {
  switch (wanted) {
    case 'object':
      return isRecord(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value) && (name !== 'int32' || Math.abs(value as number) < 2 ** 31);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === wanted;
  }
}

/** As Go's decoder names what it found. */
function sortOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && !Number.isInteger(value)) return `number ${value}`;
  return typeof value;
}

/** Without the package. */
function local(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
