import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { claim, Controller, controllerOf, own, refFrom } from './controller.ts';
import { rolledOut } from './daemonset-rollout.ts';
import { type Place, REVISION_LABEL, revisionOf } from './daemonset-place.ts';
import { writeStatus } from './daemonset-status.ts';
import { TEMPLATE_GENERATION } from './defaults.ts';
import { type JsonObject, recordAt, recordsAt } from './json.ts';
import { isSameNode, isTolerated, isWanted, nodesNamedBy } from './nodes.ts';
import { createPod, isFinished, isTerminating } from './pods.ts';
import { hasLabels } from './selector.ts';
import { keyOf } from './store.ts';

/**
 * One Pod on every node that a set asks for. A new template replaces Pods as nodes allow, or when somebody deletes them.
 * Pods are compared by the hash of their template alone: there are no ControllerRevisions, and so no way back by one.
 */
export function startDaemonSets(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (key) => reconcile(api, key) })
    .on(Builtin.DaemonSet, own)
    .on(Builtin.Pod, controllerOf('DaemonSet'))
    .on(Builtin.Node, ({ object, previous }) =>
      previous !== undefined && isSameNode(object, previous) ? [] : api.store.list(Builtin.DaemonSet).map(keyOf),
    );
}

function reconcile(api: SandboxApi, key: string): void {
  const set = api.find(Builtin.DaemonSet, refFrom(key));
  if (set === undefined) return;
  const { selector } = recordAt(set, 'spec');
  const claimed = (): KubeObject[] =>
    claim(api, Builtin.Pod, Builtin.DaemonSet, set, (pod) => hasLabels(pod, selector));
  const pods = claimed();
  if (isTerminating(set)) return;
  try {
    const places = placesOf(api, set, pods);
    for (const place of places) keepOne(api, set, place);
    const names = new Set(places.map(({ node }) => node.metadata.name));
    for (const pod of pods) {
      // The scheduler would hold it forever.
      const isLost = recordAt(pod, 'spec')['nodeName'] === undefined && !names.has(nodeNameOf(pod));
      if (isLost && !isTerminating(pod)) api.delete(Builtin.Pod, pod.metadata);
    }
    for (const pod of rolledOut(set, placesOf(api, set, claimed()))) api.delete(Builtin.Pod, pod.metadata);
  } finally {
    writeStatus(api, set, placesOf(api, set, claimed()));
  }
}

function placesOf(api: SandboxApi, set: KubeObject, pods: readonly KubeObject[]): Place[] {
  const byNode = Map.groupBy(pods, nodeNameOf);
  const podSpec = recordAt(set, 'spec', 'template', 'spec');
  const tolerations = tolerationsOf(podSpec);
  return api.store.list(Builtin.Node).map((node) => ({
    node,
    pods: byNode.get(node.metadata.name) ?? [],
    isWanted: isWanted(podSpec, node) && isTolerated(node, tolerations),
  }));
}

/** The node a Pod is bound to, or is made for. */
function nodeNameOf(pod: KubeObject): string {
  const spec = recordAt(pod, 'spec');
  return String(spec['nodeName'] ?? nodesNamedBy(spec)?.[0] ?? '');
}

function keepOne(api: SandboxApi, set: KubeObject, { node, pods, isWanted: wanted }: Place): void {
  if (wanted && pods.length === 0) {
    createMember(api, set, node);
    return;
  }
  const staying = pods.filter((pod) => !isTerminating(pod));
  // A Pod that tolerates no longer a taint only of scheduling stays where it is.
  const podSpec = recordAt(set, 'spec', 'template', 'spec');
  const condemned = isWanted(podSpec, node)
    ? [...staying.filter(isFinished), ...staying.filter((pod) => !isFinished(pod)).slice(1)]
    : staying;
  for (const pod of condemned) api.delete(Builtin.Pod, pod.metadata);
}

function createMember(api: SandboxApi, set: KubeObject, node: KubeObject): void {
  createPod(api, Builtin.DaemonSet, set, { generateName: `${set.metadata.name}-` }, (template) => {
    const metadata = recordAt(template, 'metadata');
    const spec = recordAt(template, 'spec');
    const generation = set.metadata.annotations?.[TEMPLATE_GENERATION];
    return {
      metadata: {
        ...metadata,
        labels: {
          ...recordAt(metadata, 'labels'),
          [REVISION_LABEL]: revisionOf(set),
          ...(generation === undefined ? {} : { 'pod-template-generation': generation }),
        },
      },
      spec: {
        ...spec,
        affinity: { ...recordAt(spec, 'affinity'), nodeAffinity: { ...affinityOf(spec), ...named(node) } },
        tolerations: tolerationsOf(spec),
      },
    };
  });
}

function affinityOf(podSpec: JsonObject): JsonObject {
  return recordAt(podSpec, 'affinity', 'nodeAffinity');
}

function named(node: KubeObject): JsonObject {
  const field = { key: 'metadata.name', operator: 'In', values: [node.metadata.name] };
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [field] }] } };
}

/** A daemon stays on a node that is in trouble. */
function tolerationsOf(podSpec: JsonObject): readonly JsonObject[] {
  const tolerate = (effect: string, name: string): JsonObject => ({
    effect,
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
  });
  const added = [
    tolerate('NoExecute', 'not-ready'),
    tolerate('NoExecute', 'unreachable'),
    ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) =>
      tolerate('NoSchedule', name),
    ),
    ...(podSpec['hostNetwork'] === true ? [tolerate('NoSchedule', 'network-unavailable')] : []),
  ];
  const isSameTaint = (a: JsonObject, b: JsonObject): boolean => a['key'] === b['key'] && a['effect'] === b['effect'];
  const given = recordsAt(podSpec, 'tolerations');
  return [...given.filter((own) => !added.some((other) => isSameTaint(own, other))), ...added];
}
