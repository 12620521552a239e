import { storedStatus } from '../machines/engine/status.ts';
import { sentenceOf, waitsFor } from '../web/instances.ts';
import { hints } from '../web/why.ts';
import type { Entry } from './cloud.ts';

/** Why a resource is where it is, from its status alone: it can be said while the operator is away. */
export interface Why {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly standing: string;
  readonly state: string;
  readonly since?: string;
  readonly sentence: string;
  readonly steps: readonly { readonly name: string; readonly done: boolean; readonly message: string }[];
  readonly failures: number;
  readonly retryAt?: string;
  /** As Kind/name. */
  readonly blockedBy?: string;
  readonly blocks: readonly string[];
  readonly try: readonly string[];
}

export function whyOf({ kind, cr, summary }: Entry, all: readonly Entry[]): Why {
  const status = storedStatus(cr);
  const conditions = status?.conditions ?? [];
  const sentence = sentenceOf(summary);
  const blockedBy = summary.ready === 'True' ? undefined : blockerIn(sentence);
  const { namespace, name, standing, state, since, failures, retryAt } = summary;
  const [byKind = '', byName = ''] = blockedBy?.split('/') ?? [];
  return {
    kind: summary.kind,
    namespace,
    name,
    standing,
    state,
    ...(since === undefined ? {} : { since }),
    sentence,
    steps: kind.stepNames.flatMap((step) => {
      const condition = conditions.find(({ type }) => type === step);
      return condition === undefined
        ? []
        : [{ name: step, done: condition.status === 'True', message: condition.message }];
    }),
    failures,
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(blockedBy === undefined ? {} : { blockedBy }),
    blocks: all
      .filter((other) => other.summary.namespace === namespace && waitsFor(other.summary, summary))
      .map((other) => `${other.summary.kind}/${other.summary.name}`),
    try: blockedBy === undefined ? [] : hints({ kind: byKind, name: byName }, cr),
  };
}

/** What a sentence names first; of a workload the Pod that it names after it, for that one tells more. */
function blockerIn(sentence: string): string | undefined {
  const [first, second] = sentence.match(/\b[A-Z][A-Za-z]+\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/g) ?? [];
  return /^(Deployment|StatefulSet)\//.test(first ?? '') && second?.startsWith('Pod/') === true ? second : first;
}

/** A resource and what it is built on. */
export interface Trace {
  readonly kind: string;
  readonly name: string;
  readonly standing?: string;
  readonly state?: string;
  readonly waitingFor?: string;
  /** False: something refers to it, and it is not there. */
  readonly exists: boolean;
  readonly uses: readonly Trace[];
}

export function traceOf(entry: Entry, all: readonly Entry[]): Trace {
  const { kind, cr, summary } = entry;
  const parsed = kind.declaration.spec.safeParse(cr['spec'] ?? {});
  const uses = parsed.success
    ? Object.values(kind.plan.uses ?? {}).flatMap((use) => {
        const name = use.ref(parsed.data);
        return name === undefined ? [] : [{ kind: use.kind, name }];
      })
    : [];
  return {
    kind: summary.kind,
    name: summary.name,
    standing: summary.standing,
    state: summary.state,
    ...(summary.waitingFor === undefined ? {} : { waitingFor: summary.waitingFor }),
    exists: true,
    uses: uses.map(({ kind: used, name }) => {
      const found = all.find(
        (other) =>
          other.summary.kind === used && other.summary.name === name && other.summary.namespace === summary.namespace,
      );
      return found === undefined ? { kind: used, name, exists: false, uses: [] } : traceOf(found, all);
    }),
  };
}
