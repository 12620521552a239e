import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { cachesAreSynced, eventLoopTurns, leaseIsSane, watchesAreAlive, watchEventLoop } from './checks.ts';

const watch = (type: (typeof Builtin)['Pod' | 'Deployment'], isSynced: boolean, silence: number) => ({
  type,
  isSynced,
  lastActivityMs: () => silence,
});

describe('the checks', () => {
  it.each([
    { silence: 300_000, synced: true, says: undefined },
    { silence: 300_001, synced: true, says: 'no word for 300 s of deployments.apps' },
    { silence: Infinity, synced: false, says: undefined },
  ])('say $says of a watch that is silent for $silence ms (synced: $synced)', ({ silence, synced, says }) => {
    const reflectors = [watch(Builtin.Pod, true, 5), watch(Builtin.Deployment, synced, silence)];
    expect(watchesAreAlive(() => reflectors)()).toBe(says);
  });

  it('name the caches that are not synced', () => {
    const reflectors = [watch(Builtin.Pod, true, 5), watch(Builtin.Deployment, false, 5)];
    expect(cachesAreSynced(() => reflectors)()).toBe('not listed yet: deployments.apps');
    expect(cachesAreSynced(() => reflectors.slice(0, 1))()).toBeUndefined();
  });

  it.each([
    { since: undefined, says: undefined },
    { since: 20_000, says: undefined },
    { since: 31_000, says: 'leading, but the lease was last renewed 31 s ago' },
  ])('say $says of a lease that was renewed $since ms ago', ({ since, says }) => {
    expect(leaseIsSane({ sinceRenewalMs: () => since })()).toBe(says);
  });

  it('notice that the event loop stood still, and forget it after a while', async () => {
    const world = new VirtualClock();
    let stalledMs = 0;
    // A stalled loop runs its timers late.
    const clock: Clock = {
      now: () => 0,
      monotonic: () => world.monotonic(),
      after: (ms, run) => world.after(ms + stalledMs, run),
    };
    const loop = watchEventLoop(clock);
    const check = eventLoopTurns(loop);
    await world.advance(1_000);
    stalledMs = 6_000;
    await world.advance(1_000);
    stalledMs = 0;
    await world.advance(7_000);
    expect(loop.lagMs()).toBe(6_000);
    expect(check()).toBe('the event loop stood still for 6000 ms');
    await world.advance(10_000);
    expect(check()).toBeUndefined();

    loop.stop();
    stalledMs = 60_000;
    await world.advance(100_000);
    expect(loop.lagMs()).toBe(0);
  });
});
