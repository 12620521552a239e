import { apiVersionOf, type KubeObject, type ResourceType } from '../kube/object.ts';
import { describe, itemsByKey } from './fields.ts';
import { isRecord, type JsonObject } from './json.ts';
import { Refusal } from './refusal.ts';
import type { SchemaType } from './schema/node.ts';
import { fieldTopology, isAssociative, itemKey, type Topology } from './topology.ts';

/** What a type is made of. */
export interface Parts {
  /** None where any value may stand, two where either. */
  readonly types: readonly SchemaType[];
  readonly properties: ReadonlyMap<string, Parts>;
  readonly values: Parts | undefined;
  readonly items: Parts | undefined;
  readonly preserves: boolean;
}

/**
 * Refuses an applied configuration that is not of its type, before anything else is looked at: fields that there are
 * not, values of the wrong sort, items of a list map that are there twice or without a key. Without a schema, only the
 * lists are looked at.
 */
export function checkTyped(
  type: ResourceType,
  config: JsonObject,
  topology: Topology,
  schema: Parts | undefined,
): void {
  const errors = [...faultsOf(config, topology, schema, '')];
  if (errors.length === 0) return;
  const said = errors.length === 1 ? errors[0] : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n');
  const { name = '', namespace = '' } = (config as KubeObject).metadata as Partial<KubeObject['metadata']>;
  const version = type.group === '' ? `/${type.version}` : apiVersionOf(type);
  const what = `failed to create typed patch object (${namespace}/${name}; ${version}, Kind=${type.kind})`;
  throw new Refusal('ServerError', `${what}: ${said}`, 500, undefined, '');
}

function* faultsOf(
  value: unknown,
  topology: Topology,
  node: Parts | undefined,
  path: string,
): Generator<string, void, undefined> {
  if (value === null || value === undefined) return;
  const wanted = node?.types.length === 1 ? node.types[0] : undefined;
  const wrong = wanted === undefined ? undefined : mismatch(value, wanted);
  if (wrong !== undefined) {
    yield `${path}: ${wrong}`;
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) yield* fieldFaults(value[key], key, topology, node, path);
  } else if (Array.isArray(value)) {
    if (isAssociative(topology)) yield* itemFaults(value, topology, node?.items, path);
    else
      for (const [i, item] of value.entries())
        yield* faultsOf(item, topology.items ?? {}, node?.items, `${path}[${i}]`);
  }
}

function* fieldFaults(
  value: unknown,
  key: string,
  topology: Topology,
  node: Parts | undefined,
  path: string,
): Generator<string, void, undefined> {
  const isRoot = path === '';
  if (isRoot && (key === 'apiVersion' || key === 'kind')) return;
  const inner = node === undefined ? undefined : (node.properties.get(key) ?? node.values);
  // Every object has metadata of the same type, whatever its schema says of it.
  const isKnown = inner !== undefined || node === undefined || node.preserves || (isRoot && key === 'metadata');
  if (!isKnown) yield `${path}.${key}: field not declared in schema`;
  else
    yield* faultsOf(
      value,
      fieldTopology(topology, key),
      isRoot && key === 'metadata' ? undefined : inner,
      `${path}.${key}`,
    );
}

function* itemFaults(
  list: readonly unknown[],
  topology: Topology,
  node: Parts | undefined,
  path: string,
): Generator<string, void, undefined> {
  const keys = topology.keys ?? [];
  for (const [i, item] of list.entries()) {
    const hasKey = keys.length === 0 || keys.some((key) => isRecord(item) && item[key] !== undefined);
    if (hasKey || path === OWNERS) continue;
    const named = keys.map((key) => JSON.stringify(key)).join(' ');
    yield `${path}: element ${i}: associative list with keys has an element that omits all key fields [${named}] (and doesn't have default values for any key fields)`;
    return;
  }
  const items = itemsByKey(list, topology);
  if (items.size < list.length) {
    const seen = new Set<string>();
    const twice = list.map((item) => itemKey(item, topology)).find((key) => seen.has(key) || !seen.add(key)) ?? '';
    yield `${path}: duplicate entries for key ${describe(twice)}`;
  }
  for (const [key, item] of items) yield* faultsOf(item, topology.items ?? {}, node, `${path}${describe(key)}`);
}

/** Their keys are looked at when the object is checked. */
const OWNERS = '.metadata.ownerReferences';

function mismatch(value: unknown, wanted: SchemaType): string | undefined {
  switch (wanted) {
    case 'object':
      return isRecord(value) ? undefined : `expected map, got &{${goText(value)}}`;
    case 'array':
      return Array.isArray(value) ? undefined : `expected list, got &{${goText(value)}}`;
    case 'string':
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goText(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goText(value)}}`;
    case 'integer':
    case 'number':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
  }
}

/** As Go prints it by `%v`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isRecord(value)) return value === null ? '<nil>' : String(value as string | number | boolean);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isRecord(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
