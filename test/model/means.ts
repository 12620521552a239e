import { Builtin } from '../../src/kube/object.ts';
import type { Child } from '../../src/machines/engine/child.ts';
import type { Progress } from '../../src/machines/engine/facts.ts';
import { GROUP } from '../../src/machines/engine/kind.ts';
import { learn, type Ledger } from '../../src/machines/engine/ledger.ts';
import { selectorFor } from '../../src/machines/engine/ownership.ts';
import type { Fault } from './cluster.ts';
import type { StepChange, When } from './graph.ts';
import type { Site, Undo } from './harm.ts';
import { barrenScope } from './observed.ts';
import { crFor, kindOf } from './specs.ts';

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

/** Whether the child is a resource of ours, which has children of its own. */
export function isResource(child: Child<unknown>): boolean {
  return child.type.group === GROUP;
}

/** How the Pods of a child neither fail nor get anywhere; undefined where it has none. */
export function stallOf(child: Child<unknown>): Fault | undefined {
  return child.verb === 'run' ? 'hang' : isWorkload(child) || isResource(child) ? 'neverReady' : undefined;
}

/** Makes the Pods of a child of a resource behave badly; of one that is a resource itself, those of its first workload. */
export function afflict(
  { cluster, kind, name }: Pick<Site, 'cluster' | 'kind' | 'name'>,
  child: Child<unknown>,
  fault: Fault,
): Promise<Undo> {
  const made = kindOf(child, cluster.kinds);
  if (made === undefined) return cluster.behave(selectorFor({ kind: kind.declaration.kind, name }, child.id), fault);
  const workload = made.children.find(isWorkload);
  if (workload === undefined) throw new Error(`${made.declaration.kind} has no Pods`);
  const own = {
    kind: made.declaration.kind,
    name: child.nameIn(barrenScope(kind, crFor(kind, cluster.namespace, name))),
  };
  return cluster.behave(selectorFor(own, workload.id), fault);
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
