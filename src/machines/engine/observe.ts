import { refOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { Annotation } from './annotations.ts';
import type { Child, Due, Finding, Foreign, Note } from './child.ts';
import { fact, fold, type DeletionStep, type Facts, type Lifecycle, type StepFact } from './facts.ts';
import { GROUP, type Kind, type Resource } from './kind.ts';
import { learn, parseKey, type Ledger, type Lesson } from './ledger.ts';
import { Locks } from './locks.ts';
import { isOwn, metadataFor } from './ownership.ts';
import type { Attempts, Lookup, Peer, Scope, Settings } from './scope.ts';

/** What surrounds a resource as it is looked at. */
export interface World {
  readonly lookup: Lookup;
  readonly settings: Settings;
  readonly now: number;
  readonly digest: (text: string) => string;
  readonly ledger: Ledger;
  readonly attempts: Attempts;
  /** The other resource that refers to this one, as `Keystone/keystone`. */
  readonly referrer: string | undefined;
  readonly namespaceTerminating: boolean;
  readonly peer: (kind: string, name: string) => KubeObject | undefined;
}

/** A resource, its children and what is to be done about each, at one instant. */
export interface View {
  readonly facts: Facts;
  /** By child id; and, while deleting, by deletion step. */
  readonly dues: ReadonlyMap<string, readonly Due[]>;
  readonly ledger: Ledger;
  readonly attempts: Attempts;
  readonly notes: readonly Note[];
  readonly wakeAt: number | undefined;
  readonly foreign: readonly Foreign[];
  readonly kindStatus: Readonly<Record<string, unknown>>;
}

/** Pure: reads the world through `lookup` and folds what it sees. */
export function observe(kind: Kind, cr: Resource<unknown>, world: World): View {
  const lifecycle = lifecycleOf(cr);
  const first = scopeFor(kind, cr, world, world.ledger);
  const ledger = learn(world.ledger, kind.plan.rebase?.(first) ?? {});
  const scope = scopeFor(kind, cr, world, ledger);
  const dues = new Map<string, readonly Due[]>();
  const findings: Finding[] = [];
  const steps: Record<string, StepFact> = {};
  const locks = new Locks(kind.children, scope);
  let isOpen = false;
  for (const [name, step] of Object.entries(kind.plan.steps)) {
    const need = unmetNeed(scope, step.needs ?? []);
    const isHeld = need !== undefined || (step.when === 'kept' && isOpen);
    const seen = step.apply.map((child) => locks.guard(child, withheld(child.look(scope), isHeld)));
    step.apply.forEach((child, index) => {
      const due = seen[index]?.due;
      if (due !== undefined) dues.set(child.id, [due]);
    });
    findings.push(...seen);
    const folded = fold(seen, need);
    isOpen ||= folded.is !== 'done';
    steps[name] = folded;
  }
  waitForSecrets(kind, dues, findings);
  const deletion = lifecycle === 'deleting' ? deletionOf(kind, scope, world) : undefined;
  for (const [step, due] of Object.entries(deletion?.dues ?? {})) dues.set(step, due);
  const all = [...findings, ...(deletion?.findings ?? [])];
  const wakes = all.flatMap((finding) => finding.wakeAt ?? []);
  const unknown = unknownRotation(kind, scope);
  const learned = learn(
    ledger,
    { owner: cr.metadata.uid },
    unknown?.lesson ?? {},
    deletion?.lesson ?? {},
    ...all.map((finding) => finding.learned ?? {}),
  );
  return {
    facts: { lifecycle, steps, deletion: deletion?.facts ?? untouched },
    dues,
    ledger: learned,
    attempts: attemptsOf(kind, findings, world.attempts),
    notes: [
      ...takenBack(cr, ledger),
      ...(unknown === undefined ? [] : [unknown.note]),
      ...all.flatMap((finding) => finding.notes ?? []),
      ...(deletion?.notes ?? []),
    ],
    wakeAt: wakes.length === 0 ? undefined : Math.min(...wakes),
    foreign: kind.children.flatMap((child) => child.foreign?.(scope) ?? []),
    kindStatus: kind.plan.status?.({ ...scope, record: learned }) ?? {},
  };
}

const untouched: Facts['deletion'] = {
  Unreferenced: fact('todo'),
  Stopped: fact('todo'),
  CleanedUp: fact('todo'),
  Removed: fact('todo'),
};

function lifecycleOf(cr: KubeObject): Lifecycle {
  if (cr.metadata.deletionTimestamp !== undefined) return 'deleting';
  return cr.metadata.annotations?.[Annotation.paused] === 'true' ? 'paused' : 'live';
}

export function scopeFor(kind: Kind, cr: Resource<unknown>, world: World, record: Ledger): Scope<unknown> {
  return {
    kind: kind.declaration.kind,
    cr,
    name: cr.metadata.name,
    namespace: cr.metadata.namespace ?? '',
    settings: world.settings,
    now: world.now,
    lookup: world.lookup,
    record,
    attempts: world.attempts,
    digest: world.digest,
    namespaceTerminating: world.namespaceTerminating,
    asked: (name) => {
      const value = cr.metadata.annotations?.[Annotation[name]];
      return value === undefined || record.handled[name] === value ? undefined : value;
    },
    uses: (use) => kind.plan.uses?.[use]?.ref(cr.spec) !== undefined,
    peer: (use) => {
      const wanted = kind.plan.uses?.[use];
      if (wanted === undefined) throw new Error(`${kind.declaration.kind} uses nothing called '${use}'`);
      const name = wanted.ref(cr.spec);
      if (name === undefined) throw new Error(`${kind.declaration.kind}/${cr.metadata.name} goes without '${use}'`);
      return { kind: wanted.kind, name, object: world.peer(wanted.kind, name) };
    },
  };
}

const workloads: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
const withPods: readonly string[] = [...workloads, 'Job'];

/**
 * What runs in Pods is begun or changed when its Secrets are as wanted: a Pod that started on an older password would
 * count as one with the new. While nobody can say what a configuration should be, nobody can say whether Pods have
 * another one: they stay as they are.
 */
function waitForSecrets(kind: Kind, dues: Map<string, readonly Due[]>, findings: readonly Finding[]): void {
  const isSecret = ({ type }: Child<unknown>): boolean => type.kind === 'Secret';
  const isDue = kind.children.some(
    (child) => isSecret(child) && dues.get(child.id)?.some(({ verb }) => verb !== 'reclaim') === true,
  );
  const isUnknown = kind.children.some(
    (child, index) => isSecret(child) && child.verb === 'apply' && findings[index]?.is === 'blocked',
  );
  for (const { id, type } of kind.children) {
    const [due] = dues.get(id) ?? [];
    const waits = (isDue && type.kind === 'Job') || ((isDue || isUnknown) && workloads.includes(type.kind));
    if (waits && (due?.verb === 'create' || due?.verb === 'apply')) dues.delete(id);
  }
}

/** Nothing new is begun before its time; what exists is still repaired. */
function withheld(finding: Finding, isHeld: boolean): Finding {
  const { due, ...rest } = finding;
  const begins = due !== undefined && ['create', 'generate'].includes(due.verb);
  return isHeld && begins ? rest : finding;
}

function unmetNeed(scope: Scope<unknown>, needs: readonly string[]): StepFact | undefined {
  for (const need of needs) {
    if (!scope.uses(need)) continue;
    const found = peerTrouble(scope.peer(need));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface PeerStatus {
  conditions?: { type: string; status: string; message?: string; observedGeneration?: number }[];
  waitingFor?: string;
}

/** Why another resource is not Ready at its current generation, as a fact. */
export function peerTrouble(peer: Peer): StepFact | undefined {
  const by = { kind: peer.kind, name: peer.name };
  const at = `${peer.kind}/${peer.name}`;
  const no = (message: string): StepFact => ({
    is: 'blocked',
    healthy: false,
    reason: 'DependencyNotReady',
    message,
    by,
  });
  if (peer.object === undefined) return no(`${at} does not exist`);
  if (peer.object.metadata.deletionTimestamp !== undefined) return no(`${at} is being deleted`);
  const status = (peer.object['status'] ?? {}) as PeerStatus;
  const ready = status.conditions?.find((condition) => condition.type === 'Ready');
  const generation = peer.object.metadata.generation ?? 0;
  if (ready === undefined || (ready.observedGeneration ?? 0) < generation)
    return no(`${at} has not been looked at yet`);
  if (ready.status === 'True') return undefined;
  return no(`${at} is not Ready: ${ready.message ?? 'no reason given'}`);
}

function attemptsOf(kind: Kind, findings: readonly Finding[], before: Attempts): Attempts {
  const next: Record<string, Attempts[string]> = {};
  kind.children.forEach((child, index) => {
    const { settled, key, failures } = findings[index] ?? {};
    if (settled !== false || key === undefined) return;
    const known = before[child.id];
    if (failures !== undefined) next[child.id] = { key, failures };
    else if (known?.key === key) next[child.id] = known;
  });
  return next;
}

function takenBack(cr: KubeObject, ledger: Ledger): readonly Note[] {
  if (ledger.owner === undefined || ledger.owner === cr.metadata.uid) return [];
  const message = 'data of an earlier resource of this name was found and taken back';
  return [{ type: 'Normal', reason: 'DataTakenBack', message }];
}

/** A rotation that no child knows is said once, and not passed over in silence. */
function unknownRotation(kind: Kind, scope: Scope<unknown>): { note: Note; lesson: Lesson } | undefined {
  const asked = scope.asked('rotate');
  const known = kind.children.flatMap((child) => child.rotates ?? []);
  if (asked === undefined || known.includes(asked.split('=')[0] ?? '')) return undefined;
  const can =
    known.length === 0
      ? `a ${scope.kind} has nothing to rotate`
      : `write one of ${known.map((name) => `${name}=<nonce>`).join(', ')}`;
  const note: Note = { type: 'Warning', reason: 'UnknownRotation', message: `nothing is called '${asked}': ${can}` };
  return { note, lesson: { handled: { rotate: asked } } };
}

interface Deletion {
  readonly facts: Facts['deletion'];
  readonly dues: Partial<Record<DeletionStep, readonly Due[]>>;
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
  readonly lesson?: Lesson;
}

/** What stands between a resource and its end. `Retain` leaves data and everything outside alone. */
function deletionOf(kind: Kind, scope: Scope<unknown>, world: World): Deletion {
  const { referrer } = world;
  const unreferenced: StepFact =
    referrer === undefined
      ? fact('done', 'nothing refers to it')
      : {
          is: 'blocked',
          healthy: false,
          reason: 'StillReferenced',
          message: `${referrer} still refers to ${scope.kind}/${scope.name}; delete it or point it elsewhere`,
          by: { kind: referrer.split('/')[0] ?? '', name: referrer.split('/')[1] ?? '' },
        };
  const policy = (scope.cr.spec as { deletionPolicy?: string }).deletionPolicy;
  const live = (child: Child<unknown>) => ownLive(scope, child);
  const resources = lastStep(kind, live);
  if (policy !== 'Delete') {
    const kept = fact('done', 'deletionPolicy is Retain');
    return {
      facts: { Unreferenced: unreferenced, Stopped: gone(resources, 'stopped'), CleanedUp: kept, Removed: kept },
      dues: { Stopped: resources.flatMap(removal) },
      findings: [],
      notes: [],
    };
  }
  const running = [...resources, ...kind.children.filter((child) => withPods.includes(child.type.kind)).flatMap(live)];
  const cleaning = (kind.plan.cleanUp ?? []).map((child) => child.look(scope));
  const data = kind.children.filter((child) => child.holds === 'data' && child.verb !== 'require').flatMap(live);
  const cleaned = fold(cleaning, undefined);
  const begun = begunJobs(kind, scope, live);
  return {
    facts: {
      Unreferenced: unreferenced,
      Stopped: gone(running, 'stopped'),
      CleanedUp: cleaning.length === 0 ? fact('done', 'nothing to clean up') : cleaned,
      Removed: gone(data, 'removed'),
    },
    dues: {
      Stopped: running.filter(({ object }) => begun.every(({ job }) => job !== object)).flatMap(removal),
      CleanedUp: cleaning.flatMap((finding) => finding.due ?? []),
      Removed: data.flatMap(removal),
    },
    findings: cleaning,
    notes: [],
    lesson: { jobs: Object.fromEntries(begun.map(({ id, key }) => [id, key])) },
  };
}

/**
 * Jobs whose work has to be undone and that are not on record: what was begun may have been done. Nothing else tells of
 * them once they are gone, so they are put on record first.
 */
function begunJobs(kind: Kind, scope: Scope<unknown>, live: (child: Child<unknown>) => Own[]) {
  return (kind.plan.cleanUp ?? []).flatMap(({ undoes }) => {
    const child = kind.children.find(({ id }) => id === undoes);
    if (undoes === undefined || child === undefined || scope.record.jobs[undoes] !== undefined) return [];
    return live(child).map(({ object: job }) => ({
      id: undoes,
      job,
      key: parseKey(job.metadata.annotations?.[Annotation.key]) ?? {},
    }));
  });
}

/** An object of ours with its type. */
interface Own {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** Resources that this one made: those of the last step that has any. They go in the reverse of the order they came in. */
function lastStep(kind: Kind, live: (child: Child<unknown>) => Own[]): readonly Own[] {
  return (
    Object.values(kind.plan.steps)
      .map((step) => step.apply.filter(({ type }) => type.group === GROUP).flatMap(live))
      .findLast((found) => found.length > 0) ?? []
  );
}

function ownLive(scope: Scope<unknown>, child: Child<unknown>): Own[] {
  const names = child.namesIn?.(scope) ?? [child.nameIn(scope)];
  return names.flatMap((name) => {
    const object = scope.lookup.get(child.type, { namespace: scope.namespace, name });
    if (object === undefined) return [];
    const metadata = metadataFor(scope, { ...child, nameIn: () => name }, child.id);
    return isOwn(object, { apiVersion: '', kind: child.type.kind, metadata }) ? [{ type: child.type, object }] : [];
  });
}

function gone([first]: readonly Own[], verb: string): StepFact {
  if (first === undefined) return fact('done', `all is ${verb}`);
  const by = { kind: first.object.kind, name: first.object.metadata.name };
  const waitsFor = (first.object['status'] as { waitingFor?: unknown } | undefined)?.waitingFor;
  const why = first.type.group === GROUP && typeof waitsFor === 'string' ? `: ${waitsFor}` : '';
  const message = `${by.kind}/${by.name} is still there${why}`;
  return { is: 'working', healthy: false, reason: 'Terminating', message, by };
}

function removal({ type, object }: Own): Due[] {
  if (object.metadata.deletionTimestamp !== undefined) return [];
  const isResource = type.group === GROUP;
  return [
    {
      verb: 'delete',
      type,
      ref: refOf(object),
      uid: object.metadata.uid ?? '',
      // A resource that is deleted in the foreground loses the Jobs that clean up after it.
      propagation: isResource ? 'Background' : 'Foreground',
      why: isResource ? 'what it belongs to is being deleted' : 'deletionPolicy is Delete',
    },
  ];
}
