import { Builtin } from '../../src/kube/object.ts';
import type { Child } from '../../src/machines/engine/child.ts';
import type { Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Cluster } from './cluster.ts';
import type { When } from './graph.ts';
import * as harm from './harm.ts';
import type { Site, Undo } from './harm.ts';
import { afflict, at, falsified, isWorkload, lasting, passing, stallOf, without } from './means.ts';
import type { Begun, Hold, Means } from './means.ts';
import { barrenScope } from './observed.ts';
import { crFor, naming, peersOf } from './specs.ts';

/** A step with what can be done to it. */
export interface Part {
  readonly kind: Kind;
  readonly step: string;
  readonly children: readonly Child<unknown>[];
  /** One for each peer it needs. */
  readonly sickness: readonly Sickness[];
  /** The first of the children whose Pods can be kept from getting anywhere. */
  readonly slow: Child<unknown> | undefined;
}

interface Sickness {
  readonly says: string;
  readonly begin: (cluster: Cluster) => Undo;
}

export function partsOf(kind: Kind, kinds: readonly Kind[]): Part[] {
  const scope = barrenScope(kind, crFor(kind, 'default', 'probe'));
  const isWanted = (child: Child<unknown>) => child.verb === 'require' || child.look(scope).reason !== 'NotNeeded';
  return kind.stepNames.map((step) => {
    const { apply = [], needs = [] } = kind.plan.steps[step] ?? {};
    const peers = peersOf(kind, kinds).filter(({ use }) => (needs as readonly string[]).includes(use));
    const children = apply.filter(isWanted);
    return {
      kind,
      step,
      children,
      sickness: peers.flatMap((peer) => sicknessOf(peer) ?? []),
      slow: children.find((child) => stallOf(child) !== undefined),
    };
  });
}

/** The Pods of another resource are no longer ready, and so it is not either. */
function sicknessOf(peer: { readonly kind: Kind; readonly name: string }): Sickness | undefined {
  const server = peer.kind.children.find(isWorkload);
  return (
    server && {
      says: `${peer.kind.declaration.kind}/${peer.name} is not Ready`,
      begin: (cluster) => afflict({ cluster, ...peer }, server, 'neverReady'),
    }
  );
}

const bare: readonly string[] = [Builtin.Secret.kind, Builtin.ConfigMap.kind];

/** The first that is possible: its Pods get nowhere, a peer is not Ready, the name of an object is taken. */
export function stepHold({ kind, children, sickness, slow }: Part): Hold | undefined {
  if (slow !== undefined) return { gives: 'working', begin: (site) => Promise.resolve(stall(site, slow)) };
  const [ill] = sickness;
  if (ill !== undefined) return { gives: 'blocked', begin: ({ cluster }) => Promise.resolve(ill.begin(cluster)) };
  const taken = children.find(
    ({ verb, type }) => (verb === 'generate' || verb === 'apply') && bare.includes(type.kind),
  );
  return (
    taken && {
      gives: 'failed',
      begin: (site) => harm.squat(site, taken, barrenScope(kind, crFor(kind, site.cluster.namespace, site.name))),
    }
  );
}

/** How a step that is held back can stand otherwise. */
export function meansBefore({ kind, step, children, sickness, slow }: Part): Means[] {
  const make = maker(step, 'before');
  // What is held back by its Pods is there, and what it needs is Ready.
  const begun = slow === undefined ? [] : children;
  const isLast = children.every(({ verb }) => verb !== 'run');
  return [
    ...children.filter(({ verb }) => verb === 'require').flatMap((child) => misnamed(make, kind, child)),
    ...begun
      .filter(({ verb }) => verb === 'run')
      .map((child) => make('failed', `${at(child)} fails`, (site) => lasting(afflict(site, child, 'fail')))),
    ...begun.filter(({ verb }) => verb === 'apply' || verb === 'generate').map((child) => claimed(make, child)),
    ...(slow !== undefined && isLast ? [terminating(make, slow)] : []),
    ...(slow === undefined ? [] : sickness).map((ill) =>
      make('blocked', ill.says, ({ cluster }) => lasting(ill.begin(cluster))),
    ),
  ];
}

