import type { Kind } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';

/** Kinds whose machines rest in the same states for the same facts: their steps have the same names. */
export const machines: readonly (readonly [Kind, ...Kind[]])[] = [...Map.groupBy(kinds, stepsOf).values()].flatMap(
  ([first, ...rest]) => (first === undefined ? [] : [[first, ...rest] as const]),
);

/** By what the table of a machine is found. */
export function stepsOf({ stepNames }: Kind): string {
  return stepNames.join(' ');
}

export function namesOf(same: readonly Kind[]): string {
  return same.map(({ declaration }) => declaration.kind).join(', ');
}
