import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import type { Keys } from './controller.ts';
import { timestamp } from './deletion.ts';
import { type JsonObject, recordAt, recordsAt } from './json.ts';
import { withCondition, withoutZeros } from './pods.ts';
import { limitsOf, replicasOf, sum } from './replicas.ts';
import { keyOf } from './store.ts';

/** Counts and the conditions Available and Progressing, by the rules of the real controller. */
export function writeDeploymentStatus(
  api: SandboxApi,
  deployment: KubeObject,
  sets: readonly KubeObject[],
  current: KubeObject | undefined,
  isNew: boolean | undefined,
  keys: Keys,
): void {
  const of = (field: string) => (set: KubeObject) => Number(recordAt(set, 'status')[field] ?? 0);
  const live = sets.find((set) => set.metadata.uid === current?.metadata.uid);
  const available = sum(sets, of('availableReplicas'));
  const counts = {
    replicas: sum(sets, of('replicas')),
    updatedReplicas: live === undefined ? 0 : of('replicas')(live),
    readyReplicas: sum(sets, of('readyReplicas')),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, replicasOf) - available),
  };
  const { observedGeneration: _, conditions: __, ...old } = recordAt(deployment, 'status');
  let conditions: readonly JsonObject[] = recordsAt(deployment, 'status', 'conditions');
  const now = timestamp(api.clock.now());
  const set = (type: string, status: string, reason: string, message: string): void => {
    const was = conditions.find((condition) => condition['type'] === type);
    if (
      was?.['status'] === status &&
      was['reason'] === reason &&
      was['message'] === message &&
      reason !== 'ReplicaSetUpdated'
    )
      return;
    conditions = withCondition(conditions, {
      type,
      status,
      reason,
      message,
      lastUpdateTime: now,
      lastTransitionTime: now,
    });
  };
  const spec = recordAt(deployment, 'spec');
  const wanted = Number(spec['replicas']);
  const name = live?.metadata.name ?? '';
  if (isNew === true && live !== undefined) {
    set('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
  } else if (live !== undefined && progressing(conditions) === undefined) {
    set('Progressing', 'True', 'FoundNewReplicaSet', `Found new replica set "${name}"`);
  }
  if (available >= wanted - limitsOf(spec).maxUnavailable) {
    set('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.');
  } else {
    set('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.');
  }
  const reason = progressing(conditions)?.['reason'];
  const isComplete = counts.replicas === counts.updatedReplicas && reason === 'NewReplicaSetAvailable';
  if (isNew !== undefined && !isComplete) {
    const of = live === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${name}"`;
    if (counts.updatedReplicas === wanted && counts.replicas === wanted && available === wanted && live !== undefined) {
      set('Progressing', 'True', 'NewReplicaSetAvailable', `${of} has successfully progressed.`);
    } else if (hasProgressed(old, counts)) {
      set('Progressing', 'True', 'ReplicaSetUpdated', `${of} is progressing.`);
    } else if (
      hasTimedOut(api, progressing(conditions), Number(spec['progressDeadlineSeconds']), keys, keyOf(deployment))
    ) {
      set('Progressing', 'False', 'ProgressDeadlineExceeded', `${of} has timed out progressing.`);
    }
  }
  const status = withoutZeros({ ...counts, observedGeneration: deployment.metadata.generation, conditions });
  api.update(Builtin.Deployment, deployment.metadata, (object) => ({ ...object, status }), { subresource: 'status' });
}

function progressing(conditions: readonly JsonObject[]): JsonObject | undefined {
  return conditions.find(({ type }) => type === 'Progressing');
}

function hasProgressed(old: JsonObject, now: JsonObject): boolean {
  const count = (record: JsonObject, field: string): number => Number(record[field] ?? 0);
  const outdated = (record: JsonObject): number => count(record, 'replicas') - count(record, 'updatedReplicas');
  return (
    ['updatedReplicas', 'readyReplicas', 'availableReplicas'].some((field) => count(now, field) > count(old, field)) ||
    outdated(now) < outdated(old)
  );
}

/** No progress for the deadline; otherwise the Deployment is looked at again when it ends. */
function hasTimedOut(
  api: SandboxApi,
  condition: JsonObject | undefined,
  seconds: number,
  keys: Keys,
  key: string,
): boolean {
  if (condition === undefined || condition['reason'] === 'NewReplicaSetAvailable') return false;
  if (condition['reason'] === 'ProgressDeadlineExceeded') return true;
  const left = Date.parse(String(condition['lastUpdateTime'])) + seconds * 1000 - api.clock.now();
  if (left < 0) return true;
  keys.addAfter(key, left + 1000);
  return false;
}
