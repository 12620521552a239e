import { storedStatus } from '../machines/engine/status.ts';
import { sentenceOf, waitsFor } from '../web/instances.ts';
import { causeOf, namedIn, type Cause, type Ref } from '../web/cause.ts';
import { isMadeBy, stagesOf } from '../web/made.ts';
import { hints, hintsFor } from '../web/why.ts';
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
  readonly cause?: Cause;
  readonly blocks: readonly string[];
  readonly try: readonly string[];
}

export function whyOf({ kind, cr, summary }: Entry, all: readonly Entry[]): Why {
  const status = storedStatus(cr);
  const conditions = status?.conditions ?? [];
  const sentence = sentenceOf(summary);
  const blocker = summary.ready === 'True' ? undefined : namedIn(sentence);
  const cause = causeOf(summary, (ref) => beside(all, summary.namespace, ref)?.summary);
  const { namespace, name, standing, state, since, failures, retryAt } = summary;
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
    ...(blocker === undefined ? {} : { blockedBy: `${blocker.kind}/${blocker.name}` }),
    ...(cause === undefined ? {} : { cause }),
    blocks: all
      .filter((other) => other.summary.namespace === namespace && waitsFor(other.summary, summary))
      .map((other) => `${other.summary.kind}/${other.summary.name}`),
    try: cause !== undefined ? hintsFor(cause, cr) : blocker === undefined ? [] : hints(blocker, cr),
  };
}

/** The resource of that name in a namespace. */
function beside(all: readonly Entry[], namespace: string, { kind, name }: Ref): Entry | undefined {
  return all.find(({ summary }) => summary.kind === kind && summary.name === name && summary.namespace === namespace);
}

/** A resource, and what it is made of and built on, down to what holds it. */
export interface Trace {
  readonly kind: string;
  readonly name: string;
  /** Of the resource above, that makes it. */
  readonly step?: string;
  readonly standing?: string;
  readonly state?: string;
  readonly waitingFor?: string;
  /** False: something refers to it, and it is not there. */
  readonly exists: boolean;
  /** It stands further above with all that is below it. */
  readonly again?: boolean;
  readonly uses: readonly Trace[];
  /** Where no resource below it holds it: the object that does, as Kind/name. */
  readonly heldBy?: string;
}

/** All that the resource itself is made of and built on; further below only what is not Ready, and each once. */
export function traceOf(entry: Entry, all: readonly Entry[]): Trace {
  return traced(entry, all, new Set());
}

function traced(entry: Entry, all: readonly Entry[], seen: Set<Entry>): Trace {
  const isFirst = seen.size === 0;
  const isShut = !isFirst && (seen.has(entry) || entry.summary.ready === 'True');
  const { kind, name, namespace, standing, state, waitingFor, ready } = entry.summary;
  const isAgain = seen.has(entry);
  seen.add(entry);
  const uses = (isShut ? [] : belowOf(entry, all)).flatMap(({ step, ...ref }): Trace[] => {
    const found = beside(all, namespace, ref);
    const under = step === undefined ? {} : { step };
    if (found === undefined) return [{ ...ref, ...under, exists: false, uses: [] }];
    return isFirst || found.summary.ready !== 'True' ? [{ ...traced(found, all, seen), ...under }] : [];
  });
  const object = isAgain || ready === 'True' ? undefined : namedIn(waitingFor ?? '');
  const isBelow = object !== undefined && uses.some((used) => used.kind === object.kind && used.name === object.name);
  return {
    kind,
    name,
    standing,
    state,
    ...(waitingFor === undefined ? {} : { waitingFor }),
    exists: true,
    ...(isAgain ? { again: true } : {}),
    uses,
    ...(object === undefined || isBelow ? {} : { heldBy: `${object.kind}/${object.name}` }),
  };
}

/** What it is made of, step by step, and what it is built on. */
function belowOf({ kind, cr }: Entry, all: readonly Entry[]): (Ref & { readonly step?: string })[] {
  const made = all.filter((other) => isMadeBy(other.cr, cr));
  const parsed = kind.declaration.spec.safeParse(cr['spec'] ?? {});
  const uses = parsed.success
    ? Object.values(kind.plan.uses ?? {}).flatMap((use) => {
        const name = use.ref(parsed.data);
        return name === undefined ? [] : [{ kind: use.kind, name }];
      })
    : [];
  return [
    ...stagesOf(kind, cr, made).flatMap(({ step, members }) =>
      members.map(({ kind: of, name }) => ({ kind: of, name, step })),
    ),
    ...uses,
  ];
}
