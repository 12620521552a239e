import { z } from 'zod';
import type { KubeObject } from '../kube/object.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { isTrouble, storedStatus } from '../machines/engine/status.ts';
import { keyFor } from './keys.ts';
import { standings, type Standing } from './standing.ts';

/** A resource in a line, from its status alone: what `kubectl get` could say. */
export const Summary = z.object({
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  standing: z
    .enum(standings)
    .describe('done: Ready; failed: a try failed, or a person has to act; waiting: for another resource'),
  state: z.string().describe("The machine's state, such as DBSynced or Deleting.Stopped"),
  since: z.string().optional().describe('When it came to that state, RFC 3339'),
  ready: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().describe('Of the condition Ready'),
  waitingFor: z.string().optional().describe('Why it is not Ready: an object, and what is the matter with it'),
  stalled: z.boolean().describe('No retry helps until a person acts'),
  paused: z.boolean(),
  failures: z.int().describe('Failed tries of the Job that is tried again'),
  retryAt: z.string().optional(),
  generation: z.int(),
  observedGeneration: z.int(),
  created: z.string().optional(),
});
export type Summary = z.infer<typeof Summary>;

/** Where a resource stands. Pure; works for any status, also one that is missing or spoilt. */
export function summaryOf(kind: Kind, cr: KubeObject): Summary {
  const status = storedStatus(cr);
  const { metadata } = cr;
  const conditions = status?.conditions ?? conditionsOf(cr);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const stalled = conditions.some(({ type, status }) => type === 'Stalled' && status === 'True');
  const failures = Math.max(0, ...Object.values(status?.machine.attempts ?? {}).map(({ failures }) => failures));
  const paused = metadata.annotations?.[Annotation.paused] === 'true';
  const waitingFor = status?.waitingFor ?? text((cr['status'] as { waitingFor?: unknown } | undefined)?.waitingFor);
  const retryAt = status?.machine.retryAt;
  // It stays in its last state when something of it breaks; people ask since when it is broken.
  const broken = status?.machine.state === 'Ready' && ready?.status === 'False' ? status.conditions : [];
  const since = broken.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? status?.machine.since;
  return {
    kind: kind.declaration.kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    standing: standingOf({ ready: ready?.status === 'True', reason: ready?.reason ?? '', stalled, failures, paused }),
    state: status?.machine.state ?? 'Pending',
    ...(since === undefined ? {} : { since }),
    ready: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? 'NotSeen',
    ...(waitingFor === undefined ? {} : { waitingFor }),
    stalled,
    paused,
    failures,
    ...(retryAt === undefined ? {} : { retryAt }),
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    ...(metadata.creationTimestamp === undefined ? {} : { created: metadata.creationTimestamp }),
  };
}

function standingOf(it: {
  ready: boolean;
  reason: string;
  stalled: boolean;
  failures: number;
  paused: boolean;
}): Standing {
  if (it.paused) return 'paused';
  if (it.ready) return 'done';
  if (it.stalled || it.failures > 0 || isTrouble(it.reason)) return 'failed';
  return waits.has(it.reason) ? 'waiting' : 'active';
}

/** Another resource has to move first: one that it uses, one that uses it, or one that it is made of. */
const waits = new Set(['DependencyNotReady', 'StillReferenced', 'NotReady']);

interface BareCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
}

function conditionsOf(cr: KubeObject): readonly BareCondition[] {
  const { conditions } = (cr['status'] ?? {}) as { conditions?: unknown };
  return Array.isArray(conditions) ? (conditions as BareCondition[]) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Why it is not Ready, in one sentence; the same on a page, in the API and on the command line. */
export function sentenceOf({ waitingFor, ready }: Summary): string {
  return (
    waitingFor ?? (ready === 'True' ? 'it is Ready and waits for nothing' : 'the operator has not looked at it yet')
  );
}

/** That is what it waits for right now. */
export function waitsFor({ waitingFor }: Summary, other: { readonly kind: string; readonly name: string }): boolean {
  return waitingFor?.startsWith(`${other.kind}/${other.name} `) === true;
}

/** What a list may be narrowed by. All that are given have to hold. */
export const Filter = z.strictObject({
  kind: z.string().optional(),
  namespace: z.string().optional(),
  state: z.string().optional().describe('The state, or a compound one around it'),
  standing: z.enum(standings).optional(),
  waitingOn: z.string().optional().describe('Kind/name of what it waits for'),
  q: z.string().max(200).optional().describe('Words in its name or in what it waits for'),
});
export type Filter = z.infer<typeof Filter>;

export function matches(summary: Summary, filter: Filter): boolean {
  const { kind, namespace, state, standing, waitingOn, q } = filter;
  if (kind !== undefined && summary.kind.toLowerCase() !== kind.toLowerCase()) return false;
  if (namespace !== undefined && summary.namespace !== namespace) return false;
  if (state !== undefined && summary.state !== state && !summary.state.startsWith(`${state}.`)) return false;
  if (standing !== undefined && summary.standing !== standing) return false;
  if (waitingOn !== undefined && !(summary.waitingFor ?? '').startsWith(`${waitingOn} `)) return false;
  const said = `${summary.kind}/${summary.namespace}/${summary.name} ${summary.waitingFor ?? ''}`.toLowerCase();
  return (
    q === undefined ||
    q
      .toLowerCase()
      .split(/\s+/)
      .every((word) => said.includes(word))
  );
}

/** By kind in the order of `kinds`, namespace and name; the key of each is its place. */
export function sorted(kinds: readonly Kind[], summaries: readonly Summary[]): Summary[] {
  const order = new Map(kinds.map((kind, index) => [kind.declaration.kind, String(index).padStart(3, '0')]));
  const place = new Map(summaries.map((summary) => [summary, placeOf(order, summary)]));
  return [...summaries].sort((a, b) => ((place.get(a) ?? '') < (place.get(b) ?? '') ? -1 : 1));
}

function placeOf(order: ReadonlyMap<string, string>, { kind, namespace, name }: Summary): string {
  return `${order.get(kind) ?? '999'}\u0000${namespace}\u0000${name}`;
}

/** The part of a sorted list that follows `after`, and the key to go on from. */
export function page(
  list: readonly Summary[],
  limit: number,
  after: string | undefined,
): { items: readonly Summary[]; next?: string; remaining: number } {
  const from = after === undefined ? 0 : list.findIndex((summary) => keyFor(summary) === after) + 1;
  const items = list.slice(from, from + limit);
  const last = items.at(-1);
  const remaining = list.length - from - items.length;
  return { items, remaining, ...(remaining > 0 && last !== undefined ? { next: keyFor(last) } : {}) };
}
