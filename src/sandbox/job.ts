import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { claim, Controller, controllerOf, type Keys, own, refFrom } from './controller.ts';
import { timestamp } from './deletion.ts';
import { dropFinalizer } from './garbage.ts';
import { type JsonObject, recordAt, recordsAt } from './json.ts';
import {
  createPod,
  isActive,
  isFinished,
  isReady,
  isTerminating,
  phaseOf,
  withCondition,
  withoutZeros,
} from './pods.ts';
import { keyOf } from './store.ts';

const TRACKING = 'batch.kubernetes.io/job-tracking';
const BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 600_000;

/** Runs Jobs to completion. A finalizer keeps each Pod until it is counted, so one that is deleted counts too. */
export function startJobs(api: SandboxApi, delayMs: () => number): Controller[] {
  const failures = new Map<string, { count: number; at: number }>();
  const jobs = new Controller({ api, delayMs, reconcile: (key, keys) => reconcile(api, key, keys, failures) })
    .on(Builtin.Job, own)
    .on(Builtin.Pod, controllerOf('Job'));
  const orphans = new Controller({ api, delayMs, reconcile: (key) => release(api, key) })
    .on(Builtin.Pod, ({ object }) => (isTracked(object) && jobOf(api, object) === undefined ? [keyOf(object)] : []))
    .on(Builtin.Job, ({ type, object }) =>
      type === 'DELETED'
        ? api.store
            .dependents(object.metadata.uid ?? '')
            .filter(isTracked)
            .map(keyOf)
        : [],
    );
  return [jobs, orphans];
}

type Failures = Map<string, { count: number; at: number }>;

function reconcile(api: SandboxApi, key: string, keys: Keys, failures: Failures): void {
  const job = api.find(Builtin.Job, refFrom(key));
  if (job === undefined) return;
  const { uid = '' } = job.metadata;
  const pods = claim(api, Builtin.Pod, Builtin.Job, job, () => false);
  const status = recordAt(job, 'status');
  const isDone = hasCondition(status, 'Complete') || hasCondition(status, 'Failed');
  if (isDone || isTerminating(job)) {
    for (const pod of pods) if (isTracked(pod)) dropFinalizer(api, Builtin.Pod, pod, TRACKING);
    if (isDone) failures.delete(uid);
    else writeStatus(api, job, status);
    return;
  }
  const spec = recordAt(job, 'spec');
  const now = api.clock.now();
  const counted = count(api, pods, spec, status);
  if (counted.newlyFailed > 0)
    failures.set(uid, { count: (failures.get(uid)?.count ?? 0) + counted.newlyFailed, at: now });
  let next: JsonObject = {
    ...status,
    startTime: status['startTime'] ?? timestamp(now),
    succeeded: counted.succeeded,
    failed: counted.failed,
  };
  next = judge(api, next, spec, keys, key);
  const ends = hasCondition(next, 'FailureTarget') || hasCondition(next, 'SuccessCriteriaMet');
  if (ends) {
    for (const pod of pods) if (isActive(pod)) api.delete(Builtin.Pod, pod.metadata);
    next = finish(
      api,
      next,
      podsOf(api, uid).every((pod) => isFinished(pod) && !isTracked(pod)),
    );
  } else {
    fill(api, job, spec, next, keys, key, failures.get(uid));
  }
  writeStatus(api, job, next);
}

/** Counts the Pods that have ended since the last look, and lets them go. */
function count(
  api: SandboxApi,
  pods: readonly KubeObject[],
  spec: JsonObject,
  status: JsonObject,
): { succeeded: number; failed: number; newlyFailed: number } {
  let succeeded = Number(status['succeeded'] ?? 0);
  let newlyFailed = 0;
  for (const pod of pods) {
    if (!isTracked(pod)) continue;
    const hasSucceeded = phaseOf(pod) === 'Succeeded';
    const hasFailed = phaseOf(pod) === 'Failed' || (isTerminating(pod) && spec['podReplacementPolicy'] !== 'Failed');
    if (hasSucceeded) succeeded++;
    else if (hasFailed) newlyFailed++;
    if (hasSucceeded || hasFailed) dropFinalizer(api, Builtin.Pod, pod, TRACKING);
  }
  return { succeeded, newlyFailed, failed: Number(status['failed'] ?? 0) + newlyFailed };
}

