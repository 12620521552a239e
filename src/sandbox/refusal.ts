import { ApiError, type ApiReason } from '../kube/errors.ts';
import type { ResourceType } from '../kube/object.ts';

/** One `details.causes` of a Status. */
export interface Cause {
  readonly field: string;
  readonly message: string;
  /** `FieldValueInvalid`…; told from the message where it is absent. */
  readonly reason?: string;
}

/** `details` of a Status. */
export interface RefusalDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** What the API server refuses, with what its Status tells besides the message. */
export class Refusal extends ApiError {
  readonly details: RefusalDetails | undefined;
  /** `reason` of the Status, where it is not that of the class of errors. */
  readonly statusReason: string | undefined;

  constructor(reason: ApiReason, message: string, code: number, details?: RefusalDetails, statusReason?: string) {
    super(reason, message, {
      code,
      causes: details?.causes ?? [],
      ...(details?.retryAfterSeconds === undefined ? {} : { retryAfterMs: details.retryAfterSeconds * 1000 }),
    });
    this.details = details;
    this.statusReason = statusReason;
  }
}

/** A body that cannot be taken for an object of the type: a wrong type of value, or an unknown field where that matters. */
export class Unreadable extends Refusal {
  /** Without what it was taken for. */
  readonly why: string;

  constructor({ kind, version }: ResourceType, why: string, given = { kind, version }) {
    super('BadRequest', `${given.kind} in version "${given.version}" cannot be handled as a ${kind}: ${why}`, 400);
    this.why = why;
  }
}

/** One field of an object is wrong: `message` begins as the server's does, `Required value: …`, `Invalid value: …`. */
export function invalid(type: ResourceType, name: string, field: string, message: string): Refusal {
  return invalidFor(type, name, [{ field, message }]);
}

/** Several fields are wrong. */
export function invalidFor(type: ResourceType, name: string, causes: readonly Cause[]): Refusal {
  const said = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  const what = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  const named = causes.map((cause) => ({ reason: causeReason(cause.message), ...cause }));
  return new Refusal('Invalid', `${what} "${name}" is invalid: ${all}`, 422, {
    ...(name === '' ? {} : { name }),
    ...groupOf(type.group),
    ...(type.kind === '' ? {} : { kind: type.kind }),
    causes: named,
  });
}

export function notFound(resource: string, name: string): Refusal {
  return new Refusal('NotFound', `${resource} "${name}" not found`, 404, detailsOf(resource, name));
}

/** Nothing is served there. */
export function notServed(): Refusal {
  return new Refusal('NotFound', 'the server could not find the requested resource', 404, {});
}

export function alreadyExists(resource: string, name: string, isDeleting: boolean): Refusal {
  const prefix = isDeleting ? 'object is being deleted: ' : '';
  return new Refusal(
    'AlreadyExists',
    `${prefix}${resource} "${name}" already exists`,
    409,
    detailsOf(resource, name),
    'AlreadyExists',
  );
}

export function conflict(resource: string, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${resource} "${name}": ${why}`;
  return new Refusal('Conflict', message, 409, detailsOf(resource, name));
}

export function forbidden(resource: string, name: string, why: string): Refusal {
  return new Refusal('Forbidden', `${resource} "${name}" is forbidden: ${why}`, 403, detailsOf(resource, name));
}

/** A parameter of the request is wrong. `options` is `CreateOptions`, `ListOptions`… */
export function invalidOptions(options: string, causes: readonly Cause[]): Refusal {
  return invalidFor({ ...OPTIONS, kind: options }, '', causes);
}

const OPTIONS: ResourceType = { group: 'meta.k8s.io', version: 'v1', kind: '', plural: '', namespaced: false };

/** A patch makes what cannot be read. */
export function invalidPatch(patched: unknown, { why }: Unreadable): Refusal {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(patched))}: ${why}`;
  return invalidFor({ ...OPTIONS, group: '' }, '', [{ field: 'patch', message }]);
}

export function methodNotAllowed(): Refusal {
  const why = 'the server does not allow this method on the requested resource';
  return new Refusal('Unsupported', why, 405, {}, 'MethodNotAllowed');
}

/** What the real server did not foresee: an Internal Server Error that is only a message. */
export function failure(message: string): Refusal {
  return new Refusal('ServerError', message, 500, undefined, '');
}

/** Something new in a namespace that is going. */
export function terminating(resource: string, name: string, namespace: string): Refusal {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  const { message, details } = forbidden(resource, name, why);
  return new Refusal('Forbidden', message, 403, { ...details, causes: [cause] });
}

export function badRequest(message: string): Refusal {
  return new Refusal('BadRequest', message, 400);
}

/** A watch or page of a version that is no longer known. */
export function expired(version: number, oldest: number): Refusal {
  return new Refusal('Expired', `too old resource version: ${version} (${oldest})`, 410);
}

/** What the real server would do and the sandbox does not. */
export function unsupported(what: string): Refusal {
  return new Refusal('Unsupported', `the sandbox does not emulate ${what}`, 501, undefined, 'NotImplemented');
}

/** Of `deployments.apps`. */
function detailsOf(resource: string, name: string): RefusalDetails {
  const dot = resource.indexOf('.');
  if (dot < 0) return { name, kind: resource };
  return { name, ...groupOf(resource.slice(dot + 1)), kind: resource.slice(0, dot) };
}

function groupOf(group: string): { group?: string } {
  return group === '' ? {} : { group };
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/^Required value/, 'FieldValueRequired'],
  [/^Forbidden/, 'FieldValueForbidden'],
  [/^Unsupported value/, 'FieldValueNotSupported'],
  [/^Duplicate value/, 'FieldValueDuplicate'],
  [/^Too long/, 'FieldValueTooLong'],
  [/^Too many/, 'FieldValueTooMany'],
  [/^Not found/, 'FieldValueNotFound'],
  [/^Invalid value: ".*": .* must be of type /, 'FieldValueTypeInvalid'],
];

function causeReason(message: string): string {
  return CAUSES.find(([pattern]) => pattern.test(message))?.[1] ?? 'FieldValueInvalid';
}
