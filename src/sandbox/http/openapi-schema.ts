import type { ResourceType } from '../../kube/object.ts';

/** The parts that the schemas of built-in and of custom kinds share. */

export type Schema = Record<string, unknown>;
export type Schemas = Record<string, Schema>;

export function refTo(name: string): Schema {
  return { allOf: [{ $ref: `#/components/schemas/${name}` }] };
}

/** By this kubectl finds the schema of a kind. */
export function versionKind({ group, version, kind }: ResourceType, suffix = ''): Schema {
  return { 'x-kubernetes-group-version-kind': [{ group, version, kind: kind + suffix }] };
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The name of a model that belongs to no group of its own. */
export function sharedName(name: string): string | undefined {
  return META_NAMES.has(name) ? `${META}.${name}` : undefined;
}

const META_NAMES = new Set(['ObjectMeta', 'ListMeta', 'OwnerReference', 'ManagedFieldsEntry', 'LabelSelector']);

/** What every object says of itself. */
export const IDENTITY = {
  apiVersion: { description: 'Group and version in which the object is written.', type: 'string' },
  kind: { description: 'What kind of object it is.', type: 'string' },
};

export const METADATA = {
  description: 'Name, labels and what the server keeps about the object.',
  ...refTo(`${META}.ObjectMeta`),
};

export const LIST_METADATA = { description: 'About the list itself.', ...refTo(`${META}.ListMeta`) };

/** Values with a shape of their own that are no object. */
export const SCALARS = {
  FieldsV1: 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
  IntOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  Quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
} as const;

export const SCALAR_SCHEMAS: Schemas = {
  [SCALARS.FieldsV1]: { description: 'Fields that somebody owns, as a tree of their names.', type: 'object' },
  [SCALARS.IntOrString]: {
    description: 'A number, or a text: a name, or a percentage.',
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  [SCALARS.Quantity]: {
    description: 'A number with a unit, such as 500m or 2Gi.',
    oneOf: [{ type: 'string' }, { type: 'number' }],
  },
};
