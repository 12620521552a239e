import type { Clock } from '../kube/ports.ts';
import { DelayHeap } from './delay-heap.ts';

/** `low` is for the initial list: it must not keep what changes now waiting. */
export type Priority = 'normal' | 'low';

/**
 * The keys that need work, with client-go's promises:
 *
 * - a key waits once, however often it is added, and is never handed out again before `done`;
 * - a key added while it is being worked on is handed out again after `done`: nothing added is lost;
 * - of several delayed adds of a key the earliest counts; an immediate add does not take a delayed one back;
 * - first in, first out within a priority; a key added with both has the higher one;
 * - while both priorities wait, every fifth key handed out is a low one, so low keys always move.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #firstBackOffMs: number;
  readonly #longestBackOffMs: number;
  readonly #hooks: QueueHooks;
  readonly #waiting = new Map<string, Entry>();
  readonly #lanes: Record<Priority, Lane> = { normal: new Lane(), low: new Lane() };
  /** When work on a key began. */
  readonly #processing = new Map<string, number>();
  /** Keys added while they were being processed. */
  readonly #dirty = new Map<string, Priority>();
  readonly #delayed = new DelayHeap<Priority>();
  readonly #failures = new Map<string, number>();
  readonly #getters: ((key: string | undefined) => void)[] = [];
  readonly #drained = Promise.withResolvers<void>();
  #normalInARow = 0;
  #timer: { due: number; cancel: () => void } | undefined;
  #isShutDown = false;

  constructor(options: QueueOptions) {
    this.#clock = options.clock;
    this.#firstBackOffMs = options.firstBackOffMs ?? 5;
    this.#longestBackOffMs = options.longestBackOffMs ?? 300_000;
    this.#hooks = options.hooks ?? {};
  }

  /** Keys waiting now: neither delayed nor being processed. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Keys being worked on, and since when (monotonic). */
  get processing(): ReadonlyMap<string, number> {
    return this.#processing;
  }

  /** The next key, once there is one; callers are served in turn. Undefined after `shutdown`. */
  get(): Promise<string | undefined> {
    if (this.#isShutDown) return Promise.resolve(undefined);
    const entry = this.#next();
    if (entry !== undefined) return Promise.resolve(this.#handOut(entry));
    return new Promise((resolve) => this.#getters.push(resolve));
  }

  /** Work on `key` has ended, well or not. */
  done(key: string): void {
    const startedAt = this.#processing.get(key);
    if (startedAt === undefined) return;
    this.#processing.delete(key);
    this.#hooks.done?.(this.#clock.monotonic() - startedAt);
    const priority = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (priority !== undefined) this.#enqueue(key, priority);
    this.#noteIfDrained();
  }

  add(key: string, priority: Priority = 'normal'): void {
    if (this.#isShutDown) return;
    const isProcessing = this.#processing.has(key);
    const before = isProcessing ? this.#dirty.get(key) : this.#waiting.get(key)?.priority;
    if (before === undefined) this.#hooks.added?.();
    if (before === 'normal' || before === priority) return;
    if (isProcessing) this.#dirty.set(key, priority);
    else this.#enqueue(key, priority);
  }

  addAfter(key: string, ms: number, priority: Priority = 'normal'): void {
    if (this.#isShutDown) return;
    if (ms <= 0) return this.add(key, priority);
    const merged = this.#delayed.get(key) === 'normal' ? 'normal' : priority;
    this.#delayed.put(key, this.#clock.monotonic() + ms, merged);
    this.#arm();
  }

  /** Adds `key` after its own back-off, which doubles each time until `forget`. Returns the back-off in milliseconds. */
  addRateLimited(key: string, priority: Priority = 'normal'): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ms = Math.min(this.#firstBackOffMs * 2 ** failures, this.#longestBackOffMs);
    this.#hooks.retried?.();
    this.addAfter(key, ms, priority);
    return ms;
  }

  /** The next back-off of `key` is the shortest again. Call it when work on a key went well or the key is gone. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often `key` failed since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Hands out nothing more and drops what waits. Resolves when nothing is being processed any more. */
  shutdown(): Promise<void> {
    this.#isShutDown = true;
    this.#timer?.cancel();
    this.#waiting.clear();
    this.#dirty.clear();
    for (const resolve of this.#getters.splice(0)) resolve(undefined);
    this.#noteIfDrained();
    return this.#drained.promise;
  }

  #enqueue(key: string, priority: Priority): void {
    const entry = { key, priority, since: this.#waiting.get(key)?.since ?? this.#clock.monotonic() };
    // An entry of the same key in the low lane is stale from now on: see `#isCurrent`.
    this.#waiting.set(key, entry);
    this.#lanes[priority].push(entry);
    const getter = this.#getters.shift();
    if (getter !== undefined) getter(this.#handOut(this.#next()!));
  }

  #handOut(entry: Entry): string {
    const now = this.#clock.monotonic();
    this.#waiting.delete(entry.key);
    this.#processing.set(entry.key, now);
    this.#hooks.started?.(now - entry.since);
    return entry.key;
  }

  #next(): Entry | undefined {
    const isLowsTurn = this.#normalInARow >= NORMALS_PER_LOW;
    const [first, second] = isLowsTurn ? (['low', 'normal'] as const) : (['normal', 'low'] as const);
    const entry = this.#lanes[first].take(this.#isCurrent) ?? this.#lanes[second].take(this.#isCurrent);
    this.#normalInARow = entry?.priority === 'normal' ? this.#normalInARow + 1 : 0;
    return entry;
  }

  readonly #isCurrent = (entry: Entry): boolean => this.#waiting.get(entry.key) === entry;

  /** One timer, for the earliest delayed key. */
  #arm(): void {
    const due = this.#delayed.nextDue();
    if (due === undefined || (this.#timer !== undefined && this.#timer.due <= due)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(due - this.#clock.monotonic(), () => {
      this.#timer = undefined;
      for (const [key, priority] of this.#delayed.takeDue(this.#clock.monotonic())) this.add(key, priority);
      this.#arm();
    });
    this.#timer = { due, cancel };
  }

  #noteIfDrained(): void {
    if (this.#isShutDown && this.#processing.size === 0) this.#drained.resolve();
  }
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly firstBackOffMs?: number;
  readonly longestBackOffMs?: number;
  readonly hooks?: QueueHooks;
}

/** What happened, for metrics. */
export interface QueueHooks {
  /** A key that was not waiting yet was added. */
  added?(): void;
  started?(waitedMs: number): void;
  done?(workedMs: number): void;
  retried?(): void;
}

const NORMALS_PER_LOW = 4;

interface Entry {
  readonly key: string;
  readonly priority: Priority;
  readonly since: number;
}

/** First in, first out, in constant time; an array's own `shift` moves all that is behind. */
class Lane {
  #entries: Entry[] = [];
  #head = 0;

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** The first entry for which `isCurrent`; those before it are dropped. */
  take(isCurrent: (entry: Entry) => boolean): Entry | undefined {
    while (this.#head < this.#entries.length) {
      const entry = this.#entries[this.#head++]!;
      if (this.#head * 2 > this.#entries.length) {
        this.#entries = this.#entries.slice(this.#head);
        this.#head = 0;
      }
      if (isCurrent(entry)) return entry;
    }
    return undefined;
  }
}
