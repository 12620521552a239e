import type { DeleteOptions, KubeClient, KubeList } from '../kube/client.ts';
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
import {
  checkHasVersion,
  checkSameObject,
  checkType,
  checkVersion,
  hasNewSpec,
  immutable,
  isReset,
  keyFor,
  metadataFor,
  refIn,
  uidConflict,
  withStatus,
} from './identity.ts';
import { copyOf, freeze, isRecord, isSame, type JsonObject, mergePatch, recordAt, share } from './json.ts';
import { configFor, Ownership, type Writer } from './ownership.ts';
import { pageOf, type PageOptions } from './pages.ts';
import { checkedCustom, readObject, type Reading } from './reading.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  failure,
  invalid,
  invalidPatch,
  notFound,
  notServed,
  terminating,
  Unreadable,
} from './refusal.ts';
import { Registry, type Served } from './registry.ts';
import { checkSchemas, schemaFor } from './schema/definition.ts';
import { Store } from './store.ts';
import { checkTyped } from './typed.ts';
import { refuseUnsupported } from './unsupported.ts';
import { checkNewFinalizers, validate, validateUpdate } from './validation.ts';

export interface SandboxOptions {
  clock: Clock;
  random: Random;
  historyLength?: number;
}

export interface Write extends Reading {
  manager?: string;
  subresource?: 'status' | 'scale' | undefined;
  dryRun?: boolean | undefined;
  /** Of an apply: takes over what others own; by default it does. */
  force?: boolean;
}

/** What an apply sets, and who owns what once it is stored. */
interface Applied {
  readonly config: JsonObject;
  readonly ownership: Ownership;
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

  list(type: ResourceType, options: PageOptions = {}): KubeList {
    return pageOf(this.store, this.registry.find(type).type, options);
  }

  create(type: ResourceType, input: KubeObject, write: Write = {}): KubeObject {
    return this.#create(this.registry.find(type), copyOf(input), write);
  }

  /** Changes what is there by `change`; a result that is the same object, or equal, writes nothing. */
  update(type: ResourceType, ref: ObjectRef, change: (live: KubeObject) => KubeObject, write: Write = {}): KubeObject {
    const served = this.registry.find(type);
    const live = this.get(type, ref);
    return this.#update(served, live, change(live), write);
  }

  replace(type: ResourceType, input: KubeObject, write: Write = {}): KubeObject {
    const served = this.registry.find(type);
    checkType(type, input);
    const live = this.find(type, refIn(type, input));
    if (live === undefined) {
      if (served.isCreatedByPut && input.metadata.uid === undefined) return this.create(type, input, write);
      throw notFound(resourceName(type), input.metadata.name);
    }
    const { uid, resourceVersion } = input.metadata;
    if (uid !== undefined && uid !== live.metadata.uid) throw uidConflict(type, live, uid);
    checkHasVersion(served, input);
    checkVersion(type, live, resourceVersion);
    return this.#update(served, live, copyOf(input), write);
  }

  mergePatch(type: ResourceType, ref: ObjectRef, patch: object, write: Write = {}): KubeObject {
    return this.patch(type, ref, (live) => mergePatch(live, copyOf(patch)), write);
  }

  /** Any patch: `change` makes the next state of the object from what it is, and shares with both or neither. */
  patch(type: ResourceType, ref: ObjectRef, change: (live: KubeObject) => unknown, write: Write = {}): KubeObject {
    const live = this.get(type, ref);
    const patched = change(live) as KubeObject;
    try {
      if (!isRecord(patched) || !isRecord(patched.metadata)) throw badRequest('a patch may not remove the metadata');
      checkSameObject(type, live, patched);
      return this.#update(this.registry.find(type), live, patched, write);
    } catch (error) {
      throw error instanceof Unreadable ? invalidPatch(patched, error) : error;
    }
  }

