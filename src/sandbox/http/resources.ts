import type { ListOptions } from '../../kube/client.ts';
import { type KubeObject, type ObjectRef, type ResourceType, resourceName } from '../../kube/object.ts';
import type { SandboxApi, Write } from '../api.ts';
import { OTHER_NAMESPACE } from '../identity.ts';
import type { JsonObject } from '../json.ts';
import { badRequest, methodNotAllowed, notFound, notServed, unsupported } from '../refusal.ts';
import type { Served } from '../registry.ts';
import { type Body, configIn, deleteOptionsIn, objectIn } from './body.ts';
import { checkEventFields, CoreEvent, eventAsCore, eventAsNew } from './events.ts';
import { type Form, formFor } from './negotiation.ts';
import {
  checkVersion,
  deleteParameters,
  isTrue,
  listParameters,
  type WriteOptions,
  writeParameters,
} from './options.ts';
import { patchFor } from './patches.ts';
import { mediaTypeOf, type Target } from './request.ts';
import { scaleOf, scalingOf, withScale } from './scale.ts';
import { eventsFor } from './stream.ts';
import { shapeList, shapeObject } from './shape.ts';

export interface Call {
  readonly method: string;
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: string;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Told what is doubtful, for the Warning headers of the answer. */
  readonly warn: (warning: string) => void;
}

export interface Reply {
  readonly code: number;
  readonly body: object;
  /** Of a watch, instead of the body. */
  readonly events?: AsyncIterable<object>;
}

/** What is asked for, once it is known to be served. */
interface Subject {
  readonly api: SandboxApi;
  readonly served: Served;
  /** As the client named it: Events go by two names. */
  readonly asked: ResourceType;
  readonly call: Call;
  readonly form: Form;
}

/** One request about resources. */
export async function handle(api: SandboxApi, call: Call): Promise<Reply> {
  const { target, method } = call;
  const found = servedAt(api, target);
  if (found === undefined) throw notServed();
  const { name, subresource } = target;
  const isList = name === undefined && !isTrue(call.query.get('watch'));
  const form = formFor(call.accept, isList, found.served.custom);
  const subject: Subject = { api, ...found, call, form };
  if (subresource === 'scale') return scale(subject, refOf(target, name ?? ''));
  if (subresource === 'status' && !found.served.hasStatus) {
    throw found.served.custom ? notFound(resourceName(found.asked), name ?? '') : notServed();
  }
  if (subresource !== undefined && subresource !== 'status') {
    throw unsupported(`the subresource ${subresource} of ${resourceName(found.asked)}`);
  }
  if (!allows(subject)) throw methodNotAllowed();
  switch (method) {
    case 'GET':
    case 'HEAD':
      return name === undefined ? collection(subject) : read(subject, refOf(target, name));
    case 'POST':
      return create(subject);
    case 'PUT':
      return replace(subject);
    case 'PATCH':
      return patch(subject, refOf(target, name ?? ''));
    default:
      return name === undefined ? deleteAll(subject) : deleteOne(subject, refOf(target, name));
  }
}

/** The paths of custom resources are looked at less closely than those of built-in kinds. */
function allows({ call: { method, target }, asked, served }: Subject): boolean {
  const { name, namespace } = target;
  const isWhole = asked.namespaced && namespace === undefined;
  switch (method) {
    case 'GET':
    case 'HEAD':
      return true;
    case 'POST':
      return (name === undefined || served.custom) && !isWhole;
    case 'PUT':
      return (name !== undefined || served.custom) && !isWhole;
    case 'PATCH':
      return name !== undefined && !isWhole;
    case 'DELETE':
      return name !== undefined || (!isWhole && asked.kind !== 'Namespace');
    default:
      return false;
  }
}

function servedAt(api: SandboxApi, target: Target): Pick<Subject, 'served' | 'asked'> | undefined {
  const isCoreEvent = target.group === '' && target.plural === CoreEvent.plural;
  const served = api.registry
    .all()
    .find(({ type }) =>
      isCoreEvent
        ? type.kind === 'Event'
        : type.group === target.group && type.version === target.version && type.plural === target.plural,
    );
  if (served === undefined) return undefined;
  const asked = isCoreEvent ? CoreEvent : served.type;
  if (!asked.namespaced && target.namespace !== undefined) return undefined;
  return { served, asked };
}

