import { isDeepStrictEqual } from 'node:util';
import { isApiError } from '../kube/errors.ts';
import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import type { Kind } from '../machines/engine/kind.ts';
import type { SecretView } from '../machines/engine/scope.ts';
import { meaningOf } from '../machines/parts/pods.ts';
import type { Caches } from './caches.ts';
import { paceMs } from './pace.ts';
import type { WorkQueue } from './queue.ts';
import { keyFor, ownerKey, parse, reconcile, type Outcome, type ReconcileContext } from './reconcile.ts';
import type { Change } from './store.ts';

/** A resource that a person has to mend is looked at again this often even if nothing is seen to change. */
const terminalPauseMs = 60_000;

/** Turns changes in the cluster into keys, and works on them: never two workers on one key. */
export class Controller {
  readonly #options: ControllerOptions;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Enqueues what a change concerns: the resource itself, the owner of a child, and those that use a resource. */
  changed(type: ResourceType, change: Change): void {
    const { queue, kinds } = this.#options;
    const kind = kinds.find((candidate) => candidate.type === type);
    const priority = change.origin === 'list' && change.old === undefined ? 'low' : 'normal';
    if (kind === undefined) {
      if (isSameTo(type, change.old, change.new)) return;
      const owners = [change.old, change.new].map((object) => object && ownerKey(kinds, object));
      for (const key of new Set(owners)) {
        // What a reconcile has written itself it has seen: it looks again before it ends.
        if (key !== undefined && change.origin !== 'write') queue.add(key, priority);
      }
      if (digestsOf(change.old) !== digestsOf(change.new)) {
        for (const key of this.#usersOfOwner((change.new ?? change.old)!)) queue.add(key, priority);
      }
      return;
    }
    // Our own status writes are no news to ourselves.
    const object = change.new ?? change.old;
    if (object === undefined) return;
    const own = keyFor(kind.declaration.kind, object);
    const isDecisive = essence(change.old) !== essence(change.new);
    if (change.origin !== 'write' || isDecisive) queue.add(own, priority);
    if (!isDecisive && wording(change.old) === wording(change.new)) return;
    const owner = ownerKey(kinds, object);
    for (const key of [
      ...(owner === undefined ? [] : [owner]),
      ...this.#users(kind, object.metadata.namespace ?? '', object.metadata.name),
    ]) {
      if (isDecisive) queue.add(key, priority);
      else queue.addAfter(key, paceMs, priority);
    }
    if (identity(change.old) === identity(change.new)) return;
    for (const key of this.#used(kind, object)) queue.add(key, priority);
  }

  /** Works until the queue is shut down; resolves when the last reconcile has ended. */
  async run(workers: number, signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => this.#work(signal)));
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { queue, clock, context, kinds, onOutcome, timeoutMs } = this.#options;
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      const name = key.slice(0, key.indexOf('/'));
      const kind = kinds.find((candidate) => candidate.declaration.kind === name);
      if (kind !== undefined) {
        const begun = clock.monotonic();
        const outcome = await this.#attempt(kind, key, signal, context, timeoutMs);
        this.#schedule(key, outcome);
        onOutcome(kind, key, outcome, clock.monotonic() - begun);
      }
      queue.done(key);
    }
  }

  async #attempt(
    kind: Kind,
    key: string,
    signal: AbortSignal,
    context: ReconcileContext,
    timeoutMs: number,
  ): Promise<Outcome> {
    const limit = new AbortController();
    const stop = () => limit.abort();
    signal.addEventListener('abort', stop, { once: true });
    const cancel = this.#options.clock.after(timeoutMs, stop);
    try {
      return await reconcile(context, kind, key, limit.signal);
    } catch (error) {
      return { result: 'failed', error, terminal: false };
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  #schedule(key: string, outcome: Outcome): void {
    const { queue } = this.#options;
    switch (outcome.result) {
      case 'settled':
        queue.forget(key);
        if (outcome.againMs !== undefined) queue.addAfter(key, outcome.againMs);
        break;
      case 'again':
        queue.addRateLimited(key);
        break;
      case 'failed': {
        const asked = isApiError(outcome.error) ? outcome.error.retryAfterMs : undefined;
        if (outcome.terminal) queue.addAfter(key, terminalPauseMs);
        else if (asked !== undefined) queue.addAfter(key, asked);
        else queue.addRateLimited(key);
        break;
      }
    }
  }

  /** A Secret of one resource may stand in the configuration of those that use it. */
  *#usersOfOwner(secret: KubeObject): Iterable<string> {
    const [name = '', namespace = '', owner = ''] = (ownerKey(this.#options.kinds, secret) ?? '').split('/');
    const kind = this.#options.kinds.find((candidate) => candidate.declaration.kind === name);
    if (kind !== undefined) yield* this.#users(kind, namespace, owner);
  }

  /** Resources that use the one of this name. */
  *#users(kind: Kind, namespace: string, name: string): Iterable<string> {
    const { kinds, caches } = this.#options;
    for (const user of kinds) {
      for (const use of Object.values(user.plan.uses ?? {})) {
        if (use.kind !== kind.declaration.kind) continue;
        for (const other of caches.inNamespace(user.type, namespace)) {
          const parsed = parse(user, other);
          if (typeof parsed !== 'string' && use.ref(parsed.spec) === name) yield keyFor(user.declaration.kind, other);
        }
      }
    }
  }

  /** Resources that this one uses: they may be waiting to be used no more. */
  *#used(kind: Kind, object: KubeObject): Iterable<string> {
    const parsed = parse(kind, object);
    if (typeof parsed === 'string') return;
    for (const use of Object.values(kind.plan.uses ?? {})) {
      const name = use.ref(parsed.spec);
      if (name !== undefined) yield `${use.kind}/${object.metadata.namespace ?? ''}/${name}`;
    }
  }
}

