import type { DeleteOptions, KubeClient, KubeList, ListOptions } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import {
  apiVersionOf,
  Builtin,
  type KubeObject,
  type ObjectRef,
  type ResourceType,
  resourceName,
} from '../kube/object.ts';
import type { Clock, Random } from '../kube/ports.ts';
import { admitCreation, admitUpdate } from './admission.ts';
import { clientFor, type ClientOptions } from './client.ts';
import { deletionOf, isGone, timestamp } from './deletion.ts';
import { withDefaults } from './defaults.ts';
import { checkUnique } from './fields.ts';
import { copyOf, freeze, isRecord, isSame, type JsonObject, mergePatch, recordAt, share } from './json.ts';
import { configFor, Ownership, type Writer } from './ownership.ts';
import { pageOf } from './pages.ts';
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound, notServed } from './refusal.ts';
import { Registry, type Served } from './registry.ts';
import { Store } from './store.ts';
import { refuseUnsupported } from './unsupported.ts';
import { validate, validateUpdate } from './validation.ts';

export interface SandboxOptions {
  clock: Clock;
  random: Random;
  /** Validates and defaults a custom resource; may throw `Invalid`. */
  admit?: (type: ResourceType, object: KubeObject, old: KubeObject | undefined, subresource?: 'status') => KubeObject;
  historyLength?: number;
}

export interface Write {
  manager?: string;
  subresource?: 'status' | undefined;
  dryRun?: boolean | undefined;
  /** Of an apply: takes over what others own; by default it does. */
  force?: boolean;
}

/**
 * A kube-apiserver in this process: every verb takes effect at once, and fails with `ApiError` only.
 * The operator speaks to it through `client()`; the simulated controllers call the verbs here directly.
 */
export class SandboxApi {
  readonly store: Store;
  readonly registry = new Registry();
  readonly #options: SandboxOptions;
  readonly #ownership = new Map<string, Ownership>();
  #serial = 0;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.store = new Store(options.historyLength);
    this.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get random(): Random {
    return this.#options.random;
  }

  client(options: ClientOptions = {}): KubeClient {
    return clientFor(this, options);
  }

  /** Forgets the history: older watches and pages are `Expired` from now on. */
  compact(): void {
    this.store.compact();
  }

  get(type: ResourceType, ref: ObjectRef): KubeObject {
    const object = this.find(type, ref);
    if (object === undefined) throw notFound(resourceName(type), ref.name);
    return object;
  }

  find(type: ResourceType, ref: ObjectRef): KubeObject | undefined {
    const { type: served } = this.registry.find(type);
    return this.store.get(served, keyFor(served, ref));
  }

  list(type: ResourceType, options: ListOptions = {}): KubeList {
    return pageOf(this.store, this.registry.find(type).type, options);
  }

  create(type: ResourceType, input: KubeObject, write: Write = {}): KubeObject {
    return this.#create(this.registry.find(type), input, writerOf(type, write), write.dryRun === true);
  }

  /** Changes what is there by `change`; a result that is the same object, or equal, writes nothing. */
  update(type: ResourceType, ref: ObjectRef, change: (live: KubeObject) => KubeObject, write: Write = {}): KubeObject {
    const served = this.registry.find(type);
    const live = this.get(type, ref);
    return this.#update(served, live, change(live), writerOf(type, write), write.dryRun === true);
  }

  replace(type: ResourceType, input: KubeObject, write: Write = {}): KubeObject {
    const live = this.get(type, refIn(type, input));
    checkIdentity(type, input);
    const { uid, resourceVersion } = input.metadata;
    if (uid !== undefined && uid !== live.metadata.uid) throw uidConflict(type, live, uid);
    if (resourceVersion !== live.metadata.resourceVersion) throw stale(type, live);
    return this.#update(this.registry.find(type), live, copyOf(input), writerOf(type, write), write.dryRun === true);
  }

