import { isDeepStrictEqual } from 'node:util';
import { act } from '../effects/act.ts';
import { hold, release } from '../effects/finalizer.ts';
import { keepLedger } from '../effects/ledger.ts';
import type { Hands } from '../effects/ports.ts';
import { classify, isApiError } from '../kube/errors.ts';
import { Builtin, refOf, type KubeObject } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import { Annotation, FINALIZER, Label } from '../machines/engine/annotations.ts';
import type { Due, Note } from '../machines/engine/child.ts';
import { decide, type Decision, type Position } from '../machines/engine/decide.ts';
import type { Kind, Resource } from '../machines/engine/kind.ts';
import { isWorthKeeping, ledgerText, readLedger, type Ledger } from '../machines/engine/ledger.ts';
import type { Effect } from '../machines/engine/machine.ts';
import { observe, type View, type World } from '../machines/engine/observe.ts';
import { runEffect } from '../machines/engine/run.ts';
import { childName, type Attempts, type Lookup, type Scope, type Settings } from '../machines/engine/scope.ts';
import { passages, statusFor, storedStatus, type Failure, type Passage } from '../machines/engine/status.ts';
import type { Caches } from './caches.ts';
import { isOnlyWording, type Pace } from './pace.ts';
import type { Recorder } from './recorder.ts';
import type { Redactor } from './redact.ts';
import type { PodView } from './slim.ts';

/** What the loop that calls `reconcile` has to do next. */
export type Outcome =
  /** Nothing until something changes, or until then (milliseconds from now). */
  | { readonly result: 'settled'; readonly againMs?: number }
  /** Our view was old: look again at once. */
  | { readonly result: 'again' }
  /** Try again after the back-off of this key. */
  | { readonly result: 'failed'; readonly error: unknown; readonly terminal: boolean };

export interface ReconcileContext {
  readonly caches: Caches;
  readonly hands: Omit<Hands, 'signal'>;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly recorder: Recorder;
  readonly redactor: Redactor;
  readonly pace: Pace;
  readonly kinds: readonly Kind[];
  /** Told of every arrow that was followed. */
  readonly onPassage: (kind: Kind, cr: KubeObject, passage: Passage) => void;
  /** Enqueues a key, for watches of foreign objects. */
  readonly enqueue: (key: string) => void;
}

/** Enough for any plan to run through; what is left goes on in the next reconcile. */
const mostRounds = 16;

/**
 * Brings one resource as far as it goes now: observe, decide, act, and again until nothing is due; then the status, once.
 * Safe to repeat and to stop anywhere: all that matters is in the cluster.
 */