/** How a step that was done can be undone. */
export function meansAfter({ kind, step, children, sickness, slow }: Part): Means[] {
  const make = maker(step, 'after');
  return [
    ...children.flatMap((child) => {
      switch (child.verb) {
        case 'require':
          return misnamed(make, kind, child);
        case 'run':
          return [
            forgotten(make, child, 'working', `the Pods of ${at(child)} get nowhere`, (site) => [stall(site, child)]),
            forgotten(make, child, 'failed', `${at(child)} fails`, (site) => [afflict(site, child, 'fail')]),
            make('lost', `${at(child)} ran for something else, says the record`, async (site) => {
              const undo = stall(site, child);
              await harm.rewrite(site, child, (ledger) => falsified(ledger, child));
              return { undo, rests: false };
            }),
          ];
        case 'generate':
          return [
            make('lost', `${at(child)} is deleted`, async (site) => {
              if (isIrreplaceable(site, child)) return lasting(await harm.loseAndRestore(site, child));
              await harm.remove(site, child);
              return passing;
            }),
            claimed(make, child),
          ];
        case 'apply':
          return [
            ...(isWorkload(child)
              ? [
                  forgotten(make, child, 'working', `the Pods of ${at(child)} get nowhere`, (site) => [
                    stall(site, child),
                  ]),
                ]
              : []),
            claimed(make, child),
            terminating(make, child),
            make('todo', `${at(child)} is deleted`, async (site) => {
              await harm.remove(site, child);
              return passing;
            }),
          ];
        case 'claim':
          // What follows the loss of a volume is a person's decision, and no arrow needs it.
          return [];
      }
    }),
    ...(slow === undefined ? [] : sickness).map((ill) =>
      forgotten(make, slow as Child<unknown>, 'blocked', ill.says, (site) => [
        stall(site, slow as Child<unknown>),
        ill.begin(site.cluster),
      ]),
    ),
  ];
}

type Make = (is: Progress, says: string, begin: (site: Site) => Begun | Promise<Begun>) => Means;

function maker(step: string, when: When): Make {
  return (is, says, begin) => ({
    change: { fact: 'step', step, is },
    when,
    says,
    begin: async (site) => await begin(site),
  });
}

function stall(site: Site, child: Child<unknown>): Undo {
  return afflict(site, child, stallOf(child) ?? 'hang');
}

function claimed(make: Make, child: Child<unknown>): Means {
  return make('failed', `${at(child)} is claimed by somebody else`, async (site) => {
    await born(site, child);
    return lasting(await harm.seize(site, child));
  });
}

function terminating(make: Make, child: Child<unknown>): Means {
  return make('todo', `${at(child)} is being deleted and cannot go yet`, async (site) => {
    const live = await born(site, child);
    const undo = await harm.hold(site.cluster, child.type, live);
    await harm.remove(site, child);
    return lasting(undo);
  });
}

function misnamed(make: Make, kind: Kind, child: Child<unknown>): Means[] {
  const asking = naming(kind, child, 'nowhere');
  if (asking === undefined) return [];
  return [
    make('blocked', `spec.${asking.field} names a ${child.type.kind} that does not exist`, async (site) => {
      const ref = { namespace: site.cluster.namespace, name: site.name };
      const patch = (spec: object) => site.cluster.client.mergePatch(kind.type, ref, { spec });
      await patch(asking.set);
      return { undo: () => harm.goneIsFine(patch(asking.unset)), rests: true, alone: true };
    }),
  ];
}

function forgotten(
  make: Make,
  child: Child<unknown>,
  is: Progress,
  says: string,
  ill: (site: Site) => readonly Undo[],
): Means {
  return make(is, `${says}, and the record of it is lost`, async (site) => {
    const undos = ill(site);
    await harm.rewrite(site, child, (ledger) => without(ledger, child));
    return lasting(async () => {
      for (const undo of undos.toReversed()) await undo();
    });
  });
}

/** A step that is held back by its Pods makes its children all the same. */
async function born(site: Site, child: Child<unknown>) {
  await site.cluster.until(() => harm.liveChild(site, child) !== undefined);
  const live = harm.liveChild(site, child);
  if (live === undefined) throw new Error(`${at(child)} is never made`);
  return live;
}

/** Whether the child would be missed for ever: it says so itself when it is asked without it. */
function isIrreplaceable(site: Site, child: Child<unknown>): boolean {
  const scope = harm.scopeAt(site);
  const name = child.nameIn(scope);
  const { lookup } = scope;
  const get: typeof lookup.get = (type, ref) =>
    type === child.type && ref.name === name ? undefined : lookup.get(type, ref);
  return child.look({ ...scope, lookup: { ...lookup, get } }).due?.verb !== 'generate';
}
