import { getShortestPaths } from 'xstate/graph';
import { compiled, decideFrom } from '../../src/machines/engine/decide.ts';
import { deletionSteps, fact, lifecycles, progresses } from '../../src/machines/engine/facts.ts';
import type { DeletionStep, Facts, Lifecycle, Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Crossed, Machine } from '../../src/machines/engine/machine.ts';
import { describeTerm, type Term } from '../../src/machines/engine/terms.ts';

/** One fact becomes something else. `stored` is no fact: the status is replaced by one that names this state. */
export type Change =
  | { readonly fact: 'step'; readonly step: string; readonly is: Progress }
  | { readonly fact: 'lifecycle'; readonly is: Lifecycle }
  | { readonly fact: 'deletion'; readonly step: DeletionStep; readonly is: Progress }
  | { readonly fact: 'stored'; readonly is: string };

export type StepChange = Extract<Change, { readonly step: string }>;

/** `before` a step was ever done, or `after`: the world has other ways to hold it back than to take it away. */
export type When = 'before' | 'after';

/** One event of a path, where the machine comes to rest after it, and the arrows on the way. */
export interface Leg {
  readonly change: Change;
  readonly when: When;
  readonly rests: string;
  readonly crosses: readonly Crossed[];
}

export interface Path {
  /** Where the machine rests, and on what facts, before the first event. */
  readonly start: { readonly state: string; readonly facts: Facts };
  readonly legs: readonly Leg[];
}

/** What can be brought about in a cluster. */
export interface Abilities {
  /** How the step stands, held back from the beginning; `done` where nothing can hold it back. */
  initial(step: string): Progress;
  /** Why this cannot be brought about; undefined where it can. */
  obstacle(change: StepChange, when: When): string | undefined;
}

/** An arrow that no path follows by way of facts alone, and why. */
export interface Missing {
  readonly arrow: Crossed;
  readonly reason: string;
}

export interface Model {
  readonly arrows: readonly Crossed[];
  /** Together they follow every arrow, and make every change, that the abilities allow. */
  readonly paths: readonly Path[];
  /** Paths that end with a status put back, for arrows that facts alone do not lead to. */
  readonly restored: readonly Path[];
  /** Arrows that facts alone do not lead to, with those of `restored` among them. */
  readonly missing: readonly Missing[];
  /** The shortest path to where this change can be made, with it as its last event. */
  pathTo(change: StepChange, when: When): Path | undefined;
}

export function modelOf(kind: Kind, abilities: Abilities): Model {
  const arrows = arrowsOf(compiled(kind));
  const places = placesOf(kind, abilities);
  const edges = places.flatMap((place) => edgesFrom(kind, abilities, place));
  const paths = cover(edges);
  const followed = new Set(paths.flatMap((path) => path.legs.flatMap((leg) => leg.crosses.map(arrowName))));
  const lacking = arrows.filter((arrow) => !followed.has(arrowName(arrow)));
  return {
    arrows,
    paths,
    restored: cover(lacking.flatMap((arrow) => restoring(kind, arrow, places) ?? [])),
    missing: lacking.map((arrow) => ({ arrow, reason: whyMissing(kind, arrow, arrows, places, abilities) })),
    pathTo: (change, when) => {
      const wanted = changeName(change, when);
      return edges.find((path) => path.legs.slice(-1).some((leg) => changeName(leg.change, leg.when) === wanted));
    },
  };
}

export function arrowName(arrow: { readonly from: string; readonly to: string }): string {
  return `${arrow.from} → ${arrow.to}`;
}

export function describeArrow(arrow: Crossed): string {
  return `${arrowName(arrow)}${arrow.terms.length === 0 ? '' : ` [${arrow.terms.map(describeTerm).join(' and ')}]`}`;
}

interface Noted {
  readonly actions: readonly { readonly type?: string; readonly params?: unknown }[];
}

/** Every arrow of a machine, from its state nodes: `toJSON()` leaves those of `always` out. */
export function arrowsOf(machine: Machine): Crossed[] {
  const found: Crossed[] = [];
  const visit = (node: Machine['root']): void => {
    for (const way of [...[...node.transitions.values()].flat(), ...(node.always ?? [])]) {
      if (way.target === undefined) continue;
      const note = (way as unknown as Noted).actions.find((action) => action.type === 'crossed')?.params;
      const [from, to] = [node.path.join('.'), (way.target[0]?.path ?? []).join('.')];
      const crossed = note as Crossed | undefined;
      if (crossed?.from !== from || crossed.to !== to)
        throw new Error(`the arrow ${from} → ${to} is not noted as such`);
      // The history tells arrows apart by their ends.
      if (found.some((other) => arrowName(other) === arrowName(crossed)))
        throw new Error(`two arrows lead from ${from} to ${to}`);
      found.push(crossed);
    }
    for (const child of Object.values(node.states)) visit(child as Machine['root']);
  };
  visit(machine.root);
  return found;
}

