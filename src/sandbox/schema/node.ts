import { unsupported } from '../refusal.ts';
import { isRecord, type JsonObject, recordAt } from '../json.ts';
import { isCheckedFormat } from './formats.ts';
import { regExpFor } from './re2.ts';

/** One place of a structural schema, made ready for objects to be held against it. */
export interface Node {
  /** As the server names it in messages; two for int-or-string, none where any value may stand. */
  readonly types: readonly SchemaType[];
  readonly nullable: boolean;
  readonly default: unknown;
  readonly properties: ReadonlyMap<string, Node>;
  /** Of a map with free keys. */
  readonly values: Node | undefined;
  readonly items: Node | undefined;
  readonly required: readonly string[];
  readonly preserves: boolean;
  readonly list: 'atomic' | 'set' | 'map';
  readonly listKeys: readonly string[];
  readonly bounds: Bounds;
  readonly enum: readonly unknown[];
  readonly pattern: { readonly source: string; readonly regExp: RegExp } | undefined;
  /** Only one that the server checks. */
  readonly format: string;
  readonly rules: readonly RuleSource[];
  /** Some list here or below must not hold an item twice. */
  readonly hasLists: boolean;
  /** Some rule is here or below. */
  readonly hasRules: boolean;
  /** Every field here and below is known: the same value again is then never refused. */
  readonly isClosed: boolean;
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

export interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** One of `x-kubernetes-validations`. */
export interface RuleSource {
  readonly rule: string;
  readonly message?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
}

/** Reads a schema; throws `Unsupported` for whatever is not emulated exactly. */
export function nodeOf(schema: unknown, path: string): Node {
  if (!isRecord(schema)) throw unsupported(`the schema at ${path}`);
  for (const key of Object.keys(schema)) {
    if (!KNOWN.has(key)) throw unsupported(`${key} in the schema at ${path}`);
  }
  const properties = new Map(
    Object.entries(recordAt(schema, 'properties')).map(([name, inner]) => [name, nodeOf(inner, `${path}.${name}`)]),
  );
  const values = within(schema, 'additionalProperties', `${path}.*`);
  const items = within(schema, 'items', `${path}[]`);
  const types = typesOf(schema, path);
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const below = [...properties.values(), values, items].filter((node) => node !== undefined);
  const list = (schema['x-kubernetes-list-type'] ?? 'atomic') as Node['list'];
  const pattern = schema['pattern'];
  const node: Node = {
    types,
    nullable: schema['nullable'] === true,
    default: schema['default'],
    properties,
    values,
    items,
    required: (schema['required'] ?? []) as string[],
    preserves,
    list,
    listKeys: (schema['x-kubernetes-list-map-keys'] ?? []) as string[],
    bounds: boundsOf(schema, types, path),
    enum: (schema['enum'] ?? []) as unknown[],
    pattern:
      typeof pattern === 'string' && pattern !== '' ? { source: pattern, regExp: regExpFor(pattern) } : undefined,
    format: formatOf(schema, types, path),
    rules: (schema['x-kubernetes-validations'] ?? []) as RuleSource[],
    hasLists: list !== 'atomic' || below.some((inner) => inner.hasLists),
    hasRules: schema['x-kubernetes-validations'] !== undefined || below.some((inner) => inner.hasRules),
    isClosed: !preserves && below.every((inner) => inner.isClosed),
  };
  checkList(node, path);
  return node;
}

function within(schema: JsonObject, key: string, path: string): Node | undefined {
  const inner = schema[key];
  if (inner === undefined) return undefined;
  if (!isRecord(inner)) throw unsupported(`${key}: ${JSON.stringify(inner)} in the schema at ${path}`);
  return nodeOf(inner, path);
}

function typesOf(schema: JsonObject, path: string): SchemaType[] {
  const type = schema['type'] as SchemaType | undefined;
  if (schema['x-kubernetes-int-or-string'] === true) {
    if (type !== undefined) throw unsupported(`a type beside x-kubernetes-int-or-string at ${path}`);
    return ['integer', 'string'];
  }
  if (type === undefined) {
    if (schema['x-kubernetes-preserve-unknown-fields'] !== true) throw unsupported(`a schema without type at ${path}`);
    return [];
  }
  if (!TYPES.has(type)) throw unsupported(`type: ${type} in the schema at ${path}`);
  if (type === 'object' && schema['properties'] !== undefined && schema['additionalProperties'] !== undefined) {
    throw unsupported(`properties beside additionalProperties at ${path}`);
  }
  if (type === 'array' && schema['items'] === undefined) throw unsupported(`an array without items at ${path}`);
  return [type];
}

function boundsOf(schema: JsonObject, types: readonly SchemaType[], path: string): Bounds {
  const bounds: Record<string, unknown> = {};
  for (const key of BOUNDS) {
    const bound = schema[key];
    if (bound === undefined) continue;
    if (types.length !== 1 && NUMERIC.has(key)) throw unsupported(`${key} without one type at ${path}`);
    if (types[0] === 'integer' && typeof bound === 'number' && !Number.isSafeInteger(bound)) {
      throw unsupported(`${key}: ${bound} of an integer at ${path}`);
    }
    bounds[key] = bound;
  }
  return bounds;
}

function formatOf(schema: JsonObject, types: readonly SchemaType[], path: string): string {
  const format = schema['format'];
  if (typeof format !== 'string') return '';
  if (types.length !== 1) throw unsupported(`a format without one type at ${path}`);
  return isCheckedFormat(format, types[0] ?? 'object', path) ? format : '';
}

function checkList(node: Node, path: string): void {
  if (schemaIsNoList(node)) throw unsupported(`x-kubernetes-list-type of what is no list at ${path}`);
  if (!['atomic', 'set', 'map'].includes(node.list))
    throw unsupported(`x-kubernetes-list-type ${node.list} at ${path}`);
  if (node.list !== 'map') return;
  const hasKey = (key: string): boolean => {
    const inner = node.items?.properties.get(key);
    return inner !== undefined && (node.items?.required.includes(key) === true || inner.default !== undefined);
  };
  if (node.listKeys.length === 0 || !node.listKeys.every(hasKey)) throw unsupported(`optional list keys at ${path}`);
}

function schemaIsNoList(node: Node): boolean {
  return node.list !== 'atomic' && node.types[0] !== 'array';
}

const TYPES = new Set<string>(['object', 'array', 'string', 'integer', 'number', 'boolean'] satisfies SchemaType[]);
const BOUNDS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const satisfies readonly (keyof Bounds)[];
const NUMERIC = new Set<string>(BOUNDS.slice(0, 5));
const KNOWN = new Set<string>([
  ...BOUNDS,
  'description',
  'title',
  'example',
  'externalDocs',
  'type',
  'format',
  'properties',
  'additionalProperties',
  'items',
  'required',
  'default',
  'nullable',
  'enum',
  'pattern',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]);
