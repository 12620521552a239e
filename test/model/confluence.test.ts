import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { transition } from 'xstate';
import { compiled, decide } from '../../src/machines/engine/decide.ts';
import { deletionSteps, fact, lifecycles, progresses, type Facts } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { machines, namesOf } from '../support/machines.ts';

/** Every combination of `values` over `names`. */
function* combinations<V>(names: readonly string[], values: readonly V[]): Generator<Record<string, V>> {
  const [first, ...rest] = names;
  if (first === undefined) {
    yield {};
    return;
  }
  for (const tail of combinations(rest, values)) for (const value of values) yield { [first]: value, ...tail };
}

function* everyFacts(kind: Kind): Generator<Facts> {
  const facts = new Map(progresses.map((is) => [is, fact(is)] as const));
  const of = (is: (typeof progresses)[number]) => facts.get(is) ?? fact(is);
  const none = Object.fromEntries(deletionSteps.map((step) => [step, of('todo')])) as Facts['deletion'];
  // With more steps than five the words that no guard tells apart are left to the shorter machines.
  const words = kind.stepNames.length > 5 ? (['todo', 'done', 'failed'] as const) : progresses;
  for (const steps of combinations(kind.stepNames, words)) {
    const folded = Object.fromEntries(Object.entries(steps).map(([name, is]) => [name, of(is)]));
    for (const lifecycle of lifecycles) {
      if (lifecycle !== 'deleting') {
        yield { lifecycle, steps: folded, deletion: none };
        continue;
      }
      // While deleting only the deletion facts are read: each of them with the steps all todo or all done.
      if (!Object.values(steps).every((is) => is === 'todo') && !Object.values(steps).every((is) => is === 'done'))
        continue;
      for (const deletion of combinations(deletionSteps, progresses)) {
        const ends = Object.fromEntries(Object.entries(deletion).map(([name, is]) => [name, of(is)]));
        yield { lifecycle, steps: folded, deletion: ends as Facts['deletion'] };
      }
    }
  }
}

const statesOf = (kind: Kind): string[] => [
  'Pending',
  ...kind.stepNames,
  'Ready',
  'Paused',
  ...['Requested', ...deletionSteps].map((step) => `Deleting.${step}`),
];

/** What XState's own pure function makes of it. */
function byXState(kind: Kind, state: string, facts: Facts): { state: string; crossed: unknown[] } {
  const machine = compiled(kind);
  const [outer = '', inner] = state.split('.');
  const value = inner === undefined ? outer : { [outer]: inner };
  const start = machine.resolveState({ value, context: { facts } });
  const [next, actions] = transition(machine, start, { type: 'OBSERVED', facts });
  const rest = Object.entries(next.value).map((path) => path.join('.'))[0];
  return {
    state: typeof next.value === 'string' ? next.value : (rest ?? ''),
    crossed: actions.filter(({ type }) => type === 'crossed').map(({ params }) => params),
  };
}

/** The exceptions to confluence: stored states from which the same facts lead elsewhere. There are none. */
const exceptions: readonly string[] = [];

describe.each(machines.map((same) => ({ name: namesOf(same), kind: same[0] })))('$name', ({ name, kind }) => {
  const states = statesOf(kind);
  const { version } = kind.plan;

  it(
    'comes to the same rest from every stored state (confluence), and deciding again moves nothing (idempotence)',
    { timeout: 120_000 },
    () => {
      let decisions = 0;
      const wrong: string[] = [];
      for (const facts of everyFacts(kind)) {
        const scratch = decide(kind, undefined, facts);
        for (const state of states) {
          const once = decide(kind, { version, state }, facts);
          decisions += 1;
          if (decisions % 50 === 0) {
            const { state: rest, crossed } = byXState(kind, state, facts);
            if (rest !== once.state || !isDeepStrictEqual(crossed, once.crossed))
              wrong.push(`${state}: ${once.state}, but XState itself says ${rest}`);
          }
          if (once.state !== scratch.state && !exceptions.includes(state))
            wrong.push(`${state}: ${once.state} ≠ ${scratch.state}`);
        }
        const twice = decide(kind, { version, state: scratch.state }, facts);
        if (twice.state !== scratch.state || twice.crossed.length > 0)
          wrong.push(`again: ${scratch.state} → ${twice.state}`);
        if (JSON.stringify(twice.effects) !== JSON.stringify(scratch.effects))
          wrong.push(`effects differ in ${scratch.state}`);
      }
      console.log(`${name}: ${decisions} decisions over ${states.length} states agree`);
      expect(wrong.slice(0, 10)).toEqual([]);
    },
  );

  it('begins at Pending where the stored state is unknown, or of a version that nothing translates', () => {
    const [facts] = everyFacts(kind);
    if (facts === undefined) throw new Error('no facts');
    const scratch = decide(kind, undefined, facts).state;
    for (const state of ['Nonsense', 'constructor', '__proto__', '', 'Deleting.Nonsense', 'Ready.Requested']) {
      expect(decide(kind, { version, state }, facts).state).toBe(scratch);
    }
    expect(decide(kind, { version: version + 1, state: 'Ready' }, facts).state).toBe(scratch);
  });
});
