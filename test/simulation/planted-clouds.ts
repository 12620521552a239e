import type { KubeClient } from '../../src/kube/client.ts';
import type { ResourceType } from '../../src/kube/object.ts';
import { FINALIZER } from '../../src/machines/engine/annotations.ts';
import { GROUP, type Kind } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';
import type { Bug } from './campaigns.ts';
import { children, looking, ordered, planning, scoped, sending, withSteps } from './planted.ts';

const services = ['keystone', 'glance', 'placement', 'neutron', 'nova'];
const controlPlane = kinds.find(({ declaration }) => declaration.kind === 'OpenStackControlPlane')!;

const anyPlane = /^control plane/;

/** Mistakes that only the other kinds and the control plane can have, and where those are. */
export const plantedInClouds: readonly Bug[] = [
  {
    name: 'no phase waits for the one before',
    in: anyPlane,
    defect: planning((kind) => whenever(kind, 'at once')),
  },
  {
    name: 'what was made in a phase is not kept while one before is not done',
    in: /^control plane (networks|change|computes)/,
    defect: planning((kind) => whenever(kind, 'in turn')),
  },
  {
    name: 'the control plane is Ready when all its services are there',
    in: anyPlane,
    defect: looking(services, (finding) =>
      finding.is === 'progressing' && finding.reason === 'NotReady'
        ? { ...finding, is: 'ready', settled: true }
        : finding,
    ),
  },
  {
    name: 'the control plane is let go when its services were asked to go',
    in: /^control plane deletion/,
    defect: sending((client) => ({
      delete: async (type, ref, options) => {
        const answer = await client.delete(type, ref, options);
        if (type.group === GROUP) await letGo(client, ref.namespace ?? '');
        return answer;
      },
    })),
  },
  {
    name: 'all services of a control plane are asked to go at once',
    in: /^control plane deletion/,
    defect: sending((client) => ({
      delete: async (type, ref, options) => {
        if (type.kind === 'Nova') await alsoDeleted(client, 'Keystone', ref.namespace ?? '');
        return client.delete(type, ref, options);
      },
    })),
  },
  {
    name: 'a service whose block is gone is left',
    in: /^control plane (networks|change|computes)/,
    defect: looking(['ovn'], ({ due, ...finding }) =>
      due?.verb === 'delete' || due === undefined ? finding : { ...finding, due },
    ),
  },
  {
    name: 'the catalog entry is not removed before the resource goes',
    in: /^(placement|glance) deletion/,
    defect: planning((kind) => ({
      ...kind,
      plan: { ...kind.plan, cleanUp: (kind.plan.cleanUp ?? []).filter(({ id }) => id !== 'endpoint-remove') },
    })),
  },
  {
    name: 'one compute is enough, however many there should be',
    in: /^nova (change|bring-up)|^control plane computes/,
    defect: scoped(['discover-hosts'], (scope) => ({
      ...scope,
      cr: { ...scope.cr, spec: { ...(scope.cr.spec as object), computeReplicas: 1 } },
    })),
  },
  {
    name: 'the cell is made before the schema',
    in: /^nova/,
    defect: planning((kind) => ordered(kind, ['DBSynced', 'CellReady'])),
  },
  {
    name: 'data is migrated while the schema is changed',
    in: /^nova/,
    defect: planning((kind) => {
      const migrations = kind.children.find(({ id }) => id === 'online-migrations');
      if (migrations === undefined) return kind;
      return withSteps(kind, (steps) =>
        steps.map(([name, step]) => {
          const others = step.apply.filter((child) => child !== migrations);
          return [name, { ...step, apply: name === 'DBSynced' ? [...others, migrations] : others }];
        }),
      );
    }),
  },
  {
    name: 'a Job does not wait for another on the same database',
    in: /^nova upgrade while/,
    defect: planning((kind) =>
      withSteps(kind, (steps) =>
        steps.map(([name, step]) => [name, { ...step, apply: step.apply.map(({ lock: _, ...child }) => child) }]),
      ),
    ),
  },
  {
    name: 'Pods are rolled out before the configuration that they should read is written',
    in: /^(placement|glance|neutron) change/,
    defect: children(['config'], (child) => {
      const since = new Map<string, number>();
      return {
        ...child,
        look: (scope) => {
          const { due, ...finding } = child.look(scope);
          if (due?.verb !== 'apply') return due === undefined ? finding : { ...finding, due };
          const begun = since.get(due.why) ?? scope.now;
          since.set(due.why, begun);
          return scope.now < begun + 500 ? { ...finding, wakeAt: begun + 500 } : { ...finding, due };
        },
      };
    }),
  },
];

function whenever(kind: Kind, when: 'at once' | 'in turn'): Kind {
  if (kind.declaration.kind !== 'OpenStackControlPlane') return kind;
  return withSteps(kind, (steps) => steps.map(([name, step]) => [name, { ...step, when }]));
}

async function letGo(client: KubeClient, namespace: string): Promise<void> {
  for (const { metadata } of (await client.list(controlPlane.type, { namespace })).items) {
    if (metadata.deletionTimestamp === undefined) continue;
    const finalizers = metadata.finalizers?.filter((name) => name !== FINALIZER) ?? [];
    await client.mergePatch(controlPlane.type, { namespace, name: metadata.name }, { metadata: { finalizers } });
  }
}

async function alsoDeleted(client: KubeClient, kind: string, namespace: string): Promise<void> {
  const type = typeOf(kind);
  for (const { metadata } of (await client.list(type, { namespace })).items) {
    if (metadata.deletionTimestamp === undefined)
      await client.delete(type, metadata, { preconditions: { uid: metadata.uid ?? '' } });
  }
}

function typeOf(kind: string): ResourceType {
  return kinds.find(({ declaration }) => declaration.kind === kind)!.type;
}
