import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { claim, Controller, controllerOf, type Keys, ownedBy, own, refFrom } from './controller.ts';
import { writeDeploymentStatus } from './deployment-status.ts';
import { isSame, type JsonObject, recordAt } from './json.ts';
import { isFinished, templateHash } from './pods.ts';
import { availableOf, limitsOf, replicasOf, sum } from './replicas.ts';
import { hasLabels } from './selector.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

/** Rolls a Deployment out through ReplicaSets: one for each template it has had. */
export function startDeployments(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (key, keys) => reconcile(api, key, keys) })
    .on(Builtin.Deployment, own)
    .on(Builtin.ReplicaSet, controllerOf('Deployment'))
    .on(Builtin.Pod, ({ type, object }) => (type === 'DELETED' ? deploymentOf(api, object) : []));
}

function reconcile(api: SandboxApi, key: string, keys: Keys): void {
  const deployment = api.find(Builtin.Deployment, refFrom(key));
  if (deployment === undefined) return;
  const spec = recordAt(deployment, 'spec');
  const find = (): KubeObject[] =>
    claim(api, Builtin.ReplicaSet, Builtin.Deployment, deployment, (set) => hasLabels(set, spec['selector']));
  const sets = find();
  const current = sets.find((set) => isOfTemplate(set, spec));
  if (deployment.metadata.deletionTimestamp !== undefined) {
    writeDeploymentStatus(api, deployment, sets, current, undefined, keys);
    return;
  }
  const old = sets.filter((set) => set !== current);
  const isNew = current === undefined;
  let next = current;
  if (recordAt(spec, 'strategy')['type'] === 'Recreate') {
    for (const set of old) setReplicas(api, set, 0);
    if (!old.some((set) => hasPods(api, set))) {
      next = current ?? createSet(api, deployment, sets, Number(spec['replicas']));
      setReplicas(api, next, Number(spec['replicas']));
    }
  } else {
    next = roll(api, deployment, current, old);
  }
  if (next !== undefined) markRevision(api, deployment, next, old);
  if (recordAt(deployment, 'status')['replicas'] === recordAt(deployment, 'status')['updatedReplicas']) {
    dropOldSets(api, old, Number(spec['revisionHistoryLimit']));
  }
  writeDeploymentStatus(api, api.get(Builtin.Deployment, deployment.metadata), find(), next, isNew, keys);
}

/** One step of a rolling update: up as far as the surge allows, down as far as availability allows. */
function roll(api: SandboxApi, deployment: KubeObject, current: KubeObject | undefined, old: KubeObject[]): KubeObject {
  const spec = recordAt(deployment, 'spec');
  const wanted = Number(spec['replicas']);
  const { maxSurge, maxUnavailable } = limitsOf(spec);
  const total = sum(old, replicasOf) + (current === undefined ? 0 : replicasOf(current));
  const has = current === undefined ? 0 : replicasOf(current);
  const active = old.filter((set) => replicasOf(set) > 0);
  const room = Math.max(0, wanted + maxSurge - total);
  const target = has > wanted || active.length === 0 ? wanted : Math.min(wanted, has + room);
  const next = current === undefined ? createSet(api, deployment, old, target) : setReplicas(api, current, target);
  const available = sum([...old, next], availableOf);
  const minimum = wanted - maxUnavailable;
  // What is not available in the new set may not be missed in the old ones as well.
  let spare = sum([...old, next], replicasOf) - minimum - (replicasOf(next) - availableOf(next));
  for (const set of active) {
    const broken = Math.max(0, Math.min(spare, replicasOf(set) - availableOf(set)));
    if (broken > 0) setReplicas(api, set, replicasOf(set) - broken);
    spare -= broken;
  }
  let surplus = Math.min(Math.max(0, spare), available - minimum);
  for (const set of active) {
    const live = api.get(Builtin.ReplicaSet, set.metadata);
    const less = Math.min(Math.max(0, surplus), replicasOf(live));
    if (less > 0) setReplicas(api, live, replicasOf(live) - less);
    surplus -= less;
  }
  return next;
}

function createSet(
  api: SandboxApi,
  deployment: KubeObject,
  others: readonly KubeObject[],
  replicas: number,
): KubeObject {
  const { name, namespace = '' } = deployment.metadata;
  const spec = recordAt(deployment, 'spec');
  const template = recordAt(spec, 'template');
  const hash = templateHash(template);
  const labels = { ...recordAt(template, 'metadata', 'labels'), [HASH_LABEL]: hash };
  const selector = recordAt(spec, 'selector');
  return api.create(Builtin.ReplicaSet, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: labels as Record<string, string>,
      annotations: { [REVISION]: String(highestRevision(others) + 1) },
      ownerReferences: [ownedBy(Builtin.Deployment, deployment)],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...recordAt(selector, 'matchLabels'), [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...recordAt(template, 'metadata'), labels } },
    },
  });
}

function setReplicas(api: SandboxApi, set: KubeObject, replicas: number): KubeObject {
  if (replicasOf(set) === replicas) return set;
  return api.update(Builtin.ReplicaSet, set.metadata, (live) => ({
    ...live,
    spec: { ...recordAt(live, 'spec'), replicas },
  }));
}

/** The set in use has the highest revision, also after a rollback to it; the Deployment repeats it. */
function markRevision(api: SandboxApi, deployment: KubeObject, set: KubeObject, old: readonly KubeObject[]): void {
  const own = Number(set.metadata.annotations?.[REVISION] ?? 0);
  const revision = String(Math.max(own, highestRevision(old) + 1));
  const mark = (live: KubeObject): KubeObject =>
    live.metadata.annotations?.[REVISION] === revision
      ? live
      : {
          ...live,
          metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, [REVISION]: revision } },
        };
  api.update(Builtin.ReplicaSet, set.metadata, mark);
  api.update(Builtin.Deployment, deployment.metadata, mark);
}

function highestRevision(sets: readonly KubeObject[]): number {
  return Math.max(0, ...sets.map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0)));
}

function dropOldSets(api: SandboxApi, old: readonly KubeObject[], limit: number): void {
  const idle = old.filter((set) => replicasOf(set) === 0 && Number(recordAt(set, 'status')['replicas'] ?? 0) === 0);
  for (const set of idle.slice(0, Math.max(0, idle.length - limit))) {
    if (set.metadata.deletionTimestamp === undefined) api.delete(Builtin.ReplicaSet, set.metadata);
  }
}

function isOfTemplate(set: KubeObject, spec: JsonObject): boolean {
  const template = recordAt(set, 'spec', 'template');
  const { [HASH_LABEL]: _, ...labels } = recordAt(template, 'metadata', 'labels');
  return isSame(recordAt(spec, 'template'), { ...template, metadata: { ...recordAt(template, 'metadata'), labels } });
}

function hasPods(api: SandboxApi, set: KubeObject): boolean {
  return api.store.dependents(set.metadata.uid ?? '').some((pod) => pod.kind === 'Pod' && !isFinished(pod));
}

function deploymentOf(api: SandboxApi, pod: KubeObject): string[] {
  const set = pod.metadata.ownerReferences?.find(({ kind }) => kind === 'ReplicaSet');
  const owner = api.store.byUid(set?.uid ?? '')?.metadata.ownerReferences?.find(({ kind }) => kind === 'Deployment');
  return owner === undefined ? [] : [`${pod.metadata.namespace ?? ''}/${owner.name}`];
}
