import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { badRequest } from '../refusal.ts';
import { NONE } from './correlation.ts';
import { decoded } from './decoding.ts';
import { type ObjectSchema, schemaFor } from './definition.ts';
import { type FieldError, invalidValue, refusalOf } from './field-error.ts';
import { byCodePoint } from './go-text.ts';
import { checkLists } from './lists.ts';
import { checkMetadata, checkNewMetadata, finalizerWarnings, unreadableMetadata } from './metadata.ts';
import { checkRules } from './rules.ts';
import { checkStructure } from './structure.ts';

export interface AdmitOptions {
  readonly subresource?: 'status' | undefined;
  /** What becomes of a field without a schema: refused, or dropped with or without a warning. `Warn` is the server's. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface Admitted {
  /** What is stored; parts that are as they were are those of `old`. */
  readonly object: KubeObject;
  /** The texts of the answer's Warning headers. */
  readonly warnings: readonly string[];
}

/**
 * Treats a custom resource as the API server does with the schema of its CustomResourceDefinition: drops what is
 * unknown, fills in defaults, keeps what this write may not change, and refuses (`Invalid`, `BadRequest`) what breaks
 * the schema. `old` was admitted before; it is absent for a new object.
 */
export function admitCustom(
  definition: KubeObject,
  type: ResourceType,
  object: KubeObject,
  old: KubeObject | undefined,
  { subresource, fieldValidation = 'Warn' }: AdmitOptions = {},
): Admitted {
  const schema = schemaFor(definition, type.version);
  const cannot = `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  const unreadable = unreadableMetadata(object.metadata);
  if (unreadable !== undefined) throw badRequest(`${cannot}: ${unreadable}`);
  const unknown: string[] = [];
  const read = decoded(object, old, schema.root, unknown) as KubeObject;
  const told = [...unknownMetadata(object), ...unknown.sort(byCodePoint)].map((path) => `unknown field "${path}"`);
  if (fieldValidation === 'Strict' && told.length > 0) {
    throw badRequest(`${cannot}: strict decoding error: ${told.join(', ')}`);
  }
  const warnings = fieldValidation === 'Warn' ? told : [];
  const next = prepared(read, old, schema, subresource);
  if (next === old) return { object: next, warnings };
  const { errors, ratcheted } = faultsOf(next, old, schema, subresource);
  if (errors.length > 0) throw refusalOf(type, next.metadata.name, errors);
  const ofFinalizers =
    subresource === undefined ? finalizerWarnings(next.metadata.finalizers, old?.metadata.finalizers) : [];
  return {
    // The status that a new object loses comes back with its defaults when it is read.
    object: old === undefined ? (decoded(next, undefined, schema.root, []) as KubeObject) : next,
    warnings: [...warnings, ...ofFinalizers, ...ratcheted.map(({ field, message }) => `${field}: ${message}`)],
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
  { root, rules }: ObjectSchema,
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