  mergePatch(type: ResourceType, ref: ObjectRef, patch: object, write: Write = {}): KubeObject {
    return this.patch(type, ref, (live) => mergePatch(live, copyOf(patch)), write);
  }

  /** Any patch: `change` makes the next state of the object from what it is, and shares with both or neither. */
  patch(type: ResourceType, ref: ObjectRef, change: (live: KubeObject) => unknown, write: Write = {}): KubeObject {
    const live = this.get(type, ref);
    const patched = change(live) as KubeObject;
    if (!isRecord(patched) || !isRecord(patched.metadata)) throw badRequest('a patch may not remove the metadata');
    const { name, namespace, uid, resourceVersion } = patched.metadata;
    if (name !== live.metadata.name || namespace !== live.metadata.namespace || patched.kind !== live.kind) {
      throw badRequest('a patch may not change the identity of an object');
    }
    if (uid !== live.metadata.uid) throw uidConflict(type, live, String(uid));
    if (resourceVersion !== live.metadata.resourceVersion && resourceVersion !== undefined) throw stale(type, live);
    return this.#update(this.registry.find(type), live, patched, writerOf(type, write), write.dryRun === true);
  }

  /** Server-side apply. */
  apply(type: ResourceType, input: KubeObject, write: Write = {}): KubeObject {
    const served = this.registry.find(type);
    checkIdentity(type, input);
    const live = this.find(type, refIn(type, input));
    const writer = { ...writerOf(type, write), operation: 'Apply' as const };
    const config = configFor(copyOf(input), served.hasStatus, writer.subresource);
    const { uid, resourceVersion, name, namespace } = input.metadata;
    if (live === undefined) {
      if (writer.subresource !== undefined) throw notFound(resourceName(type), name);
      if (uid !== undefined) {
        throw conflict(
          resourceName(type),
          name,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        );
      }
      checkUnique(config, served.topology);
      const metadata = { ...recordAt(config, 'metadata'), name, ...(namespace === undefined ? {} : { namespace }) };
      const fresh = { apiVersion: input.apiVersion, kind: input.kind, ...config, metadata };
      return this.#create(served, fresh, writer, write.dryRun === true, config);
    }
    if (uid !== undefined && uid !== live.metadata.uid) throw uidConflict(type, live, uid);
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) throw stale(type, live);
    const ownership = this.#ownershipOf(served, live);
    const merged = ownership.merge(live, config, writer, write.force !== false);
    return this.#update(served, live, merged, writer, write.dryRun === true, config);
  }

  delete(type: ResourceType, ref: ObjectRef, options: DeleteOptions & { graceSeconds?: number } = {}): void {
    const served = this.registry.find(type);
    const live = this.get(type, ref);
    const marked = deletionOf(served.type, live, options, this.clock.now());
    if (marked === undefined) this.#remove(served, live);
    else if (!isSame(live, marked)) this.store.put(served.type, share(live, marked));
  }

  /** Five characters that no other generated name has. */
  suffix(): string {
    let rest = (++this.#serial * 9_973_397) % ALPHABET.length ** 5;
    let text = '';
    for (let i = 0; i < 5; i++) {
      text += ALPHABET.charAt(rest % ALPHABET.length);
      rest = Math.floor(rest / ALPHABET.length);
    }
    return text;
  }

  #create(served: Served, input: KubeObject, writer: Writer, dryRun: boolean, config?: JsonObject): KubeObject {
    const { type } = served;
    checkIdentity(type, input);
    const object = copyOf(input);
    const { generateName, ...meta } = object.metadata as KubeObject['metadata'] & { generateName?: string };
    const name = generateName === undefined || meta.name ? meta.name : generateName + this.suffix();
    if (meta.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    if (!name) throw invalid(type, '', 'metadata.name', 'Required value: name or generateName is required');
    this.#checkNamespace(type, name, meta.namespace);
    const taken = this.store.get(type, keyFor(type, { ...meta, name }));
    if (taken !== undefined)
      throw alreadyExists(resourceName(type), name, taken.metadata.deletionTimestamp !== undefined);
    const { deletionTimestamp, deletionGracePeriodSeconds, managedFields, generation, ...rest } = meta;
    object.metadata = {
      ...rest,
      name,
      ...(generateName === undefined ? {} : { generateName }),
      uid: `00000000-0000-4000-8000-${(++this.#serial).toString(16).padStart(12, '0')}`,
      creationTimestamp: timestamp(this.clock.now()),
      ...(served.hasGeneration ? { generation: 1 } : {}),
    };
    if (served.hasStatus) delete object['status'];
    const typed = served.custom ? this.#admit(type, object, undefined) : (withDefaults(type, object) as KubeObject);
    const admitted = served.custom ? typed : admitCreation(this.store, type, typed, () => ++this.#serial);
    if (!served.custom) {
      validate(type, admitted);
      refuseUnsupported(type, admitted);
    }
    const ownership = new Ownership(served.topology);
    const time = timestamp(this.clock.now());
    if (config === undefined) ownership.updated(writer, served.blank, typed, time);
    else ownership.applied(writer, config, served.blank, typed, time);
    const whole = { ...admitted, metadata: { ...admitted.metadata, managedFields: ownership.entries as unknown[] } };
    if (dryRun) return freeze(whole);
    const stored = this.store.put(type, whole);
    this.#ownership.set(stored.metadata.uid ?? '', ownership);
    if (type.kind === 'CustomResourceDefinition') this.registry.register(stored);
    return stored;
  }

  #update(
    served: Served,
    live: KubeObject,
    candidate: KubeObject,
    writer: Writer,
    dryRun: boolean,
    config?: JsonObject,
  ): KubeObject {
    const { type } = served;
    if (writer.subresource === 'status' && !served.hasStatus) {
      throw notServed();
    }
    if (candidate === live && config === undefined) return live;
    let next = { ...candidate, apiVersion: live.apiVersion, kind: live.kind, metadata: metadataFor(live, candidate) };
    if (writer.subresource === 'status') next = withStatus(live, candidate['status']);
    else if (served.hasStatus) next = withStatus(next, live['status']);
    if (served.custom) next = this.#admit(type, share(live, next), live, writer.subresource);
    else if (writer.subresource === undefined) next = admitUpdate(type, live, next);
    next = share(live, next);
    if (next !== live && writer.subresource === undefined) this.#check(served, live, next);
    const known = this.#ownershipOf(served, live);
    const ownership = dryRun ? known.copy() : known;
    const time = timestamp(this.clock.now());
    if (isReset(candidate.metadata.managedFields)) ownership.reset();
    if (config === undefined) ownership.updated(writer, live, next, time);
    else ownership.applied(writer, config, live, next, time);
    if (served.hasGeneration && writer.subresource === undefined && hasNewSpec(served, live, next)) {
      next = { ...next, metadata: { ...next.metadata, generation: (live.metadata.generation ?? 0) + 1 } };
    }
    const managedFields = ownership.entries as unknown[];
    if (managedFields !== live.metadata.managedFields && !isSame(live.metadata.managedFields, managedFields)) {
      next = { ...next, metadata: { ...next.metadata, managedFields } };
    }
    if (next === live) return live;
    if (dryRun) return freeze(next);
    if (isGone(next)) {
      this.#remove(served, live, next);
      return freeze(next);
    }
    next = this.store.put(type, next);
    if (type.kind === 'CustomResourceDefinition') this.registry.register(next);
    return next;
  }

  #check({ type, custom }: Served, live: KubeObject, next: KubeObject): void {
    if (live.metadata.deletionTimestamp !== undefined) {
      const held = new Set(live.metadata.finalizers);
      const added = next.metadata.finalizers?.filter((finalizer) => !held.has(finalizer)) ?? [];
      if (added.length > 0) {
        const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
        const why = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
        throw invalid(type, live.metadata.name, 'metadata.finalizers', why);
      }
    }
    if (custom) return;
    validateUpdate(type, live, next, (name) => this.store.get(Builtin.StorageClass, `/${name}`));
    validate(type, next);
    refuseUnsupported(type, next);
  }

  #checkNamespace(type: ResourceType, name: string, namespace: string | undefined): void {
    if (!type.namespaced) {
      if (namespace !== undefined) throw badRequest(`${type.kind} is not namespaced`);
      return;
    }
    if (!namespace) throw badRequest(`an empty namespace may not be set when a ${type.kind} is created`);
    const found = this.store.get(Builtin.Namespace, `/${namespace}`);
    if (found === undefined) throw notFound('namespaces', namespace);
    if (found.metadata.deletionTimestamp !== undefined) {
      const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
      throw forbidden(resourceName(type), name, why);
    }
  }

  #admit(type: ResourceType, object: KubeObject, old: KubeObject | undefined, subresource?: 'status'): KubeObject {
    return this.#options.admit?.(type, object, old, subresource) ?? object;
  }

  #remove({ type }: Served, object: KubeObject, last = object): void {
    this.store.remove(type, object, last);
    this.#ownership.delete(object.metadata.uid ?? '');
    if (type.kind === 'CustomResourceDefinition') this.registry.unregister(object);
  }

  #ownershipOf(served: Served, object: KubeObject): Ownership {
    const uid = object.metadata.uid ?? '';
    let ownership = this.#ownership.get(uid);
    if (ownership === undefined) this.#ownership.set(uid, (ownership = new Ownership(served.topology)));
    return ownership;
  }
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function keyFor(type: ResourceType, ref: ObjectRef): string {
  return type.namespaced ? `${ref.namespace ?? ''}/${ref.name}` : `/${ref.name}`;
}

