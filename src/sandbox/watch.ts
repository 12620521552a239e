import type { WatchEvent, WatchOptions } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { badRequest, expired, unsupported } from './refusal.ts';
import { type Selector, selectorFor } from './selector.ts';
import type { StoreEvent } from './store.ts';

const BOOKMARK_MS = 60_000;

interface Late {
  readonly due: number;
  readonly event: WatchEvent;
  readonly version: number;
}

/**
 * One watch: the events after a version as they happen, each `lag()` later, in order. It begins with the first
 * `next()`, and leaves no timer behind once it ends, is aborted or is returned.
 */
export class WatchStream implements AsyncIterableIterator<WatchEvent> {
  readonly #api: SandboxApi;
  readonly #type: ResourceType;
  readonly #options: WatchOptions;
  readonly #lag: () => number;
  readonly #isSteady: boolean;
  #started = false;
  #done = false;
  #selector: Selector | undefined;
  /** The last version that was sent, and those on their way. */
  #sent = 0;
  #late: Late[] = [];
  #ready: WatchEvent[] = [];
  #waiting: ((result: IteratorResult<WatchEvent>) => void)[] = [];
  #cancelLate: (() => void) | undefined;
  readonly #cleanUp: (() => void)[] = [];

  /** `isSteady`: a bookmark each minute even if nothing has happened, as the API server sends them; simulated hours are spared those. */
  constructor(api: SandboxApi, type: ResourceType, options: WatchOptions, lag: () => number, isSteady = false) {
    this.#api = api;
    this.#type = type;
    this.#options = options;
    this.#lag = lag;
    this.#isSteady = isSteady;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<WatchEvent>> {
    if (!this.#started) this.#start();
    const event = this.#ready.shift();
    if (event !== undefined) return { done: false, value: event };
    if (this.#done) return { done: true, value: undefined };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<IteratorResult<WatchEvent>> {
    this.#ready = [];
    this.#close();
    return { done: true, value: undefined };
  }

  #start(): void {
    this.#started = true;
    const { signal, timeoutSeconds, resourceVersion } = this.#options;
    if (signal?.aborted === true) {
      this.#done = true;
      return;
    }
    const { type, since } = this.#api.registry.find(this.#type);
    this.#selector = selectorFor(type.kind, this.#options);
    this.#sent = this.#versionFrom(resourceVersion);
    if (this.#sent < since) throw expired(this.#sent, since);
    for (const event of this.#api.store.since(this.#sent)) {
      if (event.resource === type) this.#hear(event);
    }
    this.#cleanUp.push(this.#api.store.subscribe(type, (event) => this.#hear(event)));
    const abort = (): void => void this.return();
    signal?.addEventListener('abort', abort, { once: true });
    this.#cleanUp.push(() => signal?.removeEventListener('abort', abort));
    if (timeoutSeconds !== undefined)
      this.#cleanUp.push(this.#api.clock.after(timeoutSeconds * 1000, () => this.#expire()));
    this.#bookmarkLater();
  }

  #versionFrom(text: string): number {
    if (text === '' || text === '0') throw unsupported('a watch without a version to begin at');
    const version = Number(text);
    if (!/^\d+$/.test(text)) throw badRequest(`Invalid value: "${text}": resourceVersion`);
    if (version > this.#api.store.version) {
      const why = `Too large resource version: ${text}, current: ${this.#api.store.version}`;
      throw new ApiError('Timeout', why, { code: 504, retryAfterMs: 1000 });
    }
    return version;
  }

  #hear(event: StoreEvent): void {
    const { namespace } = this.#options;
    if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
    const seen = this.#seen(event);
    if (seen === undefined) return;
    const lag = this.#lag();
    if (lag <= 0 && this.#late.length === 0) {
      this.#send(seen, event.version);
      return;
    }
    const due = Math.max(this.#late.at(-1)?.due ?? 0, this.#api.clock.monotonic() + lag);
    this.#late.push({ due, event: seen, version: event.version });
    if (this.#late.length === 1) this.#wait();
  }

  /** The event as the selector shows it: leaving looks like a deletion, entering like a creation. */
  #seen({ type, object, previous }: StoreEvent): WatchEvent | undefined {
    if (this.#selector === undefined) return { type, object };
    const before = previous !== undefined && this.#selector(previous);
    const after = type !== 'DELETED' && this.#selector(object);
    if (before && after) return { type: 'MODIFIED', object };
    if (after) return { type: 'ADDED', object };
    if (!before) return undefined;
    return { type: 'DELETED', object: type === 'DELETED' ? object : withVersionOf(previous, object) };
  }

  #wait(): void {
    const first = this.#late[0];
    if (first === undefined) return;
    this.#cancelLate = this.#api.clock.after(first.due - this.#api.clock.monotonic(), () => {
      const now = this.#api.clock.monotonic();
      for (let head = this.#late[0]; head !== undefined && head.due <= now; head = this.#late[0]) {
        this.#late.shift();
        this.#send(head.event, head.version);
      }
      this.#wait();
    });
  }

  #bookmarkLater(): void {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = this.#api.clock.after(BOOKMARK_MS, () => {
        if (this.#isSteady || this.#api.store.version !== this.#sent) this.#bookmark();
        again();
      });
    };
    again();
    this.#cleanUp.push(() => cancel());
  }

  #bookmark(): void {
    const { version } = this.#api.store;
    if (this.#late.length > 0) return;
    this.#send({ type: 'BOOKMARK', resourceVersion: String(version) }, version);
  }

  #expire(): void {
    this.#bookmark();
    this.#close();
  }

  #send(event: WatchEvent, version: number): void {
    this.#sent = version;
    const resolve = this.#waiting.shift();
    if (resolve === undefined) this.#ready.push(event);
    else resolve({ done: false, value: event });
  }

  #close(): void {
    this.#started = true;
    this.#done = true;
    this.#late = [];
    this.#cancelLate?.();
    for (const clean of this.#cleanUp.splice(0)) clean();
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }
}

function withVersionOf(previous: KubeObject | undefined, object: KubeObject): KubeObject {
  const { resourceVersion = '' } = object.metadata;
  return Object.freeze({
    ...(previous ?? object),
    metadata: Object.freeze({ ...(previous ?? object).metadata, resourceVersion }),
  });
}
