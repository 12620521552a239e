import { createHash } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import { GROUP, type Kind } from '../machines/engine/kind.ts';
import type { OperatorView } from '../runtime/view.ts';
import type { Access, Reader } from './access.ts';
import { Problem } from './api/problem.ts';
import { tokenOf } from './session.ts';

/** How long an answer of the API server is believed, as controller-runtime does it for metrics. */
const believedMs = { identity: 60_000, allowed: 300_000, denied: 30_000 } as const;
/** A stream ends before its rights get old; the page begins it again where it was, and is asked anew. */
const streamMs = 240_000;
const mostEntries = 10_000;

export interface ClusterAccessOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly view: Pick<OperatorView, 'kinds' | 'all'>;
}

interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Who asks is whom the API server takes the token for (TokenReview), and sees the resources that they may list
 * (SubjectAccessReview), by kind and namespace. Nobody is anonymous.
 */
export function clusterAccess({ client, clock, view }: ClusterAccessOptions): Access {
  const users = new Believed<User | undefined>(clock);
  const rights = new Believed<boolean>(clock);

  async function userOf(token: string): Promise<User | undefined> {
    return users.get(createHash('sha256').update(token).digest('hex'), async () => {
      const { status } = (await client.create(TokenReview, review(TokenReview, { token }))) as unknown as {
        status?: { authenticated?: boolean; user?: User };
      };
      const user = status?.authenticated === true ? status.user : undefined;
      return { value: user, forMs: user === undefined ? believedMs.denied : believedMs.identity };
    });
  }

  async function mayList(user: User, kind: Kind, namespace: string): Promise<boolean> {
    const key = JSON.stringify([user.username, user.uid, user.groups, user.extra, kind.type.plural, namespace]);
    return rights.get(key, async () => {
      const resourceAttributes = {
        group: GROUP,
        resource: kind.type.plural,
        verb: 'list',
        ...(namespace === '' ? {} : { namespace }),
      };
      const { username, ...rest } = user;
      const asked = review(SubjectAccessReview, { user: username, ...rest, resourceAttributes });
      const { status } = (await client.create(SubjectAccessReview, asked)) as unknown as {
        status?: { allowed?: boolean };
      };
      const value = status?.allowed === true;
      return { value, forMs: value ? believedMs.allowed : believedMs.denied };
    });
  }

  return async (request) => {
    const token = tokenOf(request);
    if (token === undefined) throw new Problem(401, 'Who are you?', 'send a bearer token, or sign in');
    const user = await userOf(token);
    if (user === undefined)
      throw new Problem(401, 'Who are you?', 'the API server does not know this token, or it has expired');
    const seen = new Set<string>();
    await Promise.all(
      view.kinds.map(async (kind) => {
        const { kind: name } = kind.declaration;
        if (await mayList(user, kind, '')) {
          seen.add(name);
          return;
        }
        const namespaces = new Set(view.all(kind).map(({ metadata }) => metadata.namespace ?? ''));
        for (const namespace of namespaces) if (await mayList(user, kind, namespace)) seen.add(`${name}/${namespace}`);
      }),
    );
    const reader: Reader = {
      sees: (kind, namespace) => seen.has(kind) || seen.has(`${kind}/${namespace}`),
      goodForMs: streamMs,
    };
    return reader;
  };
}

/** Answers that are believed for a while; whoever asks for the same meanwhile waits for the one answer. */
class Believed<T> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { readonly until: number; readonly answer: Promise<Answer<T>> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(key: string, ask: () => Promise<Answer<T>>): Promise<T> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#clock.monotonic()) return (await known.answer).value;
    const answer = ask();
    // Until it is there it is for everybody who asks; a failure is remembered by nobody.
    this.#entries.set(key, { until: Number.POSITIVE_INFINITY, answer });
    try {
      const { value, forMs } = await answer;
      this.#entries.delete(key);
      this.#entries.set(key, { until: this.#clock.monotonic() + forMs, answer });
      const oldest = this.#entries.keys().next();
      if (this.#entries.size > mostEntries && oldest.done !== true) this.#entries.delete(oldest.value);
      return value;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }
}

interface Answer<T> {
  readonly value: T;
  readonly forMs: number;
}

const TokenReview: ResourceType = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
};
const SubjectAccessReview: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

/** Reviews have no name and are kept nowhere. */
function review({ group, version, kind }: ResourceType, spec: object): KubeObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: {} as KubeObject['metadata'], spec };
}
