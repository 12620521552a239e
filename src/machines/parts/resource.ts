import { z } from 'zod';
import type { KubeObject } from '../../kube/object.ts';
import type { Child } from '../engine/child.ts';
import type { Kind } from '../engine/kind.ts';
import { peerTrouble } from '../engine/observe.ts';
import { objectFor } from '../engine/ownership.ts';
import { childName, type Scope } from '../engine/scope.ts';
import { isTrouble } from '../engine/status.ts';
import { applied, type Judgement } from './applied.ts';
import { optional } from './optional.ts';

/** One resource that another is made of. */
export interface ResourcePart<Spec> {
  /** The suffix of its name. */
  readonly id: string;
  readonly kind: Kind;
  /** Its spec; undefined where there is to be none, and one that is there goes. */
  readonly spec: (scope: Scope<Spec>) => object | undefined;
}

/**
 * A resource of another kind. It counts as done once it was Ready at its own generation: that it is no more for a
 * while undoes nothing that was built on it.
 */
export function resource<Spec>(part: ResourcePart<Spec>): Child<Spec> {
  const child = applied<Spec>({
    id: part.id,
    type: part.kind.type,
    want: (scope, self) => ({ object: { ...objectFor(scope, self, part.id), spec: part.spec(scope) ?? {} } }),
    judge: (scope, live) => judge(scope, part, live),
  });
  const wanted = optional(child, (scope) => {
    if (part.spec(scope) !== undefined) return undefined;
    return { reason: 'NotNeeded', message: `no ${part.kind.declaration.kind} is asked for` };
  });
  return {
    ...wanted,
    // One that is asked for again is another one.
    look: (scope) => {
      const found = wanted.look(scope);
      return part.spec(scope) === undefined ? { ...found, learned: { settled: { [part.id]: undefined } } } : found;
    },
  };
}

function judge<Spec>(scope: Scope<Spec>, { id }: ResourcePart<Spec>, live: KubeObject): Judgement {
  const { kind, metadata } = live;
  const trouble = peerTrouble({ kind, name: metadata.name, object: live });
  if (trouble === undefined) {
    const message = `${kind}/${metadata.name} is Ready`;
    return { is: 'ready', settled: true, reason: 'Ready', message, learned: { settled: { [id]: 'Ready' } } };
  }
  const conditions = conditionsOf(live);
  const isStalled = conditions.some(({ type, status }) => type === 'Stalled' && status === 'True');
  const isTroubled = conditions.some(({ type, reason = '' }) => type === 'Ready' && isTrouble(reason));
  return {
    is: 'progressing',
    settled: scope.record.settled[id] === 'Ready',
    reason: 'NotReady',
    message: trouble.message,
    ...(isStalled ? { stalled: true } : {}),
    ...(isTroubled ? { troubled: true } : {}),
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

function conditionsOf(live: KubeObject): readonly Condition[] {
  return ((live['status'] ?? {}) as { conditions?: Condition[] }).conditions ?? [];
}

/**
 * The fields of a kind as a block in the spec of another, without those that the other sets, and with the rules that
 * speak of what is left.
 */
export function blockOf(kind: Kind, without: readonly string[]): z.ZodObject {
  const { shape } = kind.declaration.spec;
  const fields = Object.fromEntries(
    Object.entries(shape)
      .filter(([name]) => !without.includes(name))
      .map(([name, field]) => [name, name === 'deletionPolicy' ? overriding(field as z.ZodType) : field]),
  );
  return z.strictObject(fields as z.ZodRawShape);
}

/** By default it is what the resource around it says. */
function overriding(field: z.ZodType): z.ZodType {
  const inner = field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field;
  return inner.optional().describe('What becomes of its data; what the whole says by default.');
}

/** With the rules that speak of what is left of the kind's fields. */
export function ruled<T extends z.ZodType>(block: T, kind: Kind, without: readonly string[]): T {
  const rules = (kind.declaration.rules ?? []).filter(
    ({ rule }) => !without.some((name) => new RegExp(`[sS]elf\\.${name}\\b`).test(rule)),
  );
  return block.meta({ 'x-kubernetes-validations': rules, description: kind.declaration.about }) as T;
}

/** How a resource that was made stands, for the status of the one that made it. */
export function standingOf<Spec>(scope: Scope<Spec>, { id, kind }: ResourcePart<Spec>): Standing {
  const name = childName(scope, id);
  const live = scope.lookup.get(kind.type, { namespace: scope.namespace, name });
  const status = (live?.['status'] ?? {}) as { state?: string; waitingFor?: string };
  const isReady = live !== undefined && peerTrouble({ kind: live.kind, name, object: live }) === undefined;
  return {
    kind: kind.declaration.kind,
    name,
    ready: isReady,
    state: status.state ?? 'Pending',
    ...(isReady || status.waitingFor === undefined ? {} : { waitingFor: status.waitingFor.slice(0, 300) }),
  };
}

export const standing = z.object({
  kind: z.string().max(64).describe('Kind of the resource.'),
  name: z.string().max(64).describe('Its name.'),
  ready: z.boolean().describe('Whether it is Ready at its present generation.'),
  state: z.string().max(64).describe('Where its machine is.'),
  waitingFor: z.string().max(304).optional().describe('What it waits for.'),
});

type Standing = z.output<typeof standing>;
