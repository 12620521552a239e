import type { Clock } from './ports.ts';

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Time that passes only when told to: the clock of the simulation and of the tests.
 * Between two timers every pending promise is run to its end, so a run is the same each time.
 */
export class VirtualClock implements Clock {
  readonly #epoch: number;
  #elapsed = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#elapsed + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets `ms` pass, running what falls due on the way, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(); timer !== undefined && timer.due <= end; timer = this.#next()) {
      await this.#fire(timer);
    }
    this.#elapsed = end;
  }

  /** Lets time pass, timer by timer, until `holds` is true. False when `limitMs` passed or no timer was left. */
  async until(holds: () => boolean, limitMs = 3_600_000): Promise<boolean> {
    const end = this.#elapsed + limitMs;
    await settle();
    while (!holds()) {
      const timer = this.#next();
      if (timer === undefined || timer.due > end) return false;
      await this.#fire(timer);
    }
    return true;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#elapsed = Math.max(this.#elapsed, timer.due);
    timer.run();
    await settle();
  }
}

/** Resolves when every promise that can make progress by itself has. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
