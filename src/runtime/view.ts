import type { KubeClient } from '../kube/client.ts';
import { Builtin, resourceName, type KubeObject, type ObjectRef, type ResourceType } from '../kube/object.ts';
import type { Due } from '../machines/engine/child.ts';
import { decide, type Decision } from '../machines/engine/decide.ts';
import type { Facts } from '../machines/engine/facts.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { observe } from '../machines/engine/observe.ts';
import { storedStatus } from '../machines/engine/status.ts';
import { isTerminating, keyFor, ownerKey, parse, secretNames, worldFor, type ReconcileContext } from './reconcile.ts';
import type { Change } from './store.ts';

/** What the operator knows, for those who only look: nothing of it writes. A standby sees the same as the leader. */
export interface OperatorView {
  readonly kinds: readonly Kind[];
  now(): number;
  /** All resources of a kind, as the cache has them. */
  all(kind: Kind): readonly KubeObject[];
  find(kind: Kind, ref: ObjectRef): KubeObject | undefined;
  /** The objects that carry the labels of a resource, Pods included; of Secrets no data. */
  children(kind: Kind, cr: KubeObject): readonly KubeObject[];
  /**
   * Events of events.k8s.io/v1 about a resource and what belongs to it, asked of the API server, which keeps them for an
   * hour; without the values of its Secrets.
   */
  events(kind: Kind, cr: KubeObject, signal: AbortSignal): Promise<readonly KubeObject[]>;
  /** What its machine would decide right now; a text where its spec cannot be read. */
  look(kind: Kind, cr: KubeObject, signal: AbortSignal): Promise<Look | string>;
  /** Tells of each resource that changed, or one of whose children did, by its key `Kind/namespace/name`. Ends when called. */
  subscribe(told: (key: string) => void): () => void;
}

export interface Look {
  readonly facts: Facts;
  readonly decision: Decision;
  /** What would be asked of the cluster next. */
  readonly dues: readonly Due[];
}

type Context = Pick<ReconcileContext, 'caches' | 'clock' | 'settings' | 'hands' | 'kinds' | 'redactor'> & {
  readonly client: KubeClient;
};

/** What Kubernetes has something to tell of, and no more of it than a page can show. */
const speaking = new Set(['Pod', 'Job', 'Deployment', 'StatefulSet', 'DaemonSet', 'PersistentVolumeClaim']);
const mostAbout = 24;

/** The view, and what is to be told of every change of a cache. */
export function createView(context: Context): { view: OperatorView; changed: (change: Change) => void } {
  const { caches, client, clock, kinds, redactor } = context;
  const listeners = new Set<(key: string) => void>();
  const types = new Map<string, ResourceType>(
    kinds.flatMap((kind) => kind.children).map(({ type }) => [resourceName(type), type]),
  );
  types.set(resourceName(Builtin.Pod), Builtin.Pod);
  const view: OperatorView = {
    kinds,
    now: () => clock.now(),
    all: (kind) => caches.all(kind.type),
    find: (kind, ref) => caches.get(kind.type, ref),
    children: (kind, { metadata: { namespace = '', name } }) =>
      [...types.values()].flatMap((type) => caches.ofOwner(type, namespace, kind.declaration.kind, name)),
    events: async (kind, cr, signal) => {
      const { namespace = '' } = cr.metadata;
      const about = [cr, ...view.children(kind, cr).filter((child) => speaking.has(child.kind))].slice(0, mostAbout);
      const lists = await Promise.all(
        about.map(({ metadata: { uid = '' } }) =>
          client.list(Builtin.Event, { namespace, fieldSelector: `regarding.uid=${uid}`, limit: 100, signal }),
        ),
      );
      const events = lists.flatMap(({ items }) => items);
      const parsed = parse(kind, cr);
      const names = typeof parsed === 'string' ? [] : secretNames(caches, kinds, kind, parsed);
      const notes = await redactor.texts(
        events.map(({ note }: KubeObject & { note?: unknown }) => String(note ?? '')),
        names,
        namespace,
        signal,
      );
      return events.map((event, index) => ({ ...event, note: notes[index] }));
    },
    look: async (kind, cr, signal) => {
      const parsed = parse(kind, cr);
      if (typeof parsed === 'string') return parsed;
      const world = await worldFor(context, kind, parsed, undefined, await isTerminating(context, cr, signal), signal);
      const { facts, dues } = observe(kind, parsed, world);
      const decision = decide(kind, storedStatus(cr)?.machine, facts);
      const ensured = new Set(decision.effects.map(({ child }) => child));
      return { facts, decision, dues: [...dues].flatMap(([child, due]) => (ensured.has(child) ? due : [])) };
    },
    subscribe: (told) => {
      listeners.add(told);
      return () => void listeners.delete(told);
    },
  };
  return {
    view,
    changed: (change) => {
      const seen = change.new ?? change.old;
      if (seen === undefined || listeners.size === 0) return;
      const key = kinds.some((kind) => kind.declaration.kind === seen.kind)
        ? keyFor(seen.kind, seen)
        : ownerKey(kinds, seen);
      if (key !== undefined) for (const told of listeners) told(key);
    },
  };
}
