import { z } from 'zod';
import type { KubeObject } from '../kube/object.ts';
import type { Outlook } from '../machines/engine/decide.ts';
import type { StepFact } from '../machines/engine/facts.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { storedStatus } from '../machines/engine/status.ts';
import type { Look, OperatorView } from '../runtime/view.ts';
import type { Reader } from './access.ts';
import { Cause, causeOf, Ref } from './cause.ts';
import { sentenceOf, summaryOf, waitsFor } from './instances.ts';

export const Term = z.object({
  term: z.string(),
  holds: z.boolean(),
  read: z.object({
    path: z.string().describe('The fact that was read'),
    value: z.string(),
    wanted: z.string(),
    object: z.string().optional().describe('Kind/name of the object that decides it'),
  }),
  because: z.string(),
});

export const Way = z.object({
  to: z.string(),
  leads: z.enum(['on', 'back', 'aside']),
  holds: z.boolean(),
  terms: z.array(Term),
});
export type Way = z.infer<typeof Way>;

export const Step = z.object({
  name: z.string(),
  is: z.string(),
  healthy: z.boolean(),
  reason: z.string(),
  message: z.string(),
  by: Ref.optional(),
});

/** Why a resource is where it is: by the very evaluation that decides. */
export const Why = z.object({
  sentence: z.string().describe('What status.waitingFor says; of a Ready one that it waits for nothing'),
  state: z.string(),
  ways: z.array(Way).describe('Every arrow out of the state, with all of its terms'),
  steps: z.array(Step),
  blockedBy: z.array(Ref).describe('The object that decides'),
  cause: Cause.optional().describe('Where it waits for another resource: the one that all of them wait for, and why'),
  blocks: z.array(Ref).describe('Resources of the namespace that wait for this one'),
  attempts: z.record(z.string(), z.int()).describe('Failed tries, by child'),
  retryAt: z.string().optional(),
  try: z.array(z.string()).describe('Commands that help to see more'),
});
export type Why = z.infer<typeof Why>;

export function whyOf(view: OperatorView, reader: Reader, kind: Kind, cr: KubeObject, look: Look | string): Why {
  const status = storedStatus(cr);
  const summary = summaryOf(kind, cr);
  const attempts = Object.fromEntries(
    Object.entries(status?.machine.attempts ?? {}).map(([child, { failures }]) => [child, failures]),
  );
  const cause = causeOf(summary, (ref) => {
    const found = seenAs(view, reader, cr, ref);
    return found === undefined ? undefined : summaryOf(found.kind, found.cr);
  });
  const common = {
    sentence: sentenceOf(summary),
    attempts,
    blocks: blockedOn(view, reader, kind, cr),
    ...(cause === undefined ? {} : { cause }),
    ...(summary.retryAt === undefined ? {} : { retryAt: summary.retryAt }),
  };
  if (typeof look === 'string') {
    return { ...common, state: summary.state, ways: [], steps: [], blockedBy: [], try: [] };
  }
  const { facts, decision } = look;
  const steps = stepsOf(kind, look);
  const open = steps.find((step) => step.is !== 'done') ?? steps.find((step) => !step.healthy);
  const { namespace = '' } = cr.metadata;
  const isTold = ({ kind: of }: Ref): boolean =>
    reader.sees(of, namespace) || !view.kinds.some(({ declaration }) => declaration.kind === of);
  const blockedBy = open?.by !== undefined && isTold(open.by) ? [open.by] : [];
  return {
    ...common,
    state: decision.state,
    ways: waysOf(kind, look),
    steps,
    blockedBy,
    try: [
      ...new Set([
        ...(cause === undefined ? blockedBy.flatMap((by) => hints(by, cr)) : hintsFor(cause, cr)),
        ...(facts.lifecycle === 'paused' ? [unpause(kind, cr)] : []),
      ]),
    ],
  };
}

/** The steps that matter now: of its life, or of its deletion. */
export function stepsOf(kind: Kind, { facts }: Pick<Look, 'facts'>): z.infer<typeof Step>[] {
  const named: [string, StepFact | undefined][] =
    facts.lifecycle === 'deleting'
      ? Object.entries(facts.deletion)
      : kind.stepNames.map((name) => [name, facts.steps[name]]);
  return named.flatMap(([name, fact]) => {
    if (fact === undefined) return [];
    const { is, healthy, reason, message, by } = fact;
    return [{ name, is, healthy, reason, message, ...(by === undefined ? {} : { by }) }];
  });
}

/** Every arrow out of the state; none where nobody can look. */
export function waysOf(kind: Kind, look: Look | string): Way[] {
  if (typeof look === 'string') return [];
  const { state, why } = look.decision;
  return why.map((way) => wayOf(kind, state, way));
}

function wayOf(kind: Kind, state: string, { to, answers }: Outlook): Way {
  const order = ['Pending', ...kind.stepNames, 'Ready'];
  const inner = (path: string): boolean => path.startsWith('Deleting.');
  const [from, at] = [order.indexOf(state), order.indexOf(to)];
  const isBack = answers.some(({ term }) => term.startsWith('lost('));
  const isAside = !inner(state) && (from < 0 || at < 0);
  return {
    to,
    leads: isAside ? 'aside' : isBack ? 'back' : 'on',
    holds: answers.every(({ holds }) => holds),
    terms: answers.map((answer) => ({ ...answer, read: { ...answer.read } })),
  };
}

function blockedOn(view: OperatorView, reader: Reader, kind: Kind, cr: KubeObject): Ref[] {
  const me = { kind: kind.declaration.kind, name: cr.metadata.name };
  return view.kinds.flatMap((other) =>
    view.all(other).flatMap((user) => {
      const { namespace } = user.metadata;
      if (namespace !== cr.metadata.namespace || !reader.sees(other.declaration.kind, namespace ?? '')) return [];
      return waitsFor(summaryOf(other, user), me) ? [{ kind: other.declaration.kind, name: user.metadata.name }] : [];
    }),
  );
}

/** The resource of that name beside `cr`, where there is one that the reader may see. */
export function seenAs(
  view: OperatorView,
  reader: Reader,
  { metadata: { namespace = '' } }: KubeObject,
  ref: Ref,
): { readonly kind: Kind; readonly cr: KubeObject } | undefined {
  const kind = view.kinds.find(({ declaration }) => declaration.kind === ref.kind);
  if (kind === undefined || !reader.sees(ref.kind, namespace)) return undefined;
  const cr = view.find(kind, { namespace, name: ref.name });
  return cr === undefined ? undefined : { kind, cr };
}

/** What helps to see more of where the way ends. */
export function hintsFor({ through, object }: Cause, cr: KubeObject): string[] {
  const last = through.at(-1);
  return [
    ...(last === undefined
      ? []
      : [`kubectl openstack why -n ${cr.metadata.namespace} ${last.kind.toLowerCase()}/${last.name}`]),
    ...(object === undefined ? [] : hints(object, cr)),
  ];
}

export function hints({ kind, name }: Ref, { metadata: { namespace } }: KubeObject): string[] {
  const what = `${kind.toLowerCase()}/${name}`;
  if (kind === 'Job' || kind === 'Pod')
    return [`kubectl -n ${namespace} logs ${what}`, `kubectl -n ${namespace} describe ${what}`];
  return [`kubectl -n ${namespace} describe ${what}`];
}

function unpause(kind: Kind, { metadata: { namespace, name } }: KubeObject): string {
  return `kubectl -n ${namespace} annotate ${kind.declaration.kind.toLowerCase()}/${name} openstack.k8s.io/paused-`;
}
