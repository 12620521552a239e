import type { Logger } from 'pino';
import type { KubeClient } from '../kube/client.ts';
import { isApiError, TerminalError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Clock, Random } from '../kube/ports.ts';
import type { Kind } from '../machines/engine/kind.ts';
import type { Settings } from '../machines/engine/scope.ts';
import type { Passage } from '../machines/engine/status.ts';
import { Caches } from './caches.ts';
import { Controller } from './controller.ts';
import { loadDigest } from './digest.ts';
import { WorkQueue, type QueueHooks } from './queue.ts';
import type { Outcome, ReconcileContext } from './reconcile.ts';
import { Recorder } from './recorder.ts';
import { Pace } from './pace.ts';
import { Redactor } from './redact.ts';
import { slimmer } from './slim.ts';
import { createView, type OperatorView } from './view.ts';

export interface OperatorOptions {
  /** For reads, and for what every replica may write. */
  readonly client: KubeClient;
  /** For all other writes; refuses them while this process does not lead. */
  readonly fenced?: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly kinds: readonly Kind[];
  readonly settings: Settings;
  /** Name of this process, unique among replicas. */
  readonly identity: string;
  /** Where the operator's own objects live. */
  readonly ownNamespace: string;
  /** Which namespace it looks after; undefined: all. */
  readonly namespace?: string;
  readonly workers?: number;
  readonly log: Logger;
  readonly hooks?: OperatorHooks;
  /** Told of every arrow that a resource followed; by default it is logged. */
  readonly onPassage?: (cr: KubeObject, passage: Passage) => void;
}

/** What happened, for metrics. */
export interface OperatorHooks {
  readonly queue?: QueueHooks;
  readonly outcome?: (kind: string, outcome: Outcome, durationMs: number) => void;
  readonly passage?: (kind: string, from: string, to: string) => void;
}

export interface Operator {
  readonly caches: Caches;
  readonly queue: WorkQueue;
  /** What it knows, for those who only look. */
  readonly view: OperatorView;
  /** True once every cache has been filled. */
  isSynced(): boolean;
  /** Begins to work, once the caches are filled; resolves when `stop` has let the last reconcile end. Call it as the leader. */
  lead(): Promise<void>;
  /** Stops taking keys, lets running reconciles end, and stops watching. */
  stop(): Promise<void>;
  /** Drops everything where it stands, as a crash would. */
  kill(): void;
}

/** An operator with its caches warming; it changes nothing before `lead`. */
export async function createOperator(options: OperatorOptions): Promise<Operator> {
  const { client, clock, random, kinds, settings, identity, log, hooks = {} } = options;
  const writer = options.fenced ?? client;
  const watching = new AbortController();
  const working = new AbortController();
  const digest = await loadDigest(client, options.ownNamespace, random, watching.signal, {
    clock,
    onRetry: (error) => log.warn({ err: error }, 'the API server does not answer as it should; it is asked again'),
  });
  const onError = (error: unknown): void => {
    if (!watching.signal.aborted) log.warn({ err: error }, 'a watch or an Event failed; it goes on by itself');
  };
  const tell =
    options.onPassage ??
    ((cr: KubeObject, { from, to, why }: Passage): void => {
      const name = `${cr.kind} ${cr.metadata.namespace}/${cr.metadata.name}`;
      log.info({ kind: cr.kind, from, to, why }, `${name}: ${from} → ${to} because ${why}`);
    });
  const caches = new Caches({
    client,
    clock,
    random,
    kinds,
    namespace: options.namespace,
    transform: slimmer(digest),
    onError,
  });
  const queue = new WorkQueue({ clock, ...(hooks.queue === undefined ? {} : { hooks: hooks.queue }) });
  const recorder = new Recorder({ client: writer, clock, identity, onError });
  const context: ReconcileContext = {
    caches,
    clock,
    settings,
    recorder,
    kinds,
    redactor: new Redactor(client),
    pace: new Pace(clock),
    hands: { client: writer, random, digest, remember: (type, object) => caches.remember(type, object) },
    enqueue: (key) => queue.add(key),
    onPassage: (kind, cr, { at, from, to, why }) => {
      hooks.passage?.(kind.declaration.kind, from, to);
      tell(cr, { at, from, to, why });
    },
  };
  const controller = new Controller({
    kinds,
    caches,
    queue,
    clock,
    timeoutMs: 120_000,
    context,
    onOutcome: (kind, key, outcome, ms) => {
      hooks.outcome?.(kind.declaration.kind, outcome, ms);
      if (outcome.result === 'failed' && !working.signal.aborted) log.warn(saidOf(outcome.error), `${key} failed`);
    },
  });
  const { view, changed } = createView({ ...context, client });
  caches.start(watching.signal, (type, change) => {
    controller.changed(type, change);
    changed(change);
  });
  let synced = false;
  const filled = caches.synced().then(() => {
    synced = true;
  });
  return {
    caches,
    queue,
    view,
    isSynced: () => synced,
    lead: async () => {
      await filled;
      // Who stood by may have a watch that has been silent for a while, and would begin on what it showed last.
      await Promise.race([caches.relisted(5_000), aborted(working.signal)]);
      await controller.run(options.workers ?? 8, working.signal);
    },
    stop: async () => {
      await queue.shutdown();
      await recorder.flush();
      working.abort();
      watching.abort();
      await caches.stopped();
    },
    kill: () => {
      working.abort();
      watching.abort();
      void queue.shutdown();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What the API or a person has to mend is told in its own words; a stack is for what nobody expected. */
function saidOf(error: unknown): { reason: string } | { err: unknown } {
  return isApiError(error) || error instanceof TerminalError ? { reason: error.message } : { err: error };
}
