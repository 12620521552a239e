/**
 * What a scenario says: HTTP requests, one after another, in a namespace of its own. `{ns}` stands for that namespace,
 * `{uid:x}`, `{rv:x}`, `{name:x}` and `{continue:x}` for what the answer kept as `x` had in its metadata.
 */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Subject {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

export type Step = Call | OpenWatch | CollectWatch;

export interface Call {
  readonly step: 'call';
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** With its query, not yet escaped. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Under which name later steps refer to the answer. */
  readonly as?: string;
  /** Asked again and again until the answer is so; only the last one counts. */
  readonly until?: Until;
  /** What of the answer is compared, where the whole cannot be equal. */
  readonly view?: View;
  /** Why the sandbox refuses this rather than doing something almost right. */
  readonly refused?: string;
}

export type Until =
  | { readonly status: number }
  | { readonly at: readonly (string | number)[]; readonly is: unknown }
  | { readonly items: number };

export interface View {
  readonly name: string;
  readonly of: (body: never) => unknown;
}

/** Opens a watch beside the following steps. It is open when this step is over. */
export interface OpenWatch {
  readonly step: 'watch';
  readonly watch: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Waits until an open watch has delivered so many events, or until the server has ended it, and compares them all. */
export interface CollectWatch {
  readonly step: 'collect';
  readonly watch: string;
  readonly events: number | 'all';
}

export type CallOptions = Partial<Pick<Call, 'headers' | 'as' | 'until' | 'view' | 'refused'>>;

export const JSON_TYPE = 'application/json';
export const APPLY = 'application/apply-patch+yaml';
export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';

export function get(path: string, options: CallOptions = {}): Call {
  return call('GET', path, undefined, options);
}

export function post(path: string, body: unknown, options: CallOptions = {}): Call {
  return call('POST', path, body, options);
}

export function put(path: string, body: unknown, options: CallOptions = {}): Call {
  return call('PUT', path, body, options);
}

export function remove(path: string, body?: unknown, options: CallOptions = {}): Call {
  return call('DELETE', path, body, options);
}

export function patch(type: string, path: string, body: unknown, options: CallOptions = {}): Call {
  return call('PATCH', path, body, { ...options, headers: { 'Content-Type': type, ...options.headers } });
}

/** Server-side apply by a manager. `query` follows the manager: `force=true`. */
export function apply(manager: string, path: string, body: unknown, query = '', options: CallOptions = {}): Call {
  const more = query === '' ? '' : `&${query}`;
  return patch(APPLY, `${path}?fieldManager=${manager}${more}`, body, options);
}

export function call(method: Call['method'], path: string, body: unknown, options: CallOptions = {}): Call {
  const headers = { ...(body === undefined ? {} : { 'Content-Type': JSON_TYPE }), ...options.headers };
  return { step: 'call', method, path, ...options, headers, ...(body === undefined ? {} : { body }) };
}

export function watch(name: string, path: string, headers: Readonly<Record<string, string>> = {}): OpenWatch {
  return { step: 'watch', watch: name, path, headers };
}

export function collect(name: string, events: number | 'all'): CollectWatch {
  return { step: 'collect', watch: name, events };
}