/** Where the machine can rest, on what facts, and the shortest way there. */
interface Place {
  readonly state: string;
  readonly facts: Facts;
  readonly path: Path;
}

interface Observed {
  readonly type: 'OBSERVED';
  readonly facts: Facts;
  readonly change: Change;
  readonly when: When;
}

interface Snapshot {
  readonly value: unknown;
  readonly context: { readonly facts: Facts };
}

/** By `xstate/graph`: events set one fact each, and only such as the cluster can be brought to. */
function placesOf(kind: Kind, abilities: Abilities): Place[] {
  const machine = compiled(kind);
  const facts = initialFacts(kind, abilities);
  const state = decideFrom(machine, 'Pending', facts).state;
  const start = { state, facts };
  const paths = getShortestPaths(machine, {
    fromState: machine.resolveState({ value: state, context: { facts } }),
    events: (snapshot: Snapshot) => eventsFrom(kind, abilities, snapshot.context.facts),
    serializeState: (snapshot: Snapshot) => JSON.stringify([snapshot.value, shapeOf(snapshot.context.facts)]),
    serializeEvent: (event: Observed) => changeName(event.change, event.when),
  } as never) as unknown as { state: Snapshot; steps: { event: Partial<Observed> }[] }[];
  return paths.map(({ state: reached, steps }) => {
    let at = state;
    const legs = steps.flatMap(({ event }): Leg[] => {
      if (event.facts === undefined || event.change === undefined || event.when === undefined) return [];
      const decision = decideFrom(machine, at, event.facts);
      at = decision.state;
      return [{ change: event.change, when: event.when, rests: at, crosses: decision.crossed }];
    });
    return { state: at, facts: reached.context.facts, path: { start, legs } };
  });
}

function edgesFrom(kind: Kind, abilities: Abilities, { state, facts, path }: Place): Path[] {
  return eventsFrom(kind, abilities, facts).map(({ change, when, facts: next }) => {
    const { state: rests, crossed } = decideFrom(compiled(kind), state, next);
    return { start: path.start, legs: [...path.legs, { change, when, rests, crosses: crossed }] };
  });
}

function initialFacts(kind: Kind, abilities: Abilities): Facts {
  const of = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, fact(abilities.initial(name))]));
  return { lifecycle: 'live', steps: of(kind.stepNames), deletion: of(deletionSteps) as Facts['deletion'] };
}

function shapeOf({ lifecycle, steps, deletion }: Facts): unknown {
  return [lifecycle, ...[...Object.values(steps), ...Object.values(deletion)].map(({ is, message }) => [is, message])];
}

/**
 * What can happen next. Steps are done in order, each held back until its turn; the first that is not done may stand
 * badly in every way the world knows, and one that was done may be undone: with that a path ends, for what follows it
 * is the repair. Deletion goes the same way, once everything is there that has to go.
 */
function eventsFrom(kind: Kind, abilities: Abilities, facts: Facts): Observed[] {
  const observed = (change: Change, when: When = 'before'): Observed => ({
    type: 'OBSERVED',
    facts: changed(facts, change, when),
    change,
    when,
  });
  const stepwise = (
    names: readonly string[],
    whole: number,
    make: (step: string, is: Progress) => StepChange,
  ): Observed[] => {
    const is = (name: string): Progress => progressOf(facts, name);
    const open = names.findIndex((name) => is(name) !== 'done');
    if (names.some((name) => isUndone(facts, name))) return [];
    const turn = open < 0 ? [] : names.slice(open, open + 1);
    const isHeld = turn.every((name) => is(name) === abilities.initial(name));
    return [
      ...turn.flatMap((name) => [
        observed(make(name, 'done')),
        ...(isHeld ? progresses : [])
          .filter((next) => next !== 'done' && next !== is(name))
          .map((next) => make(name, next))
          .filter((change) => abilities.obstacle(change, 'before') === undefined)
          .map((change) => observed(change)),
      ]),
      ...(isHeld ? names.slice(0, open < 0 ? whole : open) : []).flatMap((name) =>
        progresses
          .filter((next) => next !== 'done')
          .map((next) => make(name, next))
          .filter((change) => abilities.obstacle(change, 'after') === undefined)
          .map((change) => observed(change, 'after')),
      ),
    ];
  };
  const isWhole = kind.stepNames.every((name) => progressOf(facts, name) === 'done');
  const isAsHeld = kind.stepNames.every((name) => ['done', abilities.initial(name)].includes(progressOf(facts, name)));
  switch (facts.lifecycle) {
    case 'live':
      return [
        ...stepwise(kind.stepNames, kind.stepNames.length, (step, is) => ({ fact: 'step', step, is })),
        ...(isAsHeld && !kind.stepNames.some((name) => isUndone(facts, name)) ? lifecycleChanges(facts) : []).map(
          (change) => observed(change),
        ),
      ];
    case 'paused':
      return lifecycleChanges(facts).map((change) => observed(change));
    case 'deleting':
      // With its last step the resource is gone.
      return isWhole
        ? stepwise(deletionSteps, 0, (step, is) => ({ fact: 'deletion', step: step as DeletionStep, is }))
        : [];
  }
}

