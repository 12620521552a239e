import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../src/kube/object.ts';
import { Label } from '../../../src/machines/engine/annotations.ts';
import { compiled } from '../../../src/machines/engine/decide.ts';
import type { Kind } from '../../../src/machines/engine/kind.ts';
import { at, nameOf, succeededJob, type Check, type Truth } from '../truth.ts';
import { witness } from './ready.ts';

interface Conditioned {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime: string;
}

/** I8 and I13: Ready is said only when it is true, and states follow the arrows of the machine. */
export function status(truth: Truth): Check {
  const seen = witness(truth);
  const arrows = new Map<string, Set<string>>();

  function arrowsOf(kind: Kind): Set<string> {
    const known = arrows.get(kind.declaration.kind);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const visit = (node: { states?: object; config: { always?: unknown } }): void => {
      for (const way of (node.config.always ?? []) as { actions: { params: { from: string; to: string } } }[])
        found.add(`${way.actions.params.from} → ${way.actions.params.to}`);
      Object.values(node.states ?? {}).forEach((child) => visit(child as never));
    };
    visit(compiled(kind).root as never);
    arrows.set(kind.declaration.kind, found);
    return found;
  }

  function walked(kind: Kind, before: KubeObject, after: KubeObject): void {
    const say = (message: string): void => truth.breach('I13', `${nameOf(after)}: ${message}`);
    const from = String(at(before, 'status', 'machine', 'state') ?? 'Pending');
    const to = String(at(after, 'status', 'machine', 'state') ?? 'Pending');
    let place = from;
    for (const step of newPassages(before, after)) {
      if (!arrowsOf(kind).has(`${step.from} → ${step.to}`)) say(`there is no arrow ${step.from} → ${step.to}`);
      if (!within(place, step.from)) say(`it was in ${place} and left ${step.from}`);
      place = step.to;
    }
    if (!within(to, place)) say(`it went to ${place} and says ${to}`);
    for (const condition of conditionsOf(after)) {
      const old = conditionsOf(before).find((candidate) => candidate.type === condition.type);
      if (old?.status === condition.status && old.lastTransitionTime !== condition.lastTransitionTime)
        say(`${condition.type} has another lastTransitionTime and the same status`);
    }
  }

  return {
    changed: ({ type, object, previous }, by) => {
      if (object.kind === 'Pod') seen.runs(object);
      const job = succeededJob(truth, object);
      if (job !== undefined) {
        const owner = job.metadata.ownerReferences?.[0]?.uid;
        seen.jobDone(owner ?? '', job.metadata.labels?.[Label.component] ?? '', job);
      }
      const kind = truth.kinds.find((candidate) => candidate.declaration.kind === object.kind);
      if (kind === undefined || previous === undefined || type !== 'MODIFIED') return;
      if (isDeepStrictEqual(previous['status'], object['status'])) return;
      if (saysReady(object)) seen.saidReady(object);
      if (by === undefined) return;
      walked(kind, previous, object);
      if (saysReady(object) && !saysReady(previous)) {
        const lack = seen.missing(kind, object);
        if (lack !== undefined) truth.breach('I8', `${nameOf(object)} says it is Ready, but ${lack}`);
      }
      const observed = conditionsOf(object).find((condition) => condition.type === 'Ready')?.observedGeneration ?? 0;
      if (observed > (object.metadata.generation ?? 0))
        truth.breach('I8', `${nameOf(object)} has observed a generation that is not there yet`);
    },
  };
}

/** True, and about the spec as it is now. */
function saysReady(cr: KubeObject): boolean {
  const ready = conditionsOf(cr).find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === cr.metadata.generation;
}

function conditionsOf(object: KubeObject): readonly Conditioned[] {
  return (at(object, 'status', 'conditions') ?? []) as Conditioned[];
}

/** A state, or one inside it: an arrow to Deleting ends in the first of its states. */
function within(state: string, outer: string): boolean {
  return state === outer || state.startsWith(`${outer}.`) || outer.startsWith(`${state}.`);
}

interface Passed {
  readonly from: string;
  readonly to: string;
}

/** What the history tells that it did not tell before; its oldest lines fall off. */
function newPassages(before: KubeObject, after: KubeObject): readonly Passed[] {
  const old = (at(before, 'status', 'machine', 'history') ?? []) as Passed[];
  const now = (at(after, 'status', 'machine', 'history') ?? []) as Passed[];
  for (let dropped = 0; dropped < old.length; dropped++) {
    const kept = old.slice(dropped);
    if (isDeepStrictEqual(kept, now.slice(0, kept.length))) return now.slice(kept.length);
  }
  return now;
}