function refOf({ namespace }: Target, name: string): ObjectRef {
  return namespace === undefined ? { name } : { namespace, name };
}

function one(subject: Subject, object: KubeObject, code = 200): Reply {
  const { served, asked, form, call, api } = subject;
  const shown = asked === CoreEvent ? eventAsCore(object) : object;
  return { code, body: shapeObject(served, shown, form, call.query, api.clock.now()) };
}

function read(subject: Subject, ref: ObjectRef): Reply {
  const version = subject.call.query.get('resourceVersion');
  if (version !== null && version !== '') checkVersion(version, true);
  return one(subject, subject.api.get(subject.served.type, ref));
}

function collection(subject: Subject): Reply {
  const { api, served, asked, call, form } = subject;
  const { query, target } = call;
  if (served.type.kind === 'Event') checkEventFields(asked.group, query.get('fieldSelector') ?? '');
  if (isTrue(query.get('watch'))) {
    const events = eventsFor({ api, served, asked, form, query, namespace: target.namespace, signal: call.signal });
    return { code: 200, body: {}, events };
  }
  const { limit, continue: from, resourceVersion, isExact } = listParameters(query, false);
  const list = api.list(served.type, {
    ...selection(query, target),
    limit,
    ...(from === undefined ? {} : { continue: from }),
    ...(isExact && resourceVersion !== undefined ? { exactly: resourceVersion } : {}),
  });
  const items = asked === CoreEvent ? list.items.map(eventAsCore) : list.items;
  return { code: 200, body: shapeList(served, asked, { ...list, items }, form, query, api.clock.now()) };
}

function create(subject: Subject): Reply {
  const { api, served } = subject;
  const write = writeOf(subject, 'CreateOptions');
  const object = incoming(subject, write);
  return one(subject, api.create(served.type, object, write), 201);
}

function replace(subject: Subject): Reply {
  const { api, served, call } = subject;
  const write = writeOf(subject, 'UpdateOptions');
  const object = incoming(subject, write);
  const given = object.metadata.name as string | undefined;
  const name = call.target.name ?? '';
  if (given === undefined || given === '' || name === '') throw badRequest('name must be provided');
  if (given !== name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  }
  return one(subject, api.replace(served.type, object, write));
}

function patch(subject: Subject, ref: ObjectRef): Reply {
  const { api, served, call } = subject;
  const mediaType = mediaTypeOf(call.contentType);
  const isApply = mediaType === 'application/apply-patch+yaml';
  const write = writeOf(subject, 'PatchOptions', isApply);
  if (!isApply) {
    const change = patchFor(mediaType, call.body, served);
    return one(subject, api.patch(served.type, ref, change, write));
  }
  const config = configIn(bodyOf(call), subject.asked, write.fieldValidation === 'Strict');
  const { managedFields, name, namespace } = config.metadata;
  if (managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  if ((name as string | undefined) === undefined || name === '') {
    throw badRequest(`the name of the object (${ref.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== ref.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${ref.name})`);
  }
  if (namespace !== undefined && namespace !== '' && namespace !== ref.namespace) throw badRequest(OTHER_NAMESPACE);
  const object = subject.asked === CoreEvent ? eventAsNew(config) : config;
  const existed = api.find(served.type, ref) !== undefined;
  const applied = api.apply(served.type, object, write, ref);
  return one(subject, applied, existed ? 200 : 201);
}

async function deleteOne(subject: Subject, ref: ObjectRef): Promise<Reply> {
  const { api, served, asked } = subject;
  const options = deleteParameters(deleteOptionsIn(bodyOf(subject.call)), subject.call.query);
  const before = api.get(served.type, ref);
  if (!options.dryRun) api.delete(served.type, ref, options);
  const left = api.find(served.type, ref);
  if (left !== undefined && left.metadata.uid === before.metadata.uid && !options.dryRun) {
    return one(subject, left);
  }
  if (RETURNED.has(served.type.kind)) {
    // As it was, with the version of its deletion.
    const resourceVersion = options.dryRun ? before.metadata.resourceVersion : String(api.store.version);
    return one(subject, { ...before, metadata: { ...before.metadata, resourceVersion } } as KubeObject);
  }
  return {
    code: 200,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name: ref.name,
        ...(asked.group === '' ? {} : { group: asked.group }),
        kind: asked.plural,
        uid: before.metadata.uid,
      },
    },
  };
}