export interface ControllerOptions {
  readonly kinds: readonly Kind[];
  readonly caches: Caches;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly context: ReconcileContext;
  /** A reconcile that takes longer is stopped and tried again. */
  readonly timeoutMs: number;
  readonly onOutcome: (kind: Kind, key: string, outcome: Outcome, durationMs: number) => void;
}

/** Kubelets and the Job controller write more often than anything changes by which a decision goes. */
function isSameTo(type: ResourceType, old: KubeObject | undefined, fresh: KubeObject | undefined): boolean {
  if (old === undefined || fresh === undefined) return false;
  if (type === Builtin.Pod) return meaningOf(old) === meaningOf(fresh);
  return type === Builtin.Job && isDeepStrictEqual(standingOf(old), standingOf(fresh));
}

/** All of a Job but how many of its Pods do what. */
function standingOf({ metadata, ...job }: KubeObject): unknown {
  const { conditions = [] } = (job['status'] ?? {}) as { conditions?: unknown[] };
  return [{ ...metadata, resourceVersion: '' }, conditions];
}

/** What a Secret holds, as the cache knows it. */
function digestsOf(object: KubeObject | undefined): string {
  return JSON.stringify((object as Partial<SecretView> | undefined)?.digests ?? {});
}

/** Fields of the status that every kind has; those beside them are for others to read. */
const common: readonly string[] = ['conditions', 'observedGeneration', 'state', 'waitingFor', 'machine'];

interface CommonStatus {
  state?: string;
  observedGeneration?: number;
  conditions?: { type: string; status: string; message: string; observedGeneration?: number }[];
}

/** Which resource it is, and what is asked of it. */
function identity(cr: KubeObject | undefined): string {
  const { uid, generation, deletionTimestamp } = cr?.metadata ?? {};
  return JSON.stringify([uid, generation, deletionTimestamp]);
}

/** What of a resource others go by: not the wording of its status. */
function essence(cr: KubeObject | undefined): string {
  if (cr === undefined) return '';
  const { uid, generation = 0, deletionTimestamp, annotations, labels, finalizers } = cr.metadata;
  const status = (cr['status'] ?? {}) as CommonStatus;
  const standing = ['Ready', 'Stalled'].map((name) =>
    (status.conditions ?? []).some(
      ({ type, status: holds, observedGeneration = 0 }) =>
        type === name && holds === 'True' && observedGeneration >= generation,
    ),
  );
  // Of a change others say that nobody has looked at it yet, until somebody has.
  const isSeen = generation <= 1 || (status.observedGeneration ?? 0) >= generation;
  return JSON.stringify([
    uid,
    generation,
    deletionTimestamp,
    annotations,
    labels,
    finalizers,
    isSeen,
    standing,
    Object.entries(status).filter(([name]) => !common.includes(name)),
  ]);
}

/** What others repeat of its status in their own. */
function wording(cr: KubeObject | undefined): string {
  const { state, conditions = [] } = (cr?.['status'] ?? {}) as CommonStatus;
  return JSON.stringify([state, conditions.find(({ type }) => type === 'Ready')?.message]);
}
