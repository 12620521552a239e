import { Builtin, type KubeObject, refOf } from '../../kube/object.ts';
import { Annotation, Label, MANAGED_BY } from '../engine/annotations.ts';
import type { Child, Due, Finding } from '../engine/child.ts';
import { changedTerms, keyText, parseKey, type Key, type Lesson } from '../engine/ledger.ts';
import { isOwn, metadataPatch, objectFor, selectorFor, strangerMessage } from '../engine/ownership.ts';
import { childName, type Scope } from '../engine/scope.ts';
import { differenceIn } from './applied.ts';
import { directPod, type Program } from './pod-spec.ts';
import { endedWell, hasEnded, hasStarted, isOfJob, podsOf, terminationMessage, troubleIn } from './pods.ts';

/** Why a key cannot be said yet. */
export interface Blocked {
  readonly blocked: Omit<Finding, 'is' | 'settled' | 'due'>;
}

interface Task<Spec> {
  readonly id: string;
  /**
   * What a run stands for. It is run once for each key; the answer may also be why it cannot be said yet.
   * Image, database, digests of passwords: never the rendered Pod.
   */
  readonly key: (scope: Scope<Spec>) => Key | Blocked;
  readonly program: (scope: Scope<Spec>) => Program;
  /** What success taught besides the key. */
  readonly learn?: (scope: Scope<Spec>) => Lesson;
  /** What the Job has to say as it ends well; one that says anything else has to run again. */
  readonly says?: { readonly what: string; readonly form: RegExp };
  /** The child of the same step that has to be done before. */
  readonly after?: Child<Spec>;
  /** What it works on, where only one Job may at a time. */
  readonly alone?: string;
}

/**
 * A Job that runs once for each key. Its fixed name is the lock: another run begins only when the Job and its Pods are
 * gone. A failed one is replaced after a pause that doubles; one whose key changed is replaced at once if it never
 * started, and waited for if it did.
 */
export function job<Spec>(task: Task<Spec>): Child<Spec> {
  const child: Child<Spec> = {
    id: task.id,
    type: Builtin.Job,
    verb: 'run',
    holds: 'nothing',
    ...(task.after === undefined ? {} : { after: task.after.id }),
    ...(task.alone === undefined ? {} : { lock: { name: task.alone, holds: (scope) => heldBy(scope, child) } }),
    nameIn: (scope) => childName(scope, task.id),
    look: (scope) => {
      const before = task.after?.look(scope);
      if (before?.settled === false) {
        const name = child.nameIn(scope);
        const message = `Job/${name} waits for ${before.by.kind}/${before.by.name}`;
        return { is: 'absent', settled: false, reason: 'Waiting', message, by: { kind: 'Job', name } };
      }
      const key = task.key(scope);
      if (isBlocked(key)) return { ...key.blocked, is: 'blocked', settled: false };
      const finding = look(scope, task, child, key);
      return { ...finding, ...answeredRetry(scope, child, finding), key: keyText(key) };
    },
  };
  return child;
}

/** While the Job or a Pod of it may still do something. */
function heldBy<Spec>(scope: Scope<Spec>, child: Child<Spec>): 'at work' | Due | undefined {
  const live = scope.lookup.get(Builtin.Job, { namespace: scope.namespace, name: child.nameIn(scope) });
  const pods = podsOf(scope, child.id);
  const isOver = live === undefined || hasFinished(live) || hasSucceeded(live, pods);
  if (isOver) return pods.every(hasEnded) ? undefined : 'at work';
  if (live.metadata.deletionTimestamp !== undefined || hasStarted(pods)) return 'at work';
  if (!isOwn(live, objectFor(scope, child, child.id))) return undefined;
  return replaced(scope, live, 'it has not started, and another has to run before it').due;
}

function hasFinished(live: KubeObject): boolean {
  const { conditions = [] } = (live['status'] ?? {}) as JobStatus;
  return conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
}

/**
 * Its one Pod has ended well, and no other of it is left. The Job controller says so too, after a second in which it
 * collects changes of Pods.
 */
function hasSucceeded(live: KubeObject, pods: readonly KubeObject[]): boolean {
  return pods.every(hasEnded) && pods.some((pod) => isOfJob(pod, live) && endedWell(pod));
}

