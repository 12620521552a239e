/**
 * Time and randomness, handed in from outside, so that the simulation owns them.
 * No other file outside `src/runtime/system.ts` may use Date.now, setTimeout, performance or node:crypto's randomness.
 */
export interface Clock {
  /** Wall time, milliseconds since the epoch: only for what people and the API read. */
  now(): number;
  /** Milliseconds that never go backwards: for leases, back-off and durations. */
  monotonic(): number;
  /** Calls `run` once after `ms`; the returned function takes it back. */
  after(ms: number, run: () => void): () => void;
}

export interface Random {
  /** Cryptographically strong. */
  bytes(count: number): Uint8Array;
  /** Uniform in [0, 1): for jitter only. */
  fraction(): number;
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
