import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { claim, Controller, controllerOf, own, refFrom } from './controller.ts';
import { recordAt } from './json.ts';
import { createPod, isActive, isReady, phaseOf, withoutZeros } from './pods.ts';
import { hasLabels } from './selector.ts';
import { keyOf } from './store.ts';

/** Keeps as many Pods as a ReplicaSet asks for. */
export function startReplicaSets(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (key) => reconcile(api, key) })
    .on(Builtin.ReplicaSet, own)
    .on(Builtin.Pod, controllerOf('ReplicaSet'));
}

function reconcile(api: SandboxApi, key: string): void {
  const set = api.find(Builtin.ReplicaSet, refFrom(key));
  if (set === undefined) return;
  const spec = recordAt(set, 'spec');
  const pods = claim(api, Builtin.Pod, Builtin.ReplicaSet, set, (pod) => hasLabels(pod, spec['selector'])).filter(
    isActive,
  );
  const wanted = Number(spec['replicas']);
  if (set.metadata.deletionTimestamp === undefined) {
    try {
      scale(api, set, pods, wanted);
    } finally {
      writeStatus(api, keyOf(set));
    }
  } else {
    writeStatus(api, key);
  }
}

function scale(api: SandboxApi, set: KubeObject, pods: readonly KubeObject[], wanted: number): void {
  for (let missing = wanted - pods.length; missing > 0; missing--) {
    createPod(api, Builtin.ReplicaSet, set, { generateName: `${set.metadata.name}-` }, (template) => ({
      metadata: recordAt(template, 'metadata'),
      spec: recordAt(template, 'spec'),
    }));
  }
  // The least useful goes first: not bound, then not running, then not ready, then the youngest.
  const ranked = [...pods].sort((a, b) => rank(a) - rank(b) || (keyOf(a) < keyOf(b) ? 1 : -1));
  for (const pod of ranked.slice(0, Math.max(0, pods.length - wanted))) api.delete(Builtin.Pod, pod.metadata);
}

function rank(pod: KubeObject): number {
  if (recordAt(pod, 'spec')['nodeName'] === undefined) return 0;
  if (phaseOf(pod) !== 'Running') return 1;
  return isReady(pod) ? 3 : 2;
}

function writeStatus(api: SandboxApi, key: string): void {
  const set = api.find(Builtin.ReplicaSet, refFrom(key));
  if (set === undefined) return;
  const pods = api.store.dependents(set.metadata.uid ?? '').filter((pod) => pod.kind === 'Pod' && isActive(pod));
  const ready = pods.filter(isReady).length;
  const status = {
    replicas: pods.length,
    ...withoutZeros({
      fullyLabeledReplicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation,
    }),
  };
  api.update(Builtin.ReplicaSet, set.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
}
