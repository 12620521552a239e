import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.ts';

/** What a request asks for, before it is known whether that exists. */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** The target of a resource's path; undefined for other paths, such as those of discovery. */
export function targetOf(path: string): Target | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const [root] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group = '', version = ''] = root === 'api' ? ['', parts[1]] : [parts[1], parts[2]];
  const rest = parts.slice(root === 'api' ? 2 : 3);
  if (rest.length === 0 || rest[0] === '') return undefined;
  // `namespaces/a/pods/b` is a Pod; `namespaces/a` and `namespaces/a/status` are about the Namespace itself.
  const isInside = rest[0] === 'namespaces' && rest.length > 2 && !OF_NAMESPACES.has(rest[2] ?? '');
  const [plural = '', name, subresource] = isInside ? rest.slice(2) : rest;
  return { group, version, namespace: isInside ? rest[1] : undefined, plural, name, subresource };
}

const OF_NAMESPACES = new Set(['status', 'finalize']);
const LONGEST_BODY = 3 * 1024 * 1024;

/** The body; `TooLarge` beyond what the real server takes. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) {
      const why = `limit is ${LONGEST_BODY}`;
      throw new Refusal('BadRequest', `Request entity is too large: ${why}`, 413, undefined, 'RequestEntityTooLarge');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
