import type { KubeObject } from '../../src/kube/object.ts';
import { Annotation } from '../../src/machines/engine/annotations.ts';
import { decide } from '../../src/machines/engine/decide.ts';
import { deletionSteps, type Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { View } from '../../src/machines/engine/observe.ts';
import { storedStatus } from '../../src/machines/engine/status.ts';
import { isReady } from '../support/cloud.ts';
import type { Cluster } from './cluster.ts';
import { isSame, type Disturbances } from './disturbances.ts';
import { arrowName, type Change, type Leg, type Path, type When } from './graph.ts';
import { backupOf, goneIsFine, liveChild, putStateBack, type Site, type Undo } from './harm.ts';
import type { Means } from './means.ts';
import { observed } from './observed.ts';
import { crFor, hasDeletionPolicy, merged, nameFor, peersOf } from './specs.ts';

export interface Replay {
  readonly path: Path;
  /** Arrows that the operator followed, by name. */
  readonly seen: ReadonlySet<string>;
  readonly used: readonly Means[];
  /** What was wrong; undefined when all went as the machine says. */
  readonly failure: string | undefined;
}

export interface Subject {
  readonly kind: Kind;
  readonly disturbances: Disturbances;
}

/**
 * Walks one path in a fresh cluster. After each event the machine has to rest where `decide` says for the facts of the
 * cluster, which have to be those of the path; at the end everything is left in peace and has to come to a good end.
 */
export async function replay(subject: Subject, path: Path, cluster: Cluster, favourite?: Means): Promise<Replay> {
  const walk = new Walk(subject, cluster, favourite);
  let failure: string | undefined;
  try {
    await walk.begin(path);
    for (const leg of path.legs) await walk.follow(leg);
    await walk.leaveInPeace();
  } catch (error) {
    failure = `${walk.story.join(', then ')}: ${error instanceof Error ? error.message : String(error)}`;
  }
  await cluster.close();
  return { path, seen: new Set(walk.passed(0)), used: walk.used, failure };
}

class Walk {
  readonly story: string[] = [];
  readonly used: Means[] = [];
  readonly #subject: Subject;
  readonly #site: Site;
  readonly #favourite: Means | undefined;
  /** What is to be taken back, by step, the latest last. */
  readonly #open = new Map<string, Undo[]>();

  constructor(subject: Subject, cluster: Cluster, favourite: Means | undefined) {
    this.#subject = subject;
    this.#favourite = favourite;
    this.#site = { cluster, kind: subject.kind, name: nameFor(subject.kind), backups: new Map() };
  }

  /** The arrows followed since the `from`-th. */
  passed(from: number): string[] {
    const { cluster, kind } = this.#site;
    return cluster.passages
      .slice(from)
      .filter((passage) => passage.kind === kind.declaration.kind)
      .map(arrowName);
  }

  /** What it uses is Ready; it exists, and every step is held back. */
  async begin(path: Path): Promise<void> {
    const { cluster, kind, name } = this.#site;
    const { disturbances } = this.#subject;
    this.story.push('brought up');
    await cluster.startOperator();
    await this.#bringUp(kind);
    for (const step of kind.stepNames) await this.#hold(step);
    const endsByStep = path.legs.some((leg) => leg.change.fact === 'deletion');
    const policy = endsByStep && hasDeletionPolicy(kind) ? { deletionPolicy: 'Delete' } : {};
    const spec = kind.stepNames.map((step) => disturbances.hold(step)?.spec ?? {}).reduce(merged, policy);
    await cluster.client.create(
      kind.type,
      crFor(kind, cluster.namespace, name, spec as Readonly<Record<string, unknown>>),
    );
    const { state } = path.start;
    const first = kind.stepNames.find((step) => disturbances.initial(step) !== 'done');
    const stands = (view: View) => first === undefined || view.facts.steps[first]?.is === disturbances.initial(first);
    await this.#until(`rests in ${state}`, () => this.#restsIn(state, stands));
  }

  async follow({ change, when, rests, crosses }: Leg): Promise<void> {
    const { cluster, kind } = this.#site;
    this.story.push(describeChange(change));
    const before = cluster.passages.length;
    const isAtRest = await this.#make(change, when);
    const hasCrossed = () => {
      const passed = this.passed(before);
      return crosses.every((arrow) => passed.includes(arrowName(arrow)));
    };
    const wanted = `rests in ${rests}, by ${crosses.map(arrowName).join(', ') || 'no arrow'}`;
    if (!isAtRest) await this.#until(wanted, hasCrossed);
    else if (rests === `Deleting.${deletionSteps.at(-1)}`)
      await this.#until(wanted, () => hasCrossed() && this.#cr() === undefined);
    else {
      await this.#until(wanted, () => hasCrossed() && this.#restsIn(rests, (view) => isTrue(view, change)));
      const history = storedStatus(this.#cr() ?? crFor(kind, '', ''))?.machine.history.map(arrowName) ?? [];
      const unsaid = crosses.map(arrowName).filter((name) => !history.includes(name));
      if (unsaid.length > 0) throw new Error(`status.machine.history does not tell of ${unsaid.join(', ')}`);
    }
  }

  /** Nothing holds it any more: it comes up whole, or it goes, with its data or without. */
  async leaveInPeace(): Promise<void> {
    const { cluster, kind, name } = this.#site;
    this.story.push('left in peace');
    const cr = this.#cr();
    for (const undo of [...this.#open.values()].flat().toReversed()) await undo();
    this.#open.clear();
    if (cr === undefined || cr.metadata.deletionTimestamp !== undefined) {
      await this.#until('is gone', () => this.#cr() === undefined);
      if (cr !== undefined) this.#checkData(cr);
      return;
    }
    const ref = { namespace: cluster.namespace, name };
    const annotations = { [Annotation.paused]: null };
    await cluster.client.mergePatch(kind.type, ref, { metadata: { annotations } });
    const isWhole = (view: View) =>
      Object.values(view.facts.steps).every(({ is, healthy }) => is === 'done' && healthy);
    await this.#until('is Ready', () => isReady(this.#cr()) && this.#restsIn('Ready', isWhole));
  }

  /** `Retain` leaves what holds data, `Delete` nothing of it. */
  #checkData(cr: KubeObject): void {
    const { cluster } = this.#site;
    const goes = (cr['spec'] as { deletionPolicy?: string } | undefined)?.deletionPolicy === 'Delete';
    for (const [id, backup] of this.#site.backups) {
      const child = this.#subject.kind.children.find((one) => one.id === id);
      if (child?.holds !== 'data' || child.verb === 'require') continue;
      const isThere = cluster.get(child.type, backup.metadata.name) !== undefined;
      if (isThere === goes)
        throw new Error(`${backup.kind}/${backup.metadata.name} is ${isThere ? 'still there' : 'gone'}`);
    }
  }

  /** Makes the change real; true where it lasts. */
  async #make(change: Change, when: When): Promise<boolean> {
    const { cluster, kind, name } = this.#site;
    const ref = { namespace: cluster.namespace, name };
    switch (change.fact) {
      case 'lifecycle':
        if (change.is === 'deleting') {
          this.#keepBackups();
          for (const step of deletionSteps) await this.#hold(step);
          await cluster.client.delete(kind.type, ref);
        } else {
          const annotations = { [Annotation.paused]: change.is === 'paused' ? 'true' : null };
          await cluster.client.mergePatch(kind.type, ref, { metadata: { annotations } });
        }
        return true;
      case 'stored':
        await putStateBack(this.#site, change.is);
        return true;
      case 'step':
      case 'deletion': {
        if (change.is === 'done') {
          await this.#release(change.step);
          return true;
        }
        const fitting = this.#subject.disturbances.means.filter(
          (one) => one.when === when && isSame(one.change, change),
        );
        const means = fitting.find((one) => one === this.#favourite) ?? fitting[0];
        if (means === undefined) throw new Error('nothing can bring this about');
        this.story.push(`because ${means.says}`);
        this.used.push(means);
        const { undo, rests, alone = false } = await means.begin(this.#site);
        if (alone) await this.#release(change.step);
        this.#toUndo(change.step, undo);
        return rests;
      }
    }
  }

  #keepBackups(): void {
    for (const child of this.#subject.kind.children) {
      const live = child.verb === 'require' ? undefined : liveChild(this.#site, child);
      if (live?.metadata.annotations?.[Annotation.owner] !== undefined)
        this.#site.backups.set(child.id, backupOf(live));
    }
  }

  async #hold(step: string): Promise<void> {
    const hold = this.#subject.disturbances.hold(step);
    if (hold !== undefined) this.#toUndo(step, await hold.begin(this.#site));
  }

  async #release(step: string): Promise<void> {
    for (const undo of (this.#open.get(step) ?? []).toReversed()) await undo();
    this.#open.delete(step);
  }

  #toUndo(step: string, undo: Undo): void {
    this.#open.set(step, [...(this.#open.get(step) ?? []), undo]);
  }

  async #bringUp(kind: Kind): Promise<void> {
    const { cluster } = this.#site;
    for (const peer of peersOf(kind, cluster.kinds)) {
      await this.#bringUp(peer.kind);
      await goneIsFine(cluster.client.apply(peer.kind.type, crFor(peer.kind, cluster.namespace, peer.name)));
      const at = `${peer.kind.declaration.kind}/${peer.name}`;
      await this.#until(`finds ${at} Ready`, () => isReady(cluster.get(peer.kind.type, peer.name)));
    }
  }

  #cr(): KubeObject | undefined {
    return this.#site.cluster.get(this.#subject.kind.type, this.#site.name);
  }

  /** In that state by the status, and by the facts too. */
  #restsIn(state: string, holds: (view: View) => boolean): boolean {
    const { cluster, kind } = this.#site;
    const cr = this.#cr();
    const position = cr === undefined ? undefined : storedStatus(cr)?.machine;
    if (cr === undefined || position?.state !== state) return false;
    const view = observed(cluster, kind, cr);
    return holds(view) && decide(kind, position, view.facts).state === state;
  }

  async #until(wanted: string, holds: () => boolean): Promise<void> {
    if (await this.#site.cluster.until(holds)) return;
    const cr = this.#cr();
    if (cr === undefined) throw new Error(`it never ${wanted}: it is gone`);
    const { facts } = observed(this.#site.cluster, this.#subject.kind, cr);
    const { state, waitingFor } = storedStatus(cr) ?? { state: 'no state' };
    const said = Object.entries({ ...facts.steps, ...(facts.lifecycle === 'deleting' ? facts.deletion : {}) });
    throw new Error(
      `it never ${wanted}: it is ${facts.lifecycle} in ${state}, waiting for: ${waitingFor ?? 'nothing'}; ` +
        said.map(([step, { is }]) => `${step} ${is}`).join(', '),
    );
  }
}

function isTrue({ facts }: View, change: Change): boolean {
  const is = (found: { readonly is: Progress } | undefined): boolean => 'step' in change && found?.is === change.is;
  switch (change.fact) {
    case 'lifecycle':
      return facts.lifecycle === change.is;
    case 'step':
      return is(facts.steps[change.step]);
    case 'deletion':
      return is(facts.deletion[change.step]);
    case 'stored':
      return true;
  }
}

export function describeChange(change: Change): string {
  switch (change.fact) {
    case 'lifecycle':
      return `it becomes ${change.is}`;
    case 'stored':
      return `a status is put back that says ${change.is}`;
    case 'step':
    case 'deletion':
      return `${change.step} becomes ${change.is}`;
  }
}
