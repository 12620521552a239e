import type { KubeObject } from '../../kube/object.ts';
import { type JsonObject, recordAt } from '../json.ts';
import { unsupported } from '../refusal.ts';

const SCALABLE = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** autoscaling/v1 Scale of a workload. */
export function scaleOf(object: KubeObject): JsonObject {
  if (!SCALABLE.has(object.kind)) throw unsupported(`the subresource scale of ${object.kind}`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = recordAt(object, 'spec', 'selector', 'matchLabels');
  const selector = Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort()
    .join(',');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: recordAt(object, 'spec')['replicas'] ?? 0 },
    status: { replicas: recordAt(object, 'status')['replicas'] ?? 0, selector },
  };
}

/** The workload with the replicas that a Scale asks for. */
export function withScale(object: KubeObject, scale: JsonObject): KubeObject {
  const replicas = recordAt(scale, 'spec')['replicas'] ?? 0;
  return { ...object, spec: { ...recordAt(object, 'spec'), replicas } };
}
