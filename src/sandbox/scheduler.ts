import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller, own, refFrom } from './controller.ts';
import { timestamp } from './deletion.ts';
import { warn } from './events.ts';
import { recordAt, recordsAt } from './json.ts';
import { isSameNode, isTolerated, isWanted } from './nodes.ts';
import { isFinished, isTerminating, phaseOf, withCondition } from './pods.ts';
import { claimsOf } from './volumes.ts';

/** Binds Pods to a node: once their claims are bound and there is one that has what they ask for. */
export function startScheduler(api: SandboxApi, delayMs: () => number): Controller {
  const waiting = new Set<string>();
  const retry = (namespace: string | undefined): string[] =>
    [...waiting].filter((key) => key.startsWith(`${namespace}/`));
  return new Controller({
    api,
    delayMs,
    reconcile: (key) => {
      waiting.delete(key);
      if (!bind(api, key)) waiting.add(key);
    },
  })
    .on(Builtin.Pod, (event) => (event.type === 'ADDED' || isTerminating(event.object) ? own(event) : []))
    .on(Builtin.Node, ({ object, previous }) =>
      previous !== undefined && isSameNode(object, previous) ? [] : [...waiting],
    )
    .on(Builtin.PersistentVolumeClaim, ({ object }) => retry(object.metadata.namespace));
}

/** False when the Pod has to wait. */
function bind(api: SandboxApi, key: string): boolean {
  const pod = api.find(Builtin.Pod, refFrom(key));
  if (pod === undefined || recordAt(pod, 'spec')['nodeName'] !== undefined) return true;
  if (isTerminating(pod)) {
    // Nobody else ends a Pod that never had a node; the Pod collector of a real cluster does the same.
    if (!isFinished(pod)) setStatus(api, pod, { ...recordAt(pod, 'status'), phase: 'Failed' });
    return true;
  }
  const nodes = api.store.list(Builtin.Node);
  const unbound = claimProblem(api, pod);
  const node = unbound === undefined ? nodeFor(api, pod, nodes) : undefined;
  const now = timestamp(api.clock.now());
  if (node !== undefined) {
    const bound = api.update(Builtin.Pod, pod.metadata, (live) => ({
      ...live,
      spec: { ...recordAt(live, 'spec'), nodeName: node.metadata.name },
    }));
    const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now };
    setStatus(api, bound, { ...recordAt(bound, 'status'), conditions: [scheduled] });
    return true;
  }
  const message = `0/${nodes.length} nodes are available: ${unbound ?? nodeProblem(pod, nodes)}`;
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

/** Of the nodes that will do, the one with the fewest Pods. */
function nodeFor(api: SandboxApi, pod: KubeObject, nodes: readonly KubeObject[]): KubeObject | undefined {
  const spec = recordAt(pod, 'spec');
  const able = nodes.filter((node) => isWanted(spec, node) && isTolerated(node, recordsAt(spec, 'tolerations')));
  if (able.length <= 1) return able[0];
  const counts = new Map(able.map(({ metadata }) => [metadata.name, 0]));
  for (const other of api.store.list(Builtin.Pod)) {
    const name = String(recordAt(other, 'spec')['nodeName']);
    const known = counts.get(name);
    if (known !== undefined) counts.set(name, known + 1);
  }
  const pods = ({ metadata }: KubeObject): number => counts.get(metadata.name) ?? 0;
  return able.reduce((best, node) => (pods(node) < pods(best) ? node : best));
}

function nodeProblem(pod: KubeObject, nodes: readonly KubeObject[]): string {
  const spec = recordAt(pod, 'spec');
  const tainted = nodes.filter((node) => isWanted(spec, node)).length;
  const others = nodes.length - tainted;
  const said = [
    ...(others === 0 ? [] : [`${others} node(s) didn't match Pod's node affinity/selector`]),
    ...(tainted === 0 ? [] : [`${tainted} node(s) had untolerated taint(s)`]),
  ];
  return said.length === 0 ? 'no nodes available to schedule pods.' : `${said.join(', ')}.`;
}
