import type { KubeClient } from '../kube/client.ts';
import { isApiError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { sorted, summaryOf, type Summary } from '../web/instances.ts';

/** A resource as it was read, with its line. */
export interface Entry {
  readonly kind: Kind;
  readonly cr: KubeObject;
  readonly summary: Summary;
}

/** What somebody did wrong, in words that help. */
export class Misuse extends Error {}

/** All resources that may be read; a kind whose CRD is not there has none. */
export async function readCloud(
  client: KubeClient,
  kinds: readonly Kind[],
  namespace: string | undefined,
): Promise<Entry[]> {
  const lists = await Promise.all(kinds.map((kind) => readKind(client, kind, namespace)));
  const entries = lists.flat();
  const byKey = new Map(entries.map((entry) => [entry.summary, entry]));
  return sorted(
    kinds,
    entries.map(({ summary }) => summary),
  ).flatMap((summary) => byKey.get(summary) ?? []);
}

async function readKind(client: KubeClient, kind: Kind, namespace: string | undefined): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for (let token: string | undefined, more = true; more;) {
      const list = await client.list(kind.type, {
        limit: 500,
        ...(namespace === undefined ? {} : { namespace }),
        ...(token === undefined ? {} : { continue: token }),
      });
      entries.push(...list.items.map((cr) => ({ kind, cr, summary: summaryOf(kind, cr) })));
      token = list.metadata.continue;
      more = token !== undefined && token !== '';
    }
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
  return entries;
}

/** The one that `keystone/main`, `Keystone main`, `keystones/main` or `ks/main` names. */
export function pick(kinds: readonly Kind[], entries: readonly Entry[], words: readonly string[]): Entry {
  const [wanted = '', name = ''] = words.length === 1 ? (words[0] ?? '').split('/') : words;
  if (wanted === '' || words.length > 2) throw new Misuse('say which resource: KIND/NAME, such as keystone/keystone');
  const kind = kinds.find(({ declaration: { kind, plural, shortNames = [] } }) =>
    [kind.toLowerCase(), plural, ...shortNames].includes(wanted.toLowerCase()),
  );
  if (kind === undefined) {
    const known = kinds.map(({ declaration }) => declaration.kind.toLowerCase()).join(', ');
    throw new Misuse(`there is no kind '${wanted}'; there are ${known}`);
  }
  const ofKind = entries.filter((candidate) => candidate.kind === kind);
  const entry =
    ofKind.find(({ summary }) => summary.name === name) ?? (name === '' && ofKind.length === 1 ? ofKind[0] : undefined);
  if (entry !== undefined) return entry;
  if (name === '')
    throw new Misuse(
      `say which ${kind.declaration.kind}: ${ofKind.length === 0 ? 'there is none here' : ofKind.map(({ summary }) => summary.name).join(', ')} (another namespace? -n NAMESPACE)`,
    );
  const others = ofKind.map(({ summary }) => summary.name);
  throw new Misuse(
    `there is no ${kind.declaration.kind} '${name}' here${others.length === 0 ? '' : `; there is ${others.join(', ')}`} (another namespace? -n NAMESPACE)`,
  );
}
