import type { Clock } from '../kube/ports.ts';

/**
 * How often the wording of one resource's status is written, and repeated by others in theirs: with every Pod that comes
 * up there is another sentence.
 */
export const paceMs = 2000;

/** When the status of each resource was written last. */
export class Pace {
  readonly #clock: Clock;
  readonly #last = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until other words may be written; 0 means now. */
  waitMs(key: string): number {
    const last = this.#last.get(key);
    return last === undefined ? 0 : Math.max(0, last + paceMs - this.#clock.monotonic());
  }

  wrote(key: string): void {
    const now = this.#clock.monotonic();
    // In order of time: what is older than the pace is at the front.
    for (const [known, at] of this.#last) {
      if (at + paceMs > now) break;
      this.#last.delete(known);
    }
    this.#last.delete(key);
    this.#last.set(key, now);
  }
}

/** Whether two statuses say the same, if perhaps in other words. */
export function isOnlyWording(before: unknown, after: unknown): boolean {
  return before !== undefined && withoutWords(before) === withoutWords(after);
}

const words: ReadonlySet<string> = new Set(['message', 'reason', 'waitingFor']);

function withoutWords(status: unknown): string {
  return JSON.stringify(status, (key, value: unknown) => (words.has(key) ? undefined : value));
}
