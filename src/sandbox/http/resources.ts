import type { DeleteOptions } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ObjectRef, type ResourceType, resourceName } from '../../kube/object.ts';
import type { SandboxApi, Write } from '../api.ts';
import { isRecord, type JsonObject } from '../json.ts';
import { badRequest, notServed, Refusal, unsupported } from '../refusal.ts';
import type { Served } from '../registry.ts';
import { CoreEvent, eventAsCore, eventAsNew } from './events.ts';
import { type Form, formFor } from './negotiation.ts';
import { patchFor } from './patches.ts';
import { mediaTypeOf, parsed, type Target } from './request.ts';
import { scaleOf, withScale } from './scale.ts';
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
}

export interface Reply {
  readonly code: number;
  readonly body: object;
  readonly warnings?: readonly string[];
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
  const subject: Subject = { api, ...found, call, form: formFor(call.accept) };
  const { name, subresource } = target;
  if (subresource === 'scale') return scale(subject, refOf(target, name ?? ''));
  if (subresource !== undefined && !(subresource === 'status' && found.served.hasStatus)) {
    if (subresource === 'status') throw notServed();
    throw unsupported(`the subresource ${subresource} of ${resourceName(found.asked)}`);
  }
  switch (method) {
    case 'GET':
    case 'HEAD':
      return name === undefined ? collection(subject) : one(subject, api.get(found.served.type, refOf(target, name)));
    case 'POST':
      if (name !== undefined) throw methodNotAllowed();
      return create(subject);
    case 'PUT':
      if (name === undefined) throw methodNotAllowed();
      return replace(subject, name);
    case 'PATCH':
      if (name === undefined) throw methodNotAllowed();
      return patch(subject, refOf(target, name));
    case 'DELETE':
      return name === undefined ? deleteAll(subject) : deleteOne(subject, refOf(target, name));
    default:
      throw methodNotAllowed();
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

function one(subject: Subject, object: KubeObject, code = 200, warnings: readonly string[] = []): Reply {
  const { served, asked, form, call, api } = subject;
  const shown = asked === CoreEvent ? eventAsCore(object) : object;
  return { code, body: shapeObject(served, shown, form, call.query, api.clock.now()), warnings };
}

function collection(subject: Subject): Reply {
  const { api, served, asked, call, form } = subject;
  const { query, target } = call;
  if (isTrue(query.get('watch'))) {
    const events = eventsFor({ api, served, asked, form, query, namespace: target.namespace, signal: call.signal });
    return { code: 200, body: {}, events };
  }
  const list = api.list(served.type, {
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...text(query, 'labelSelector'),
    ...text(query, 'fieldSelector'),
    ...text(query, 'continue'),
    ...(query.has('limit') ? { limit: wholeNumber(query, 'limit') } : {}),
  });
  const items = asked === CoreEvent ? list.items.map(eventAsCore) : list.items;
  return { code: 200, body: shapeList(served, asked, { ...list, items }, form, query, api.clock.now()) };
}

function create(subject: Subject): Reply {
  const { api, served } = subject;
  const object = incoming(subject);
  return one(subject, api.create(served.type, object, writeOf(subject)), 201);
}

function replace(subject: Subject, name: string): Reply {
  const { api, served } = subject;
  const object = incoming(subject);
  const given = object.metadata.name as string | undefined;
  if (given === undefined || given === '') throw badRequest('name must be provided');
  if (given !== name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  }
  return one(subject, api.replace(served.type, object, writeOf(subject)));
}

function patch(subject: Subject, ref: ObjectRef): Reply {
  const { api, served, call } = subject;
  const mediaType = mediaTypeOf(call.contentType);
  if (mediaType !== 'application/apply-patch+yaml') {
    if (isTrue(call.query.get('force'))) {
      throw fieldOptionRefused('force', 'Forbidden: may not be specified for non-apply patch');
    }
    const change = patchFor(mediaType, call.body, served);
    return one(subject, api.patch(served.type, ref, change, writeOf(subject)));
  }
  if (!call.query.has('fieldManager')) {
    throw fieldOptionRefused('fieldManager', 'Required value: is required for apply patch');
  }
  const config = parsed(call.body, 'application/yaml');
  const metadata = isRecord(config['metadata']) ? config['metadata'] : {};
  if (metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  const object = { ...config, metadata: { ...metadata, ...ref } } as unknown as KubeObject;
  const existed = api.find(served.type, ref) !== undefined;
  const applied = api.apply(served.type, object, writeOf(subject));
  return one(subject, applied, existed ? 200 : 201);
}

async function deleteOne(subject: Subject, ref: ObjectRef): Promise<Reply> {
  const { api, served, asked } = subject;
  const before = api.get(served.type, ref);
  const options = deleteOptions(subject);
  if (options.dryRun !== true) api.delete(served.type, ref, options);
  const left = api.find(served.type, ref);
  if (left !== undefined && left.metadata.uid === before.metadata.uid && options.dryRun !== true) {
    return one(subject, left);
  }
  if (RETURNED.has(served.type.kind)) return one(subject, before);
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
  const options = deleteOptions(subject);
  const list = api.list(served.type, {
    ...(call.target.namespace === undefined ? {} : { namespace: call.target.namespace }),
    ...text(call.query, 'labelSelector'),
    ...text(call.query, 'fieldSelector'),
  });
  if (options.dryRun !== true) for (const { metadata } of list.items) api.delete(served.type, metadata, options);
  const items = list.items.map((item) => api.find(served.type, item.metadata) ?? item);
  return { code: 200, body: shapeList(served, asked, { ...list, items }, subject.form, call.query, api.clock.now()) };
}

function scale(subject: Subject, ref: ObjectRef): Reply {
  const { api, served, call } = subject;
  const live = api.get(served.type, ref);
  const shown = (object: KubeObject): Reply => ({ code: 200, body: scaleOf(object) });
  if (call.method === 'GET') return shown(live);
  if (call.method === 'PUT') {
    const wanted = parsed(call.body, 'application/json');
    return shown(api.patch(served.type, ref, (object) => withScale(object, wanted), writeOf(subject)));
  }
  if (call.method !== 'PATCH') throw methodNotAllowed();
  const change = patchFor(mediaTypeOf(call.contentType), call.body, served);
  return shown(
    api.patch(
      served.type,
      ref,
      (object) => withScale(object, change(scaleOf(object) as unknown as KubeObject) as JsonObject),
      writeOf(subject),
    ),
  );
}

/** The object in the body of a create or replace, in the type that is stored. */
function incoming({ asked, served, call }: Subject): KubeObject {
  const mediaType = mediaTypeOf(call.contentType);
  if (!['', 'application/json', 'application/yaml'].includes(mediaType)) {
    const why = `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`;
    throw new Refusal('Unsupported', why, 415, {}, 'UnsupportedMediaType');
  }
  const body = parsed(call.body, mediaType);
  const metadata = isRecord(body['metadata']) ? body['metadata'] : {};
  const object = {
    ...body,
    apiVersion: body['apiVersion'] ?? apiVersionOf(asked),
    kind: body['kind'] ?? asked.kind,
    metadata: { ...metadata },
  } as unknown as KubeObject;
  const { namespace } = call.target;
  if (served.type.namespaced) {
    const given = object.metadata.namespace;
    if (given !== undefined && given !== '' && given !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    if (namespace !== undefined) object.metadata.namespace = namespace;
  }
  return asked === CoreEvent ? eventAsNew(object) : object;
}

function writeOf({ call }: Subject): Write {
  const { query, userAgent, target } = call;
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) {
    throw fieldOptionRefused('dryRun', `Unsupported value: "${dryRun.join(',')}": supported values: "All"`);
  }
  return {
    manager: query.get('fieldManager') ?? managerFrom(userAgent),
    subresource: target.subresource === 'status' ? 'status' : undefined,
    dryRun: dryRun.length > 0,
    force: isTrue(query.get('force')),
  };
}

/** As the server names a client that does not say who it is. */
function managerFrom(userAgent: string | undefined): string {
  const [name = ''] = (userAgent ?? '').split('/');
  return name === '' ? 'unknown' : name;
}

function deleteOptions({ call }: Subject): DeleteOptions & { graceSeconds?: number; dryRun?: boolean } {
  const body = call.body.trim() === '' ? {} : parsed(call.body, mediaTypeOf(call.contentType));
  const { query } = call;
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  const grace =
    body['gracePeriodSeconds'] ??
    (query.has('gracePeriodSeconds') ? wholeNumber(query, 'gracePeriodSeconds') : undefined);
  const preconditions = isRecord(body['preconditions']) ? body['preconditions'] : undefined;
  const dryRun = Array.isArray(body['dryRun'])
    ? body['dryRun'].includes('All')
    : query.getAll('dryRun').includes('All');
  return {
    ...(policy === undefined ? {} : { propagationPolicy: policy as 'Background' }),
    ...(grace === undefined ? {} : { graceSeconds: Number(grace) }),
    ...(preconditions === undefined ? {} : { preconditions }),
    dryRun,
  };
}

function methodNotAllowed(): Refusal {
  const why = 'the server does not allow this method on the requested resource';
  return new Refusal('Unsupported', why, 405, {}, 'MethodNotAllowed');
}

function fieldOptionRefused(field: string, message: string): Refusal {
  const said = `PatchOptions.meta.k8s.io "" is invalid: ${field}: ${message}`;
  return new Refusal('Invalid', said, 422, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{ field, message, reason: message.startsWith('Required') ? 'FieldValueRequired' : 'FieldValueForbidden' }],
  });
}

function text(query: URLSearchParams, name: 'labelSelector' | 'fieldSelector' | 'continue'): Record<string, string> {
  const value = query.get(name);
  return value === null || value === '' ? {} : { [name]: value };
}

function wholeNumber(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name));
  if (!Number.isInteger(value)) throw badRequest(`${name}: ${query.get(name) ?? ''} is no whole number`);
  return value;
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}
