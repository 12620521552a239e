import type { KubeClient } from '../kube/client.ts';
import { ApiError, isApiError } from '../kube/errors.ts';
import { apiVersionOf, Builtin, type KubeObject } from '../kube/object.ts';
import { sleep, type Clock, type Random } from '../kube/ports.ts';

/**
 * At most one of several processes leads, by a Lease, with client-go's rules:
 *
 * - times in the Lease are never trusted: a candidate waits a whole lease duration, on its own monotonic clock,
 *   after it last *saw the Lease change*; an empty holder is free at once;
 * - a leader that has not renewed for the renew deadline leads no more, whatever the Lease says. The deadline is
 *   shorter than the lease duration, and counts from before the renewal was sent, so it ends before others may begin;
 * - every write names the resourceVersion it replaces.
 *
 * Who deletes the Lease while somebody leads lets two lead for up to a renew deadline.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #timing: LeaseTiming;
  readonly #ref: { namespace: string; name: string };
  /** The Lease as last seen or written, and when it was last seen to change. */
  #seen: { lease: Lease; changedAt: number } | undefined;
  /** While leading: when the last successful renewal was sent. */
  #renewedAt: number | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#ref = { namespace: options.namespace, name: options.name };
    const { durationMs, renewDeadlineMs, retryMs } = this.#timing;
    if (durationMs <= renewDeadlineMs || renewDeadlineMs <= retryMs * (1 + JITTER)) {
      throw new Error(`lease ${this.#name}: duration > renew deadline > retry × ${1 + JITTER} must hold`);
    }
  }

  /** The fence: true only while no other process can lead. Ask right before each write. */
  isLeader(): boolean {
    return this.#renewedAt !== undefined && this.#now() < this.#renewedAt + this.#timing.renewDeadlineMs;
  }

  /** Who leads as far as we know. */
  get holder(): string | undefined {
    return this.#seen?.lease.spec.holderIdentity || undefined;
  }

  /** Milliseconds since the last renewal was sent; undefined while not leading. */
  sinceRenewalMs(): number | undefined {
    return this.#renewedAt === undefined ? undefined : this.#now() - this.#renewedAt;
  }

  /**
   * Waits for the lead, calls `onGained`, and renews until the signal aborts or the lead is lost.
   * Abort only after all work has ended: the Lease is given back then, and another may lead at once.
   * Resolves after that, or after `onLost`; it may be called again. Never rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onGained, onLost } = this.#options;
    while (!signal.aborted && !(await this.#attempt(signal))) {
      await sleep(clock, this.#untilNextTry(), signal);
    }
    if (signal.aborted) return this.#release();
    onGained();
    while (!signal.aborted && this.isLeader()) {
      await sleep(clock, Math.min(this.#timing.retryMs, this.#untilDeadline()), signal);
      if (!signal.aborted && this.isLeader()) await this.#attempt(signal);
    }
    if (signal.aborted && this.isLeader()) return this.#release();
    this.#renewedAt = undefined;
    onLost();
  }

  /** One try to get or to keep the lead. Ends with the signal, and at the latest when the lead does. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const limitMs = this.#renewedAt === undefined ? this.#timing.renewDeadlineMs : this.#untilDeadline();
      const tried = this.#acquireOrRenew(attempt.signal);
      const timeUp = sleep(this.#options.clock, limitMs, attempt.signal).then(() => {
        if (signal.aborted) return false;
        throw new ApiError('Timeout', `lease ${this.#name}: no answer in time`);
      });
      // Whichever comes second is of no interest.
      for (const either of [tried, timeUp]) either.catch(() => undefined);
      return await Promise.race([tried, timeUp]);
    } catch (error) {
      if (!signal.aborted) this.#options.onError(error);
      return false;
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    // A leader knows the Lease: nobody else should have changed it. One request instead of two.
    if (this.#renewedAt !== undefined && (await this.#write(this.#seen!.lease, signal))) return true;
    const lease = await this.#read(signal);
    if (signal.aborted) return false;
    if (lease !== undefined) this.#observe(lease);
    if (lease === undefined || !this.#isHeldByAnother(lease)) return this.#write(lease, signal);
    this.#renewedAt = undefined;
    return false;
  }

  /** Writes our name into the Lease. False when somebody else has changed it meanwhile, or the answer came too late. */
  async #write(lease: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const sentAt = this.#now();
    try {
      const written = await this.#send(this.#claim(lease), signal);
      if (signal.aborted) return false;
      this.#observe(written);
      this.#renewedAt = sentAt;
      return true;
    } catch (error) {
      if (isApiError(error, 'Conflict', 'AlreadyExists', 'NotFound')) return false;
      throw error;
    }
  }

  #claim(lease: Lease | undefined): Lease {
    const { identity, clock } = this.#options;
    const time = microTime(clock.now());
    const before = lease?.spec ?? {};
    const isOurs = before.holderIdentity === identity;
    return {
      ...(lease ?? { apiVersion: apiVersionOf(Builtin.Lease), kind: Builtin.Lease.kind, metadata: this.#ref }),
      spec: {
        ...before,
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(this.#timing.durationMs / 1_000),
        acquireTime: isOurs ? (before.acquireTime ?? time) : time,
        renewTime: time,
        leaseTransitions: (before.leaseTransitions ?? 0) + (isOurs || lease === undefined ? 0 : 1),
      },
    };
  }

  #send(lease: Lease, signal: AbortSignal): Promise<Lease> {
    const { client } = this.#options;
    const isNew = lease.metadata.resourceVersion === undefined;
    return isNew ? client.create(Builtin.Lease, lease, { signal }) : client.replace(Builtin.Lease, lease, { signal });
  }

  async #read(signal?: AbortSignal): Promise<Lease | undefined> {
    try {
      return await this.#options.client.get<Lease>(Builtin.Lease, this.#ref, signal === undefined ? {} : { signal });
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** Reads first: a renewal that was under way may have got through or not. */
  async #release(): Promise<void> {
    this.#renewedAt = undefined;
    const limit = new AbortController();
    const cancel = this.#options.clock.after(this.#timing.retryMs, () => limit.abort());
    try {
      const lease = await this.#read(limit.signal);
      if (lease?.spec.holderIdentity !== this.#options.identity) return;
      const time = microTime(this.#options.clock.now());
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
      await this.#send({ ...lease, spec }, limit.signal);
    } catch (error) {
      // Another can still lead after the lease duration.
      this.#options.onError(error);
    } finally {
      cancel();
    }
  }

  #observe(lease: Lease): void {
    const hasChanged = JSON.stringify(lease.spec) !== JSON.stringify(this.#seen?.lease.spec);
    this.#seen = { lease, changedAt: hasChanged ? this.#now() : this.#seen!.changedAt };
  }

  #isHeldByAnother({ spec }: Lease): boolean {
    return !!spec.holderIdentity && spec.holderIdentity !== this.#options.identity && this.#untilExpiry() > 0;
  }

  /** As long as its holder has promised to be heard of. */
  #untilExpiry(): number {
    if (this.#seen === undefined) return 0;
    const { lease, changedAt } = this.#seen;
    return changedAt + (lease.spec.leaseDurationSeconds ?? 0) * 1_000 - this.#now();
  }

  #untilNextTry(): number {
    const retryMs = this.#timing.retryMs * (1 + JITTER * this.#options.random.fraction());
    const untilExpiry = this.#untilExpiry();
    return untilExpiry > 0 ? Math.min(retryMs, untilExpiry) : retryMs;
  }

  #untilDeadline(): number {
    return (this.#renewedAt ?? -Infinity) + this.#timing.renewDeadlineMs - this.#now();
  }

  get #name(): string {
    return `${this.#ref.namespace}/${this.#ref.name}`;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly namespace: string;
  readonly name: string;
  /** Unique among all processes there have ever been, so that a restarted one does not take itself for its predecessor. */
  readonly identity: string;
  readonly timing?: Partial<LeaseTiming>;
  readonly onGained: () => void;
  /** Not called for a clean stop. */
  readonly onLost: () => void;
  /** A try that failed; the next one follows by itself. */
  readonly onError: (error: unknown) => void;
}

export interface LeaseTiming {
  /** How long candidates wait after the Lease last changed. */
  readonly durationMs: number;
  /** How long a leader leads after its last renewal. */
  readonly renewDeadlineMs: number;
  /** Pause between tries. */
  readonly retryMs: number;
}

const DEFAULT_TIMING: LeaseTiming = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** Candidates wait up to this much longer than `retryMs`. */
const JITTER = 0.2;

interface Lease extends KubeObject {
  spec: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** metav1.MicroTime: the server insists on six digits after the point. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
