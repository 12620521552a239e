import { resourceName, type ResourceType } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';

/** Says what is wrong, in words for a person, or nothing when all is well. Must be quick. */
export type Check = () => string | undefined;

/** Alive: the server was heard of by each reflector within the limit. A watch that begins anew is well within it. */
export function watchesAreAlive(reflectors: () => readonly WatchState[], limitMs = 300_000): Check {
  return () => {
    // What was never heard of is not ready; a restart would not help it.
    const stale = reflectors().filter((each) => each.isSynced && each.lastActivityMs() > limitMs);
    return stale.length === 0 ? undefined : `no word for ${limitMs / 1_000} s of ${names(stale)}`;
  };
}

/** Ready: each reflector has got its first list. */
export function cachesAreSynced(reflectors: () => readonly WatchState[]): Check {
  return () => {
    const missing = reflectors().filter((each) => !each.isSynced);
    return missing.length === 0 ? undefined : `not listed yet: ${names(missing)}`;
  };
}

/**
 * Alive: who has the lead can use it. A process that thinks it leads but has not renewed for longer than a lease lasts
 * should have stopped by itself.
 */
export function leaseIsSane(elector: { sinceRenewalMs(): number | undefined }, limitMs = 20_000): Check {
  return () => {
    const since = elector.sinceRenewalMs();
    if (since === undefined || since <= limitMs) return undefined;
    return `leading, but the lease was last renewed ${Math.round(since / 1_000)} s ago`;
  };
}

/** Alive: the event loop did not stand still for longer than the limit. */
export function eventLoopTurns(loop: EventLoopMonitor, limitMs = 5_000): Check {
  return () => (loop.lagMs() <= limitMs ? undefined : `the event loop stood still for ${Math.round(loop.lagMs())} ms`);
}

export interface WatchState {
  readonly type: ResourceType;
  readonly isSynced: boolean;
  lastActivityMs(): number;
}

export interface EventLoopMonitor {
  /** The longest that a timer came late, among the last ten looks. */
  lagMs(): number;
  stop(): void;
}

/** Looks every second how late its timer comes. */
export function watchEventLoop(clock: Clock): EventLoopMonitor {
  const everyMs = 1_000;
  const lags: number[] = [];
  let cancel = look();
  return { lagMs: () => Math.max(0, ...lags), stop: () => cancel() };

  function look(): () => void {
    const due = clock.monotonic() + everyMs;
    return clock.after(everyMs, () => {
      lags.push(clock.monotonic() - due);
      if (lags.length > 10) lags.shift();
      cancel = look();
    });
  }
}

function names(states: readonly WatchState[]): string {
  return states.map((state) => resourceName(state.type)).join(', ');
}
