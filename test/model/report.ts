import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Crossed } from '../../src/machines/engine/machine.ts';
import type { Cluster } from './cluster.ts';
import { disturbancesOf } from './disturbances.ts';
import type { Means } from './means.ts';
import { arrowName, describeArrow, modelOf, type Path } from './graph.ts';
import { replay, type Replay } from './replay.ts';
import { kindOf, peersOf, referrerOf } from './specs.ts';

export interface ModelReport {
  readonly kind: string;
  readonly paths: number;
  readonly events: number;
  readonly arrows: number;
  /** Arrows that a change of the facts led to. */
  readonly covered: number;
  /** Arrows that only a status put back led to, and those that nothing leads to; each with the reason. */
  readonly restored: readonly string[];
  readonly unreachable: readonly string[];
  /** Arrows that should have been followed and were not. */
  readonly uncovered: readonly string[];
  readonly failures: readonly string[];
  /** Arrows, as `from>to`, that a change of the facts led to, and those that only a status put back did. */
  readonly walked: { readonly byFacts: readonly string[]; readonly restored: readonly string[] };
  /** Ways to disturb it: how many were used, of how many. */
  readonly means: { readonly used: number; readonly all: number };
  /** What the world cannot do to it, and why. */
  readonly impossible: readonly string[];
}

interface Route {
  readonly path: Path;
  readonly favourite?: Means;
}

export interface ModelOptions {
  /** All kinds that exist; those that the kind uses are found among them. */
  readonly kinds: readonly Kind[];
  readonly open: (kinds: readonly Kind[]) => Promise<Cluster>;
  /** How many paths are walked at a time, each in a cluster of its own; 1 by default. */
  readonly atATime?: number;
}

/**
 * Walks a kind's machine through a cluster: every arrow, every change of a fact and every means of making one, each at
 * least once. Needs nothing but the declaration.
 */
export async function testModel(kind: Kind, options: ModelOptions): Promise<ModelReport> {
  const { kinds, open, atATime = 1 } = options;
  const involved = [...closure(kind, kinds), referrerOf(kind)];
  const disturbances = disturbancesOf(kind, kinds);
  const model = modelOf(kind, disturbances);
  const subject = { kind, disturbances };
  const replays: Replay[] = [];
  const walk = async (routes: readonly Route[]): Promise<void> => {
    const rest = routes.values();
    const walkSome = async (): Promise<void> => {
      for (const { path, favourite } of rest)
        replays.push(await replay(subject, path, await open(involved), favourite));
    };
    await Promise.all(Array.from({ length: atATime }, walkSome));
  };
  await walk(model.paths.map((path) => ({ path })));
  const covered = seenIn(replays);
  const used = new Set(replays.flatMap((one) => one.used));
  const usable = disturbances.means.filter((means) => model.pathTo(means.change, means.when) !== undefined);
  const unused = usable.filter((means) => !used.has(means));
  await walk(
    unused.flatMap((favourite) => {
      const path = model.pathTo(favourite.change, favourite.when);
      return path === undefined ? [] : [{ path, favourite }];
    }),
  );
  const byFacts = replays.length;
  await walk(model.restored.map((path) => ({ path })));
  const restored = seenIn(replays.slice(byFacts));
  const lacking = (isRestored: boolean) =>
    model.missing
      .filter(({ arrow }) => !covered.has(arrowName(arrow)) && restored.has(arrowName(arrow)) === isRestored)
      .map(({ arrow, reason }) => `${describeArrow(arrow)}: ${reason}`);
  const excused = new Set(model.missing.map(({ arrow }) => arrowName(arrow)));
  const promised = new Set(model.restored.flatMap(({ legs }) => legs.flatMap(({ crosses }) => crosses.map(arrowName))));
  return {
    kind: kind.declaration.kind,
    paths: replays.length,
    events: replays.reduce((sum, { path }) => sum + path.legs.length, 0),
    arrows: model.arrows.length,
    covered: model.arrows.filter((arrow) => covered.has(arrowName(arrow))).length,
    restored: lacking(true),
    unreachable: lacking(false),
    uncovered: model.arrows
      .filter((arrow) => !covered.has(arrowName(arrow)) && !restored.has(arrowName(arrow)))
      .filter((arrow) => !excused.has(arrowName(arrow)) || promised.has(arrowName(arrow)))
      .map(describeArrow),
    failures: replays.flatMap(({ failure }) => failure ?? []),
    means: { used: new Set(replays.flatMap((one) => one.used)).size, all: usable.length },
    impossible: disturbances.impossible,
    walked: {
      byFacts: placesOf(model.arrows.filter((arrow) => covered.has(arrowName(arrow)))),
      restored: placesOf(
        model.arrows.filter((arrow) => !covered.has(arrowName(arrow)) && restored.has(arrowName(arrow))),
      ),
    },
  };
}

function placesOf(arrows: readonly Crossed[]): string[] {
  return arrows.map(({ from, to }) => `${from}>${to}`).sort();
}

function seenIn(replays: readonly Replay[]): Set<string> {
  return new Set(replays.flatMap((one) => (one.failure === undefined ? [...one.seen] : [])));
}

/** The kind and all it builds on, or makes. */
function closure(kind: Kind, kinds: readonly Kind[]): Kind[] {
  const made = kind.children.flatMap((child) => kindOf(child, kinds) ?? []);
  const below = [...peersOf(kind, kinds).map((peer) => peer.kind), ...made].flatMap((one) => closure(one, kinds));
  return [...new Set([...below, kind])];
}
