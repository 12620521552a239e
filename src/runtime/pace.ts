import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../kube/ports.ts';
import type { Status } from '../machines/engine/status.ts';

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

/**
 * Whether two statuses say the same, if perhaps in other words. Words are sentences, what repeats the standing of others
 * (`mirrors`: fields of the kind), and that a child is complete for the first time, which the next look finds out again.
 */
export function isOnlyWording(before: unknown, after: unknown, mirrors: readonly string[] = []): boolean {
  if (before === undefined) return false;
  const known = settledIn(before);
  return isDeepStrictEqual(withoutWords(before, mirrors, known), withoutWords(after, mirrors, known));
}

const words: readonly string[] = ['message', 'reason', 'waitingFor'];

/** As JSON has it, so that an absent field and one that is undefined are the same. */
function withoutWords(status: unknown, mirrors: readonly string[], known: object): unknown {
  const bare = JSON.parse(JSON.stringify(status, (key, value: unknown) => (words.includes(key) ? undefined : value)));
  for (const name of mirrors) delete bare[name];
  const settled = settledIn(bare);
  for (const child of Object.keys(settled)) if (!(child in known)) delete settled[child];
  return bare;
}

function settledIn(status: unknown): Record<string, string> {
  return (status as Partial<Status>).machine?.record?.settled ?? {};
}
