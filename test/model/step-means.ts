import type { Child } from '../../src/machines/engine/child.ts';
import type { Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { isReady } from '../support/cloud.ts';
import type { Cluster } from './cluster.ts';
import type { When } from './graph.ts';
import * as harm from './harm.ts';
import type { Site, Undo } from './harm.ts';
import { afflict, at, falsified, isResource, isWorkload, lasting, passing, stallOf, without } from './means.ts';
import type { Begun, Hold, Means } from './means.ts';
import { barrenScope } from './observed.ts';
import { crFor, kindOf, naming, peersOf } from './specs.ts';
import { kinds as allKinds } from '../../src/machines/index.ts';

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
  /** Resolves when it shows. */
  readonly begin: (cluster: Cluster) => Promise<Undo>;
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
  if (server === undefined) return undefined;
  const says = `${peer.kind.declaration.kind}/${peer.name} is not Ready`;
  return {
    says,
    begin: async (cluster) => {
      const undo = await afflict({ cluster, ...peer }, server, 'neverReady');
      const isIll = () => !isReady(cluster.get(peer.kind.type, peer.name));
      if (!(await cluster.until(isIll))) throw new Error(`it never came about that ${says}`);
      return undo;
    },
  };
}

/** The first that is possible: its Pods get nowhere, the name of an object is taken, the spec names what is not there. */
export function stepHold({ kind, children, slow }: Part): Hold | undefined {
  if (slow !== undefined) return { gives: 'working', begin: (site) => stall(site, slow) };
  const taken = children.find(({ verb }) => verb === 'generate' || verb === 'apply');
  if (taken !== undefined) {
    return {
      gives: 'failed',
      begin: (site) => harm.squat(site, taken, barrenScope(kind, crFor(kind, site.cluster.namespace, site.name))),
    };
  }
  for (const child of children) {
    const asking = child.verb === 'require' ? naming(kind, child, 'nowhere') : undefined;
    if (asking === undefined) continue;
    return { gives: 'blocked', spec: asking.set, begin: (site) => Promise.resolve(() => harm.say(site, asking.unset)) };
  }
  return undefined;
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
      .map((child) =>
        make('failed', `${at(child)} fails`, async (site) => lasting(await afflict(site, child, 'fail'))),
      ),
    ...begun.filter(({ verb }) => verb === 'apply' || verb === 'generate').map((child) => claimed(make, child)),
    ...(slow !== undefined && isLast && !isShared(kind, slow) ? [terminating(make, slow)] : []),
    ...sickness.map((ill) =>
      make('blocked', ill.says, async ({ cluster }) => ({
        ...lasting(await ill.begin(cluster)),
        alone: slow === undefined,
      })),
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
            forgotten(make, child, 'working', `the Pods of ${at(child)} get nowhere`, async (site) => [
              await stall(site, child),
            ]),
            forgotten(make, child, 'failed', `${at(child)} fails`, async (site) => [
              await afflict(site, child, 'fail'),
            ]),
            make('lost', `${at(child)} ran for something else, says the record`, async (site) => {
              const undo = await stall(site, child);
              await harm.rewrite(site, child, (ledger) => falsified(ledger, child));
              return { undo, rests: false };
            }),
          ];
        case 'generate':
          return [
            make('lost', `${at(child)} is deleted`, async (site) => {
              // What holds data is made a moment after the Secret, and makes it irreplaceable.
              for (const claim of claimsUpTo(kind, kind.stepNames.indexOf(step) + 1)) await born(site, claim);
              if (isIrreplaceable(site, child)) return lasting(await harm.loseAndRestore(site, child));
              await harm.remove(site, child);
              return passing;
            }),
            claimed(make, child),
          ];
        case 'apply':
          return [
            ...(isWorkload(child) || isResource(child)
              ? [
                  forgotten(make, child, 'working', `the Pods of ${at(child)} get nowhere`, async (site) => [
                    await stall(site, child),
                  ]),
                ]
              : []),
            claimed(make, child),
            // One that others use waits in its deletion until they are gone, which is a person's doing.
            ...(isShared(kind, child)
              ? []
              : [
                  terminating(make, child),
                  make('todo', `${at(child)} is deleted`, async (site) => {
                    await harm.remove(site, child);
                    return passing;
                  }),
                ]),
          ];
        case 'claim':
          // What follows the loss of a volume is a person's decision, and no arrow needs it.
          return [];
      }
    }),
    ...(slow === undefined
      ? []
      : sickness.map((ill) =>
          forgotten(make, slow, 'blocked', ill.says, async (site) => [
            await stall(site, slow),
            await ill.begin(site.cluster),
          ]),
        )),
  ];
}

/** Whether other resources that the kind makes use the one that the child stands for. */
function isShared(kind: Kind, child: Child<unknown>): boolean {
  if (!isResource(child)) return false;
  const made = kind.children.flatMap((one) => kindOf(one, allKinds) ?? []);
  return made.some(({ plan }) => Object.values(plan.uses ?? {}).some((use) => use.kind === child.type.kind));
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

async function stall(site: Site, child: Child<unknown>): Promise<Undo> {
  const undo = await afflict(site, child, stallOf(child) ?? 'hang');
  // A resource says a moment later that it is ill.
  if (isResource(child) && site.cluster.get(site.kind.type, site.name) !== undefined)
    await site.cluster.until(() => !isReady(harm.liveChild(site, child)));
  return undo;
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
      await harm.say(site, asking.set);
      return { undo: () => harm.say(site, asking.unset), rests: true, alone: true };
    }),
  ];
}

function forgotten(
  make: Make,
  child: Child<unknown>,
  is: Progress,
  says: string,
  ill: (site: Site) => Promise<readonly Undo[]>,
): Means {
  return make(is, `${says}, and the record of it is lost`, async (site) => {
    const undos = await ill(site);
    await harm.rewrite(site, child, (ledger) => without(ledger, child));
    return lasting(async () => {
      for (const undo of undos.toReversed()) await undo();
    });
  });
}

/** Volume claims of the steps up to this one. */
function claimsUpTo(kind: Kind, index: number): Child<unknown>[] {
  const steps = Object.values(kind.plan.steps).slice(0, index + 1);
  return steps.flatMap(({ apply }) => apply.filter(({ verb }) => verb === 'claim'));
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
