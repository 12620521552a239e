import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { isRecord, recordAt, recordsAt } from '../json.ts';
import { metaSchemas } from './openapi-builtin.ts';
import { IDENTITY, LIST_METADATA, METADATA, type Schema, type Schemas, versionKind } from './openapi-schema.ts';

/** The schemas of custom resources as their definitions have them, with what every object has. */
export async function customSchemas(
  served: readonly { readonly type: ResourceType; readonly definition?: KubeObject }[],
): Promise<Schemas> {
  const schemas = await metaSchemas();
  for (const { type, definition } of served) {
    const [version] = recordsAt(definition, 'spec', 'versions');
    const schema = published(recordAt(version, 'schema')['openAPIV3Schema']);
    const properties = { ...recordAt(schema, 'properties'), ...IDENTITY, metadata: METADATA };
    const name = nameOf(type);
    schemas[name] = { ...schema, properties, ...versionKind(type) };
    const items = { type: 'array', items: { $ref: `#/components/schemas/${name}` } };
    schemas[`${name}List`] = {
      description: `A list of ${type.plural}.`,
      type: 'object',
      required: ['items'],
      properties: { ...IDENTITY, metadata: LIST_METADATA, items },
      ...versionKind(type, 'List'),
    };
  }
  return schemas;
}

/** The group backwards, as a host name would be read by a package. */
function nameOf({ group, version, kind }: ResourceType): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}

/** A part of a schema, with what its Kubernetes extensions mean in plain OpenAPI. */
function published(schema: unknown): Schema {
  if (!isRecord(schema)) return {};
  const { properties, items, additionalProperties, ...rest } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const fields = isRecord(properties) || embedded ? { properties: fieldsOf(properties, embedded) } : {};
  return {
    ...rest,
    ...(embedded ? { required: [...new Set([...strings(rest['required']), 'kind', 'apiVersion'])] } : {}),
    ...(schema['x-kubernetes-int-or-string'] === true && rest['anyOf'] === undefined ? INT_OR_STRING : {}),
    ...fields,
    ...(items === undefined ? {} : { items: published(items) }),
    ...(isRecord(additionalProperties) ? { additionalProperties: published(additionalProperties) } : {}),
    ...(typeof additionalProperties === 'boolean' ? { additionalProperties } : {}),
  };
}

const INT_OR_STRING = { anyOf: [{ type: 'integer' }, { type: 'string' }] };

function fieldsOf(properties: unknown, embedded: boolean): Schema {
  const fields: Schema = {};
  for (const [name, field] of Object.entries(recordAt(properties))) fields[name] = published(field);
  return embedded ? { ...fields, ...IDENTITY, metadata: METADATA } : fields;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}
