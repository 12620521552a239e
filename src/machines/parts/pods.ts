import { Builtin, type KubeObject } from '../../kube/object.ts';
import { Label } from '../engine/annotations.ts';
import type { Scope } from '../engine/scope.ts';

/** What is wrong with a Pod, in a word for the condition and a sentence for a person. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
  readonly by: { readonly kind: string; readonly name: string };
}

interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

interface ContainerStatus {
  name: string;
  image?: string;
  ready?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode?: number; reason?: string; message?: string };
}

/** Pods of one component of this resource; of one Job where its name is given. */
export function podsOf<Spec>(scope: Scope<Spec>, component: string, job?: string): readonly KubeObject[] {
  return scope.lookup.pods(scope.namespace, {
    [Label.name]: scope.kind.toLowerCase(),
    [Label.instance]: scope.name,
    [Label.component]: component,
    ...(job === undefined ? {} : { 'batch.kubernetes.io/job-name': job }),
  });
}

/** The first trouble of the first Pod that has one. */
export function troubleIn(pods: readonly KubeObject[]): Trouble | undefined {
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const found = troubleOf(pod);
    if (found !== undefined) return found;
  }
  return undefined;
}

function troubleOf(pod: KubeObject): Trouble | undefined {
  const status = statusOf(pod);
  const by = { kind: Builtin.Pod.kind, name: pod.metadata.name };
  const at = `Pod/${pod.metadata.name}`;
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const { waiting, terminated } = container.state ?? {};
    if (waiting?.reason !== undefined && !['ContainerCreating', 'PodInitializing'].includes(waiting.reason)) {
      const last = container.lastState?.terminated;
      return {
        reason: waiting.reason,
        message: `${at}: ${waiting.reason}${said(container, waiting.message)}${last === undefined ? '' : `; it ${ended(last)}`}`,
        by,
      };
    }
    if (terminated !== undefined && terminated.exitCode !== 0) {
      return { reason: terminated.reason ?? 'Error', message: `${at} ${ended(terminated)}`, by };
    }
  }
  if (status.phase === 'Failed') {
    const reason = status.reason ?? 'Failed';
    return { reason, message: `${at}: ${reason}${status.message === undefined ? '' : `, ${status.message}`}`, by };
  }
  const scheduled = status.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return {
      reason: scheduled.reason ?? 'Unschedulable',
      message: `${at} cannot be scheduled: ${scheduled.message ?? 'no reason given'}`,
      by,
    };
  }
  return undefined;
}

function said(container: ContainerStatus, message: string | undefined): string {
  const image = container.image === undefined ? '' : ` (image ${container.image})`;
  return `${image}${message === undefined ? '' : `: ${message}`}`;
}

function ended(terminated: NonNullable<ContainerState['terminated']>): string {
  const log = terminated.message?.trim();
  const what = terminated.reason === undefined || terminated.reason === 'Error' ? '' : ` (${terminated.reason})`;
  return `ended with exit code ${terminated.exitCode ?? 'unknown'}${what}${log === undefined || log === '' ? '' : `: ${log}`}`;
}

/**
 * A Pod of an older revision that cannot come up. A StatefulSet waits for it for ever before it makes the one that
 * could, so it has to be deleted.
 */
export function stuckPod(pods: readonly KubeObject[], revision: string | undefined): KubeObject | undefined {
  return pods.find((pod) => {
    const own = pod.metadata.labels?.['controller-revision-hash'];
    return revision !== undefined && own !== undefined && own !== revision && troubleIn([pod]) !== undefined;
  });
}

/** Names of the nodes on which one of these Pods is ready, in order. */
export function nodesOf(pods: readonly KubeObject[]): string[] {
  const names = pods.filter(isReady).map((pod) => pod['nodeName']);
  return [...new Set(names.filter((name) => typeof name === 'string'))].sort();
}

function isReady(pod: KubeObject): boolean {
  const { containerStatuses = [] } = statusOf(pod);
  const isUp = containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready === true);
  return isUp && pod.metadata.deletionTimestamp === undefined;
}

/** True once any container of any of these Pods has begun: from then on it may have changed something. */
export function hasStarted(pods: readonly KubeObject[]): boolean {
  return pods.some((pod) => {
    const { containerStatuses = [], initContainerStatuses = [] } = statusOf(pod);
    return [...initContainerStatuses, ...containerStatuses].some(
      (container) =>
        container.state?.running !== undefined ||
        container.state?.terminated !== undefined ||
        container.lastState?.terminated !== undefined,
    );
  });
}

/** It does nothing any more. */
export function hasEnded(pod: KubeObject): boolean {
  return ['Succeeded', 'Failed'].includes(statusOf(pod).phase ?? '');
}

export function endedWell(pod: KubeObject): boolean {
  return statusOf(pod).phase === 'Succeeded';
}

/** Whether this very Job made it, not one of the same name. */
export function isOfJob(pod: KubeObject, job: KubeObject): boolean {
  return pod.metadata.labels?.['batch.kubernetes.io/controller-uid'] === job.metadata.uid;
}

/** What the one container of a Job said as it ended well. */
export function terminationMessage(pods: readonly KubeObject[]): string | undefined {
  for (const pod of pods) {
    const ended = statusOf(pod).containerStatuses?.find((container) => container.state?.terminated?.exitCode === 0);
    if (ended?.state?.terminated?.message !== undefined) return ended.state.terminated.message;
  }
  return undefined;
}

/**
 * All that is ever asked above about a Pod, as one text. While it stays the same, nothing is decided otherwise, though the
 * kubelet writes more often.
 */
export function meaningOf(pod: KubeObject): string {
  const { uid, labels, deletionTimestamp } = pod.metadata;
  const only = [pod];
  const isGoing = deletionTimestamp !== undefined;
  const answers = [
    troubleOf(pod),
    hasStarted(only),
    hasEnded(pod),
    endedWell(pod),
    nodesOf(only),
    terminationMessage(only),
  ];
  return JSON.stringify([uid, labels, isGoing, ...answers]);
}

function statusOf(pod: KubeObject): PodStatus {
  return (pod['status'] ?? {}) as PodStatus;
}
