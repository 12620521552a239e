import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { Unreadable } from '../refusal.ts';
import { NONE } from './correlation.ts';
import { decoded } from './decoding.ts';
import { type ObjectSchema, schemaFor } from './definition.ts';
import { type FieldError, invalidValue, refusalOf } from './field-error.ts';
import { byCodePoint } from './go-text.ts';
import { checkLists } from './lists.ts';
import { checkMetadata, checkNewMetadata, finalizerWarnings, unreadableMetadata } from './metadata.ts';
import { checkRules } from './rules.ts';
import { scaleFaults } from './scaling.ts';
import { checkStructure } from './structure.ts';

/** What becomes of a field without a schema: refused, or dropped with or without a warning. `Warn` is the server's. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface Admitted {
  /** What is stored; parts that are as they were are those of `old`. */
  readonly object: KubeObject;
  /** The texts of the answer's Warning headers. */
  readonly warnings: readonly string[];
}

/** Reads and checks it: what becomes of a custom resource that is written. */
export function admitCustom(
  definition: KubeObject,
  type: ResourceType,
  object: KubeObject,
  old: KubeObject | undefined,
  { subresource, fieldValidation }: { subresource?: 'status'; fieldValidation?: FieldValidation } = {},
): Admitted {
  const read = readCustom(definition, type, object, old, fieldValidation);
  const checked = checkCustom(definition, type, read.object, old, subresource);
  return { object: checked.object, warnings: [...read.warnings, ...checked.warnings] };
}

/**
 * A custom resource as the API server reads it with the schema of its CustomResourceDefinition: what is unknown is
 * dropped, defaults are filled in. `Unreadable` where that cannot be. `old` was read before.
 */
export function readCustom(
  definition: KubeObject,
  type: ResourceType,
  object: KubeObject,
  old: KubeObject | undefined,
  fieldValidation: FieldValidation = 'Warn',
  keepsNulls = false,
): Admitted {
  const schema = schemaFor(definition, type.version);
  const unreadable = unreadableMetadata(object.metadata);
  if (unreadable !== undefined) throw new Unreadable(type, unreadable);
  const unknown: string[] = [];
  const read = decoded(object, old, schema.root, unknown, keepsNulls) as KubeObject;
  const strange = unknownMetadata(object);
  const told = [...strange, ...unknown.sort(byCodePoint)].map((path) => `unknown field "${path}"`);
  if (fieldValidation === 'Strict' && told.length > 0) {
    throw new Unreadable(type, `strict decoding error: ${told.join(', ')}`);
  }
  return {
    object: strange.length === 0 ? read : { ...read, metadata: knownMetadata(read.metadata) },
    warnings: fieldValidation === 'Warn' ? told : [],
  };
}

/**
 * Keeps what this write may not change of a custom resource that was read, and refuses (`Invalid`) what breaks the
 * schema. `old` was checked before; it is absent for a new object.
 */
export function checkCustom(
  definition: KubeObject,
  type: ResourceType,
  read: KubeObject,
  old: KubeObject | undefined,
  subresource?: 'status',
): Admitted {
  const schema = schemaFor(definition, type.version);
  const next = prepared(read, old, schema, subresource);
  if (next === old) return { object: next, warnings: [] };
  const { errors, ratcheted } = faultsOf(next, old, schema, subresource);
  if (errors.length > 0) throw refusalOf(type, next.metadata.name, errors);
  const ofFinalizers =
    subresource === undefined ? finalizerWarnings(next.metadata.finalizers, old?.metadata.finalizers) : [];
  return {
    // The status that a new object loses comes back with its defaults when it is read.
    object: old === undefined ? (decoded(next, undefined, schema.root, []) as KubeObject) : next,
    warnings: [...ofFinalizers, ...ratcheted.map(({ field, message }) => `${field}: ${message}`)],
  };
}

const METADATA = new Set([
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
]);

function unknownMetadata({ metadata }: KubeObject): string[] {
  return Object.keys(metadata)
    .filter((key) => !METADATA.has(key))
    .map((key) => `metadata.${key}`);
}

function knownMetadata(metadata: KubeObject['metadata']): KubeObject['metadata'] {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => METADATA.has(key))) as KubeObject['metadata'];
}

/** Without what this write has no say in. */
function prepared(
  object: KubeObject,
  old: KubeObject | undefined,
  { hasStatus }: ObjectSchema,
  subresource: 'status' | undefined,
): KubeObject {
  if (subresource === 'status' && old !== undefined) return withStatus(old, object['status']);
  return hasStatus ? withStatus(object, old?.['status']) : object;
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  if (object['status'] === status) return object;
  const { status: _, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

function faultsOf(
  next: KubeObject,
  old: KubeObject | undefined,
  { root, rules, scale }: ObjectSchema,
  subresource: 'status' | undefined,
): { errors: FieldError[]; ratcheted: readonly FieldError[] } {
  const before = old ?? NONE;
  const errors: FieldError[] = [];
  if (subresource === 'status') {
    const node = root.properties.get('status');
    // A status that was not there is held against nothing.
    const was = old !== undefined && Object.hasOwn(old, 'status') ? old['status'] : NONE;
    if (node !== undefined && next['status'] !== undefined) {
      errors.push(...checkStructure(next['status'], was, node, 'status'));
    }
  } else {
    errors.push(...(old === undefined ? checkNewMetadata(next.metadata) : checkMetadata(next.metadata, old.metadata)));
    errors.push(...checkStructure(next, before, root, ''));
  }
  if (scale !== undefined) errors.push(...scaleFaults(next, subresource === 'status' ? scale.status : scale.spec));
  const lists = checkLists(next, root, '');
  if (lists.length > 0 && (old === undefined || checkLists(old, root, '').length === 0)) errors.push(...lists);
  if (rules === undefined) return { errors, ratcheted: [] };
  if (errors.some(({ reason }) => BLOCKING.has(reason))) {
    return { errors: [...errors, invalidValue('<nil>', null, UNCHECKED)], ratcheted: [] };
  }
  const asked = checkRules(next, before, rules);
  return { errors: [...errors, ...asked.errors], ratcheted: asked.warnings };
}

/** After one of these the rules are not asked: they could not rely on the schema. */
const BLOCKING = new Set<string>([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
