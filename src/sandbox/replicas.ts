import type { KubeObject } from '../kube/object.ts';
import { type JsonObject, recordAt } from './json.ts';

/** How far a rollout may go above and below the wanted number of Pods. */
export function limitsOf(spec: JsonObject): { maxSurge: number; maxUnavailable: number } {
  if (recordAt(spec, 'strategy')['type'] === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const update = recordAt(spec, 'strategy', 'rollingUpdate');
  const wanted = Number(spec['replicas']);
  const count = (value: unknown, round: (n: number) => number): number =>
    typeof value === 'string' && value.endsWith('%') ? round((wanted * Number.parseInt(value)) / 100) : Number(value);
  const maxSurge = count(update['maxSurge'], Math.ceil);
  const maxUnavailable = count(update['maxUnavailable'], Math.floor);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, wanted) };
}

export function replicasOf(set: KubeObject): number {
  return Number(recordAt(set, 'spec')['replicas'] ?? 0);
}

export function availableOf(set: KubeObject): number {
  return Number(recordAt(set, 'status')['availableReplicas'] ?? 0);
}

export function sum(sets: readonly KubeObject[], count: (set: KubeObject) => number): number {
  return sets.reduce((total, set) => total + count(set), 0);
}