function lifecycleChanges(facts: Facts): Change[] {
  return lifecycles.filter((is) => is !== facts.lifecycle).map((is) => ({ fact: 'lifecycle', is }));
}

function progressOf(facts: Facts, step: string): Progress {
  return (facts.steps[step] ?? facts.deletion[step as DeletionStep]).is;
}

const undone = 'was done and is no more';

function isUndone(facts: Facts, step: string): boolean {
  return (facts.steps[step] ?? facts.deletion[step as DeletionStep]).message === undone;
}

function changed(facts: Facts, change: Change, when: When): Facts {
  switch (change.fact) {
    case 'lifecycle':
      return { ...facts, lifecycle: change.is };
    case 'step':
      return {
        ...facts,
        steps: { ...facts.steps, [change.step]: fact(change.is, when === 'after' ? undone : change.is) },
      };
    case 'deletion':
      return {
        ...facts,
        deletion: { ...facts.deletion, [change.step]: fact(change.is, when === 'after' ? undone : change.is) },
      };
    case 'stored':
      return facts;
  }
}

/** Few paths that together have everything that all of them have: always the one with most news, the shortest of these. */
function cover(candidates: readonly Path[]): Path[] {
  const open = candidates.map((path) => ({ path, has: new Set(path.legs.flatMap(newsIn)) }));
  const chosen: Path[] = [];
  for (;;) {
    const [best] = open.sort((a, b) => b.has.size - a.has.size || a.path.legs.length - b.path.legs.length);
    if (best === undefined || best.has.size === 0) return chosen;
    const had = [...best.has];
    chosen.push(best.path);
    for (const { has } of open) for (const name of had) has.delete(name);
  }
}

function newsIn({ change, when, crosses }: Leg): string[] {
  return [changeName(change, when), ...crosses.map(arrowName)];
}

function changeName(change: Change, when: When): string {
  return `${'step' in change ? `${when}: ${change.step}` : change.fact} becomes ${change.is}`;
}

/** The shortest path to facts on which the arrow is the first that a machine stored in its source follows. */
function restoring(kind: Kind, arrow: Crossed, places: readonly Place[]): Path | undefined {
  const machine = compiled(kind);
  const from = leafOf(machine, arrow.from);
  for (const place of places.toSorted((a, b) => a.path.legs.length - b.path.legs.length)) {
    const { state, crossed } = decideFrom(machine, from, place.facts);
    if (crossed[0] === undefined || arrowName(crossed[0]) !== arrowName(arrow)) continue;
    const last: Leg = { change: { fact: 'stored', is: from }, when: 'after', rests: state, crosses: crossed };
    return { start: place.path.start, legs: [...place.path.legs, last] };
  }
  return undefined;
}

function leafOf(machine: Machine, path: string): string {
  let node = machine.root;
  for (const name of path.split('.')) node = (node.states as Record<string, Machine['root']>)[name] ?? node;
  while (node.type === 'compound') node = (node.initial.target[0] ?? node) as typeof node;
  return node.path.join('.');
}

function whyMissing(
  kind: Kind,
  arrow: Crossed,
  arrows: readonly Crossed[],
  places: readonly Place[],
  abilities: Abilities,
): string {
  const isRestedIn = places.some(
    ({ state, facts }) =>
      (state === arrow.from || state.startsWith(`${arrow.from}.`)) && eventsFrom(kind, abilities, facts).length > 0,
  );
  const hindered = (terms: readonly Term[], when: When): string =>
    terms.map((term) => ('step' in term ? neverUndone(abilities, term.step, when) : neverIs(term))).join('; ');
  if (isRestedIn || restoring(kind, arrow, places) === undefined) return hindered(arrow.terms, 'after');
  const onward = arrows.find(({ from, terms }) => from === arrow.from && terms.every(({ name }) => name === 'done'));
  if (onward === undefined) return `nothing rests in ${arrow.from}: the resource is gone as it gets there`;
  if (onward.terms.length === 0) return `nothing rests in ${arrow.from}: there is nothing to wait for`;
  return `nothing rests in ${arrow.from}: ${hindered(onward.terms, 'before')}`;
}

function neverIs(term: Exclude<Term, { readonly step: string }>): string {
  return term.name === 'not' && term.is === 'deleting'
    ? 'a deletion is never taken back'
    : `nothing makes it ${describeTerm(term)}`;
}

function neverUndone(abilities: Abilities, step: string, when: When): string {
  const isDeletion = (deletionSteps as readonly string[]).includes(step);
  if (!isDeletion && when === 'before') return `nothing holds ${step} back`;
  const reasons = progresses
    .filter((is) => is !== 'done')
    .map((is) => ({ fact: isDeletion ? 'deletion' : 'step', step, is }) as StepChange)
    .map((change) => abilities.obstacle(change, when));
  const [reason = `${step} can be undone, but not from there`] = reasons.includes(undefined) ? [] : reasons;
  return reason;
}