export async function reconcile(
  context: ReconcileContext,
  kind: Kind,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const ref = parseKey(key);
  const first = context.caches.get(kind.type, ref);
  if (first === undefined) {
    await context.caches.watchFor(key, [], context.enqueue, signal);
    return { result: 'settled' };
  }
  const passed: Passage[] = [];
  const acted = new Set<string>();
  const noted = new Map<string, Note>();
  const namespaceTerminating = await isTerminating(context, first, signal);
  const origin = storedStatus(first)?.machine;
  let position: Position | undefined = origin;
  let memory: Memory | undefined;
  let isSure = false;
  let failure: Failure | undefined;
  let broken: unknown;
  for (let round = 0; ; round++) {
    const cr = context.caches.get(kind.type, ref);
    if (cr === undefined || cr.metadata.uid !== first.metadata.uid) return { result: 'again' };
    // A status that is not written here came meanwhile: of another process, or of a write whose answer got lost.
    if (cr !== first && !isDeepStrictEqual(storedStatus(cr)?.machine, origin)) return { result: 'again' };
    const parsed = parse(kind, cr);
    if (typeof parsed === 'string') {
      // Nothing can be said of its data, so it stays; but a resource nobody can read must not be stuck for ever.
      if (cr.metadata.deletionTimestamp === undefined) return await refuse(context, kind, cr, parsed, signal);
      await release(kind.type, cr, { ...context.hands, signal });
      return { result: 'settled' };
    }
    const world = await worldFor(context, kind, parsed, memory, namespaceTerminating, signal);
    let view = observe(kind, parsed, world);
    await context.caches.watchFor(key, view.foreign, context.enqueue, signal);
    if (round === 0 && view.foreign.length > 0) view = observe(kind, parsed, world);
    // What one look learns the next one takes for known: a note may be made in one of them only.
    for (const note of view.notes) noted.set(note.message, note);
    const decision = decide(kind, position, view.facts);
    passed.push(...passages(decision, view, context.clock.now()));
    position = { version: kind.plan.version, state: decision.state };
    memory = { ledger: view.ledger, attempts: view.attempts };
    const work = workFor(context, kind, cr, view, decision).filter(
      ({ once }) => once === undefined || !acted.has(once),
    );
    const isUnfinished = work.length > 0 && broken === undefined;
    if (isUnfinished && round < mostRounds) {
      const hands = { ...context.hands, signal };
      if (!isSure && work.some(({ isGrave }) => isGrave)) {
        if (!(await isCurrent(context, kind, cr, signal))) return { result: 'again' };
        isSure = true;
      }
      const results = await Promise.allSettled(
        work.map(({ effect, run }) =>
          runEffect(effect, (_, { signal: stop }) => run({ ...hands, signal: stop }), signal),
        ),
      );
      signal.throwIfAborted();
      // The finalizer is set by an answer of the server, which has just told what is asked of the resource.
      isSure ||= work.every(({ effect }, index) => effect.verb === 'hold' && results[index]?.status === 'fulfilled');
      broken = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))[0];
      work.forEach(({ note, once }, index) => {
        if (once !== undefined) acted.add(once);
        if (note !== undefined && results[index]?.status === 'fulfilled')
          context.recorder.record(cr, note, 'Reconcile');
      });
      if (decision.effects.some((effect) => effect.verb === 'release') && broken === undefined) {
        passed.forEach((passage) => context.onPassage(kind, cr, passage));
        return { result: 'settled' };
      }
      failure = broken === undefined ? undefined : failureFor(broken);
      // Look once more even after a failure: the status tells what was reached.
      continue;
    }
    const told = await conclude(
      context,
      kind,
      cr,
      view,
      decision,
      passed,
      [...noted.values()],
      failure,
      broken,
      signal,
    );
    return isUnfinished && told.result === 'settled' ? { result: 'again' } : told;
  }
}

/** What this reconcile knows already and the cluster may not show yet. */
interface Memory {
  readonly ledger: Ledger;
  readonly attempts: Attempts;
}

async function conclude(
  context: ReconcileContext,
  kind: Kind,
  cr: KubeObject,
  view: View,
  decision: Decision,
  passed: readonly Passage[],
  notes: readonly Note[],
  failure: Failure | undefined,
  broken: unknown,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock, recorder, hands, pace } = context;
  const status = statusFor(kind, cr, view, decision, clock.now(), passed, failure);
  const key = keyFor(kind.declaration.kind, cr);
  const isNews = !isDeepStrictEqual(status, cr['status']);
  const laterMs = isNews && isOnlyWording(cr['status'], status, kind.declaration.mirrors) ? pace.waitMs(key) : 0;
  try {
    if (isNews && laterMs === 0) {
      pace.wrote(key);
      const written = await hands.client.replace(kind.type, { ...cr, status }, { subresource: 'status', signal });
      hands.remember(kind.type, written);
    }
  } catch (error) {
    if (isApiError(error, 'Conflict')) await isCurrent(context, kind, cr, signal);
    if (isApiError(error, 'Conflict', 'NotFound')) return { result: 'again' };
    return { result: 'failed', error, terminal: false };
  }
  passed.forEach((passage) => context.onPassage(kind, cr, passage));
  if (passed.length > 0) recorder.record(cr, passageNote(passed), 'Transition');
  for (const note of notes) recorder.record(cr, note, 'Observe');
  if (broken !== undefined) {
    const error = classify(broken);
    if (error === 'conflict') return { result: 'again' };
    if (failure !== undefined) recorder.record(cr, { type: 'Warning', ...failure }, 'Reconcile');
    return { result: 'failed', error: broken, terminal: error === 'terminal' };
  }
  const wakes = [
    ...(laterMs === 0 ? [] : [laterMs]),
    ...(view.wakeAt === undefined ? [] : [Math.max(0, view.wakeAt - clock.now())]),
  ];
  return wakes.length === 0 ? { result: 'settled' } : { result: 'settled', againMs: Math.min(...wakes) };
}

