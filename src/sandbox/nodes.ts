import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller, own, refFrom } from './controller.ts';
import { timestamp } from './deletion.ts';
import { isSame, type JsonObject, recordAt, recordsAt } from './json.ts';

/** A machine that Pods can run on. */
export interface Node {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: 'NoSchedule' }[];
}

/** Runs every Node there is, also one that somebody adds later: it becomes ready, and takes its Pods with it. */
export function startNodes(api: SandboxApi, nodes: readonly Node[], delayMs: () => number): Controller {
  const controller = new Controller({ api, delayMs, reconcile: (key) => reconcile(api, key) }).on(Builtin.Node, own);
  for (const { name, labels, taints } of nodes) {
    const own = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    const made = api.create(Builtin.Node, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { ...own, ...labels } },
      spec: taints === undefined ? {} : { taints },
    });
    // The world begins with nodes that are up.
    setReady(api, made);
  }
  return controller;
}

/** Whether a node is such as the scheduler looks at. */
export function isSameNode(a: KubeObject | undefined, b: KubeObject | undefined): boolean {
  return isSame(a?.metadata.labels, b?.metadata.labels) && isSame(a?.['spec'], b?.['spec']);
}

/** Whether a Pod of this spec asks for the node: by its labels, or by name. */
export function isWanted(podSpec: JsonObject, node: KubeObject): boolean {
  const selector = Object.entries(recordAt(podSpec, 'nodeSelector'));
  if (!selector.every(([key, value]) => node.metadata.labels?.[key] === value)) return false;
  const named = nodesNamedBy(podSpec);
  return named === undefined || named.includes(node.metadata.name);
}

/** The nodes that a Pod may run on by their names; undefined where it does not name any. */
export function nodesNamedBy(podSpec: JsonObject): readonly unknown[] | undefined {
  const required = recordAt(podSpec, 'affinity', 'nodeAffinity')['requiredDuringSchedulingIgnoredDuringExecution'];
  if (required === undefined) return undefined;
  return recordsAt(required, 'nodeSelectorTerms')
    .flatMap((term) => recordsAt(term, 'matchFields'))
    .flatMap(({ values }) => (Array.isArray(values) ? (values as unknown[]) : []));
}

/** Whether a Pod with these tolerations may be put on the node. */
export function isTolerated(node: KubeObject, tolerations: readonly JsonObject[]): boolean {
  return recordsAt(node, 'spec', 'taints')
    .filter(({ effect }) => effect === 'NoSchedule')
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates({ key, operator = 'Equal', value = '', effect }: JsonObject, taint: JsonObject): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint['effect']) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  return key === taint['key'] && (operator === 'Exists' || value === (taint['value'] ?? ''));
}

function reconcile(api: SandboxApi, key: string): void {
  const node = api.find(Builtin.Node, refFrom(key));
  if (node === undefined) {
    const { name } = refFrom(key);
    for (const pod of api.store.list(Builtin.Pod)) {
      if (recordAt(pod, 'spec')['nodeName'] === name) api.delete(Builtin.Pod, pod.metadata, { graceSeconds: 0 });
    }
    return;
  }
  if (node['status'] === undefined || recordsAt(node, 'status', 'conditions').length === 0) setReady(api, node);
  const spec = recordAt(node, 'spec');
  const others = recordsAt(spec, 'taints').filter((taint) => taint['key'] !== CORDON.key);
  const { taints: _, ...rest } = spec;
  const taints = spec['unschedulable'] === true ? [...others, CORDON] : others;
  if (taints.length === recordsAt(spec, 'taints').length) return;
  api.update(Builtin.Node, node.metadata, (live) => ({
    ...live,
    spec: taints.length === 0 ? rest : { ...rest, taints },
  }));
}

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

function setReady(api: SandboxApi, node: KubeObject): void {
  const now = timestamp(api.clock.now());
  const condition = (type: string, status: string, reason: string, message: string): JsonObject => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  const resources = { cpu: '64', memory: '512Gi', pods: '1k' };
  const status = {
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: node.metadata.name },
    ],
    capacity: resources,
    allocatable: resources,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    nodeInfo: NODE_INFO,
  };
  api.update(Builtin.Node, node.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
}

const NODE_INFO = {
  architecture: 'amd64',
  bootID: '',
  containerRuntimeVersion: 'sandbox',
  kernelVersion: 'sandbox',
  kubeProxyVersion: '',
  kubeletVersion: 'v1.36.3',
  machineID: '',
  operatingSystem: 'linux',
  osImage: 'sandbox',
  systemUUID: '',
};