interface JobStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
}

/** The nonce of a retry counts as acted on when a Job carries it: before that the request may have been lost. */
function answeredRetry<Spec>(scope: Scope<Spec>, child: Child<Spec>, finding: Finding): Pick<Finding, 'learned'> {
  const asked = scope.asked('retry');
  const live = scope.lookup.get(Builtin.Job, { namespace: scope.namespace, name: child.nameIn(scope) });
  if (asked === undefined || live?.metadata.annotations?.[Annotation.retriedFor] !== asked) return {};
  return { learned: { ...finding.learned, handled: { retry: asked } } };
}

function isBlocked(key: Key | Blocked): key is Blocked {
  return typeof key['blocked'] === 'object';
}

function look<Spec>(scope: Scope<Spec>, task: Task<Spec>, child: Child<Spec>, wanted: Key): Finding {
  const name = child.nameIn(scope);
  const by = { kind: 'Job', name };
  const done = scope.record.jobs[task.id];
  const live = scope.lookup.get(Builtin.Job, { namespace: scope.namespace, name });
  const pods = podsOf(scope, task.id);
  if (done !== undefined && changedTerms(done, wanted).length === 0) {
    return {
      ...succeeded(by),
      // Terms whose digests were made with another key are written anew.
      learned: { jobs: { [task.id]: wanted } },
      ...keptMetadata(scope, child, live),
    };
  }
  const because = done === undefined ? 'it has not run yet' : `${changedTerms(done, wanted).join(' and ')} changed`;
  const is = done === undefined ? 'absent' : 'lost';
  if (live === undefined) {
    if (pods.length > 0) return waiting(by, `Pods of the old Job/${name} are still there`, 'PodsTerminating');
    const due: Due = { verb: 'create', type: Builtin.Job, object: manifest(scope, task, child, wanted) };
    return { is, settled: false, reason: 'NotRun', message: `Job/${name} has to run: ${because}`, by, due };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    return waiting(by, `the old Job/${name} is being deleted`, 'JobTerminating');
  }
  if (!isOwn(live, objectFor(scope, child, task.id))) {
    return { is: 'failed', settled: false, stalled: true, reason: 'NameConflict', message: strangerMessage(live), by };
  }
  const ran = parseKey(live.metadata.annotations?.[Annotation.key]);
  const stands = ran !== undefined && changedTerms(ran, wanted).length === 0;
  const condition = (type: string) =>
    ((live['status'] ?? {}) as JobStatus).conditions?.find((entry) => entry.type === type && entry.status === 'True');
  const failed = condition('Failed');
  if (!stands) {
    if (!hasFinished(live) && hasStarted(pods)) {
      return waiting(by, `Job/${name} still runs for what was wanted before (${because})`, 'OldRunActive');
    }
    return {
      ...replaced(scope, live, because),
      is,
      settled: false,
      reason: 'KeyChanged',
      message: `Job/${name} has to run again: ${because}`,
      by,
    };
  }
  const complete = condition('Complete');
  const said = terminationMessage(pods)?.trim();
  const isAnswered = task.says === undefined || task.says.form.test(said ?? '');
  if (complete !== undefined && !isAnswered) {
    const message = `it ended well, but did not say ${task.says?.what}`;
    return failure(scope, live, { ...complete, reason: 'NoAnswer', message }, pods, by);
  }
  if (complete !== undefined || (failed === undefined && isAnswered && hasSucceeded(live, pods))) {
    const taught = task.learn?.(scope) ?? {};
    const answers = task.says === undefined ? {} : { answers: { [task.id]: said } };
    return {
      ...succeeded(by),
      learned: { ...taught, ...answers, jobs: { ...taught.jobs, [task.id]: wanted } },
      ...keptMetadata(scope, child, live),
    };
  }
  if (failed !== undefined) return failure(scope, live, failed, pods, by);
  const trouble = troubleIn(pods);
  const kept = keptMetadata(scope, child, live);
  if (trouble !== undefined) {
    return {
      is: 'progressing',
      settled: false,
      reason: trouble.reason,
      message: `Job/${name} waits: ${trouble.message}`,
      by: trouble.by,
      ...kept,
    };
  }
  return { is: 'progressing', settled: false, reason: 'JobRunning', message: `Job/${name} is running`, by, ...kept };
}

