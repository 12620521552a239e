import type { KubeObject } from '../kube/object.ts';
import type { Behaviour } from './behaviour.ts';
import { timestamp } from './deletion.ts';
import type { JsonObject } from './json.ts';

/** How a container ended. */
interface Exit {
  readonly exitCode: number;
  readonly message?: string;
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** One container on the node. `due` is when the next thing happens to it, if anything does by itself. */
export interface Run {
  readonly spec: JsonObject;
  readonly name: string;
  state: 'created' | 'pulling' | 'noImage' | 'badConfig' | 'running' | 'backOff' | 'ended';
  due: number | undefined;
  reason: string;
  message: string;
  behaviour: Behaviour;
  startedAt: number;
  endsAt: number | undefined;
  readyAt: number | undefined;
  ready: boolean;
  restarts: number;
  exit: Exit | undefined;
}

export function newRun(spec: JsonObject): Run {
  return {
    spec,
    name: String(spec['name']),
    state: 'created',
    due: 0,
    reason: 'ContainerCreating',
    message: '',
    behaviour: {},
    startedAt: 0,
    endsAt: undefined,
    readyAt: undefined,
    ready: false,
    restarts: 0,
    exit: undefined,
  };
}

/** No registry has it. */
export function isMissing(image: unknown): boolean {
  return String(image).endsWith(':missing');
}

export function end(run: Run, now: number, exitCode: number): void {
  const { terminationMessage, log } = run.behaviour;
  const fromLog = exitCode !== 0 && run.spec['terminationMessagePolicy'] === 'FallbackToLogsOnError' ? log : undefined;
  const message = terminationMessage ?? (fromLog === undefined ? undefined : endOf(fromLog));
  run.exit = { exitCode, startedAt: run.startedAt, finishedAt: now, ...(message === undefined ? {} : { message }) };
  run.state = 'ended';
  run.ready = false;
  run.due = undefined;
}

/** The entry of `containerStatuses`. */
export function statusOf(run: Run, pod: KubeObject): JsonObject {
  const hasRun = run.state === 'running' || run.exit !== undefined;
  const containerID = `containerd://${pod.metadata.uid ?? ''}-${run.name}-${run.restarts}`;
  const previous = run.state === 'ended' ? undefined : run.exit;
  return {
    name: run.name,
    image: run.spec['image'],
    imageID: hasRun ? String(run.spec['image']) : '',
    ready: run.ready,
    started: run.state === 'running',
    restartCount: run.restarts,
    state: stateOf(run, containerID),
    lastState: previous === undefined ? {} : { terminated: terminated(previous, containerID) },
    ...(hasRun ? { containerID } : {}),
  };
}

function stateOf(run: Run, containerID: string): JsonObject {
  if (run.state === 'running') return { running: { startedAt: timestamp(run.startedAt) } };
  if (run.state === 'ended' && run.exit !== undefined) return { terminated: terminated(run.exit, containerID) };
  return { waiting: { reason: run.reason, ...(run.message === '' ? {} : { message: run.message }) } };
}

function terminated(exit: Exit, containerID: string): JsonObject {
  return {
    exitCode: exit.exitCode,
    reason: exit.exitCode === 0 ? 'Completed' : 'Error',
    ...(exit.message === undefined ? {} : { message: exit.message }),
    startedAt: timestamp(exit.startedAt),
    finishedAt: timestamp(exit.finishedAt),
    containerID,
  };
}

/** The last 80 lines, and of them the last 2048 bytes. */
function endOf(log: string): string {
  return Buffer.from(log.split('\n').slice(-80).join('\n')).subarray(-2048).toString();
}
