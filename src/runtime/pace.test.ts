import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { isOnlyWording, Pace } from './pace.ts';

describe('The pace of a status', () => {
  it('lets other words wait for two seconds after the last write, each resource by itself', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    expect(pace.waitMs('a')).toBe(0);
    pace.wrote('a');
    expect([pace.waitMs('a'), pace.waitMs('b')]).toEqual([2000, 0]);
    await clock.advance(800);
    pace.wrote('b');
    await clock.advance(1200);
    expect([pace.waitMs('a'), pace.waitMs('b')]).toEqual([0, 800]);
    pace.wrote('a');
    expect([pace.waitMs('a'), pace.waitMs('b')]).toEqual([2000, 800]);
  });
});

describe('A status', () => {
  const status = (message: string, holds = 'False') => ({
    conditions: [{ type: 'Ready', status: holds, reason: message, message }],
    state: 'Deployed',
    waitingFor: message,
    services: [{ name: 'a', waitingFor: message }],
  });

  const settled = (children: object) => ({
    ...status('one'),
    machine: { state: 'Deployed', record: { settled: children } },
  });

  it.each([
    ['other words', status('one'), status('two'), true],
    ['a sentence fewer', status('one'), { ...status('one'), waitingFor: undefined }, true],
    ['its fields in another order', status('one'), Object.fromEntries(Object.entries(status('two')).reverse()), true],
    ['a child complete for the first time', settled({ api: 'a' }), settled({ api: 'a', conductor: 'a' }), true],
    ['a child complete with another image', settled({ api: 'a' }), settled({ api: 'b' }), false],
    ['a child no longer known', settled({ api: 'a' }), settled({}), false],
    ['how another stands', status('one'), { ...status('one'), progress: '2/9' }, true],
    ['another field of its own', status('one'), { ...status('one'), dataID: 'x' }, false],
    ['another value of a condition', status('one'), status('one', 'True'), false],
    ['another state', status('one'), { ...status('one'), state: 'Ready' }, false],
    ['nothing before', undefined, status('one'), false],
  ])('with %s', (_, before, after, same) => {
    expect(isOnlyWording(before, after, ['progress'])).toBe(same);
  });
});