/** Kinds whose deletion is answered with the object. */
const RETURNED = new Set(['Pod', 'Service', 'ServiceAccount', 'PersistentVolumeClaim']);

function deleteAll(subject: Subject): Reply {
  const { api, served, asked, call } = subject;
  const options = deleteParameters(deleteOptionsIn(bodyOf(call)), call.query);
  const list = api.list(served.type, selection(call.query, call.target));
  // The server answers with the objects as they were.
  if (!options.dryRun) for (const { metadata } of list.items) api.delete(served.type, metadata, options);
  return { code: 200, body: shapeList(served, asked, list, subject.form, call.query, api.clock.now()) };
}

function scale(subject: Subject, ref: ObjectRef): Reply {
  const { api, served, call } = subject;
  const live = api.get(served.type, ref);
  const scaling = scalingOf(served);
  if (scaling === undefined) throw notFound(resourceName(served.type), ref.name);
  const shown = (object: KubeObject): Reply => ({ code: 200, body: scaleOf(object, scaling) });
  if (call.method === 'GET') return shown(live);
  const write = { ...writeOf(subject, 'UpdateOptions'), subresource: 'scale' } as const;
  if (call.method === 'PUT') {
    const wanted = objectIn(bodyOf(call), SCALE, served, () => {}, false);
    return shown(api.patch(served.type, ref, (object) => withScale(object, wanted, scaling), write));
  }
  if (call.method !== 'PATCH') throw methodNotAllowed();
  const change = patchFor(mediaTypeOf(call.contentType), call.body, served);
  const wanted = (object: KubeObject): JsonObject =>
    change(scaleOf(object, scaling) as unknown as KubeObject) as JsonObject;
  return shown(api.patch(served.type, ref, (object) => withScale(object, wanted(object), scaling), write));
}

const SCALE: ResourceType = { group: 'autoscaling', version: 'v1', kind: 'Scale', plural: 'scale', namespaced: true };

/** The object in the body of a create or replace, in the type that is stored. */
function incoming({ asked, served, call }: Subject, { fieldValidation, warn }: Write): KubeObject {
  const tell = fieldValidation === 'Warn' && warn !== undefined ? warn : () => {};
  const object = objectIn(bodyOf(call), asked, served, tell, fieldValidation === 'Strict');
  const { namespace } = call.target;
  if (served.type.namespaced) {
    const given = object.metadata.namespace;
    if (given !== undefined && given !== '' && given !== namespace) throw badRequest(OTHER_NAMESPACE);
    if (namespace !== undefined) object.metadata.namespace = namespace;
  }
  return asked === CoreEvent ? eventAsNew(object) : object;
}

function bodyOf({ body, contentType }: Call): Body {
  return { text: body, contentType };
}

function writeOf({ call }: Subject, options: WriteOptions, isApply = false): Write & { fieldValidation: string } {
  const { manager, ...parameters } = writeParameters(call.query, options, isApply);
  return {
    ...parameters,
    manager: manager ?? managerFrom(call.userAgent),
    subresource: call.target.subresource === 'status' ? ('status' as const) : undefined,
    warn: call.warn,
  };
}

/** As the server names a client that does not say who it is. */
function managerFrom(userAgent: string | undefined): string {
  const [name = ''] = (userAgent ?? '').split('/');
  return name === '' ? 'unknown' : name;
}

function selection(query: URLSearchParams, { namespace }: Target): ListOptions {
  const given = (name: 'labelSelector' | 'fieldSelector'): object => {
    const value = query.get(name);
    return value === null || value === '' ? {} : { [name]: value };
  };
  return { ...(namespace === undefined ? {} : { namespace }), ...given('labelSelector'), ...given('fieldSelector') };
}
