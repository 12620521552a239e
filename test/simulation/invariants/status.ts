import { isDeepStrictEqual } from 'node:util';
import { Builtin, type KubeObject, type ResourceType } from '../../../src/kube/object.ts';
import { Label } from '../../../src/machines/engine/annotations.ts';
import { compiled } from '../../../src/machines/engine/decide.ts';
import type { Kind } from '../../../src/machines/engine/kind.ts';
import { at, find, imageOf, nameOf, type Check, type Truth } from '../truth.ts';

/** What has to be there when a resource says that it is Ready, by hand: type and suffix of the name. */
const required: Readonly<Record<string, readonly (readonly [ResourceType, string])[]>> = {
  Memcached: [
    [Builtin.Deployment, ''],
    [Builtin.Service, ''],
  ],
  MariaDB: [
    [Builtin.StatefulSet, ''],
    [Builtin.Service, ''],
    [Builtin.Secret, '-root-password'],
    [Builtin.Secret, '-config'],
  ],
  Keystone: [
    [Builtin.Deployment, '-api'],
    [Builtin.Service, '-api'],
    ...['-db-password', '-fernet-keys', '-credential-keys', '-config'].map(
      (suffix) => [Builtin.Secret, suffix] as const,
    ),
  ],
};

const jobs: Readonly<Record<string, readonly string[]>> = { Keystone: ['db-create', 'db-sync', 'bootstrap'] };

interface Conditioned {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime: string;
}

/** I8 and I13: Ready is said only when it is true, and states follow the arrows of the machine. */
export function status(truth: Truth): Check {
  const finished = new Set<string>();
  const arrows = new Map<string, Set<string>>();

  function missing(kind: Kind, cr: KubeObject): string | undefined {
    const { namespace = '', name, uid } = cr.metadata;
    for (const [type, suffix] of required[kind.declaration.kind] ?? []) {
      const child = find(truth, type, namespace, name + suffix);
      if (child === undefined) return `${type.kind}/${name}${suffix} is not there`;
      if (type !== Builtin.Deployment && type !== Builtin.StatefulSet) continue;
      const wanted = at(cr, 'spec', 'image');
      if (wanted !== undefined && imageOf(child) !== wanted) return `${nameOf(child)} has not the image of the spec`;
      const replicas = at(cr, 'spec', 'replicas') ?? 1;
      if (at(child, 'spec', 'replicas') !== replicas) return `${nameOf(child)} has not the replicas of the spec`;
      if (at(child, 'status', 'observedGeneration') !== child.metadata.generation)
        return `${nameOf(child)} is not rolled out`;
      const ready = at(child, 'status', type === Builtin.Deployment ? 'availableReplicas' : 'readyReplicas') ?? 0;
      if (ready !== replicas || (at(child, 'status', 'updatedReplicas') ?? 0) !== replicas)
        return `${nameOf(child)} has ${String(ready)} Pods that are ready, of ${String(replicas)}`;
    }
    const undone = (jobs[kind.declaration.kind] ?? []).find((job) => !finished.has(`${uid}/${job}`));
    return undone === undefined ? undefined : `Job ${undone} never succeeded`;
  }

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
      if (
        object.kind === 'Job' &&
        conditionsOf(object).some(({ type, status }) => type === 'Complete' && status === 'True')
      ) {
        const owner = object.metadata.ownerReferences?.[0]?.uid;
        finished.add(`${owner}/${object.metadata.labels?.[Label.component]}`);
      }
      const kind = truth.kinds.find((candidate) => candidate.declaration.kind === object.kind);
      if (kind === undefined || previous === undefined || type !== 'MODIFIED') return;
      if (isDeepStrictEqual(previous['status'], object['status'])) return;
      if (by === undefined) return;
      walked(kind, previous, object);
      if (saysReady(object) && !saysReady(previous)) {
        const lack = missing(kind, object);
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
