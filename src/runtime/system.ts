import { randomBytes } from 'node:crypto';
import type { Clock, Random } from '../kube/ports.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after,
};

/** The machine's own randomness. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};

/** Node runs a longer timer at once, so a long wait is made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function after(ms: number, run: () => void): () => void {
  let timer = arm(ms);
  return () => clearTimeout(timer);

  function arm(rest: number): NodeJS.Timeout {
    // Node warns of a negative one, which a deadline that has just passed gives.
    if (rest <= LONGEST_TIMER_MS) return setTimeout(run, Math.max(0, rest));
    return setTimeout(() => {
      timer = arm(rest - LONGEST_TIMER_MS);
    }, LONGEST_TIMER_MS);
  }
}
