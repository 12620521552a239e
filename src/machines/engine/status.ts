import type { Condition, KubeObject } from '../../kube/object.ts';
import type { Decision, Position } from './decide.ts';
import type { StepFact } from './facts.ts';
import type { Kind } from './kind.ts';
import { type Ledger } from './ledger.ts';
import type { View } from './observe.ts';
import type { Attempts } from './scope.ts';

/** `status.machine`: what the machine needs to go on from here, and what it went through. */
export interface MachineStatus extends Position {
  readonly since: string;
  readonly attempts?: Attempts;
  readonly retryAt?: string;
  readonly record: Ledger;
  readonly history: readonly Passage[];
}

/** One arrow that was followed, with its cause. */
export interface Passage {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

export interface Status {
  readonly conditions: readonly Condition[];
  readonly observedGeneration: number;
  readonly state: string;
  readonly waitingFor?: string;
  readonly machine: MachineStatus;
  readonly [field: string]: unknown;
}

/** Something that went wrong while acting, in words for the status. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly terminal: boolean;
}

const historyLength = 20;
const messageBytes = 1024;

/**
 * The whole status, from the view and the decision. Times of what did not change are taken over from `before`, so that
 * an equal world gives an equal status and nothing is written.
 */
export function statusFor(
  kind: Kind,
  cr: KubeObject,
  view: View,
  decision: Decision,
  now: number,
  passed: readonly Passage[],
  failure?: Failure,
): Status {
  const before = storedStatus(cr);
  const generation = cr.metadata.generation ?? 0;
  const at = new Date(now).toISOString();
  const obstacle = obstacleIn(kind, view, failure);
  const wanted = conditionsFor(kind, view, obstacle, failure);
  const moved = before?.machine.state !== decision.state || passed.length > 0;
  return {
    conditions: wanted.map((condition) => {
      const old = before?.conditions.find((candidate) => candidate.type === condition.type);
      const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : at.replace(/\.\d+Z$/, 'Z');
      return { ...condition, message: short(condition.message), observedGeneration: generation, lastTransitionTime };
    }),
    observedGeneration: generation,
    state: decision.state.split('.')[0] ?? decision.state,
    ...(obstacle === undefined ? {} : { waitingFor: short(obstacle.message) }),
    ...view.kindStatus,
    machine: {
      version: kind.plan.version,
      state: decision.state,
      since: moved ? at : (before?.machine.since ?? at),
      ...(Object.keys(view.attempts).length === 0 ? {} : { attempts: view.attempts }),
      ...(view.wakeAt === undefined || Object.keys(view.attempts).length === 0
        ? {}
        : { retryAt: new Date(view.wakeAt).toISOString() }),
      record: view.ledger,
      history: [...(before?.machine.history ?? []), ...passed].slice(-historyLength),
    },
  };
}

/** The first thing that stands between the resource and Ready. */
export function obstacleIn(
  kind: Kind,
  view: View,
  failure?: Failure,
): Pick<StepFact, 'reason' | 'message'> | undefined {
  if (view.facts.lifecycle === 'deleting') {
    const open = Object.values(view.facts.deletion).find((step) => step.is !== 'done');
    return failure ?? open;
  }
  const facts = kind.stepNames.map((name) => view.facts.steps[name]);
  const open =
    facts.find((step) => step !== undefined && step.is !== 'done') ?? facts.find((step) => step?.healthy === false);
  if (view.facts.lifecycle === 'paused' && open !== undefined) {
    return { reason: 'Paused', message: `paused by annotation; ${open.message}` };
  }
  return failure ?? open;
}

type Bare = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

function conditionsFor(
  kind: Kind,
  view: View,
  obstacle: Pick<StepFact, 'reason' | 'message'> | undefined,
  failure: Failure | undefined,
): Bare[] {
  const { lifecycle, steps } = view.facts;
  const stalledBy = Object.values(lifecycle === 'deleting' ? view.facts.deletion : steps).find(
    (step) => step.stalled === true,
  );
  const ready: Bare =
    lifecycle === 'deleting'
      ? {
          type: 'Ready',
          status: 'False',
          reason: obstacle?.reason ?? 'Deleting',
          message: obstacle?.message ?? 'it is being deleted',
        }
      : obstacle === undefined
        ? { type: 'Ready', status: 'True', reason: 'Ready', message: 'every step is done and works' }
        : { type: 'Ready', status: 'False', reason: obstacle.reason, message: obstacle.message };
  const stalled: Bare =
    stalledBy !== undefined
      ? { type: 'Stalled', status: 'True', reason: stalledBy.reason, message: stalledBy.message }
      : failure?.terminal === true
        ? { type: 'Stalled', status: 'True', reason: failure.reason, message: failure.message }
        : { type: 'Stalled', status: 'False', reason: 'Progressing', message: 'nothing needs a person' };
  const paused: Bare[] =
    lifecycle === 'paused'
      ? [
          {
            type: 'Paused',
            status: 'True',
            reason: 'Asked',
            message: 'no change is made until the annotation is taken away',
          },
        ]
      : [];
  return [ready, stalled, ...paused, ...kind.stepNames.map((name) => stepCondition(kind, name, view))];
}

/** The first step that is not done says why; those after it say what they wait for. */
function stepCondition(kind: Kind, name: string, view: View): Bare {
  const step = view.facts.steps[name];
  if (step === undefined) return { type: name, status: 'Unknown', reason: 'Unknown', message: 'not looked at yet' };
  if (step.is === 'done' && step.healthy) return { type: name, status: 'True', reason: 'Done', message: step.message };
  const open = kind.stepNames.find((other) => view.facts.steps[other]?.is !== 'done');
  if (step.is === 'todo' && open !== undefined && open !== name) {
    return { type: name, status: 'False', reason: 'Waiting', message: `waits for ${open}` };
  }
  return { type: name, status: 'False', reason: step.reason, message: step.message };
}

/** The causes of the arrows followed, from the facts that their terms read. */
export function passages(decision: Decision, view: View, now: number): Passage[] {
  const at = new Date(now).toISOString();
  return decision.crossed.map(({ from, to, terms }) => ({
    at,
    from,
    to,
    why: short(
      terms.length === 0
        ? 'every step is done'
        : terms
            .map((term) =>
              'step' in term ? causeOf(term.step, factFor(view, term.step)) : `the resource is ${view.facts.lifecycle}`,
            )
            .join('; '),
      200,
    ),
  }));
}

/** A step that was done before and is not well now lets pass all the same; its message is of what is not well. */
function causeOf(step: string, fact: StepFact | undefined): string {
  if (fact === undefined) return step;
  return fact.is === 'done' && !fact.healthy ? `${step} was done before (${fact.message})` : fact.message;
}

function factFor(view: View, step: string): StepFact | undefined {
  return view.facts.steps[step] ?? view.facts.deletion[step as keyof View['facts']['deletion']];
}

/** Whether a reason is one that a kubelet, a Job or an API server gives for what does not go by itself. */
export function isTrouble(reason: string): boolean {
  return /^(Err|Invalid|Forbidden)|(BackOff|Error|Failed|Lost)$/.test(reason);
}

/** The status as it was stored; undefined when it is missing or not ours to read. */
export function storedStatus(cr: KubeObject): Status | undefined {
  const status = cr['status'] as Partial<Status> | undefined;
  const machine = status?.machine as Partial<MachineStatus> | undefined;
  if (typeof machine?.state !== 'string' || typeof machine.version !== 'number') return undefined;
  return {
    ...status,
    conditions: Array.isArray(status?.conditions) ? status.conditions : [],
    observedGeneration: status?.observedGeneration ?? 0,
    state: machine.state,
    machine: {
      ...machine,
      version: machine.version,
      state: machine.state,
      since: typeof machine.since === 'string' ? machine.since : new Date(0).toISOString(),
      record: machine.record as Ledger,
      history: Array.isArray(machine.history) ? machine.history : [],
    },
  };
}

/** At most so many bytes as JSON, cut between two characters. */
function short(message: string, most = messageBytes): string {
  const text = message.toWellFormed();
  if (text.length * 6 <= most) return text;
  let bytes = 0;
  let end = 0;
  let fits = 0;
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > most) return `${text.slice(0, fits)}…`;
    end += character.length;
    if (bytes <= most - 3) fits = end;
  }
  return text;
}

function bytesOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return JSON.stringify(character).length - 2;
  return code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
