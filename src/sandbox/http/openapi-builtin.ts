import type { ResourceType } from '../../kube/object.ts';
import { modelFor, type Models, modelsOf, QUANTITIES } from './models.ts';
import {
  IDENTITY,
  METADATA,
  refTo,
  SCALAR_SCHEMAS,
  SCALARS,
  type Schema,
  type Schemas,
  sharedName,
  versionKind,
} from './openapi-schema.ts';

/**
 * The schemas of these kinds, of their lists and of all that is in them, by name. They are made of the model classes of
 * the client library, which know names and types, but neither descriptions nor what is required.
 */
export async function builtinSchemas(types: readonly ResourceType[]): Promise<Schemas> {
  const models = await modelsOf();
  const schemas: Schemas = {};
  for (const type of types) {
    const name = modelFor(type, models);
    if (name === undefined) continue;
    const schema = collect(name, models, schemas);
    const description = DESCRIPTIONS[type.kind];
    Object.assign(schema, description === undefined ? {} : { description }, versionKind(type));
    Object.assign(schema['properties'] as Schema, IDENTITY, { metadata: METADATA });
    Object.assign(collect(`${name}List`, models, schemas), versionKind(type, 'List'));
  }
  return schemas;
}

/** The metadata of an object and of a list. */
export async function metaSchemas(): Promise<Schemas> {
  const models = await modelsOf();
  const schemas: Schemas = {};
  for (const name of ['V1ObjectMeta', 'V1ListMeta']) collect(name, models, schemas);
  return schemas;
}

function nameOf(model: string): string {
  const [, group = '', version = '', name = ''] = /^([A-Z][a-z]+)?(V\d[a-z0-9]*)(.*)$/.exec(model) ?? [];
  return sharedName(name) ?? ['io.k8s.api', group.toLowerCase(), version.toLowerCase(), name].filter(Boolean).join('.');
}

/** Adds the schema of a model, and before it returns those of all that it refers to. */
function collect(model: string, models: Models, schemas: Schemas): Schema {
  const name = nameOf(model);
  const known = schemas[name];
  if (known !== undefined) return known;
  const properties: Schema = {};
  const schema: Schema = { type: 'object', properties };
  schemas[name] = schema;
  const refer = (type: string): Schema => {
    if (!models.has(type)) return { type: 'object' };
    collect(type, models, schemas);
    return refTo(nameOf(type));
  };
  const scalar = (shape: keyof typeof SCALARS): Schema => {
    schemas[SCALARS[shape]] ??= SCALAR_SCHEMAS[SCALARS[shape]] ?? {};
    return refTo(SCALARS[shape]);
  };
  for (const { baseName, type, format } of models.get(model)?.getAttributeTypeMap() ?? []) {
    const text = (): Schema => (QUANTITIES.has(baseName) ? scalar('Quantity') : { type: 'string' });
    properties[baseName] =
      baseName === 'fieldsV1' ? scalar('FieldsV1') : schemaFor(type, format, { refer, scalar, text });
  }
  return schema;
}

interface Makers {
  readonly refer: (type: string) => Schema;
  readonly scalar: (shape: keyof typeof SCALARS) => Schema;
  readonly text: () => Schema;
}

/** The schema of a type as the library writes it. */
function schemaFor(type: string, format: string, make: Makers): Schema {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return { type: 'array', items: schemaFor(list, format, make) };
  const values = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (values !== undefined) return { type: 'object', additionalProperties: schemaFor(values, format, make) };
  switch (type) {
    case 'string':
      return format === '' ? make.text() : { type, format };
    case 'boolean':
      return { type };
    case 'number':
      return format.startsWith('int') ? { type: 'integer', format } : { type };
    case 'Date':
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time' };
    case 'IntOrString':
      return make.scalar('IntOrString');
    default:
      return make.refer(type);
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ConfigMap: 'Settings that Pods read as files or variables.',
  CustomResourceDefinition: 'Adds a kind of object to the API.',
  DaemonSet: 'Keeps one Pod running on every node that is selected.',
  Deployment: 'Keeps a number of equal Pods running and replaces them step by step when their template changes.',
  EndpointSlice: 'Addresses and ports behind a Service.',
  Event: 'Tells what happened to an object; it is kept for a while only.',
  Job: 'Runs Pods until enough of them have succeeded.',
  Lease: 'Says who holds a lock, and since when.',
  Namespace: 'Holds objects whose names are unique within it.',
  Node: 'A machine that Pods run on.',
  PersistentVolumeClaim: 'Asks for storage that outlives the Pods that use it.',
  Pod: 'Containers that run together on one node.',
  ReplicaSet: 'Keeps a number of equal Pods running.',
  Secret: 'Data for Pods that not everybody may see.',
  Service: 'One name and address for a set of Pods.',
  ServiceAccount: 'The identity that Pods have towards the API.',
  StatefulSet: 'Keeps Pods running that each have a name and storage of their own.',
  StorageClass: 'Says how storage is made for claims.',
};
