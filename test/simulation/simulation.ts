import { Builtin, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { VirtualClock } from '../../src/kube/virtual-clock.ts';
import { Label } from '../../src/machines/engine/annotations.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import { GROUP, VERSION } from '../../src/machines/engine/kind.ts';
import { kinds as allKinds } from '../../src/machines/index.ts';
import { seeded } from '../../src/sandbox/test-world.ts';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { Fleet, ownNamespace, type Defect } from './fleet.ts';
import { invariants } from './invariants.ts';
import { Network, type Weather } from './network.ts';
import { stateOf, type Outcome } from './oracle.ts';
import { at, hasCondition, ownerMark, type Truth } from './truth.ts';
import type { Stage, Workload } from './workload.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly weather: Weather | undefined;
  /** Processes; 1 unless said otherwise. */
  readonly size?: number;
  readonly defect?: Defect;
  /** Done by people while the story goes on, at times they choose. */
  readonly meddle?: (stage: Stage, after: (ms: number, run: () => Promise<void>) => void) => void;
}

/** What one run was, and what was wrong with it. */
export interface Report extends Outcome {
  readonly breaches: readonly string[];
  readonly requests: number;
  readonly events: number;
  readonly steps: number;
  readonly faults: readonly string[];
  readonly log: Network['log'];
}

const minute = 60_000;
const namespace = 'cloud';
/** Longer than any back-off, lease, watchdog and retry of a Job together. */
const longest = 90 * minute;

/**
 * One workload in one weather, from an empty cluster to half an hour of quiet. The same options give the same run.
 */
export async function simulate(workload: Workload, options: SimulationOptions): Promise<Report> {
  const clock = new VirtualClock();
  const random = seeded(options.seed);
  const world = startWorld({ clock, random });
  const breaches: string[] = [];
  const breach = (invariant: string, message: string): void => {
    const said = `${invariant}: ${message}`;
    if (breaches.length < 10 && !breaches.includes(said)) breaches.push(said);
  };
  const kinds = allKinds.filter((kind) => workload.kinds.includes(kind.declaration.kind));
  const size = options.size ?? 1;
  const log: string[] = [];
  let atWork = false;
  const truth: Truth = {
    api: world.api,
    clock,
    kinds,
    processes: size,
    isPerson: () => atWork,
    faults: () => network.faults.length,
    breach,
  };
  const { all, traffic } = invariants(truth, log);
  const network = new Network(clock, world.api.store, {
    sent: (request) => all.forEach((check) => check.sent?.(request)),
    settled: (request) => all.forEach((check) => check.settled?.(request)),
    done: (request, changed, refused) => all.forEach((check) => check.done?.(request, changed, refused)),
  });
  network.weather = options.weather;
  const counts = new Map<string, number>();
  const values = new Map<string, string>();
  world.api.store.subscribe(undefined, (event) => {
    network.steps += 1;
    count(counts, event.type, event.object, atWork);
    if (event.object.kind === 'Secret') noteValues(values, event.object);
    for (const check of all) check.changed?.(event, network.writer);
  });
  const person = world.client({ manager: 'kubectl' });
  const byPerson = <T>(run: () => Promise<T>): Promise<T> => {
    atWork = true;
    // The sandbox does all of it before it returns its promise.
    const done = run();
    atWork = false;
    return done;
  };
  await person.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ownNamespace } });
  await person.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const kind of kinds) await person.create(Builtin.CustomResourceDefinition, crdFor(kind));
  const stage = stageOn(world, clock, kinds, byPerson);
  const fleet = new Fleet({
    world,
    clock,
    network,
    kinds,
    seed: options.seed,
    size,
    defect: options.defect ?? {},
    log,
    onBroken: (message) => breach('alive', message),
  });
  try {
    if (workload.before !== undefined) {
      fleet.start();
      await workload.before(stage);
      await clock.advance(minute);
      network.isOpen = true;
    } else {
      network.isOpen = true;
      fleet.start();
    }
    options.meddle?.(stage, (ms, run) => clock.after(ms, () => void (network.isOpen && run())));
    await workload.story(stage);
    network.isOpen = false;
    await quiet();
  } catch (error) {
    if (!(error instanceof Stuck)) throw error;
    breach('L1', error.message);
  }
  const state = stateOf(
    world.api,
    kinds.map((kind) => kind.type),
    values,
  );
  fleet.stop();
  world.stop();
  return {
    breaches,
    state,
    counts,
    requests: network.requests,
    events: network.events,
    steps: network.steps,
    faults: network.faults.map(({ at, fault }) => `${fault} at ${at}`),
    log: network.log,
  };

  /** What is under way ends, and then nothing is written for half an hour. */
  async function quiet(): Promise<void> {
    await stage.until('every process runs, and every request has ended', () => fleet.isWhole && network.pending === 0);
    await clock.advance(3 * minute);
    const before = traffic.count();
    await clock.advance(30 * minute);
    if (traffic.count() > before)
      breach('I12', `${traffic.count() - before} writes after the end, the last one ${traffic.last()}`);
    for (const check of all) check.ended?.();
  }
}

