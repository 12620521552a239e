import { deletionSteps, progresses, type Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { deletionHold, deletionMeans, nothingFor } from './deletion-means.ts';
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
    means.some((one) => one.when === when && isSame(one.change, change)) ? undefined : whyNot(kind, change, when);
  return {
    means,
    hold: (step) => holds.get(step),
    initial,
    obstacle,
    impossible: [
      ...kind.stepNames.flatMap((step) =>
        progresses
          .filter((is) => is !== 'done')
          .flatMap((is) => [
            ...(is === initial(step) ? [] : [obstacle({ fact: 'step', step, is }, 'before')]),
            obstacle({ fact: 'step', step, is }, 'after'),
          ])
          .filter((reason) => reason !== undefined),
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
function whyNot(kind: Kind, { fact, step, is }: StepChange, when: When): string {
  if (fact === 'deletion') return nothingFor(kind, step, when);
  return `${step} cannot be ${is} ${when} it was done: ${noStep[is][when === 'before' ? 0 : 1]}`;
}

const nothingForeign = 'it needs nothing of others that can be taken away and given back';

const noStep: Readonly<Record<Progress, readonly [before: string, after: string]>> = {
  todo: ['what is wanted is begun at once', 'what goes of it is lost, or on record'],
  working: ['nothing of it takes time', 'nothing of it takes time'],
  failed: ['nothing of it can fail', 'nothing of it can fail'],
  lost: ['what was never there cannot be lost', 'nothing of it is generated, and nothing run'],
  blocked: [nothingForeign, nothingForeign],
  done: ['', ''],
};