  /** Server-side apply. `ref` is given where `input` need not say its namespace. */
  apply(type: ResourceType, input: KubeObject, write: Write = {}, ref: ObjectRef = refIn(type, input)): KubeObject {
    const served = this.registry.find(type);
    checkType(type, input);
    const live = this.find(type, ref);
    checkTyped(type, input, served.topology, shapeOf(served));
    const writer = writerOf(type, write, 'Apply');
    const config = configFor(copyOf(input), served.hasStatus, writer.subresource);
    const { uid, resourceVersion } = input.metadata;
    if (live === undefined) {
      if (writer.subresource !== undefined) throw notFound(resourceName(type), ref.name);
      if (uid !== undefined) {
        const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
        throw conflict(resourceName(type), ref.name, why);
      }
      const metadata = { ...recordAt(config, 'metadata'), ...ref };
      const fresh = { apiVersion: input.apiVersion, kind: input.kind, ...config, metadata };
      return this.#create(served, fresh, write, config);
    }
    checkVersion(type, live, resourceVersion);
    if (uid !== undefined && uid !== live.metadata.uid) throw immutable(type, live, 'uid', uid);
    const ownership = this.#ownershipOf(served, live).copy();
    ownership.begin(writer.apiVersion, served.blank, live, timestamp(this.clock.now()));
    const merged = ownership.merge(live, config, writer, write.force !== false);
    return this.#update(served, live, merged, write, { config, ownership });
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

  /** `config` is what an apply sets. */
  #create(served: Served, given: KubeObject, write: Write, config?: JsonObject): KubeObject {
    const { type } = served;
    checkType(type, given);
    const object = readObject(served, given, undefined, write);
    const { generateName, ...meta } = object.metadata as KubeObject['metadata'] & { generateName?: string };
    const isNamed = Boolean(meta.name) || !generateName;
    const name = isNamed ? meta.name : generateName + this.suffix();
    this.#checkNamespace(type, name, meta.namespace);
    if (meta.resourceVersion && config === undefined) {
      throw failure('resourceVersion should not be set on objects to be created');
    }
    if (!name) throw invalid(type, '', 'metadata.name', 'Required value: name or generateName is required');
    const { deletionTimestamp, deletionGracePeriodSeconds, managedFields, generation, resourceVersion, ...rest } = meta;
    object.metadata = {
      ...rest,
      name,
      ...(generateName === undefined ? {} : { generateName }),
      uid: `00000000-0000-4000-8000-${(++this.#serial).toString(16).padStart(12, '0')}`,
      creationTimestamp: timestamp(this.clock.now()),
      ...(served.hasGeneration ? { generation: 1 } : {}),
    };
    if (served.hasStatus) delete object['status'];
    const typed = served.custom
      ? checkedCustom(served, object, undefined, undefined, write)
      : withDefaults(type, object);
    const whole = served.custom ? typed : admitCreation(this.store, type, typed, () => ++this.#serial);
    if (!served.custom) {
      validate(type, whole);
      refuseUnsupported(type, whole);
      if (type.kind === 'CustomResourceDefinition') checkSchemas(whole);
    }
    const taken = this.store.get(type, keyFor(type, { ...meta, name }));
    if (taken !== undefined) {
      throw alreadyExists(resourceName(type), name, taken.metadata.deletionTimestamp !== undefined);
    }
    const ownership = new Ownership(served.topology);
    const writer = writerOf(type, write, config === undefined ? 'Update' : 'Apply');
    const time = timestamp(this.clock.now());
    if (config === undefined) ownership.updated(writer, served.blank, typed, time);
    else ownership.applied(writer, config, served.blank, typed, time);
    const next = withOwners(whole, ownership);
    if (write.dryRun === true) return freeze(next);
    const stored = this.store.put(type, next);
    this.#ownership.set(stored.metadata.uid ?? '', ownership);
    if (type.kind === 'CustomResourceDefinition') this.registry.register(stored);
    return stored;
  }

  #update(served: Served, live: KubeObject, candidate: KubeObject, write: Write, applied?: Applied): KubeObject {
    const { type } = served;
    const status = write.subresource === 'status' ? write.subresource : undefined;
    if (status !== undefined && !served.hasStatus) throw notServed();
    if (candidate === live && applied === undefined) return live;
    let next = share(live, readObject(served, candidate, live, { ...write, isApplied: applied !== undefined }));
    next = { ...next, apiVersion: live.apiVersion, kind: live.kind, metadata: metadataFor(live, next) };
    if (served.custom) next = checkedCustom(served, share(live, next), live, status, write);
    else if (status !== undefined) next = withStatus(live, next['status']);
    else {
      if (served.hasStatus) next = withStatus(next, live['status']);
      next = admitUpdate(type, live, next);
    }
    next = share(live, next);
    if (next !== live && status === undefined) this.#check(served, live, next);
    const ownership = applied?.ownership ?? this.#ownershipFor(served, live, candidate, write);
    const writer = writerOf(type, write, applied === undefined ? 'Update' : 'Apply');
    const time = timestamp(this.clock.now());
    if (applied !== undefined) ownership.applied(writer, applied.config, live, next, time, candidate !== live);
    else if (!ownership.isEmpty) ownership.updated(writer, live, next, time);
    if (served.hasGeneration && status === undefined && hasNewSpec(served, live, next)) {
      next = { ...next, metadata: { ...next.metadata, generation: (live.metadata.generation ?? 0) + 1 } };
    }
    next = withOwners(next, ownership);
    if (next === live) return live;
    if (write.dryRun === true) return freeze(next);
    this.#ownership.set(live.metadata.uid ?? '', ownership);
    if (isGone(next)) {
      // Whoever watches sees it go as it was.
      this.#remove(served, live);
      return freeze(next);
    }
    next = this.store.put(type, next);
    if (type.kind === 'CustomResourceDefinition') this.registry.register(next);
    return next;
  }