/** Something that has to come never came. */
class Stuck extends Error {}

function stageOn(
  world: World,
  clock: VirtualClock,
  kinds: typeof allKinds,
  byPerson: <T>(run: () => Promise<T>) => Promise<T>,
): Stage {
  const person = world.client({ manager: 'kubectl' });
  const find = (type: ResourceType, name: string) =>
    world.api.find(type, type.namespaced ? { namespace, name } : { name });
  const typeOf = (name: string): ResourceType => {
    const kind = kinds.find((candidate) => candidate.declaration.kind === name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    return kind.type;
  };
  const resource = (id: string): KubeObject | undefined => {
    const [kind = '', name = ''] = id.split('/');
    return find(typeOf(kind), name);
  };
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    if (await clock.until(holds, longest)) return;
    const waiting = kinds
      .flatMap((kind) => world.api.list(kind.type).items)
      .map((cr) => {
        const { state, waitingFor } = (cr['status'] ?? {}) as { state?: string; waitingFor?: string };
        return `${cr.kind} is ${state ?? 'new'}${waitingFor === undefined ? '' : `, waiting for: ${waitingFor}`}`;
      });
    throw new Stuck(`it never came that ${what}: ${waiting.join('; ')}`);
  };
  return {
    person: Object.fromEntries(
      Object.entries(person).map(([verb, run]) => [
        verb,
        (...given: never[]) => byPerson(() => (run as (...all: never[]) => Promise<unknown>)(...given)),
      ]),
    ) as never,
    typeOf,
    find,
    until,
    pass: (ms) => clock.advance(ms),
    apply: async (kind, name, spec = {}) => {
      const object = { apiVersion: `${GROUP}/${VERSION}`, kind, metadata: { namespace, name }, spec };
      await byPerson(() => person.apply(typeOf(kind), object));
    },
    patch: async (kind, name, patch) =>
      void (await byPerson(() => person.mergePatch(typeOf(kind), { namespace, name }, patch))),
    remove: async (type, name) =>
      byPerson(() =>
        person.delete(type, type.namespaced ? { namespace, name } : { name }, { propagationPolicy: 'Background' }),
      ),
    behave: (component, behaviour) =>
      world.behave((pod) => pod.metadata.labels?.[Label.component] === component, behaviour),
    ready: async (...ids) => until(`${ids.join(', ')} is Ready`, () => ids.every((id) => isReady(resource(id)))),
    gone: async (...ids) => until(`${ids.join(', ')} is gone`, () => ids.every((id) => resource(id) === undefined)),
  };
}

function isReady(cr: KubeObject | undefined): boolean {
  return (
    cr !== undefined && hasCondition(cr, 'Ready') && at(cr, 'status', 'observedGeneration') === cr.metadata.generation
  );
}

const counted: readonly string[] = [
  'Secret',
  'ConfigMap',
  'Service',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'PersistentVolumeClaim',
  ...allKinds.map(({ declaration }) => declaration.kind),
];

/** Creations and deletions by name; Pods by who controls them, for their names are random. */
function count(counts: Map<string, number>, type: string, object: KubeObject, byPerson: boolean): void {
  if (type === 'MODIFIED' || byPerson) return;
  const verb = type === 'ADDED' ? 'created' : 'deleted';
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const what =
    object.kind === 'Pod' && owner?.kind === 'Job'
      ? `a Pod of Job/${owner.name}`
      : counted.includes(object.kind)
        ? `${object.kind}/${object.metadata.namespace}/${object.metadata.name}`
        : undefined;
  if (what !== undefined) counts.set(`${verb} ${what}`, (counts.get(`${verb} ${what}`) ?? 0) + 1);
}

/** Every value that was ever in a generated Secret, to be told by its name. */
function noteValues(values: Map<string, string>, secret: KubeObject): void {
  const { name, ownerReferences = [] } = secret.metadata;
  if (ownerReferences.length > 0 || (ownerMark(secret) === undefined && secret.metadata.namespace !== ownNamespace))
    return;
  for (const [key, value] of Object.entries((secret['data'] ?? {}) as Record<string, string>))
    values.set(Buffer.from(value, 'base64').toString('latin1'), `${name}/${key}`);
}
