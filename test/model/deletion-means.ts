import { Builtin } from '../../src/kube/object.ts';
import type { Child } from '../../src/machines/engine/child.ts';
import type { DeletionStep, Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Fault } from './cluster.ts';
import type { When } from './graph.ts';
import * as harm from './harm.ts';
import type { Site, Undo } from './harm.ts';
import { afflict, at, isResource, lasting, without, workloads, type Begun, type Hold, type Means } from './means.ts';
import { crFor, hasDeletionPolicy } from './specs.ts';

const isStoppable = (child: Child<unknown>): boolean =>
  [...workloads, Builtin.Job.kind].includes(child.type.kind) || isResource(child);

/** What keeps a deletion from going on; undefined where there is nothing that could. */
export function deletionHold(kind: Kind, step: DeletionStep): Hold | undefined {
  if (step !== 'Unreferenced' && !hasDeletionPolicy(kind)) return undefined;
  switch (step) {
    case 'Unreferenced':
      return { gives: 'blocked', begin: refer };
    case 'Stopped':
      return held(kind.children.filter(isStoppable));
    case 'CleanedUp': {
      const child = cleanUpOf(kind);
      return child && { gives: 'working', begin: (site) => afflict(site, child, 'hang') };
    }
    case 'Removed':
      return held(kind.children.filter(({ verb, holds }) => holds === 'data' && verb !== 'require'));
  }
}

/** Why there is nothing that could, or that could undo it. */
export function nothingFor(kind: Kind, step: DeletionStep, when: When): string {
  if (step !== 'Unreferenced' && !hasDeletionPolicy(kind)) return 'it has no deletionPolicy, and so all is kept';
  switch (step) {
    case 'Unreferenced':
      return 'nothing refers to it';
    case 'Stopped':
      return 'it has no workload to stop';
    case 'CleanedUp':
      return 'it has nothing to clean up';
    case 'Removed':
      return when === 'before' ? 'it has no data to remove' : 'the resource goes with its data';
  }
}

/** How a deletion can stand badly otherwise, and go back. What was removed stays so: the resource goes with it. */
export function deletionMeans(kind: Kind): Means[] {
  const cleanUp = cleanUpOf(kind);
  return [
    make('Unreferenced', 'blocked', 'after', 'another resource names it', async (site) => lasting(await refer(site))),
    make('Stopped', 'working', 'after', 'a workload is put back from a backup', async (site) => {
      const child = kind.children.find((one) => isStoppable(one) && site.backups.has(one.id));
      const backup = site.backups.get(child?.id ?? '');
      if (child === undefined || backup === undefined) throw new Error('no workload was there to be put back');
      return lasting(await harm.restore(site.cluster, child.type, backup));
    }),
    ...(cleanUp === undefined ? [] : meansOfCleanUp(cleanUp)),
  ];
}

function meansOfCleanUp(child: Child<unknown>): Means[] {
  const again = (fault: Fault) => async (site: Site) => {
    const undo = await afflict(site, child, fault);
    await harm.rewrite(site, child, (ledger) => without(ledger, child));
    return lasting(undo);
  };
  const fails = async (site: Site) => lasting(await afflict(site, child, 'fail'));
  return [
    make('CleanedUp', 'failed', 'before', `${at(child)} fails`, fails),
    make('CleanedUp', 'working', 'after', `${at(child)} has to run again, and gets nowhere`, again('hang')),
    make('CleanedUp', 'failed', 'after', `${at(child)} has to run again, and fails`, again('fail')),
  ];
}

function make(
  step: DeletionStep,
  is: Progress,
  when: When,
  says: string,
  begin: (site: Site) => Begun | Promise<Begun>,
): Means {
  return { change: { fact: 'deletion', step, is }, when, says, begin: async (site) => await begin(site) };
}

function cleanUpOf(kind: Kind): Child<unknown> | undefined {
  return kind.plan.cleanUp?.find((child) => child.verb === 'run');
}

/** A finalizer on the first of them that is there. From a state before there is any, nothing has to be held. */
function held(children: readonly Child<unknown>[]): Hold | undefined {
  if (children.length === 0) return undefined;
  return {
    gives: 'working',
    begin: async (site) => {
      for (const child of children) {
        const live = harm.liveChild(site, child);
        if (live !== undefined) return await harm.hold(site.cluster, child.type, live);
      }
      return () => Promise.resolve();
    },
  };
}

/** Another resource that names this one. */
async function refer({ cluster, name }: Site): Promise<Undo> {
  const kind = cluster.kinds.find(({ declaration }) => declaration.kind === 'Referrer');
  if (kind === undefined) throw new Error('no kind refers to others');
  const ref = { namespace: cluster.namespace, name: 'referrer' };
  await cluster.client.create(kind.type, crFor(kind, ref.namespace, ref.name, { target: name }));
  return () => harm.goneIsFine(cluster.client.delete(kind.type, ref));
}
