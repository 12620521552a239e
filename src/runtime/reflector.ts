import type { KubeClient, WatchEvent } from '../kube/client.ts';
import { ApiError, isApiError } from '../kube/errors.ts';
import { resourceName, type KubeObject, type ResourceType } from '../kube/object.ts';
import { sleep, type Clock, type Random } from '../kube/ports.ts';
import type { Store } from './store.ts';

/**
 * Keeps a store equal to what the server has of one (type, selector).
 * Works until its signal aborts, whatever happens; every failure goes to `onError`.
 *
 *     list, page by page ──▶ watch ──▶ closed or failed: watch again from the last version
 *              ▲               └─────▶ Expired: list again
 */
export class Reflector<T extends KubeObject = KubeObject> {
  readonly type: ResourceType;
  /** Resolves after the first complete list; stays pending if the signal aborts before. */
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #stats = { lists: 0, watches: 0, events: 0, errors: 0 };
  readonly #setSynced: () => void;
  #isSynced = false;
  /** Where the next watch begins; undefined: list first. */
  #version: string | undefined;
  #lastActivity = -Infinity;
  #listedAt = -Infinity;
  #relisted = Promise.withResolvers<void>();
  /** Ends the present watch. */
  #interrupt = (): void => {};

  constructor(options: ReflectorOptions<T>) {
    this.type = options.type;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#setSynced = resolve;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Counts since the start. */
  get stats(): Readonly<ReflectorStats> {
    return this.#stats;
  }

  /** Milliseconds since the server last said anything: a page, an event, a bookmark, an orderly end. Infinite before. */
  lastActivityMs(): number {
    return this.#options.clock.monotonic() - this.#lastActivity;
  }

  /**
   * Lists again, unless that was done within the last `youngMs`; resolves when it is done. A watch that has been silent
   * may have missed anything. Stays pending if the signal aborts before.
   */
  async relist(youngMs: number): Promise<void> {
    await this.synced;
    if (this.#options.clock.monotonic() - this.#listedAt <= youngMs) return;
    this.#version = undefined;
    this.#relisted = Promise.withResolvers<void>();
    this.#interrupt();
    await this.#relisted.promise;
  }

  /** Call once. Resolves when the signal has aborted and nothing more will be stored; never rejects. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, random, onError } = this.#options;
    let delay = FIRST_DELAY_MS;
    while (!signal.aborted) {
      const startedAt = clock.monotonic();
      const failure = await this.#listAndWatch(signal).catch((error: unknown) => error);
      if (signal.aborted) return;
      if (failure !== undefined) {
        this.#stats.errors++;
        onError(failure);
      }
      const lasted = clock.monotonic() - startedAt;
      if (lasted >= STABLE_MS) delay = FIRST_DELAY_MS;
      // Attempts begin at least a delay apart. So a server that answers and fails at once is left alone
      // for longer and longer, while a watch that a proxy cuts every minute goes on without a gap.
      const gap = delay * (0.5 + 0.5 * random.fraction()) - lasted;
      const asked = isApiError(failure) ? (failure.retryAfterMs ?? 0) : 0;
      await sleep(clock, Math.max(gap, asked), signal);
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    }
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    try {
      this.#version ??= await this.#list(signal);
      await this.#watch(signal);
    } catch (error) {
      if (isApiError(error, 'Expired')) this.#version = undefined;
      throw error;
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, store } = this.#options;
    this.#stats.lists++;
    const listing = store.beginListing();
    for (let next: string | undefined; ;) {
      const from = next === undefined ? {} : { continue: next };
      const page = await client.list<T>(this.type, { ...this.#selection(), ...from, limit: PAGE_SIZE, signal });
      signal.throwIfAborted();
      this.#noteActivity();
      for (const object of page.items) listing.add(object);
      next = page.metadata.continue;
      if (next === undefined || next === '') {
        listing.end(page.metadata.resourceVersion);
        this.#isSynced = true;
        this.#listedAt = this.#options.clock.monotonic();
        this.#setSynced();
        this.#relisted.resolve();
        return page.metadata.resourceVersion;
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, random } = this.#options;
    this.#stats.watches++;
    const watchdog = this.#startWatchdog(signal);
    let isInterrupted = false;
    this.#interrupt = () => {
      isInterrupted = true;
      watchdog.abort();
    };
    try {
      const events = client.watch<T>(this.type, {
        ...this.#selection(),
        resourceVersion: this.#version!,
        timeoutSeconds: Math.round(300 + 300 * random.fraction()),
        signal: watchdog.signal,
      });
      for await (const event of events) {
        if (signal.aborted || isInterrupted) return;
        this.#noteActivity();
        this.#take(event);
      }
      if (watchdog.hasBitten()) {
        throw new ApiError('Network', `watch ${resourceName(this.type)}: silent for ${IDLE_LIMIT_MS / 1000} s`);
      }
      this.#noteActivity();
    } catch (error) {
      if (!isInterrupted) throw error;
    } finally {
      this.#interrupt = () => {};
      watchdog.stop();
    }
  }

  #take(event: WatchEvent<T>): void {
    const { store } = this.#options;
    if (event.type === 'BOOKMARK') {
      store.progress(event.resourceVersion);
      this.#version = event.resourceVersion;
      return;
    }
    this.#stats.events++;
    if (event.type === 'DELETED') store.observeDeleted(event.object);
    else store.observe(event.object);
    this.#version = event.object.metadata.resourceVersion ?? this.#version;
  }

  /** A signal that aborts with the given one, and when nothing was heard for too long: the connection may be half dead. */
  #startWatchdog(signal: AbortSignal): {
    signal: AbortSignal;
    hasBitten: () => boolean;
    abort: () => void;
    stop: () => void;
  } {
    const { clock } = this.#options;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const startedAt = clock.monotonic();
    let hasBitten = false;
    // Looks now and then instead of being re-armed by each event: there can be thousands a second.
    const check = (): void => {
      const silence = clock.monotonic() - Math.max(startedAt, this.#lastActivity);
      hasBitten = silence >= IDLE_LIMIT_MS;
      if (hasBitten) abort();
      else cancel = clock.after(IDLE_LIMIT_MS - silence, check);
    };
    let cancel = clock.after(IDLE_LIMIT_MS, check);
    return {
      signal: controller.signal,
      hasBitten: () => hasBitten,
      abort,
      stop: () => {
        cancel();
        signal.removeEventListener('abort', abort);
      },
    };
  }

  #noteActivity(): void {
    this.#lastActivity = this.#options.clock.monotonic();
  }

  #selection(): { namespace?: string; labelSelector?: string; fieldSelector?: string } {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
  }
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store<T>;
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Told of every failure; the reflector goes on by itself. */
  readonly onError: (error: unknown) => void;
}

export interface ReflectorStats {
  lists: number;
  watches: number;
  events: number;
  errors: number;
}

const PAGE_SIZE = 500;
/** Longer than the pause between two bookmarks, which is about a minute. */
const IDLE_LIMIT_MS = 90_000;
const FIRST_DELAY_MS = 800;
const LONGEST_DELAY_MS = 30_000;
const STABLE_MS = 60_000;
