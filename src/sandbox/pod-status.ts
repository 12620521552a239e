import type { KubeObject } from '../kube/object.ts';
import { type Run, statusOf } from './container.ts';
import { timestamp } from './deletion.ts';
import { type JsonObject, recordAt, recordsAt } from './json.ts';
import { withCondition } from './pods.ts';

/** Of every node. */
export const HOST_IP = '127.0.0.1';

/** The status of a Pod from what its containers do, as the kubelet writes it. */
export function podStatus(
  pod: KubeObject,
  init: readonly Run[],
  main: readonly Run[],
  now: number,
  ip: string,
): JsonObject {
  const old = recordAt(pod, 'status');
  const phase = phaseFrom(pod, init, main);
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const isInitialized = init.every((run) => run.exit?.exitCode === 0 && run.state === 'ended');
  const unready = main.filter((run) => !run.ready).map((run) => run.name);
  const over = { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' };
  const why = isOver
    ? over
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const hasStarted = [...init, ...main].some((run) => run.state !== 'created');
  let conditions = recordsAt(old, 'conditions');
  const set = (type: string, holds: boolean, reason: JsonObject): void => {
    const status = holds ? 'True' : 'False';
    const condition = {
      type,
      status,
      ...(holds ? {} : reason),
      lastProbeTime: null,
      lastTransitionTime: timestamp(now),
    };
    conditions = withCondition(conditions, condition);
  };
  set('PodReadyToStartContainers', hasStarted && !isOver, {});
  set('Initialized', isInitialized, {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${init
      .filter((run) => run.state !== 'ended')
      .map((run) => run.name)
      .join(' ')}]`,
  });
  set('Ready', unready.length === 0 && !isOver, why);
  set('ContainersReady', unready.length === 0 && !isOver, why);
  return {
    ...old,
    phase,
    conditions,
    hostIP: HOST_IP,
    startTime: old['startTime'] ?? timestamp(now),
    ...(hasStarted ? { podIP: ip, podIPs: [{ ip }] } : {}),
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map((run) => waitingFor(isInitialized, run, pod)) }),
    containerStatuses: main.map((run) => waitingFor(isInitialized, run, pod)),
  };
}

/** The kubelet's getPhase. */
function phaseFrom(pod: KubeObject, init: readonly Run[], main: readonly Run[]): string {
  const isStarting = (run: Run): boolean => run.exit === undefined && run.state !== 'running';
  if (init.some((run) => run.state !== 'ended') || main.some(isStarting)) return 'Pending';
  if (main.some((run) => run.state !== 'ended')) return 'Running';
  const restartPolicy = recordAt(pod, 'spec')['restartPolicy'];
  if (restartPolicy === 'Always' && pod.metadata.deletionTimestamp === undefined) return 'Running';
  return main.every((run) => run.exit?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

function waitingFor(isInitialized: boolean, run: Run, pod: KubeObject): JsonObject {
  const status = statusOf(run, pod);
  if (isInitialized || run.state !== 'created' || run.exit !== undefined) return status;
  return recordsAt(pod, 'spec', 'initContainers').length === 0
    ? status
    : { ...status, state: { waiting: { reason: 'PodInitializing' } } };
}
