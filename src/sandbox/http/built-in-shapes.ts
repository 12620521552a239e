import type { ResourceType } from '../../kube/object.ts';
import type { Shape } from '../built-in.ts';
import { modelFor, type Models, modelsOf, QUANTITIES } from './models.ts';

/** The shapes of built-in kinds, from the model classes of the client library. */
export async function builtInShapes(types: readonly ResourceType[]): Promise<Map<ResourceType, Shape>> {
  const models = await modelsOf();
  const known = new Map<string, Shape>();
  const shapes = new Map<ResourceType, Shape>();
  for (const type of types) {
    const model = modelFor(type, models);
    if (model !== undefined) shapes.set(type, structOf(model, models, known));
  }
  return shapes;
}

function structOf(model: string, models: Models, known: Map<string, Shape>): Shape {
  const found = known.get(model);
  if (found !== undefined) return found;
  const properties = new Map<string, Shape>();
  const shape: Shape = { ...EMPTY, name: nameOf(model), types: ['object'], properties, zero: {} };
  // Known before its fields are: some types hold themselves.
  known.set(model, shape);
  for (const { baseName, type, format } of models.get(model)?.getAttributeTypeMap() ?? []) {
    const isAny = QUANTITIES.has(baseName) || FREE.has(baseName);
    properties.set(baseName, isAny ? anyOf(type) : shapeOf(type, format, models, known));
  }
  return shape;
}

function shapeOf(type: string, format: string, models: Models, known: Map<string, Shape>): Shape {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) {
    const items = shapeOf(list, format, models, known);
    return { ...EMPTY, name: `[]${items.name}`, types: ['array'], items, zero: null };
  }
  const values = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (values !== undefined) return mapOf(shapeOf(values, format, models, known));
  switch (type) {
    case 'string':
      return format === 'byte' ? BYTES : { ...EMPTY, name: 'string', types: ['string'], zero: '' };
    case 'boolean':
      return { ...EMPTY, name: 'bool', types: ['boolean'], zero: false };
    case 'number':
      return format.startsWith('int')
        ? { ...EMPTY, name: format, types: ['integer'], zero: 0 }
        : { ...EMPTY, name: 'float64', types: ['number'], zero: 0 };
    default:
      return models.has(type) && !OPEN.has(type) ? structOf(type, models, known) : ANY;
  }
}

function mapOf(values: Shape): Shape {
  return { ...EMPTY, name: `map[string]${values.name}`, types: ['object'], values, zero: null };
}

/** Quantities may be numbers; what else is in such a field is of no sort in particular. */
function anyOf(type: string): Shape {
  return type.startsWith('{') ? mapOf(ANY) : ANY;
}

/** `V1PodSpec` is `v1.PodSpec`; the library sets the group before a name that more than one group has. */
function nameOf(model: string): string {
  const [, version = '', name = ''] = /^(?:[A-Z][a-z]+)?(V\d[a-z0-9]*)(.*)$/.exec(model) ?? [];
  return `${version.toLowerCase()}.${name}`;
}

const EMPTY: Shape = {
  name: '',
  types: [],
  properties: new Map(),
  values: undefined,
  items: undefined,
  preserves: false,
  zero: null,
};
const ANY: Shape = { ...EMPTY, name: 'any', preserves: true };
const BYTES: Shape = { ...EMPTY, name: '[]uint8', types: ['string'], zero: '' };
/** Fields whose types read more than one sort of value. */
const FREE = new Set(['fieldsV1', 'default', 'example']);
/** Schemas of CustomResourceDefinitions are looked at elsewhere. */
const OPEN = new Set(['V1JSONSchemaProps', 'V1MicroTime', 'RawExtension']);
