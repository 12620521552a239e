import type { Dispatcher } from 'undici';
import { request } from 'undici/lib/api/index.js';
import {
  FIELD_MANAGER,
  type CallOptions,
  type DeleteOptions,
  type KubeClient,
  type KubeList,
  type ListOptions,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import {
  apiVersionOf,
  refOf,
  resourceName,
  type KubeObject,
  type ObjectRef,
  type ResourceType,
} from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import { errorFromStatus, isStatus, type Subject } from './api-status.ts';
import type { KubeAccess } from './config.ts';
import { openConnections, retire, type Connections } from './connections.ts';
import type { Tls } from './credentials.ts';
import { jsonLines } from './json-lines.ts';

/**
 * Kubernetes over HTTP/1.1: a bounded number of kept connections for requests, and one more for each watch.
 * Nothing is tried twice here. A request that an abort or a timeout ends may still have been carried out.
 */
export class HttpKubeClient implements KubeClient {
  readonly #access: KubeAccess;
  readonly #options: HttpKubeClientOptions;
  readonly #server: URL;
  #connections: Connections | undefined;

  constructor(access: KubeAccess, options: HttpKubeClientOptions) {
    this.#access = access;
    this.#options = options;
    this.#server = new URL(access.server);
  }

  get<T extends KubeObject>(type: ResourceType, ref: ObjectRef, options: CallOptions = {}): Promise<T> {
    return this.#json<T>({ verb: 'get', type, ref }, options);
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<KubeList<T>> {
    const { namespace, labelSelector, fieldSelector, limit, continue: from } = options;
    const query = { labelSelector, fieldSelector, limit, continue: from };
    const list = await this.#json<KubeList<T>>({ verb: 'list', type, namespace, query }, options);
    // The server leaves these out of the items of built-in types.
    const kind = { apiVersion: apiVersionOf(type), kind: type.kind };
    for (const item of list.items) Object.assign(item, kind);
    return list;
  }

  async *watch<T extends KubeObject>(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent<T>, void> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options;
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      labelSelector,
      fieldSelector,
      resourceVersion,
      timeoutSeconds,
    };
    const call: Call = { verb: 'watch', type, namespace, query };
    const deadline = startDeadline(this.#options.clock, this.#timeoutMs, options.signal);
    try {
      const { body } = await this.#send(call, deadline.signal);
      deadline.lift();
      for await (const line of jsonLines(body)) yield eventFrom<T>(call, line as RawEvent<T>);
    } catch (error) {
      if (options.signal?.aborted !== true) throw explain(call, error, deadline);
    } finally {
      deadline.end();
    }
  }

  create<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const query = { fieldValidation: 'Strict' };
    return this.#write<T>({ verb: 'create', type, ref: refOf(object), query, body: object }, options);
  }

  apply<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    const query = { fieldValidation: 'Strict', force: true };
    return this.#write<T>({ verb: 'apply', type, ref: refOf(object), query, body: object }, options);
  }

  replace<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#write<T>({ verb: 'replace', type, ref: refOf(object), body: object }, options);
  }

  mergePatch<T extends KubeObject>(
    type: ResourceType,
    ref: ObjectRef,
    patch: object,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#write<T>({ verb: 'mergePatch', type, ref, body: patch }, options);
  }

  async delete(type: ResourceType, ref: ObjectRef, options: DeleteOptions = {}): Promise<void> {
    const { propagationPolicy, preconditions } = options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions };
    await this.#json({ verb: 'delete', type, ref, body }, options);
  }

  /** Ends the watches and lets the requests under way finish. */
  async close(): Promise<void> {
    await Promise.all([this.#connections?.forRequests.close(), this.#connections?.forWatches.destroy()]);
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? 30_000;
  }

  #write<R>(call: Call, { subresource, dryRun, ...options }: WriteOptions): Promise<R> {
    const query = { ...call.query, fieldManager: FIELD_MANAGER, dryRun: dryRun === true ? 'All' : undefined };
    return this.#json<R>({ ...call, subresource, query }, options);
  }

  async #json<R>(call: Call, options: CallOptions): Promise<R> {
    const deadline = startDeadline(this.#options.clock, this.#timeoutMs, options.signal);
    try {
      const { body } = await this.#send(call, deadline.signal);
      return parseJson(call, await body.text()) as R;
    } catch (error) {
      throw explain(call, error, deadline);
    } finally {
      deadline.end();
    }
  }

  /** Resolves when the head of a good answer is there; what it throws may be anything. */
  async #send(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { clock, onRequest, userAgent } = this.#options;
    const { method, contentType } = VERBS[call.verb];
    const startedAt = clock.monotonic();
    let code = 0;
    try {
      const { headers, tls } = await this.#access.credentials.get();
      const { forRequests, forWatches } = this.#connectionsWith(tls);
      const response = await request.call(call.verb === 'watch' ? forWatches : forRequests, {
        origin: this.#server.origin,
        path: this.#server.pathname.replace(/\/$/, '') + pathOf(call),
        method,
        headers: {
          ...headers,
          Accept: 'application/json',
          'User-Agent': userAgent ?? `openstack-operator (${process.platform}/${process.arch})`,
          ...(contentType !== undefined && { 'Content-Type': contentType }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal,
      });
      code = response.statusCode;
      if (code < 300) return response;
      if (code === 401) this.#access.credentials.expire();
      const retryAfter = response.headers['retry-after'];
      const text = await response.body.text();
      throw errorFromStatus(subjectOf(call), code, parseOrUndefined(text), retryAfter?.toString());
    } finally {
      const durationMs = clock.monotonic() - startedAt;
      onRequest?.({
        verb: call.verb,
        method,
        host: this.#server.host,
        resource: resourceName(call.type),
        code,
        durationMs,
      });
    }
  }

  /** New connections when the certificates have changed; what is under way ends on the old ones. */
  #connectionsWith(tls: Tls): Connections {
    if (this.#connections?.tls === tls) return this.#connections;
    if (this.#connections !== undefined) retire(this.#connections);
    this.#connections = openConnections(tls, this.#access.proxy, this.#options.connections ?? 32);
    return this.#connections;
  }
}

export interface HttpKubeClientOptions {
  readonly clock: Clock;
  /** Connections for requests; watches are apart. 32 unless said otherwise. */
  readonly connections?: number;
  /** For a whole request, and for a watch until it has begun. 30 s unless said otherwise. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
  /** Told once of each request, when the head of the answer is there or nothing will come. */
  readonly onRequest?: (request: RequestInfo) => void;
}

export interface RequestInfo {
  readonly verb: Verb;
  readonly method: string;
  readonly host: string;
  /** `deployments.apps` */
  readonly resource: string;
  /** HTTP status; 0 when no answer came. */
  readonly code: number;
  readonly durationMs: number;
}

export type Verb = keyof typeof VERBS;

/** What is sent; the caller's part of it. */
interface Call {
  readonly verb: Verb;
  readonly type: ResourceType;
  /** Absent: all of them, in `namespace` or everywhere. */
  readonly ref?: ObjectRef;
  readonly namespace?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: Query;
  readonly body?: object;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

const VERBS = {
  get: { method: 'GET', contentType: undefined },
  list: { method: 'GET', contentType: undefined },
  watch: { method: 'GET', contentType: undefined },
  create: { method: 'POST', contentType: 'application/json' },
  // JSON is YAML.
  apply: { method: 'PATCH', contentType: 'application/apply-patch+yaml' },
  replace: { method: 'PUT', contentType: 'application/json' },
  mergePatch: { method: 'PATCH', contentType: 'application/merge-patch+json' },
  delete: { method: 'DELETE', contentType: 'application/json' },
} as const;

function pathOf({ verb, type, ref, namespace = ref?.namespace, subresource, query = {} }: Call): string {
  const parts = [type.group === '' ? 'api' : 'apis', ...apiVersionOf(type).split('/')];
  if (type.namespaced && namespace !== undefined) parts.push('namespaces', namespace);
  parts.push(type.plural);
  if (ref !== undefined && verb !== 'create') parts.push(ref.name);
  if (subresource !== undefined) parts.push(subresource);
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const path = parts.map((part) => `/${encodeURIComponent(part)}`).join('');
  return search.size === 0 ? path : `${path}?${search}`;
}

function subjectOf({ verb, type, ref, namespace = ref?.namespace }: Call): Subject {
  const where = [namespace, ref?.name].filter((part) => part !== undefined).join('/');
  return {
    what: `${verb} ${resourceName(type)} ${where}`.trim(),
    isSecret: type.group === '' && type.kind === 'Secret',
  };
}

interface RawEvent<T> {
  readonly type: string;
  readonly object: T;
}

function eventFrom<T extends KubeObject>(call: Call, { type, object }: RawEvent<T>): WatchEvent<T> {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object };
    case 'BOOKMARK':
      return { type, resourceVersion: object.metadata.resourceVersion ?? '0' };
    case 'ERROR': {
      const status: unknown = object;
      throw errorFromStatus(subjectOf(call), isStatus(status) ? (status.code ?? 500) : 500, status);
    }
    default:
      throw new ApiError('ServerError', `${subjectOf(call).what}: an event of unknown type ${type}`);
  }
}

function parseJson(call: Call, text: string): unknown {
  const value = parseOrUndefined(text);
  if (value !== undefined) return value;
  throw new ApiError('ServerError', `${subjectOf(call).what}: the answer is not JSON`);
}

/** Drops the SyntaxError: it quotes the text. */
function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  hasPassed(): boolean;
  /** Time does not matter any more; the outer signal still does. */
  lift(): void;
  /** Lets go of the outer signal too. */
  end(): void;
}

/** A signal that aborts with the outer one, or when `ms` have passed. */
function startDeadline(clock: Clock, ms: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let hasPassed = false;
  const cancel = clock.after(ms, () => {
    hasPassed = true;
    abort();
  });
  if (outer?.aborted === true) abort();
  outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    hasPassed: () => hasPassed,
    lift: cancel,
    end: () => {
      cancel();
      outer?.removeEventListener('abort', abort);
    },
  };
}

/** Everything that is not an answer of the server becomes Timeout or Network. */
function explain(call: Call, error: unknown, deadline: Deadline): ApiError {
  if (error instanceof ApiError) return error;
  const { what } = subjectOf(call);
  if (deadline.hasPassed()) return new ApiError('Timeout', `${what}: no answer in time`);
  if (deadline.signal.aborted) return new ApiError('Network', `${what}: given up`);
  if (error instanceof SyntaxError) return new ApiError('Network', `${what}: the stream broke off inside an event`);
  const { code, message } = error as NodeJS.ErrnoException;
  return new ApiError('Network', `${what}: ${message || code}`, { cause: error });
}
