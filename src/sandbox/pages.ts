import type { KubeList, ListOptions } from '../kube/client.ts';
import type { ResourceType } from '../kube/object.ts';
import { badRequest } from './refusal.ts';
import { selectorFor } from './selector.ts';
import { keyOf, type Store } from './store.ts';

/** One page of a list. Later pages show the objects as they were when the first was taken. */
export function pageOf(store: Store, type: ResourceType, options: ListOptions): KubeList {
  const selector = selectorFor(type.kind, options);
  const from = options.continue === undefined || options.continue === '' ? undefined : decode(options.continue);
  const version = from?.version ?? store.version;
  const all = from === undefined ? store.list(type, options.namespace) : store.listAt(type, version, options.namespace);
  const after = from?.after;
  const found = all.filter((object) => (after === undefined || keyOf(object) > after) && (selector?.(object) ?? true));
  const limit = options.limit ?? 0;
  const items = limit > 0 ? found.slice(0, limit) : found;
  const last = items.at(-1);
  const metadata = { resourceVersion: String(version) };
  if (last === undefined || items.length === found.length) return { metadata, items };
  return { metadata: { ...metadata, continue: encode({ version, after: keyOf(last) }) }, items };
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
    throw badRequest('continue key is not valid');
  }
}
