import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller, own, refFrom } from './controller.ts';
import { timestamp } from './deletion.ts';
import { warn } from './events.ts';
import { recordAt, recordsAt } from './json.ts';
import { isFinished, isTerminating, phaseOf, withCondition } from './pods.ts';
import { claimsOf } from './volumes.ts';

export interface Node {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Binds Pods to the one node: once their claims are bound and the node has the labels they ask for. */
export function startScheduler(api: SandboxApi, node: Node, delayMs: () => number): Controller {
  const waiting = new Set<string>();
  const retry = (namespace: string | undefined): string[] =>
    [...waiting].filter((key) => key.startsWith(`${namespace}/`));
  return new Controller({
    api,
    delayMs,
    reconcile: (key) => {
      waiting.delete(key);
      if (!bind(api, node, key)) waiting.add(key);
    },
  })
    .on(Builtin.Pod, (event) => (event.type === 'ADDED' || isTerminating(event.object) ? own(event) : []))
    .on(Builtin.PersistentVolumeClaim, ({ object }) => retry(object.metadata.namespace));
}

/** False when the Pod has to wait. */
function bind(api: SandboxApi, node: Node, key: string): boolean {
  const pod = api.find(Builtin.Pod, refFrom(key));
  if (pod === undefined || recordAt(pod, 'spec')['nodeName'] !== undefined) return true;
  if (isTerminating(pod)) {
    // Nobody else ends a Pod that never had a node; the Pod collector of a real cluster does the same.
    if (!isFinished(pod)) setStatus(api, pod, { ...recordAt(pod, 'status'), phase: 'Failed' });
    return true;
  }
  const problem = claimProblem(api, pod) ?? nodeProblem(pod, node);
  const now = timestamp(api.clock.now());
  if (problem === undefined) {
    const bound = api.update(Builtin.Pod, pod.metadata, (live) => ({
      ...live,
      spec: { ...recordAt(live, 'spec'), nodeName: node.name },
    }));
    const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now };
    setStatus(api, bound, { ...recordAt(bound, 'status'), conditions: [scheduled] });
    return true;
  }
  const message = `0/1 nodes are available: ${problem}`;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null };
  const conditions = withCondition(recordsAt(pod, 'status', 'conditions'), { ...condition, lastTransitionTime: now });
  setStatus(api, pod, { ...recordAt(pod, 'status'), phase: phaseOf(pod), conditions });
  warn(api, pod, 'FailedScheduling', message, 'default-scheduler');
  return false;
}

function setStatus(api: SandboxApi, pod: KubeObject, status: object): void {
  api.update(Builtin.Pod, pod.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
}

function claimProblem(api: SandboxApi, pod: KubeObject): string | undefined {
  const { namespace = '' } = pod.metadata;
  const claims = claimsOf(pod).map(
    (name) => [name, api.find(Builtin.PersistentVolumeClaim, { namespace, name })] as const,
  );
  for (const [name, claim] of claims) {
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found.`;
    if (isTerminating(claim)) return `persistentvolumeclaim "${name}" is being deleted.`;
  }
  const isUnbound = claims.some(([, claim]) => recordAt(claim, 'status')['phase'] !== 'Bound');
  return isUnbound ? 'pod has unbound immediate PersistentVolumeClaims.' : undefined;
}

function nodeProblem(pod: KubeObject, node: Node): string | undefined {
  const wanted = Object.entries(recordAt(pod, 'spec', 'nodeSelector'));
  return wanted.every(([key, value]) => node.labels[key] === value)
    ? undefined
    : "1 node(s) didn't match Pod's node affinity/selector.";
}
