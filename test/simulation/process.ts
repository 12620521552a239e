import type { Clock } from '../../src/kube/ports.ts';

/**
 * One operator process as its machine sees it. Everything that reaches it, a timer, an answer or an event, comes through
 * here: a paused process gets it when it goes on, a dead one never. What it has sent already is on its way all the same.
 */
export class Process {
  readonly identity: string;
  readonly #world: Clock;
  readonly #held: (() => void)[] = [];
  #isDead = false;
  #isPaused = false;
  /** Called once when it dies. */
  onDeath: () => void = () => {};

  constructor(identity: string, world: Clock) {
    this.identity = identity;
    this.#world = world;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Its clock goes on while it is paused, as CLOCK_BOOTTIME does; its timers ring late. */
  readonly clock: Clock = {
    now: () => this.#world.now(),
    monotonic: () => this.#world.monotonic(),
    after: (ms, run) => {
      let isOff = false;
      const cancel = this.#world.after(ms, () => {
        this.reach(() => {
          if (!isOff) run();
        });
      });
      return () => {
        isOff = true;
        cancel();
      };
    },
  };

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#held.length = 0;
    this.onDeath();
  }

  pause(ms: number): void {
    if (this.#isPaused || this.#isDead) return;
    this.#isPaused = true;
    this.#world.after(ms, () => {
      this.#isPaused = false;
      for (const run of this.#held.splice(0)) this.reach(run);
    });
  }

  /** Runs it now, or when the process goes on, or never. */
  reach(run: () => void): void {
    if (this.#isDead) return;
    if (this.#isPaused) this.#held.push(run);
    else run();
  }

  /** The same answer, when the process can take it. */
  async answer<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.reach(() => resolve(value)),
        (error: unknown) => this.reach(() => reject(error)),
      );
    });
  }
}