function passageNote(passed: readonly Passage[]): { type: 'Normal'; reason: string; message: string } {
  const [from, to, why] = [
    passed[0]?.from ?? '',
    passed.at(-1)?.to ?? '',
    passed.map((passage) => passage.why).join('; '),
  ];
  return { type: 'Normal', reason: to.split('.').at(-1) ?? to, message: `${from} → ${to}: ${why}` };
}

interface Work {
  readonly effect: Effect;
  readonly run: (hands: Hands) => Promise<void>;
  readonly note?: { readonly type: 'Normal'; readonly reason: string; readonly message: string };
  /** Done for another spec than the present one it does harm: the resource is read once more before it. */
  readonly isGrave: boolean;
  /** What is not to be asked for twice in one reconcile: a deletion that the cache does not show yet, a search. */
  readonly once?: string;
}

/** The effects of the state that have something to do. The finalizer comes alone and first: nothing may be made before it. */
function workFor(context: ReconcileContext, kind: Kind, cr: KubeObject, view: View, decision: Decision): Work[] {
  const work: Work[] = [];
  for (const effect of decision.effects) {
    switch (effect.verb) {
      case 'hold':
        if (cr.metadata.finalizers?.includes(FINALIZER) === true || cr.metadata.deletionTimestamp !== undefined) break;
        return [{ effect, isGrave: false, run: (hands) => hold(kind.type, cr, hands) }];
      case 'release':
        work.push({ effect, isGrave: false, run: (hands) => release(kind.type, cr, hands) });
        break;
      case 'remember': {
        const keeper = ledgerKeeper(context, kind, cr);
        const durable = keeper?.metadata.annotations?.[Annotation.record];
        if (keeper === undefined || !isWorthKeeping(view.ledger, durable)) break;
        const text = ledgerText(view.ledger);
        work.push({
          effect,
          isGrave: false,
          run: (hands) => keepLedger(refOf(keeper), keeper.metadata.uid ?? '', text, hands),
        });
        break;
      }
      case 'generate':
      case 'require':
      case 'apply':
      case 'run':
      case 'claim':
      case 'remove':
        for (const due of view.dues.get(effect.child ?? '') ?? []) {
          const note = noteFor(due);
          const once = onceFor(due);
          work.push({
            effect,
            isGrave: isGrave(due),
            run: (hands) => act(due, hands),
            ...(note === undefined ? {} : { note }),
            ...(once === undefined ? {} : { once }),
          });
        }
        break;
    }
  }
  return work;
}

/** A new Job, a deletion, and every change of what is wanted. What is missing or was hurt is made as it was. */
function isGrave(due: Due): boolean {
  if (due.verb === 'create') return due.type === Builtin.Job;
  if (due.verb === 'apply') return isUpdate(due);
  return due.verb !== 'generate' && due.verb !== 'reclaim';
}

/** Not a repair: something else is wanted than before. */
function isUpdate({ why }: Extract<Due, { verb: 'apply' }>): boolean {
  return why.startsWith('what is wanted');
}

/**
 * Whether the resource that the cache shows is the present one; if not, it is from now on. A watch may be silent for a minute before anybody knows,
 * and who has just become the leader has seen no answer of the server that would have told.
 */
async function isCurrent(
  { hands }: ReconcileContext,
  kind: Kind,
  cr: KubeObject,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const live = await hands.client.get(kind.type, refOf(cr), { signal });
    if (live.metadata.uid === cr.metadata.uid && live.metadata.resourceVersion === cr.metadata.resourceVersion) {
      return true;
    }
    hands.remember(kind.type, live);
    return false;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return false;
    throw error;
  }
}

function onceFor(due: Due): string | undefined {
  if (due.verb === 'delete') return due.uid;
  return due.verb === 'reclaim' ? `${due.type.kind}/${due.object.metadata.name}` : undefined;
}

