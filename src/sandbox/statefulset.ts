import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { claim, Controller, controllerOf, type Keys, own, refFrom } from './controller.ts';
import { recordAt, recordsAt } from './json.ts';
import { createPod, isFinished, isReady, isTerminating, phaseOf, templateHash, withoutZeros } from './pods.ts';
import { hasLabels } from './selector.ts';

const REVISION_LABEL = 'controller-revision-hash';

/**
 * Ordered Pods with claims of their own: one step at a time, as OrderedReady does. As with the real controller, a Pod
 * that never becomes ready stops everything behind it, also the update that would mend it, until somebody deletes it.
 */
export function startStatefulSets(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (key, keys) => reconcile(api, key, keys) })
    .on(Builtin.StatefulSet, own)
    .on(Builtin.Pod, controllerOf('StatefulSet'));
}

function reconcile(api: SandboxApi, key: string, keys: Keys): void {
  const set = api.find(Builtin.StatefulSet, refFrom(key));
  if (set === undefined) return;
  const spec = recordAt(set, 'spec');
  const isMember = (pod: KubeObject): boolean => hasLabels(pod, spec['selector']) && ordinalOf(set, pod) >= 0;
  const pods = claim(api, Builtin.Pod, Builtin.StatefulSet, set, isMember);
  try {
    if (!isTerminating(set)) step(api, set, pods, keys, key);
  } finally {
    writeStatus(api, set);
  }
}

function step(api: SandboxApi, set: KubeObject, pods: readonly KubeObject[], keys: Keys, key: string): void {
  const wanted = Number(recordAt(set, 'spec')['replicas']);
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  for (let ordinal = 0; ordinal < wanted; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      if (ensureClaims(api, set, ordinal)) createMember(api, set, ordinal);
      else keys.addAfter(key, 1000);
      return;
    }
    if (isFinished(pod) && !isTerminating(pod)) {
      api.delete(Builtin.Pod, pod.metadata);
      return;
    }
    if (phaseOf(pod) === 'Pending') ensureClaims(api, set, ordinal);
    if (isTerminating(pod) || !isRunningAndReady(pod)) return;
  }
  const condemned = [...byOrdinal.entries()].filter(([ordinal]) => ordinal >= wanted).sort(([a], [b]) => b - a);
  for (const [, pod] of condemned) {
    if (!isTerminating(pod)) api.delete(Builtin.Pod, pod.metadata);
    return;
  }
  const revision = revisionOf(set);
  for (let ordinal = wanted - 1; ordinal >= 0; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || pod.metadata.labels?.[REVISION_LABEL] === revision) continue;
    api.delete(Builtin.Pod, pod.metadata);
    return;
  }
}

function createMember(api: SandboxApi, set: KubeObject, ordinal: number): void {
  const name = `${set.metadata.name}-${ordinal}`;
  createPod(api, Builtin.StatefulSet, set, { name }, (template) => {
    const metadata = recordAt(template, 'metadata');
    const spec = recordAt(template, 'spec');
    const claims = claimTemplates(set).map(({ metadata: { name: volume } }) => ({
      name: volume,
      persistentVolumeClaim: { claimName: claimName(set, volume, ordinal) },
    }));
    const replaced = new Set(claims.map((volume) => volume.name));
    const volumes = recordsAt(spec, 'volumes').filter((volume) => !replaced.has(String(volume['name'])));
    return {
      metadata: {
        ...metadata,
        labels: {
          ...recordAt(metadata, 'labels'),
          [REVISION_LABEL]: revisionOf(set),
          'statefulset.kubernetes.io/pod-name': name,
          'apps.kubernetes.io/pod-index': String(ordinal),
        },
      },
      spec: {
        ...spec,
        hostname: name,
        subdomain: recordAt(set, 'spec')['serviceName'],
        volumes: [...volumes, ...claims],
      },
    };
  });
}

/** Creates what is missing of the claims; false while one is being deleted, and the Pod has to wait for it. */
function ensureClaims(api: SandboxApi, set: KubeObject, ordinal: number): boolean {
  const { namespace = '' } = set.metadata;
  return claimTemplates(set).every((template) => {
    const name = claimName(set, template.metadata.name, ordinal);
    const found = api.find(Builtin.PersistentVolumeClaim, { namespace, name });
    if (found !== undefined) return !isTerminating(found);
    const matchLabels = recordAt(set, 'spec', 'selector', 'matchLabels') as Record<string, string>;
    api.create(Builtin.PersistentVolumeClaim, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { ...template.metadata, name, namespace, labels: { ...template.metadata.labels, ...matchLabels } },
      spec: template['spec'],
    });
    return true;
  });
}

function writeStatus(api: SandboxApi, set: KubeObject): void {
  const { uid = '', generation } = set.metadata;
  const pods = api.store.dependents(uid).filter((pod) => pod.kind === 'Pod');
  const updateRevision = revisionOf(set);
  let currentRevision = String(recordAt(set, 'status')['currentRevision'] ?? updateRevision);
  const staying = pods.filter((pod) => !isTerminating(pod));
  const ready = pods.filter(isRunningAndReady).length;
  const updated = staying.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === updateRevision).length;
  let current = staying.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === currentRevision).length;
  if (updated === pods.length && ready === pods.length) {
    currentRevision = updateRevision;
    current = updated;
  }
  const counts = { readyReplicas: ready, currentReplicas: current, updatedReplicas: updated };
  const status = {
    replicas: pods.length,
    availableReplicas: ready,
    collisionCount: 0,
    currentRevision,
    updateRevision,
    ...withoutZeros({ ...counts, observedGeneration: generation }),
  };
  api.update(Builtin.StatefulSet, set.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
}

function revisionOf(set: KubeObject): string {
  return `${set.metadata.name}-${templateHash(recordAt(set, 'spec', 'template'))}`;
}

function isRunningAndReady(pod: KubeObject): boolean {
  return phaseOf(pod) === 'Running' && isReady(pod);
}

function claimTemplates(set: KubeObject): readonly KubeObject[] {
  return recordsAt(set, 'spec', 'volumeClaimTemplates') as unknown as KubeObject[];
}

function claimName(set: KubeObject, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`;
}

/** -1 for a Pod whose name is not of this set. */
function ordinalOf(set: KubeObject, pod: KubeObject): number {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.slice(prefix.length);
  return pod.metadata.name.startsWith(prefix) && /^\d+$/.test(rest) ? Number(rest) : -1;
}
