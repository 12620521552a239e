import { deletionSteps, progresses, type DeletionStep, type Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { deletionHold, deletionMeans } from './deletion-means.ts';
import type { Abilities, StepChange, When } from './graph.ts';
import { at, type Hold, type Means } from './means.ts';
import { meansAfter, meansBefore, partsOf, stepHold } from './step-means.ts';

/** Everything the world can do to a kind, read from its declaration. */
export interface Disturbances extends Abilities {
  readonly means: readonly Means[];
  /** What it cannot do, and why. */
  readonly impossible: readonly string[];
  hold(step: string): Hold | undefined;
}

export function disturbancesOf(kind: Kind, kinds: readonly Kind[]): Disturbances {
  const parts = partsOf(kind, kinds);
  const holds = new Map<string, Hold | undefined>([
    ...parts.map((part) => [part.step, stepHold(part)] as const),
    ...deletionSteps.map((step) => [step, deletionHold(kind, step)] as const),
  ]);
  const means = [
    ...parts.flatMap((part) => [...(holds.get(part.step) === undefined ? [] : meansBefore(part)), ...meansAfter(part)]),
    ...deletionMeans(kind).filter(({ change }) => holds.get(change.step) !== undefined),
  ];
  const initial = (step: string): Progress => holds.get(step)?.gives ?? 'done';
  const obstacle = (change: StepChange, when: When): string | undefined =>
    means.some((one) => one.when === when && isSame(one.change, change)) ? undefined : whyNot(change, when);
  return {
    means,
    hold: (step) => holds.get(step),
    initial,
    obstacle,
    impossible: [
      ...kind.stepNames.flatMap((step) =>
        progresses.flatMap((is) => [
          ...(is === 'done' || is === initial(step) ? [] : (obstacle({ fact: 'step', step, is }, 'before') ?? [])),
          ...(is === 'done' ? [] : (obstacle({ fact: 'step', step, is }, 'after') ?? [])),
        ]),
      ),
      ...kind.children
        .filter(({ verb }) => verb === 'claim')
        .map((child) => `${at(child)} is not deleted: what follows the loss of data is a person's decision`),
    ],
  };
}

export function isSame(a: StepChange, b: StepChange): boolean {
  return a.fact === b.fact && a.step === b.step && a.is === b.is;
}

/** Why the world cannot do this, in words for the report. */
function whyNot({ fact, step, is }: StepChange, when: When): string {
  const index = when === 'before' ? 0 : 1;
  if (fact === 'deletion') return noDeletion[step][index];
  return `${step} cannot be ${is} ${when} it was done: ${noStep[is][index]}`;
}

type Reasons<K extends string> = Readonly<Record<K, readonly [before: string, after: string]>>;

const noDeletion: Reasons<DeletionStep> = {
  Unreferenced: ['nothing refers to it', 'nothing refers to it'],
  Stopped: ['it has no workload to stop', 'it has no workload to stop'],
  CleanedUp: ['it has nothing to clean up', 'it has nothing to clean up'],
  Removed: ['it has no data to remove', 'the resource goes with its data'],
};

const noStep: Reasons<Progress> = {
  todo: ['what is wanted is begun at once', 'what goes of it is lost, or on record'],
  working: ['nothing of it takes time', 'nothing of it takes time'],
  failed: ['nothing of it can fail', 'nothing of it can fail'],
  lost: ['what was never there cannot be lost', 'nothing of it is generated, and nothing run'],
  blocked: ['it needs nothing of others that can go missing', 'it needs nothing of others that can go missing'],
  done: ['', ''],
};