function noteFor(due: Due): Work['note'] {
  if (due.verb === 'create' || due.verb === 'generate' || due.verb === 'reclaim') return undefined;
  const name = 'ref' in due ? due.ref.name : due.object.metadata.name;
  const reasons = { apply: 'Repaired', rotate: 'Rotated', delete: 'Removed', patch: 'Changed' } as const;
  const isRepair = due.verb === 'patch' && !('spec' in due.patch);
  const reason = due.verb === 'apply' && isUpdate(due) ? 'Updated' : isRepair ? 'Repaired' : reasons[due.verb];
  return { type: 'Normal', reason, message: `${due.type.kind}/${name}: ${due.why}` };
}

function ledgerKeeper(
  { caches }: Pick<ReconcileContext, 'caches'>,
  kind: Kind,
  cr: KubeObject,
): KubeObject | undefined {
  if (kind.plan.recordOn === undefined) return undefined;
  const name = childName(cr.metadata, kind.plan.recordOn);
  return caches.get(Builtin.Secret, { namespace: cr.metadata.namespace ?? '', name });
}

/** Everything around a resource that a decision looks at. Reads only. */
export async function worldFor(
  context: Pick<ReconcileContext, 'caches' | 'clock' | 'settings' | 'hands' | 'kinds' | 'redactor'>,
  kind: Kind,
  cr: Resource<unknown>,
  memory: Memory | undefined,
  namespaceTerminating: boolean,
  signal: AbortSignal,
): Promise<World> {
  const { caches, clock, settings, hands, kinds } = context;
  const namespace = cr.metadata.namespace ?? '';
  const stored = storedStatus(cr)?.machine;
  const durable = ledgerKeeper(context, kind, cr)?.metadata.annotations?.[Annotation.record];
  const pods = await context.redactor.clean(
    caches.ofOwner(Builtin.Pod, namespace, kind.declaration.kind, cr.metadata.name) as PodView[],
    () => secretNames(caches, kinds, kind, cr),
    signal,
  );
  const lookup: Lookup = {
    get: (type, ref) => caches.get(type, ref),
    pods: (_, labels) =>
      pods.filter((pod) => Object.entries(labels).every(([name, value]) => pod.metadata.labels?.[name] === value)),
  };
  return {
    lookup,
    settings,
    now: clock.now(),
    digest: hands.digest,
    ledger: memory?.ledger ?? readLedger(durable, stored?.record),
    attempts: memory?.attempts ?? stored?.attempts ?? {},
    // Only one that is being deleted waits for others.
    referrer: cr.metadata.deletionTimestamp === undefined ? undefined : referrerOf(caches, kinds, kind, cr),
    namespaceTerminating,
    peer: (name, peer) => {
      const type = kinds.find((candidate) => candidate.declaration.kind === name)?.type;
      return type === undefined ? undefined : caches.get(type, { namespace, name: peer });
    },
  };
}

/**
 * Secrets that the resource and those that it uses have or are given, by their names: one that the cache does not show
 * yet is as secret.
 */
export function secretNames(caches: Caches, kinds: readonly Kind[], kind: Kind, cr: Resource<unknown>): string[] {
  const { namespace = '' } = cr.metadata;
  const used = Object.values(kind.plan.uses ?? {}).flatMap((use) => {
    const other = kinds.find(({ declaration }) => declaration.kind === use.kind);
    const name = use.ref(cr.spec);
    const found = other && name !== undefined ? caches.get(other.type, { namespace, name }) : undefined;
    const parsed = found && other ? parse(other, found) : undefined;
    return other === undefined || parsed === undefined || typeof parsed === 'string'
      ? []
      : ownSecretNames(caches, other, parsed);
  });
  return [...new Set([...ownSecretNames(caches, kind, cr), ...used])];
}

function ownSecretNames(caches: Caches, kind: Kind, cr: Resource<unknown>): string[] {
  const { namespace = '', name } = cr.metadata;
  const there = caches.ofOwner(Builtin.Secret, namespace, kind.declaration.kind, name);
  const scope = { name, cr } as Scope<unknown>;
  const names = kind.children.filter(({ type }) => type === Builtin.Secret).map((child) => child.nameIn(scope));
  return [...there.map((secret) => secret.metadata.name), ...names.filter((own) => own !== '')];
}

