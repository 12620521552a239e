import { Builtin, resourceName, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { SecretView } from '../machines/engine/scope.ts';
import { stripNoise } from './store.ts';

/** A Pod as the cache keeps it: what tells how it does, where, and which Secrets it reads. */
export interface PodView extends KubeObject {
  /** Names of the Secrets that it mounts or takes its environment from. */
  secrets: readonly string[];
  /** Where it runs. */
  nodeName?: string;
}

/** What the cache keeps of an object: no Secret's data, no more of a Pod or Job than is ever read. Pure. */
export function slimmer(digest: (text: string) => string): (type: ResourceType) => (object: KubeObject) => KubeObject {
  return (type) => {
    switch (resourceName(type)) {
      case resourceName(Builtin.Secret):
        return (secret) => slimSecret(stripNoise(secret), digest);
      case resourceName(Builtin.Pod):
        return slimPod;
      case resourceName(Builtin.Job):
        return (job) => {
          const { spec: _, ...rest } = stripNoise(job);
          return rest as KubeObject;
        };
      default:
        return stripNoise;
    }
  };
}

function slimSecret(secret: KubeObject, digest: (text: string) => string): SecretView {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  const digests = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, digest(value)]));
  const { apiVersion, kind, metadata, type } = secret;
  return { apiVersion, kind, metadata, ...(type === undefined ? {} : { type }), digests };
}

interface FullPod {
  spec?: {
    nodeName?: string;
    volumes?: { secret?: { secretName?: string } }[];
    containers?: { env?: { valueFrom?: { secretKeyRef?: { name?: string } } }[] }[];
  };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: { type: string }[];
    containerStatuses?: object[];
    initContainerStatuses?: object[];
  };
}

function slimPod(pod: KubeObject): PodView {
  const { spec = {}, status = {} } = pod as FullPod;
  const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = pod.metadata;
  const mounted = (spec.volumes ?? []).flatMap((volume) => volume.secret?.secretName ?? []);
  const inEnv = (spec.containers ?? []).flatMap((container) =>
    (container.env ?? []).flatMap((variable) => variable.valueFrom?.secretKeyRef?.name ?? []),
  );
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, uid, resourceVersion, labels, deletionTimestamp }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata as unknown as KubeObject['metadata'],
    secrets: [...new Set([...mounted, ...inEnv])],
    ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
    status: {
      ...(status.phase === undefined ? {} : { phase: status.phase }),
      ...(status.reason === undefined ? {} : { reason: status.reason }),
      ...(status.message === undefined ? {} : { message: status.message }),
      conditions: (status.conditions ?? []).filter((condition) => condition.type === 'PodScheduled'),
      ...(status.initContainerStatuses === undefined ? {} : { initContainerStatuses: status.initContainerStatuses }),
      ...(status.containerStatuses === undefined ? {} : { containerStatuses: status.containerStatuses }),
    },
  };
}
