import type { KubeObject } from '../../kube/object.ts';
import { isRecord, type JsonObject, recordAt, recordsAt } from '../json.ts';
import type { Served } from '../registry.ts';

/** Where an object keeps its number of replicas, and how it names the Pods it counts. */
export interface Scaling {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  /** Of a selector written as text; a workload has it as `spec.selector`. */
  readonly selector: readonly string[] | undefined;
}

/** Undefined for a type that has no subresource scale. */
export function scalingOf({ type, definition }: Served): Scaling | undefined {
  if (definition === undefined) return WORKLOADS.has(type.kind) ? WORKLOAD : undefined;
  const version = recordsAt(definition, 'spec', 'versions').find(({ name }) => name === type.version);
  const scale = recordAt(version, 'subresources')['scale'];
  if (!isRecord(scale)) return undefined;
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return {
    spec: stepsOf(specReplicasPath),
    status: stepsOf(statusReplicasPath),
    selector: labelSelectorPath === undefined ? undefined : stepsOf(labelSelectorPath),
  };
}

/** autoscaling/v1 Scale. */
export function scaleOf(object: KubeObject, scaling: Scaling): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = scaling === WORKLOAD ? textOf(object) : scaling.selector && at(object, scaling.selector);
  const replicas = at(object, scaling.spec);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: {
      replicas: at(object, scaling.status) ?? 0,
      ...(selector === undefined || selector === '' ? {} : { selector }),
    },
  };
}

/** The object with the replicas that a Scale asks for. */
export function withScale(object: KubeObject, scale: JsonObject, { spec }: Scaling): KubeObject {
  return set(object, spec, recordAt(scale, 'spec')['replicas'] ?? 0) as KubeObject;
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet']);
const WORKLOAD: Scaling = { spec: ['spec', 'replicas'], status: ['status', 'replicas'], selector: undefined };

/** `.spec.replicas`: nothing else is allowed there. */
function stepsOf(path: unknown): string[] {
  return String(path).split('.').slice(1);
}

function textOf(workload: KubeObject): string {
  const labels = recordAt(workload, 'spec', 'selector', 'matchLabels');
  const parts = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return parts.sort().join(',');
}

function at(object: JsonObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), object);
}

function set(record: JsonObject, [key, ...rest]: readonly string[], value: unknown): JsonObject {
  if (key === undefined) return record;
  return { ...record, [key]: rest.length === 0 ? value : set(recordAt(record, key), rest, value) };
}
