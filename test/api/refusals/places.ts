import type { KubeObject } from '../../../src/kube/object.ts';

export interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string;
    readonly message: string;
    readonly fieldPath?: string;
  }[];
}

/** A field of a kind's schema, and all that can be held against what is written there. */
export interface Place {
  /** `spec.tolerations[].key`; `*` stands for any key of a map. */
  readonly path: string;
  /** A leaf, a list or a map: something that a resource gives. */
  readonly isGiven: boolean;
  /** How the complaints read. */
  readonly complaints: readonly string[];
  /** The messages of its rules. */
  readonly messages: readonly string[];
}

/** Everything of a definition's schema at which a resource can be refused. */
export function placesOf(definition: KubeObject): Place[] {
  const root = schemaOf(definition);
  const onRoot = (root['x-kubernetes-validations'] ?? []).map(({ message, fieldPath = '' }) => ({
    path: fieldPath.slice(1),
    isGiven: false,
    complaints: [],
    messages: [message],
  }));
  return [...onRoot, ...walk(root.properties?.['spec'] ?? {}, 'spec')];
}

export function schemaOf(definition: KubeObject): Schema {
  const { spec } = definition as unknown as { spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] } };
  return spec.versions[0].schema.openAPIV3Schema;
}

function walk(schema: Schema, path: string): Place[] {
  const { properties, items, additionalProperties, required } = schema;
  const place = {
    path,
    isGiven: properties === undefined,
    complaints: complaintsIn(schema),
    messages: (schema['x-kubernetes-validations'] ?? []).map((rule) => rule.message),
  };
  const unknown = { ...NOTHING, path: `${path}.*`, complaints: ['unknown field'] };
  const missing = (required ?? []).map((name) => ({
    ...NOTHING,
    path: `${path}.${name}`,
    complaints: ['Required value'],
  }));
  return [
    place,
    ...(properties === undefined ? [] : [unknown]),
    ...missing,
    ...Object.entries(properties ?? {}).flatMap(([name, value]) => walk(value, `${path}.${name}`)),
    ...(items === undefined ? [] : walk(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : walk(additionalProperties, `${path}.*`)),
  ];
}

const NOTHING = { isGiven: false, messages: [] };

/** A pattern only quotes itself; the rule beside it is among the messages. */
function complaintsIn(schema: Schema): string[] {
  const { type, minimum, maximum, maxLength, maxItems, maxProperties } = schema;
  const all: readonly (readonly [unknown, string])[] = [
    [type, `of type ${type}`],
    [minimum, `greater than or equal to ${minimum}`],
    [maximum, `less than or equal to ${maximum}`],
    [maxLength, `may not be more than ${maxLength}`],
    [maxItems ?? maxProperties, `at most ${maxItems ?? maxProperties} items`],
    [schema.enum, `supported values: ${schema.enum?.map((value) => `"${value}"`).join(', ')}`],
  ];
  return all.filter(([bound]) => bound !== undefined).map(([, complaint]) => complaint);
}

/** The paths of all that a spec gives, lists and maps themselves included. */
export function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item) => pathsIn(item, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, `${path}.${name.replaceAll('.', '_')}`)),
  ];
}

/** `spec.tolerations[0].key` is at `spec.tolerations[].key`; the key of a map is in brackets where a rule refuses. */
export function isAt(field: string, path: string): boolean {
  const names = field
    .replaceAll(/\[\d+\]/g, '[]')
    .replaceAll(/\[(.+?)\]/g, '.$1')
    .split('.');
  const wanted = path.split('.');
  return names.length === wanted.length && wanted.every((name, index) => name === '*' || name === names[index]);
}