/** Adds the condition that announces the end, when the end is due. */
function judge(api: SandboxApi, status: JsonObject, spec: JsonObject, keys: Keys, key: string): JsonObject {
  if (hasCondition(status, 'FailureTarget') || hasCondition(status, 'SuccessCriteriaMet')) return status;
  const deadline = spec['activeDeadlineSeconds'];
  const left = Date.parse(String(status['startTime'])) + Number(deadline ?? 0) * 1000 - api.clock.now();
  if (Number(status['failed']) > Number(spec['backoffLimit'])) {
    return condition(
      api,
      status,
      'FailureTarget',
      'BackoffLimitExceeded',
      'Job has reached the specified backoff limit',
    );
  }
  if (deadline !== undefined && left <= 0) {
    return condition(api, status, 'FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  if (Number(status['succeeded']) >= Number(spec['completions'])) {
    return condition(
      api,
      status,
      'SuccessCriteriaMet',
      'CompletionsReached',
      'Reached expected number of succeeded pods',
    );
  }
  if (deadline !== undefined) keys.addAfter(key, left);
  return status;
}

/** Complete or Failed, once no Pod is left that runs or is uncounted. */
function finish(api: SandboxApi, status: JsonObject, hasEnded: boolean): JsonObject {
  if (!hasEnded) return status;
  const announced = recordsAt(status, 'conditions').find(
    ({ type }) => type === 'FailureTarget' || type === 'SuccessCriteriaMet',
  );
  const reason = String(announced?.['reason']);
  const message = String(announced?.['message']);
  if (announced?.['type'] === 'FailureTarget') return condition(api, status, 'Failed', reason, message);
  return { ...condition(api, status, 'Complete', reason, message), completionTime: timestamp(api.clock.now()) };
}

/** Starts the Pods that are missing, after the back-off that the last failure asks for. */
function fill(
  api: SandboxApi,
  job: KubeObject,
  spec: JsonObject,
  status: JsonObject,
  keys: Keys,
  key: string,
  failed: { count: number; at: number } | undefined,
): void {
  const pods = podsOf(api, job.metadata.uid ?? '');
  const blocking = pods.filter(spec['podReplacementPolicy'] === 'Failed' ? (pod) => !isFinished(pod) : isActive);
  const wanted = Math.min(Number(spec['parallelism']), Number(spec['completions']) - Number(status['succeeded']));
  if (blocking.length >= wanted) return;
  if (failed !== undefined) {
    const wait = failed.at + Math.min(BACK_OFF_MS * 2 ** (failed.count - 1), MAX_BACK_OFF_MS) - api.clock.now();
    if (wait > 0) {
      keys.addAfter(key, wait);
      return;
    }
  }
  for (let missing = wanted - blocking.length; missing > 0; missing--) {
    createPod(api, Builtin.Job, job, { generateName: `${job.metadata.name}-` }, (template) => ({
      metadata: { ...recordAt(template, 'metadata'), finalizers: [TRACKING] },
      spec: recordAt(template, 'spec'),
    }));
  }
}

function writeStatus(api: SandboxApi, job: KubeObject, status: JsonObject): void {
  const pods = podsOf(api, job.metadata.uid ?? '');
  const next = {
    ...status,
    active: pods.filter(isActive).length,
    succeeded: status['succeeded'] ?? 0,
    failed: status['failed'] ?? 0,
  };
  const counts = {
    ready: pods.filter((pod) => isActive(pod) && isReady(pod)).length,
    terminating: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    uncountedTerminatedPods: {},
  };
  api.update(Builtin.Job, job.metadata, (live) => ({ ...live, status: { ...withoutZeros(next), ...counts } }), {
    subresource: 'status',
  });
}

/** A Pod whose Job is gone has nobody left to count it. */
function release(api: SandboxApi, key: string): void {
  const pod = api.find(Builtin.Pod, refFrom(key));
  if (pod !== undefined && jobOf(api, pod) === undefined) dropFinalizer(api, Builtin.Pod, pod, TRACKING);
}

function jobOf(api: SandboxApi, pod: KubeObject): KubeObject | undefined {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined ? undefined : api.store.byUid(owner.uid);
}

function podsOf(api: SandboxApi, uid: string): KubeObject[] {
  return api.store.dependents(uid).filter((pod) => pod.kind === 'Pod');
}

function isTracked(pod: KubeObject): boolean {
  return pod.metadata.finalizers?.includes(TRACKING) === true;
}

function hasCondition(status: JsonObject, type: string): boolean {
  return recordsAt(status, 'conditions').some((found) => found['type'] === type && found['status'] === 'True');
}

function condition(api: SandboxApi, status: JsonObject, type: string, reason: string, message: string): JsonObject {
  const now = timestamp(api.clock.now());
  const next = { type, status: 'True', reason, message, lastProbeTime: now, lastTransitionTime: now };
  return { ...status, conditions: withCondition(recordsAt(status, 'conditions'), next) };
}
