import type { KubeObject } from '../../kube/object.ts';
import { isRecord, type JsonObject, recordAt, recordsAt } from '../json.ts';
import { ageOf } from './duration.ts';
import { AGE, age, column, count, NAME, NONE, type Printer, text, wide } from './table-printer.ts';

export const POD_PRINTER: Printer = {
  columns: [
    NAME,
    column('Ready'),
    column('Status'),
    column('Restarts'),
    AGE,
    wide('IP'),
    wide('Node'),
    wide('Nominated Node'),
    wide('Readiness Gates'),
  ],
  cells: podCells,
  conditions: podConditions,
};

function podCells(pod: KubeObject, now: number): unknown[] {
  const spec = recordAt(pod, 'spec');
  const status = recordAt(pod, 'status');
  const look = lookAt(pod);
  const sidecars = recordsAt(spec, 'initContainers').filter(isSidecar).length;
  return [
    pod.metadata.name,
    `${look.ready}/${recordsAt(spec, 'containers').length + sidecars}`,
    look.reason,
    look.restarts > 0 && look.lastRestart !== ''
      ? `${look.restarts} (${ageOf(look.lastRestart, now)} ago)`
      : `${look.restarts}`,
    age(pod, now),
    text(recordsAt(status, 'podIPs')[0]?.['ip']) || NONE,
    text(spec['nodeName']) || NONE,
    text(status['nominatedNodeName']) || NONE,
    gatesText(pod),
  ];
}

interface Look {
  readonly reason: string;
  readonly ready: number;
  readonly restarts: number;
  /** When the container that restarted last had ended; empty when unknown. */
  readonly lastRestart: string;
}

const NOTHING: Look = { reason: '', ready: 0, restarts: 0, lastRestart: '' };

/** One word for how the Pod does: of the init container that is not through, else of the first container in trouble. */
function lookAt(pod: KubeObject): Look {
  const status = recordAt(pod, 'status');
  const gated = conditionsOf(pod).some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const first = gated ? 'SchedulingGated' : text(status['reason']) || text(status['phase']);
  const init = lookAtInit(pod);
  const isThrough = init.reason === '' || hasCondition(pod, 'Initialized');
  const look = isThrough ? lookAtContainers(pod, init) : init;
  const reason = look.reason || first;
  if (pod.metadata.deletionTimestamp === undefined) return { ...look, reason };
  if (status['reason'] === 'NodeLost') return { ...look, reason: 'Unknown' };
  return hasEnded(pod) ? { ...look, reason } : { ...look, reason: 'Terminating' };
}

interface InitLook extends Look {
  /** Of the sidecars alone: what the others did no longer counts once they are through. */
  readonly sidecars: Pick<Look, 'restarts' | 'lastRestart'>;
}

function lookAtInit(pod: KubeObject): InitLook {
  const specs = new Map(recordsAt(pod, 'spec', 'initContainers').map((spec) => [spec['name'], spec]));
  let look = NOTHING;
  let sidecars = NOTHING;
  for (const [i, container] of recordsAt(pod, 'status', 'initContainerStatuses').entries()) {
    look = restarted(look, container);
    const { terminated, waiting } = recordAt(container, 'state');
    const sidecar = isSidecar(specs.get(container['name']));
    if (sidecar) sidecars = restarted(sidecars, container);
    if (isRecord(terminated) && count(terminated['exitCode']) === 0) continue;
    if (sidecar && container['started'] === true) {
      if (container['ready'] === true) look = { ...look, ready: look.ready + 1 };
      continue;
    }
    return { ...look, reason: `Init:${initReason(terminated, waiting) ?? `${i}/${specs.size}`}`, sidecars };
  }
  return { ...look, sidecars };
}

function initReason(terminated: unknown, waiting: unknown): string | undefined {
  if (isRecord(terminated)) return text(terminated['reason']) || exitText(terminated);
  const reason = text(recordAt(waiting)['reason']);
  return reason === '' || reason === 'PodInitializing' ? undefined : reason;
}

function lookAtContainers(pod: KubeObject, init: InitLook): Look {
  let look: Look = { ...init.sidecars, reason: init.reason, ready: init.ready };
  let isRunning = false;
  // From the last: the word of the first container stays.
  for (const container of [...recordsAt(pod, 'status', 'containerStatuses')].reverse()) {
    look = restarted(look, container);
    const { terminated, waiting, running } = recordAt(container, 'state');
    const ended = isRecord(terminated) ? text(terminated['reason']) || exitText(terminated) : '';
    const reason = text(recordAt(waiting)['reason']) || ended;
    if (reason !== '') look = { ...look, reason };
    else if (container['ready'] === true && isRecord(running)) {
      isRunning = true;
      look = { ...look, ready: look.ready + 1 };
    }
  }
  if (look.reason !== 'Completed' || !isRunning) return look;
  return { ...look, reason: hasCondition(pod, 'Ready') ? 'Running' : 'NotReady' };
}

function restarted(look: Look, container: JsonObject): Look {
  const ended = text(recordAt(container, 'lastState', 'terminated')['finishedAt']);
  return {
    ...look,
    restarts: look.restarts + count(container['restartCount']),
    lastRestart: ended > look.lastRestart ? ended : look.lastRestart,
  };
}

function exitText({ signal, exitCode }: JsonObject): string {
  return count(signal) === 0 ? `ExitCode:${count(exitCode)}` : `Signal:${count(signal)}`;
}

function isSidecar(container: JsonObject | undefined): boolean {
  return container?.['restartPolicy'] === 'Always';
}

function conditionsOf(pod: KubeObject): readonly JsonObject[] {
  return recordsAt(pod, 'status', 'conditions');
}

function hasCondition(pod: KubeObject, wanted: unknown): boolean {
  return conditionsOf(pod).some(({ type, status }) => type === wanted && status === 'True');
}

function gatesText(pod: KubeObject): string {
  const gates = recordsAt(pod, 'spec', 'readinessGates');
  if (gates.length === 0) return NONE;
  return `${gates.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${gates.length}`;
}

function hasEnded(pod: KubeObject): boolean {
  return podConditions(pod).length > 0;
}

/** Lets a client leave out the Pods that have ended. */
function podConditions(pod: KubeObject): object[] {
  const phase = recordAt(pod, 'status')['phase'];
  if (phase !== 'Succeeded' && phase !== 'Failed') return [];
  return [{ type: 'Completed', status: 'True', reason: phase, message: MESSAGES[phase] }];
}

const MESSAGES = {
  Succeeded: 'The pod has completed successfully.',
  Failed: 'The pod failed.',
};