function writerOf(type: ResourceType, { manager = 'sandbox', subresource }: Write): Writer {
  const apiVersion = apiVersionOf(type);
  return { manager, operation: 'Update', apiVersion, ...(subresource === undefined ? {} : { subresource }) };
}

function refIn(type: ResourceType, object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  if (type.namespaced && !namespace) throw badRequest(`the namespace of ${type.kind}/${name} is missing`);
  return namespace === undefined ? { name } : { name, namespace };
}

function checkIdentity(type: ResourceType, object: KubeObject): void {
  if (object.apiVersion !== apiVersionOf(type) || object.kind !== type.kind) {
    const got = `${object.apiVersion}, Kind=${object.kind}`;
    throw badRequest(`the object is ${got}, but the request is for ${apiVersionOf(type)}, Kind=${type.kind}`);
  }
}

/** What a writer may set of the metadata; the rest stays as it is. */
function metadataFor(live: KubeObject, candidate: KubeObject): KubeObject['metadata'] {
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
function isReset(managedFields: readonly unknown[] | undefined): boolean {
  return managedFields !== undefined && managedFields.every((entry) => isRecord(entry) && isEmpty(entry));
}

function isEmpty(value: object | undefined): value is undefined {
  return value === undefined || value === null || Object.keys(value).length === 0;
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  if (object['status'] === status) return object;
  const { status: _, ...rest } = object;
  return (status === undefined ? rest : { ...rest, status }) as KubeObject;
}

function hasNewSpec({ custom }: Served, live: KubeObject, next: KubeObject): boolean {
  if (!custom) return live['spec'] !== next['spec'];
  return Object.keys({ ...live, ...next }).some(
    (key) => key !== 'metadata' && key !== 'status' && live[key] !== next[key],
  );
}

function stale(type: ResourceType, live: KubeObject): ApiError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(resourceName(type), live.metadata.name, why);
}

function uidConflict(type: ResourceType, live: KubeObject, uid: string): ApiError {
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`;
  return conflict(resourceName(type), live.metadata.name, why);
}
