import type { KubeClient } from '../kube/client.ts';
import { isApiError } from '../kube/errors.ts';
import { apiVersionOf, Builtin, type KubeObject } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import type { Note } from '../machines/engine/child.ts';

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  toldAt: number;
}

/** How many distinct Events are remembered, to tell a repetition from news. */
const remembered = 1000;
/** A repetition is told at most this often. */
const quietMs = 5 * 60_000;

/**
 * Writes Kubernetes Events (events.k8s.io). The same note on the same object becomes one Event with a count. An Event
 * that cannot be written is reported and forgotten: nothing waits for it.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #pending = new Set<Promise<void>>();
  #made = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  record(about: KubeObject, note: Note, action: string): void {
    const promise = this.#write(about, note, action)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => this.#pending.delete(promise));
    this.#pending.add(promise);
  }

  /** Resolves when everything recorded so far is written or given up. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  async #write(about: KubeObject, note: Note, action: string): Promise<void> {
    const { client, clock, identity } = this.#options;
    const now = clock.now();
    const key = `${about.metadata.uid}/${note.reason}/${note.message}`;
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.count += 1;
      if (now - known.toldAt < quietMs) return;
      known.toldAt = now;
      const series = { count: known.count, lastObservedTime: microTime(now) };
      try {
        await client.mergePatch(Builtin.Event, { namespace: known.namespace, name: known.name }, { series });
        return;
      } catch (error) {
        // The API server forgets Events after an hour: it is news again.
        if (!isApiError(error, 'NotFound')) throw error;
        this.#series.delete(key);
      }
    }
    const namespace = about.metadata.namespace ?? 'default';
    this.#made += 1;
    const name = `${about.metadata.name}.${now.toString(16)}${this.#made.toString(16).padStart(4, '0')}`;
    if (this.#series.size >= remembered) this.#series.delete(this.#series.keys().next().value ?? '');
    this.#series.set(key, { namespace, name, count: 1, toldAt: now });
    await client.create(Builtin.Event, {
      apiVersion: apiVersionOf(Builtin.Event),
      kind: 'Event',
      metadata: { namespace, name },
      eventTime: microTime(now),
      reportingController: 'openstack-operator',
      reportingInstance: identity,
      action,
      reason: note.reason,
      type: note.type,
      note: note.message.length > 1024 ? `${note.message.slice(0, 1023)}…` : note.message,
      regarding: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        namespace,
        name: about.metadata.name,
        uid: about.metadata.uid,
      },
    });
  }
}

export interface RecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Name of this process, unique among replicas. */
  readonly identity: string;
  readonly onError: (error: unknown) => void;
}

/** metav1.MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
