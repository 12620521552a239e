import { apiVersionOf, type KubeObject, type ObjectRef, type ResourceType, resourceName } from '../kube/object.ts';
import { isRecord } from './json.ts';
import { badRequest, conflict, failure, invalidFor, type Refusal, Unreadable } from './refusal.ts';
import type { Served } from './registry.ts';
import { refusalOf } from './schema/field-error.ts';

export function keyFor(type: ResourceType, ref: ObjectRef): string {
  return type.namespaced ? `${ref.namespace ?? ''}/${ref.name}` : `/${ref.name}`;
}

export function refIn(type: ResourceType, object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  if (type.namespaced && !namespace) throw badRequest(`the namespace of ${type.kind}/${name} is missing`);
  return namespace === undefined ? { name } : { name, namespace };
}

/** Refuses an object that is of another type than the request. */
export function checkType(type: ResourceType, { apiVersion, kind }: KubeObject): void {
  if (apiVersion === apiVersionOf(type) && kind === type.kind) return;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const from = group === '' ? 'core' : group.split('.')[0];
  throw new Unreadable(type, `converting (${version}.${kind}) to (${from}.${type.kind}): unknown conversion`, {
    kind,
    version: apiVersion,
  });
}

/** Refuses a patch that makes another object of the live one. */
export function checkSameObject(type: ResourceType, live: KubeObject, patched: KubeObject): void {
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = patched.metadata;
  if (name !== live.metadata.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${live.metadata.name})`);
  }
  if (namespace !== live.metadata.namespace) throw badRequest(OTHER_NAMESPACE);
  checkType(type, patched);
  checkVersion(type, live, resourceVersion);
  if (uid !== undefined && uid !== live.metadata.uid) throw immutable(type, live, 'uid', uid);
  if (deletionTimestamp !== undefined && deletionTimestamp !== live.metadata.deletionTimestamp) {
    throw immutable(type, live, 'deletionTimestamp', deletionTimestamp);
  }
}

/** Refuses a write whose writer has seen another state than the last. */
export function checkVersion(type: ResourceType, live: KubeObject, version: string | undefined): void {
  if (version === undefined || version === '' || version === live.metadata.resourceVersion) return;
  if (!/^\d+$/.test(version)) throw failure(`strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  throw conflict(resourceName(type), live.metadata.name, why);
}

/** Refuses to replace an object without a version where that has to be given. */
export function checkHasVersion({ type, needsVersion }: Served, object: KubeObject): void {
  if (!needsVersion || (object.metadata.resourceVersion ?? '') !== '') return;
  const message = 'Invalid value: 0: must be specified for an update';
  // The server names the resource here, not the kind.
  const named = { ...type, kind: type.plural };
  throw invalidFor(named, object.metadata.name, [{ field: 'metadata.resourceVersion', message }]);
}

/** A field of the metadata that nobody may change; the server looks twice. */
export function immutable(type: ResourceType, live: KubeObject, field: string, value: unknown): Refusal {
  const message = `Invalid value: ${JSON.stringify(value)}: field is immutable`;
  const cause = { field: `metadata.${field}`, message, reason: 'FieldValueInvalid' } as const;
  return refusalOf(type, live.metadata.name, [cause, cause]);
}

export function uidConflict({ group, kind, plural, ...type }: ResourceType, live: KubeObject, uid: string): Refusal {
  const { name, namespace } = live.metadata;
  const key = ['/registry', ...(group.includes('.') ? [group] : []), plural, namespace, name];
  const precondition = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`;
  const path = key.filter((part) => part !== undefined).join('/');
  const why = `StorageError: invalid object, Code: 4, Key: ${path}, ResourceVersion: 0, AdditionalErrorMsg: ${precondition}`;
  return conflict(resourceName({ group, kind, plural, ...type }), name, why);
}

/** What a writer may set of the metadata; the rest stays as it is. */
export function metadataFor(live: KubeObject, candidate: KubeObject): KubeObject['metadata'] {
  if (candidate.metadata === live.metadata) return live.metadata;
  const { labels, annotations, finalizers, ownerReferences } = candidate.metadata ?? {};
  const { labels: _1, annotations: _2, finalizers: _3, ownerReferences: _4, ...system } = live.metadata;
  return {
    ...system,
    ...(isEmpty(labels) ? {} : { labels }),
    ...(isEmpty(annotations) ? {} : { annotations }),
    ...(isEmpty(finalizers) ? {} : { finalizers }),
    ...(isEmpty(ownerReferences) ? {} : { ownerReferences }),
  };
}

/** An empty list, or one with an empty entry: the way to give up what is known of owners. */
export function isReset(managedFields: readonly unknown[]): boolean {
  return managedFields.every((entry) => isRecord(entry) && isEmpty(entry));
}

export function withStatus(object: KubeObject, status: unknown): KubeObject {
  if (object['status'] === status) return object;
  const { status: _, ...rest } = object;
  return (status === undefined ? rest : { ...rest, status }) as KubeObject;
}

/** Whether the write is one that makes a new generation. */
export function hasNewSpec({ custom, hasStatus }: Served, live: KubeObject, next: KubeObject): boolean {
  if (!custom && live['spec'] !== undefined) return live['spec'] !== next['spec'];
  return Object.keys({ ...live, ...next }).some(
    (key) => key !== 'metadata' && (key !== 'status' || !hasStatus) && live[key] !== next[key],
  );
}

export const OTHER_NAMESPACE = 'the namespace of the provided object does not match the namespace sent on the request';

function isEmpty(value: object | undefined): value is undefined {
  return value === undefined || value === null || Object.keys(value).length === 0;
}
