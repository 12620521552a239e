import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Due, Finding, Observation } from './child.ts';
import { fold, type StepFact } from './facts.ts';

const due = { verb: 'delete', why: 'for the test' } as unknown as Due;
const need: StepFact = {
  is: 'blocked',
  healthy: false,
  reason: 'DependencyNotReady',
  message: 'MariaDB/x is not Ready',
};

function finding(is: Observation, settled = is === 'ready', more: Partial<Finding> = {}): Finding {
  return { is, settled, reason: `Is${is}`, message: `it is ${is}`, by: { kind: 'Job', name: is }, ...more };
}

const observations = ['ready', 'progressing', 'failed', 'absent', 'lost', 'blocked'] as const;
const findings = fc
  .record({ is: fc.constantFrom(...observations), settled: fc.boolean(), due: fc.boolean() })
  .map((each) => finding(each.is, each.settled, each.due ? { due } : {}));
const many = fc.array(findings, { maxLength: 6 });
const needs = fc.constantFrom(undefined, need);

describe('fold', () => {
  it.each([
    { found: [], needed: undefined, is: 'done', healthy: true, reason: 'Done' },
    { found: [finding('ready')], needed: undefined, is: 'done', healthy: true, reason: 'Done' },
    { found: [finding('absent')], needed: undefined, is: 'todo', healthy: false, reason: 'Isabsent' },
    { found: [finding('progressing')], needed: undefined, is: 'working', healthy: false, reason: 'Isprogressing' },
    {
      found: [finding('absent'), finding('progressing')],
      needed: undefined,
      is: 'working',
      healthy: false,
      reason: 'Isprogressing',
    },
    {
      found: [finding('progressing'), finding('blocked')],
      needed: undefined,
      is: 'blocked',
      healthy: false,
      reason: 'Isblocked',
    },
    { found: [finding('blocked'), finding('lost')], needed: undefined, is: 'lost', healthy: false, reason: 'Islost' },
    {
      found: [finding('lost'), finding('failed')],
      needed: undefined,
      is: 'failed',
      healthy: false,
      reason: 'Isfailed',
    },
    { found: [finding('absent')], needed: need, is: 'blocked', healthy: false, reason: 'DependencyNotReady' },
    { found: [finding('progressing')], needed: need, is: 'blocked', healthy: false, reason: 'DependencyNotReady' },
    { found: [finding('failed')], needed: need, is: 'failed', healthy: false, reason: 'Isfailed' },
    { found: [finding('lost')], needed: need, is: 'lost', healthy: false, reason: 'Islost' },
    { found: [finding('ready')], needed: need, is: 'done', healthy: false, reason: 'DependencyNotReady' },
    { found: [finding('progressing', true)], needed: undefined, is: 'done', healthy: false, reason: 'Isprogressing' },
    { found: [finding('progressing', true)], needed: need, is: 'done', healthy: false, reason: 'Isprogressing' },
    { found: [finding('ready', true, { due })], needed: undefined, is: 'done', healthy: false, reason: 'Drifted' },
    {
      found: [finding('ready', true, { due })],
      needed: need,
      is: 'done',
      healthy: false,
      reason: 'DependencyNotReady',
    },
  ])('of $found.length with need $needed.reason is $is, healthy: $healthy, because $reason', (row) => {
    const { is, healthy, reason } = fold(row.found, row.needed);
    expect({ is, healthy, reason }).toEqual({ is: row.is, healthy: row.healthy, reason: row.reason });
  });

  it('is done exactly when every child is settled', () => {
    fc.assert(
      fc.property(many, needs, (found, needed) => {
        expect(fold(found, needed).is === 'done').toBe(found.every((each) => each.settled));
      }),
    );
  });

  it('is healthy exactly when every child is settled, ready and as wanted, and nothing is needed', () => {
    fc.assert(
      fc.property(many, needs, (found, needed) => {
        const well = found.every((each) => each.settled && each.is === 'ready' && each.due === undefined);
        expect(fold(found, needed).healthy).toBe(well && needed === undefined);
      }),
    );
  });

  it('says the same of the children in any order', () => {
    fc.assert(
      fc.property(
        many.chain((found) => fc.tuple(fc.constant(found), fc.shuffledSubarray(found, { minLength: found.length }))),
        needs,
        ([found, shuffled], needed) => {
          const [a, b] = [fold(found, needed), fold(shuffled, needed)];
          expect([a.is, a.healthy, a.reason]).toEqual([b.is, b.healthy, b.reason]);
        },
      ),
    );
  });

  it('says what one of its open children, or the need, says', () => {
    fc.assert(
      fc.property(many, needs, (found, needed) => {
        const fact = fold(found, needed);
        if (fact.is === 'done') return;
        const said = [...found.filter((each) => !each.settled), ...(needed === undefined ? [] : [needed])];
        expect(said.map((each) => each.message)).toContain(fact.message);
      }),
    );
  });

  it('does not let a settled child decide an open step', () => {
    const fact = fold([finding('failed', true), finding('absent')], undefined);
    expect(fact).toMatchObject({ is: 'todo', by: { name: 'absent' } });
  });

  it('passes on that a person is needed, and only of the child that decides', () => {
    expect(fold([finding('failed', false, { stalled: true }), finding('absent')], undefined).stalled).toBe(true);
    expect(fold([finding('failed'), finding('blocked', false, { stalled: true })], undefined).stalled).toBeUndefined();
  });

  it('tells of those that are alike the one that needs a person, or with which something went wrong', () => {
    const plain = finding('progressing');
    const troubled = finding('progressing', false, { troubled: true, message: 'no such image' });
    const stalled = finding('progressing', false, { stalled: true, message: 'a person has to look' });
    expect(fold([plain, troubled], undefined)).toMatchObject({ is: 'working', message: 'no such image' });
    expect(fold([plain, troubled, stalled], undefined)).toMatchObject({ message: 'a person has to look' });
  });

  it('does not tell of children that are not needed', () => {
    const fact = fold([finding('ready'), finding('ready', true, { reason: 'NotNeeded', message: 'no' })], undefined);
    expect(fact.message).toBe('it is ready');
  });

  it('says of what is there and not as wanted also why', () => {
    expect(fold([finding('ready', true, { due })], undefined).message).toBe('it is ready; for the test');
  });
});
