import type { KubeList, ListOptions } from '../kube/client.ts';
import type { ResourceType } from '../kube/object.ts';
import { badRequest } from './refusal.ts';
import { selectorFor } from './selector.ts';
import { keyOf, type Store } from './store.ts';

export interface PageOptions extends ListOptions {
  /** The list has to be as it was at this version. */
  readonly exactly?: string;
}

/** One page of a list. Later pages show the objects as they were when the first was taken. */
export function pageOf(store: Store, type: ResourceType, options: PageOptions): KubeList {
  const selector = selectorFor(type.kind, options);
  const from = options.continue === undefined || options.continue === '' ? undefined : decode(options.continue);
  const version = from?.version ?? (options.exactly === undefined ? store.version : Number(options.exactly));
  const isOld = from !== undefined || options.exactly !== undefined;
  const all = isOld ? store.listAt(type, version, options.namespace) : store.list(type, options.namespace);
  const after = from?.after;
  const found = all.filter((object) => (after === undefined || keyOf(object) > after) && (selector?.(object) ?? true));
  const limit = options.limit ?? 0;
  const items = limit > 0 ? found.slice(0, limit) : found;
  const last = items.at(-1);
  const metadata = { resourceVersion: String(version) };
  if (last === undefined || items.length === found.length) return { metadata, items };
  // With a selector, the server does not know how many are left.
  const remaining = selector === undefined ? { remainingItemCount: found.length - items.length } : {};
  return { metadata: { ...metadata, continue: encode({ version, after: keyOf(last) }), ...remaining }, items };
}

interface Position {
  readonly version: number;
  readonly after: string;
}

function encode(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function decode(token: string): Position {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as Position;
  } catch {
    const [first = ''] = Buffer.from(token, 'base64').toString('latin1');
    const shown = /[ -~]/.test(first) ? first : `\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}`;
    const why = `invalid character '${shown}' looking for beginning of value`;
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  }
}