  #check({ type, custom }: Served, live: KubeObject, next: KubeObject): void {
    checkNewFinalizers(type, live, next);
    if (custom) return;
    validateUpdate(type, live, next, (name) => this.store.get(Builtin.StorageClass, `/${name}`));
    validate(type, next, live);
    refuseUnsupported(type, next);
    if (type.kind === 'CustomResourceDefinition') checkSchemas(next);
  }

  #checkNamespace(type: ResourceType, name: string, namespace: string | undefined): void {
    if (!type.namespaced) {
      if (namespace !== undefined) throw badRequest(`${type.kind} is not namespaced`);
      return;
    }
    if (!namespace) throw badRequest(`an empty namespace may not be set when a ${type.kind} is created`);
    const found = this.store.get(Builtin.Namespace, `/${namespace}`);
    if (found === undefined) throw notFound('namespaces', namespace);
    if (found.metadata.deletionTimestamp !== undefined) throw terminating(resourceName(type), name, namespace);
  }

  #remove({ type }: Served, object: KubeObject): void {
    this.store.remove(type, object);
    this.#ownership.delete(object.metadata.uid ?? '');
    if (type.kind === 'CustomResourceDefinition') this.registry.unregister(object);
  }

  #ownershipOf(served: Served, object: KubeObject): Ownership {
    const uid = object.metadata.uid ?? '';
    let ownership = this.#ownership.get(uid);
    if (ownership === undefined) this.#ownership.set(uid, (ownership = new Ownership(served.topology)));
    return ownership;
  }

  /** Who owns what before an update, or what it says of that. A dry run leaves it as it is. */
  #ownershipFor(served: Served, live: KubeObject, candidate: KubeObject, write: Write): Ownership {
    const known = this.#ownershipOf(served, live);
    const { managedFields } = candidate.metadata;
    const isGiven = Array.isArray(managedFields) && !isSame(live.metadata.managedFields, managedFields);
    if (!isGiven) return write.dryRun === true ? known.copy() : known;
    const given = new Ownership(served.topology);
    if (!isReset(managedFields)) given.set(managedFields);
    return given;
  }
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function writerOf(
  type: ResourceType,
  { manager = 'sandbox', subresource }: Write,
  operation: Writer['operation'],
): Writer {
  const apiVersion = apiVersionOf(type);
  return { manager, operation, apiVersion, ...(subresource === undefined ? {} : { subresource }) };
}

/** Of a built-in kind only where the shapes are known. */
function shapeOf({ definition, type, shape }: Served): Parameters<typeof checkTyped>[3] {
  return definition === undefined ? shape : schemaFor(definition, type.version).root;
}

function withOwners(object: KubeObject, { entries }: Ownership): KubeObject {
  const { managedFields, ...rest } = object.metadata;
  if (entries.length === 0) return managedFields === undefined ? object : { ...object, metadata: rest };
  if (managedFields === entries || isSame(managedFields, entries)) return object;
  return { ...object, metadata: { ...rest, managedFields: entries as unknown[] } };
}
