import { isRecord } from '../json.ts';
import { unsupported } from '../refusal.ts';
import { isInteger } from './go-text.ts';
import type { Node } from './node.ts';

/** What CEL knows of a value: the type that the schema gives it. */
export type CelType =
  | { readonly is: 'bool' | 'int' | 'double' | 'string' | 'quantity' }
  | { readonly is: 'list'; readonly items: CelType }
  | { readonly is: 'map'; readonly values: Node }
  | { readonly is: 'object'; readonly node: Node; readonly isRoot: boolean };

/** Throws `Unsupported` for values whose type the schema leaves open, and for those that may be null. */
export function celTypeOf(node: Node, isRoot = false): CelType {
  if (node.nullable) throw unsupported('CEL rules on values that may be null');
  if (node.types.length !== 1 || node.preserves) throw unsupported('CEL rules on values of any type');
  const [type = 'string'] = node.types;
  switch (type) {
    case 'object':
      if (node.values === undefined) return { is: 'object', node, isRoot };
      // The server has no type for a map of values without one, and refuses rules around it.
      celTypeOf(node.values);
      return { is: 'map', values: node.values };
    case 'array':
      return { is: 'list', items: node.items === undefined ? { is: 'string' } : celTypeOf(node.items) };
    case 'integer':
      return { is: 'int' };
    case 'number':
      return { is: 'double' };
    case 'boolean':
      return { is: 'bool' };
    case 'string':
      // Dates are values of their own in CEL.
      if (/date/.test(node.format)) throw unsupported(`CEL rules on texts of the format ${node.format}`);
      return { is: 'string' };
  }
}

/** The type of a field; undefined where there is none. */
export function fieldOf(type: CelType, field: string): CelType | undefined {
  if (field.includes('__') || RESERVED.has(field)) return undefined;
  if (type.is === 'map') return celTypeOf(type.values);
  if (type.is !== 'object') return undefined;
  const { node, isRoot } = type;
  if (isRoot && (field === 'apiVersion' || field === 'kind')) return { is: 'string' };
  if (isRoot && field === 'metadata') return { is: 'object', node: METADATA, isRoot: false };
  const inner = node.properties.get(field);
  return inner === undefined ? undefined : celTypeOf(inner);
}

export function isSameType(a: CelType, b: CelType): boolean {
  if (a.is !== b.is) return false;
  return a.is !== 'list' || b.is !== 'list' || isSameType(a.items, b.items);
}

/** Texts have an order too, but another one than JavaScript's. */
export function isOrdered({ is }: CelType): boolean {
  return is === 'int' || is === 'double';
}

/** How a value is not of a type, in the server's words. */
export function mismatchOf(value: unknown, { is }: CelType): string | undefined {
  if (value === null) return 'got null for schema with nullable=false';
  switch (is) {
    case 'object':
    case 'map':
      return isRecord(value) ? undefined : 'expected a map for the provided schema with type=object';
    case 'list':
      return Array.isArray(value) ? undefined : 'expected an array for the provided schema with type=array';
    case 'int':
      return typeof value === 'number' && isInteger(value) ? undefined : `expected int, got ${goTypeOf(value)}`;
    case 'double':
      return typeof value === 'number' ? undefined : `expected float, got ${goTypeOf(value)}`;
    case 'bool':
      return typeof value === 'boolean' ? undefined : `expected bool, got ${goTypeOf(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got ${goTypeOf(value)}`;
    case 'quantity':
      return undefined;
  }
}

function goTypeOf(value: unknown): string {
  if (typeof value === 'number') return isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

const NAME: Node = {
  types: ['string'],
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

/** What rules on a whole object may read of its metadata. */
const METADATA: Node = {
  ...NAME,
  types: ['object'],
  properties: new Map([
    ['name', NAME],
    ['generateName', NAME],
  ]),
};

/** A field with such a name is written otherwise in CEL. */
const RESERVED = new Set(
  `true false null in as break const continue else for function if import let loop package namespace return var void
  while`.split(/\s+/),
);
