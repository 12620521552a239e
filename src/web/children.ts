import { z } from 'zod';
import type { KubeObject } from '../kube/object.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { sentenceOf, summaryOf } from './instances.ts';
import { standings } from './standing.ts';

export const Child = z.object({
  kind: z.string(),
  name: z.string(),
  standing: z.enum(standings),
  says: z.string().describe('What its own status says'),
});
export type Child = z.infer<typeof Child>;

interface Status {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly active?: number;
  readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { reason?: string; message?: string };
    readonly terminated?: { reason?: string; exitCode?: number };
  };
}

/** A child in a line: of a Pod the reason its container gives, of a Job how its runs went, of a resource its status. Pure. */
export function childOf(object: KubeObject, kinds: readonly Kind[]): Child {
  const status = (object['status'] ?? {}) as Status;
  const { kind, metadata } = object;
  const ours = kinds.find(({ declaration }) => declaration.kind === kind);
  if (ours !== undefined) {
    const summary = summaryOf(ours, object);
    return { kind, name: metadata.name, standing: summary.standing, says: sentenceOf(summary) };
  }
  const said =
    metadata.deletionTimestamp === undefined
      ? sayings[kind]?.(status, object)
      : (['active', 'is being deleted'] as const);
  const [standing, says] = said ?? (['done', 'is there'] as const);
  return { kind, name: metadata.name, standing, says };
}

type Saying = readonly [Child['standing'], string];

const sayings: Readonly<Record<string, (status: Status, object: KubeObject) => Saying>> = {
  Pod: (status) => {
    for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      const { waiting, terminated } = container.state ?? {};
      if (
        waiting?.reason !== undefined &&
        waiting.reason !== 'PodInitializing' &&
        waiting.reason !== 'ContainerCreating'
      )
        return [
          'failed',
          `${container.name} waits: ${waiting.reason}${waiting.message === undefined ? '' : `: ${waiting.message}`}`,
        ];
      if ((terminated?.exitCode ?? 0) !== 0) return ['failed', `${container.name} ended with ${terminated?.exitCode}`];
    }
    const unscheduled = status.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
    if (unscheduled !== undefined)
      return ['active', `is not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ''}`];
    if (status.phase === 'Failed') return ['failed', status.message ?? status.reason ?? 'Failed'];
    if (status.phase === 'Succeeded') return ['done', 'has succeeded'];
    const containers = status.containerStatuses ?? [];
    const ready = containers.filter((container) => container.ready === true).length;
    const restarts = containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
    const isReady = containers.length > 0 && ready === containers.length;
    return [
      isReady ? 'done' : 'active',
      `${status.phase ?? 'Pending'}, ${ready}/${containers.length} ready${restarts > 0 ? `, ${restarts} restarts` : ''}`,
    ];
  },
  Job: (status) => {
    const failed = status.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
    if (failed !== undefined) return ['failed', `has failed: ${failed.reason ?? ''}`];
    if ((status.succeeded ?? 0) > 0) return ['done', 'has succeeded'];
    return ['active', status.active === undefined ? 'has not begun' : 'is running'];
  },
  Deployment: replicas('availableReplicas', 'available'),
  StatefulSet: replicas('readyReplicas', 'ready'),
  PersistentVolumeClaim: ({ phase = 'Pending' }) => [
    phase === 'Bound' ? 'done' : phase === 'Lost' ? 'failed' : 'active',
    phase,
  ],
};

function replicas(field: 'availableReplicas' | 'readyReplicas', word: string) {
  return (status: Status, object: KubeObject): Saying => {
    const wanted = (object['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
    const there = status[field] ?? 0;
    return [there >= wanted ? 'done' : 'active', `${there} of ${wanted} ${word}`];
  };
}
