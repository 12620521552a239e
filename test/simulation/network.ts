import { ApiError } from '../../src/kube/errors.ts';
import type { Clock } from '../../src/kube/ports.ts';
import type { Store } from '../../src/sandbox/store.ts';
import { refusalOf, type EventFault, type Request, type RequestFault } from './faults.ts';

/** What happens on the way between operators and their API server. */
export interface Weather {
  request(request: Request): RequestFault | undefined;
  event(number: number, process: string): EventFault | undefined;
  /** From sending to the effect. */
  latencyMs(): number;
  /** From a change to its event. */
  lagMs(): number;
}

/** Told of everything that goes over the wire, as the wire sees it. */
export interface Observer {
  /** A request leaves its process. */
  sent(request: Request): void;
  /** Its process has an answer, or waits no more. */
  settled(request: Request): void;
  /** It took effect, or was refused, at the server. */
  done(request: Request, changed: boolean, refused: unknown): void;
}

/** Longer than a lease, so that another process leads when a paused one goes on. */
const pauseMs = 25_000;

export class Network {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #observer: Observer;
  /** May be exchanged at any time; undefined: nothing goes wrong. */
  weather: Weather | undefined;
  /** Faults happen, and are counted, only while this holds. */
  isOpen = false;
  /** The operator whose request is taking effect at this moment. */
  writer: Request | undefined;
  requests = 0;
  events = 0;
  /** Requests sent and not yet done. */
  pending = 0;
  readonly faults: { readonly at: string; readonly fault: RequestFault | EventFault }[] = [];
  readonly log: Request[] = [];
  steps = 0;

  constructor(clock: Clock, store: Store, observer: Observer) {
    this.#clock = clock;
    this.#store = store;
    this.#observer = observer;
  }

  /** Numbers a request and tells what happens to it. */
  send(request: Omit<Request, 'number'>): { request: Request; fault: RequestFault | undefined } {
    this.steps += 1;
    const numbered: Request = { ...request, number: this.isOpen ? ++this.requests : 0 };
    if (this.isOpen) this.log.push(numbered);
    this.#observer.sent(numbered);
    const fault = this.isOpen ? this.weather?.request(numbered) : undefined;
    if (fault !== undefined) this.faults.push({ at: describe(numbered), fault });
    return { request: numbered, fault };
  }

  /** The same for an event. */
  deliver(identity: string, what: string): EventFault | undefined {
    this.steps += 1;
    if (!this.isOpen) return undefined;
    this.events += 1;
    const fault = this.weather?.event(this.events, identity);
    if (fault !== undefined) this.faults.push({ at: `event ${this.events} (${what})`, fault });
    return fault;
  }

  /** Carries one request out as its fault says. Whoever gives up waiting hears so at once; the request goes its way. */
  async carry<T>(sent: Omit<Request, 'number'>, run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { request, fault } = this.send(sent);
    try {
      return await unlessAborted(this.#carry(request, fault, run), signal);
    } finally {
      this.#observer.settled(request);
    }
  }

  async #carry<T>(request: Request, fault: RequestFault | undefined, run: () => Promise<T>): Promise<T> {
    const { process } = request;
    const what = describe(request);
    const latency = this.weather?.latencyMs() ?? 1;
    switch (fault) {
      case 'unsent':
      case 'conflict':
      case 'expired':
      case 'forbidden':
      case 'invalid':
      case 'throttled':
      case 'broken':
      case 'unavailable':
        return process.answer(this.#after(latency, () => Promise.reject(refusalOf(fault, what))));
      case 'unanswered':
        await this.#at(latency, request, run).catch(() => undefined);
        return process.answer(Promise.reject(new ApiError('Network', `${what}: the connection was reset`)));
      case 'late':
        void this.#at(2_000, request, run).catch(() => undefined);
        return process.answer(Promise.reject(new ApiError('Network', `${what}: the connection was reset`)));
      case 'very late':
        void this.#at(33_000, request, run).catch(() => undefined);
        return process.answer(
          this.#after(30_000, () => Promise.reject(new ApiError('Timeout', `${what}: no answer in time`))),
        );
      case 'slow': {
        const done = this.#at(latency, request, run);
        done.catch(() => undefined);
        return process.answer(this.#after(5_000, () => done));
      }
      case 'crash before':
        process.kill();
        return process.answer(Promise.reject(new Error('it is dead')));
      case 'crash after': {
        const done = this.#at(latency, request, run);
        const die = (): void => process.kill();
        done.then(die, die);
        return process.answer(done);
      }
      case 'pause before': {
        process.pause(pauseMs);
        return process.answer(this.#at(pauseMs + latency, request, run));
      }
      case 'pause after':
        process.pause(pauseMs);
        return process.answer(this.#at(latency, request, run));
      case undefined:
        return process.answer(this.#at(latency, request, run));
    }
  }

  /** The server takes it after `ms`: the effect is there at that instant, whoever still waits for the answer. */
  #at<T>(ms: number, request: Request, run: () => Promise<T>): Promise<T> {
    this.pending += 1;
    return this.#after(ms, () => {
      this.pending -= 1;
      const before = this.#store.version;
      this.writer = request;
      // The sandbox does all of it before it returns its promise.
      const done = run();
      this.writer = undefined;
      const changed = this.#store.version !== before;
      done.then(
        () => this.#observer.done(request, changed, undefined),
        (error: unknown) => this.#observer.done(request, changed, error),
      );
      return done;
    });
  }

  #after<T>(ms: number, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#clock.after(ms, () => void run().then(resolve, reject));
    });
  }
}

export function describe({ number, verb, type, name, process }: Request): string {
  return `request ${number} (${process.identity}: ${verb} ${type.kind}${name === '' ? '' : `/${name}`})`;
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new ApiError('Network', 'the request was aborted', { cause: signal.reason }));
    const end = (): void => signal.removeEventListener('abort', abort);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(end);
  });
}
