import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deletionSteps, fact, lifecycles, progresses, type Facts } from './facts.ts';
import { describeTerm, evaluate } from './terms.ts';

const facts = (lifecycle: Facts['lifecycle'], is: Facts['steps'][string]['is'] = 'todo'): Facts => ({
  lifecycle,
  steps: { DBSynced: { ...fact(is, 'Job/x is running'), by: { kind: 'Job', name: 'x' } } },
  deletion: {
    Unreferenced: fact('todo'),
    Stopped: fact(is, 'all is stopped'),
    CleanedUp: fact('todo'),
    Removed: fact('todo'),
  },
});

describe('evaluate', () => {
  it.each(lifecycles.flatMap((is) => lifecycles.map((now) => ({ is, now }))))(
    'asks whether $now is $is',
    ({ is, now }) => {
      expect(evaluate({ name: 'lifecycle', is }, facts(now)).holds).toBe(is === now);
      expect(evaluate({ name: 'not', is }, facts(now)).holds).toBe(is !== now);
    },
  );

  it.each(progresses)('takes a step that is %s for done or for lost, never both', (is) => {
    for (const step of ['DBSynced', 'Stopped']) {
      expect(evaluate({ name: 'done', step }, facts('live', is)).holds).toBe(is === 'done');
      expect(evaluate({ name: 'lost', step }, facts('live', is)).holds).toBe(is !== 'done');
    }
  });

  it('tells what it read, of which object, and what it wanted', () => {
    expect(evaluate({ name: 'done', step: 'DBSynced' }, facts('live', 'working'))).toEqual({
      term: 'done(DBSynced)',
      holds: false,
      read: { path: 'DBSynced.is', value: 'working', wanted: 'done', object: 'Job/x' },
      because: 'Job/x is running',
    });
    expect(evaluate({ name: 'not', is: 'deleting' }, facts('paused'))).toEqual({
      term: 'not deleting',
      holds: true,
      read: { path: 'lifecycle', value: 'paused', wanted: 'not deleting' },
      because: 'the resource is paused',
    });
    expect(evaluate({ name: 'done', step: 'Stopped' }, facts('deleting', 'done')).read).not.toHaveProperty('object');
  });

  it('throws where nobody has such a fact: a mistake in a declaration', () => {
    expect(() => evaluate({ name: 'done', step: 'Nonsense' }, facts('live'))).toThrow(
      "no fact for the step 'Nonsense'",
    );
  });
});

describe('describeTerm', () => {
  it('gives different terms different names', () => {
    const term = fc.oneof(
      fc.record({ name: fc.constantFrom('lifecycle' as const, 'not' as const), is: fc.constantFrom(...lifecycles) }),
      fc.record({
        name: fc.constantFrom('done' as const, 'lost' as const),
        step: fc.constantFrom('DBSynced', ...deletionSteps),
      }),
    );
    fc.assert(
      fc.property(term, term, (a, b) => {
        expect(describeTerm(a) === describeTerm(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});