/** Another resource of the namespace that names this one, as `Kind/name`. */
export function referrerOf(caches: Caches, kinds: readonly Kind[], kind: Kind, cr: KubeObject): string | undefined {
  for (const user of kinds) {
    for (const use of Object.values(user.plan.uses ?? {})) {
      if (use.kind !== kind.declaration.kind) continue;
      for (const other of caches.inNamespace(user.type, cr.metadata.namespace ?? '')) {
        const parsed = parse(user, other);
        if (typeof parsed !== 'string' && use.ref(parsed.spec) === cr.metadata.name)
          return `${other.kind}/${other.metadata.name}`;
      }
    }
  }
  return undefined;
}

/** Asked only when it matters: while a resource with something to clean up is being deleted. */
export async function isTerminating(
  { hands }: Pick<ReconcileContext, 'hands'>,
  cr: KubeObject,
  signal: AbortSignal,
): Promise<boolean> {
  if (cr.metadata.deletionTimestamp === undefined) return false;
  try {
    const namespace = await hands.client.get(Builtin.Namespace, { name: cr.metadata.namespace ?? '' }, { signal });
    return namespace.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isApiError(error, 'NotFound')) return true;
    throw error;
  }
}

const parsedSpecs = new WeakMap<KubeObject, Resource<unknown> | string>();

/** The resource with its spec checked and defaulted, or what is wrong with it. */
export function parse(kind: Kind, cr: KubeObject): Resource<unknown> | string {
  let parsed = parsedSpecs.get(cr);
  if (parsed === undefined) {
    const result = kind.declaration.spec.safeParse(cr['spec'] ?? {});
    parsed = result.success
      ? ({ ...cr, spec: result.data } as Resource<unknown>)
      : result.error.issues.map((issue) => `${['spec', ...issue.path].join('.')}: ${issue.message}`).join('; ');
    parsedSpecs.set(cr, parsed);
  }
  return parsed;
}

/** A spec that today's rules refuse, though it was admitted once: said in the status, and nothing is touched. */
async function refuse(
  context: ReconcileContext,
  kind: Kind,
  cr: KubeObject,
  message: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const before = (cr['status'] ?? {}) as Record<string, unknown>;
  const { generation = 0 } = cr.metadata;
  const lastTransitionTime = new Date(context.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: 'InvalidSpec',
    message,
    observedGeneration: generation,
    lastTransitionTime,
  });
  const known = (before['conditions'] ?? []) as { type: string; reason: string; observedGeneration?: number }[];
  if (known.some((entry) => entry.reason === 'InvalidSpec' && entry.observedGeneration === generation))
    return { result: 'settled' };
  const others = known.filter((entry) => entry.type !== 'Ready' && entry.type !== 'Stalled');
  const status = {
    ...before,
    conditions: [condition('Ready', 'False'), condition('Stalled', 'True'), ...others],
    waitingFor: message,
  };
  try {
    const written = await context.hands.client.replace(kind.type, { ...cr, status }, { subresource: 'status', signal });
    context.hands.remember(kind.type, written);
    return { result: 'settled' };
  } catch (error) {
    return isApiError(error, 'Conflict', 'NotFound')
      ? { result: 'again' }
      : { result: 'failed', error, terminal: false };
  }
}

function failureFor(error: unknown): Failure | undefined {
  const kindOf = classify(error);
  if (kindOf === 'conflict') return undefined;
  const message = error instanceof Error ? error.message : String(error);
  return { reason: isApiError(error) ? error.reason : 'Refused', message, terminal: kindOf === 'terminal' };
}

/** `Kind/namespace/name`. */
export function keyFor(kind: string, cr: KubeObject): string {
  return `${kind}/${cr.metadata.namespace ?? ''}/${cr.metadata.name}`;
}

function parseKey(key: string): { namespace: string; name: string } {
  const [, namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** The key of the resource that an object with our labels belongs to. */
export function ownerKey(kinds: readonly Kind[], object: KubeObject): string | undefined {
  const label = object.metadata.labels?.[Label.name];
  const name = object.metadata.labels?.[Label.instance];
  const kind = kinds.find((candidate) => candidate.declaration.kind.toLowerCase() === label);
  return kind === undefined || name === undefined
    ? undefined
    : `${kind.declaration.kind}/${object.metadata.namespace ?? ''}/${name}`;
}
