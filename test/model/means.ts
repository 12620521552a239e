import { Builtin } from '../../src/kube/object.ts';
import type { Child } from '../../src/machines/engine/child.ts';
import type { Progress } from '../../src/machines/engine/facts.ts';
import { learn, type Ledger } from '../../src/machines/engine/ledger.ts';
import { selectorFor } from '../../src/machines/engine/ownership.ts';
import type { Fault } from './cluster.ts';
import type { StepChange, When } from './graph.ts';
import type { Site, Undo } from './harm.ts';

/** One way to bring a change about, and to take it back. */
export interface Means {
  readonly change: StepChange;
  readonly when: When;
  /** What is done and to what, for the report. */
  readonly says: string;
  begin(site: Site): Promise<Begun>;
}

export interface Begun {
  readonly undo: Undo;
  /** False where the operator repairs it at once, so that only the arrows are seen. */
  readonly rests: boolean;
  /** True where what held the step back until now would hide it, and ends with it. */
  readonly alone?: boolean;
}

/** What holds a step back from the beginning, so that the machine rests in the state before it. */
export interface Hold {
  readonly gives: Progress;
  /** What the resource has to say from its creation on. */
  readonly spec?: object;
  begin(site: Site): Promise<Undo>;
}

export function lasting(undo: Undo): Begun {
  return { undo, rests: true };
}

/** What the operator repairs by itself. */
export const passing: Begun = { undo: () => Promise.resolve(), rests: false };

export const workloads: readonly string[] = [Builtin.Deployment.kind, Builtin.StatefulSet.kind];

export function isWorkload(child: Child<unknown>): boolean {
  return child.verb === 'apply' && workloads.includes(child.type.kind);
}

/** How the Pods of a child neither fail nor get anywhere; undefined where it has none. */
export function stallOf(child: Child<unknown>): Fault | undefined {
  return child.verb === 'run' ? 'hang' : isWorkload(child) ? 'neverReady' : undefined;
}

/** Makes the Pods of a child of a resource behave badly. */
export function afflict(
  { cluster, kind, name }: Pick<Site, 'cluster' | 'kind' | 'name'>,
  child: Child<unknown>,
  fault: Fault,
): Promise<Undo> {
  return cluster.behave(selectorFor({ kind: kind.declaration.kind, name }, child.id), fault);
}

/** `Job 'db-sync'`: a child by its id. */
export function at(child: Child<unknown>): string {
  return `${child.type.kind} '${child.id}'`;
}

/** As if the child had never been complete. */
export function without(ledger: Ledger, child: Child<unknown>): Ledger {
  return learn(ledger, { jobs: { [child.id]: undefined }, settled: { [child.id]: undefined } });
}

/** As if its Job had run for something else. */
export function falsified(ledger: Ledger, child: Child<unknown>): Ledger {
  const key = Object.keys(ledger.jobs[child.id] ?? {}).map((term) => [term, 'something else']);
  return learn(ledger, { jobs: { [child.id]: Object.fromEntries(key) as Record<string, string> } });
}