function succeeded(by: Finding['by']): Finding {
  return { is: 'ready', settled: true, reason: 'Succeeded', message: `Job/${by.name} has succeeded`, by };
}

function waiting(by: Finding['by'], message: string, reason: string): Finding {
  return { is: 'progressing', settled: false, reason, message, by };
}

function replaced<Spec>(scope: Scope<Spec>, live: KubeObject, why: string): { due: Due } {
  return {
    due: {
      verb: 'delete',
      type: Builtin.Job,
      ref: { namespace: scope.namespace, name: live.metadata.name },
      uid: live.metadata.uid ?? '',
      propagation: 'Foreground',
      why,
    },
  };
}

/** 10 s, 20 s, 40 s … 10 min after the first, second, third … failure. */
export function pauseAfter(attempt: number): number {
  return Math.min(10_000 * 2 ** (attempt - 1), 600_000);
}

/** From this failure on a person is told that it does not get better by itself. */
const stalledFrom = 3;

function failure<Spec>(
  scope: Scope<Spec>,
  live: KubeObject,
  failed: { reason?: string; message?: string; lastTransitionTime?: string },
  pods: readonly KubeObject[],
  by: Finding['by'],
): Finding {
  const attempt = attemptOf(live);
  const failedAt = Date.parse(failed.lastTransitionTime ?? '');
  const retryAt = Number.isNaN(failedAt) ? scope.now : failedAt + pauseAfter(attempt);
  const trouble = troubleIn(pods);
  const cause = trouble?.message ?? failed.message ?? failed.reason ?? 'no reason given';
  const deadline =
    failed.reason === 'DeadlineExceeded' ? `, deadline of ${scope.settings.jobDeadlineSeconds} s exceeded` : '';
  const message = `Job/${live.metadata.name} failed (try ${attempt}${deadline}): ${cause}; next try ${new Date(retryAt).toISOString()}`;
  const base: Finding = {
    is: 'failed',
    settled: false,
    reason: failed.reason === 'DeadlineExceeded' ? 'JobDeadlineExceeded' : 'JobFailed',
    message,
    by,
    failures: attempt,
    ...(attempt >= stalledFrom ? { stalled: true } : {}),
  };
  const asked = scope.asked('retry');
  if (asked !== undefined && live.metadata.annotations?.[Annotation.retriedFor] !== asked) {
    return { ...base, ...replaced(scope, live, `retry ${asked}`) };
  }
  return scope.now >= retryAt
    ? { ...base, ...replaced(scope, live, `try ${attempt + 1}`) }
    : { ...base, wakeAt: retryAt };
}

/** The how-manieth try this Job is; people can write anything into an annotation. */
function attemptOf(live: KubeObject): number {
  const text = live.metadata.annotations?.[Annotation.attempt] ?? '';
  return /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 1;
}

/** Labels and ownership of a Job are kept like those of any child; its spec is never sent again. */
function keptMetadata<Spec>(scope: Scope<Spec>, child: Child<Spec>, live: KubeObject | undefined): Partial<Finding> {
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return {};
  const object = objectFor(scope, child, child.id);
  if (!isOwn(live, object)) return {};
  const why = differenceIn(live, object);
  if (why === undefined) return {};
  const patch = metadataPatch(live, object);
  return { due: { verb: 'patch', type: Builtin.Job, ref: refOf(live), patch, why } };
}

function manifest<Spec>(scope: Scope<Spec>, task: Task<Spec>, child: Child<Spec>, key: Key): KubeObject {
  const asked = scope.asked('retry');
  const before = scope.attempts[task.id];
  const attempt = before?.key === keyText(key) ? before.failures + 1 : 1;
  const object = objectFor(scope, child, task.id);
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [Annotation.key]: keyText(key),
        [Annotation.attempt]: String(attempt),
        ...(asked === undefined ? {} : { [Annotation.retriedFor]: asked }),
      },
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: scope.settings.jobDeadlineSeconds,
      template: {
        metadata: { labels: { ...selectorFor(scope, task.id), [Label.managedBy]: MANAGED_BY } },
        spec: directPod(scope, task.program(scope), 'Never'),
      },
    },
  };
}
