import { Builtin, type KubeObject } from '../../src/kube/object.ts';
import { Annotation, Label, MANAGED_BY } from '../../src/machines/engine/annotations.ts';
import type { Kind, Resource } from '../../src/machines/engine/kind.ts';
import { emptyLedger, readLedger } from '../../src/machines/engine/ledger.ts';
import { observe, scopeFor, type View, type World } from '../../src/machines/engine/observe.ts';
import { childName, type Lookup, type Scope } from '../../src/machines/engine/scope.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { storedStatus } from '../../src/machines/engine/status.ts';
import { parse } from '../../src/runtime/reconcile.ts';
import { slimmer } from '../../src/runtime/slim.ts';
import type { Cluster } from './cluster.ts';

/** The facts as they are now, read from the cluster itself: whether the operator has seen them yet is another question. */
export function observed(cluster: Cluster, kind: Kind, cr: KubeObject): View {
  return observe(kind, parsed(kind, cr), worldOf(cluster, kind, cr));
}

/** What the children of a resource are asked with. */
export function scopeOf(cluster: Cluster, kind: Kind, cr: KubeObject): Scope<unknown> {
  const world = worldOf(cluster, kind, cr);
  return scopeFor(kind, parsed(kind, cr), world, world.ledger);
}

/** The same where there is nothing yet: enough to learn names. */
export function barrenScope(kind: Kind, cr: KubeObject): Scope<unknown> {
  const world: World = {
    lookup: { get: () => undefined, pods: () => [] },
    settings: defaultSettings,
    now: 0,
    digest: (text) => text,
    ledger: emptyLedger,
    attempts: {},
    referrer: undefined,
    namespaceTerminating: false,
    peer: () => undefined,
  };
  return scopeFor(kind, parsed(kind, cr), world, emptyLedger);
}

/** Throws where the kind refuses the spec. */
export function parsed(kind: Kind, cr: KubeObject): Resource<unknown> {
  const resource = parse(kind, cr);
  if (typeof resource === 'string') throw new Error(`${cr.kind}/${cr.metadata.name}: ${resource}`);
  return resource;
}

function worldOf(cluster: Cluster, kind: Kind, cr: KubeObject): World {
  const stored = storedStatus(cr)?.machine;
  return {
    lookup: lookupOf(cluster, kind, cr),
    settings: cluster.settings,
    now: cluster.now(),
    digest: (text) => cluster.digest(text),
    ledger: readLedger(keeperOf(cluster, kind, cr)?.metadata.annotations?.[Annotation.record], stored?.record),
    attempts: stored?.attempts ?? {},
    referrer: referrerOf(cluster, kind, cr),
    namespaceTerminating: false,
    peer: (name, peer) => {
      const type = cluster.kinds.find((candidate) => candidate.declaration.kind === name)?.type;
      return type === undefined ? undefined : cluster.get(type, peer);
    },
  };
}

/** The object whose annotation keeps the record. */
export function keeperOf(cluster: Cluster, kind: Kind, cr: KubeObject): KubeObject | undefined {
  const { recordOn } = kind.plan;
  return recordOn === undefined ? undefined : cluster.get(Builtin.Secret, childName(cr.metadata, recordOn));
}

/** As the operator's caches are: our objects by their label, others only where a child names them. */
function lookupOf(cluster: Cluster, kind: Kind, cr: KubeObject): Lookup {
  const slim = slimmer((text) => cluster.digest(text));
  const foreign = kind.children.flatMap((child) => child.foreign?.(barrenScope(kind, cr)) ?? []);
  return {
    get: (type, ref) => {
      const found = cluster.get(type, ref.name);
      const isNamed = foreign.some((other) => other.type === type && other.ref.name === ref.name);
      const isSeen = isNamed || found?.metadata.labels?.[Label.managedBy] === MANAGED_BY;
      return found === undefined || !isSeen ? undefined : slim(type)(found);
    },
    pods: (_, labels) => cluster.list(Builtin.Pod, labels).map(slim(Builtin.Pod)),
  };
}

function referrerOf(cluster: Cluster, kind: Kind, cr: KubeObject): string | undefined {
  for (const user of cluster.kinds) {
    for (const use of Object.values(user.plan.uses ?? {})) {
      if (use.kind !== kind.declaration.kind) continue;
      const found = cluster.list(user.type, {}).find((other) => use.ref(parsed(user, other).spec) === cr.metadata.name);
      if (found !== undefined) return `${found.kind}/${found.metadata.name}`;
    }
  }
  return undefined;
}
