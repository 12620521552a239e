import { describe, expect, it } from 'vitest';
import { compiled, decideFrom } from '../../src/machines/engine/decide.ts';
import type { Machine } from '../../src/machines/engine/machine.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';
import { machines, namesOf, stepsOf } from '../support/machines.ts';
import { mutantsOf } from '../support/mutants.ts';
import { factsFor, type Row } from '../support/table.ts';
import { tables } from '../support/tables.ts';

function meets(kind: Kind, machine: Machine, row: Row): boolean {
  try {
    const { state, crossed } = decideFrom(machine, row.at, factsFor(kind, row));
    return state === row.rests && (row.arrows === undefined || crossed.length === row.arrows);
  } catch {
    return false;
  }
}

describe.each(kinds.map((kind) => ({ name: kind.declaration.kind, kind })))('$name', ({ kind }) => {
  const rows = tables[stepsOf(kind)] ?? [];

  it('has a hand-written table', () => expect(rows.length).toBeGreaterThan(0));

  it.each(rows.map((row) => ({ ...row, facts: JSON.stringify([row.upTo, row.but, row.lifecycle, row.gone]) })))(
    'in $at with $facts comes to rest in $rests',
    (row) => {
      const { state, crossed } = decideFrom(compiled(kind), row.at, factsFor(kind, row));
      expect(state).toBe(row.rests);
      if (row.arrows !== undefined) expect(crossed).toHaveLength(row.arrows);
    },
  );
});

it('has no table for a machine that no kind has', () => {
  expect(Object.keys(tables).filter((steps) => !kinds.some((kind) => stepsOf(kind) === steps))).toEqual([]);
});

describe.each(machines.map((same) => ({ name: namesOf(same), kind: same[0] })))('$name', ({ name, kind }) => {
  const rows = tables[stepsOf(kind)] ?? [];

  it(
    'fails a row of its table for every arrow taken away and every guard term left out or negated',
    { timeout: 120_000 },
    () => {
      const mutants = mutantsOf(kind);
      const survivors = mutants.filter(({ machine }) => rows.every((row) => meets(kind, machine, row)));
      console.log(
        `${name}: ${mutants.length - survivors.length} of ${mutants.length} mutants fail one of ${rows.length} rows`,
      );
      expect(survivors.map(({ mistake }) => mistake)).toEqual([]);
    },
  );
});
