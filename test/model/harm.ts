import type { Child } from '../../src/machines/engine/child.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { ledgerText, readLedger, type Ledger } from '../../src/machines/engine/ledger.ts';
import { selectorFor } from '../../src/machines/engine/ownership.ts';
import type { Scope } from '../../src/machines/engine/scope.ts';
import { storedStatus } from '../../src/machines/engine/status.ts';
import { Annotation, Label, MANAGED_BY } from '../../src/machines/engine/annotations.ts';
import { isApiError } from '../../src/kube/errors.ts';
import {
  apiVersionOf,
  Builtin,
  refOf,
  type KubeObject,
  type ObjectMeta,
  type ResourceType,
} from '../../src/kube/object.ts';
import type { Cluster } from './cluster.ts';
import { keeperOf, scopeOf } from './observed.ts';

/** Takes back what was done; what has gone meanwhile is as good. */
export type Undo = () => Promise<void>;

/** One resource in a cluster, and the hands of a person who means it no good. */
export interface Site {
  readonly cluster: Cluster;
  readonly kind: Kind;
  readonly name: string;
  /** Children as they were when deletion began, by id. */
  readonly backups: Map<string, KubeObject>;
}

export function crOf({ cluster, kind, name }: Site): KubeObject {
  const cr = cluster.get(kind.type, name);
  if (cr === undefined) throw new Error(`${kind.declaration.kind}/${name} is not there`);
  return cr;
}

export function scopeAt(site: Site): Scope<unknown> {
  return scopeOf(site.cluster, site.kind, crOf(site));
}

export function liveChild(site: Site, child: Child<unknown>): KubeObject | undefined {
  return site.cluster.get(child.type, child.nameIn(scopeAt(site)));
}

function mustLive(site: Site, child: Child<unknown>): KubeObject {
  const live = liveChild(site, child);
  if (live === undefined) throw new Error(`${child.type.kind} '${child.id}' is not there`);
  return live;
}

/** Somebody else's object has the name of the child, and the labels of ours; made before the operator can. */
export async function squat(site: Site, child: Child<unknown>, scope: Scope<unknown>): Promise<Undo> {
  const { cluster } = site;
  const ref = { namespace: cluster.namespace, name: child.nameIn(scope) };
  const labels = { ...selectorFor(scope, child.id), [Label.managedBy]: MANAGED_BY };
  const { due } = child.look(scope);
  const wanted = due !== undefined && 'object' in due ? due.object : {};
  const { apiVersion, kind } = { apiVersion: apiVersionOf(child.type), kind: child.type.kind };
  await cluster.client.create(child.type, { ...wanted, apiVersion, kind, metadata: { ...ref, labels } });
  return () => goneIsFine(cluster.client.delete(child.type, ref));
}

/** The user changes the spec. */
export async function say({ cluster, kind, name }: Site, spec: object): Promise<void> {
  await goneIsFine(cluster.client.mergePatch(kind.type, { namespace: cluster.namespace, name }, { spec }));
}

/** Somebody else says that the child is theirs. */
export async function seize(site: Site, child: Child<unknown>): Promise<Undo> {
  const { client } = site.cluster;
  const live = mustLive(site, child);
  const { annotations = {}, ownerReferences = [] } = live.metadata;
  const patch = (metadata: object) => client.mergePatch(child.type, refOf(live), { metadata });
  await patch({ annotations: { [Annotation.owner]: 'Somebody/else' }, ownerReferences: [] });
  return () =>
    goneIsFine(patch({ annotations: { [Annotation.owner]: annotations[Annotation.owner] }, ownerReferences }));
}

export async function remove(site: Site, child: Child<unknown>): Promise<void> {
  const live = mustLive(site, child);
  await site.cluster.client.delete(child.type, refOf(live), { propagationPolicy: 'Background' });
}

/** Deleted and put back from a backup, as an irreplaceable one has to be. */
export async function loseAndRestore(site: Site, child: Child<unknown>): Promise<Undo> {
  const live = mustLive(site, child);
  await remove(site, child);
  return async () => void (await site.cluster.client.create(child.type, backupOf(live)));
}

const finalizer = 'example.org/not-yet';

/** Another program's finalizer keeps it from going. */
export async function hold(cluster: Cluster, type: ResourceType, live: KubeObject): Promise<Undo> {
  const patch = (finalizers: readonly string[]) =>
    cluster.client.mergePatch(type, refOf(live), { metadata: { finalizers } });
  await patch([...(live.metadata.finalizers ?? []), finalizer]);
  return () => letGo(cluster, type, live);
}

/** Takes the finalizer away, and no other that came or went meanwhile. */
async function letGo({ client }: Cluster, type: ResourceType, object: KubeObject): Promise<void> {
  for (;;) {
    try {
      const { resourceVersion, finalizers = [] } = (await client.get(type, refOf(object))).metadata;
      if (!finalizers.includes(finalizer)) return;
      const metadata = { resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) };
      await client.mergePatch(type, refOf(object), { metadata });
      return;
    } catch (error) {
      if (isApiError(error, 'NotFound')) return;
      if (!isApiError(error, 'Conflict')) throw error;
    }
  }
}

/** Put back from a backup while its owner is being deleted; a finalizer keeps it long enough to be seen. */
export async function restore(cluster: Cluster, type: ResourceType, backup: KubeObject): Promise<Undo> {
  const metadata = { ...backup.metadata, finalizers: [finalizer] };
  const live = await cluster.client.create(type, { ...backup, metadata });
  return () => letGo(cluster, type, live);
}

/** The object without what the server added. */
export function backupOf(live: KubeObject): KubeObject {
  const { status: _, ...rest } = live;
  const { name, namespace, labels = {}, annotations = {}, ownerReferences = [] } = live.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels, annotations, ownerReferences };
  const backup = { ...rest, apiVersion: live.apiVersion, kind: live.kind, metadata };
  return live.kind === 'Job' ? withoutController(backup) : backup;
}

/** The server ties a Job to its Pods by labels with its uid, and refuses them on a Job with another one. */
function withoutController(job: KubeObject): KubeObject {
  const { selector: _, template, ...spec } = job['spec'] as { selector?: object; template: { metadata?: ObjectMeta } };
  const own = ([label]: [string, string]): boolean => !/(^|\/)(controller-uid|job-name)$/.test(label);
  const metadata = (of: ObjectMeta): ObjectMeta => ({
    ...of,
    labels: Object.fromEntries(Object.entries(of.labels ?? {}).filter(own)),
  });
  const pods = template.metadata === undefined ? template : { ...template, metadata: metadata(template.metadata) };
  return { ...job, metadata: metadata(job.metadata), spec: { ...spec, template: pods } };
}

/**
 * The record is replaced, as by a backup from before, while the operator is away; and the child it is about, if it is a
 * Job, is gone with its Pods, as are those that it would have to wait for.
 */
export async function rewrite(site: Site, child: Child<unknown>, edit: (ledger: Ledger) => Ledger): Promise<void> {
  const { cluster, kind } = site;
  await cluster.stopOperator();
  const cr = crOf(site);
  const { machine } = storedStatus(cr) ?? {};
  const keeper = keeperOf(cluster, kind, cr);
  const ledger = edit(readLedger(keeper?.metadata.annotations?.[Annotation.record], machine?.record));
  const status = { ...(cr['status'] as object), machine: { ...machine, record: ledger } };
  await cluster.client.replace(kind.type, { ...cr, status }, { subresource: 'status' });
  if (keeper !== undefined) {
    const annotations = { [Annotation.record]: ledgerText(ledger) };
    await cluster.client.mergePatch(Builtin.Secret, refOf(keeper), { metadata: { annotations } });
  }
  const isHeldBy = (other: Child<unknown>) =>
    other.lock !== undefined && other.lock.name === child.lock?.name && other.lock.holds(scopeAt(site)) !== undefined;
  for (const job of [child, ...kind.children.filter((other) => other.id !== child.id && isHeldBy(other))]) {
    if (job.verb !== 'run' || liveChild(site, job) === undefined) continue;
    await remove(site, job);
    const labels = selectorFor(scopeAt(site), job.id);
    const isGone = () => liveChild(site, job) === undefined && cluster.list(Builtin.Pod, labels).length === 0;
    if (!(await cluster.until(isGone))) throw new Error(`the Pods of the Job '${job.id}' do not go`);
  }
  // Seen as it was for one more moment, it would be on record again.
  if (!(await cluster.until(() => !child.look(scopeAt(site)).settled))) throw new Error(`'${child.id}' stays settled`);
  await cluster.startOperator();
}

/** The state that is stored is another one, as in a backup of another time. */
export async function putStateBack(site: Site, state: string): Promise<void> {
  const { cluster, kind } = site;
  await cluster.stopOperator();
  const cr = crOf(site);
  const status = cr['status'] as { machine?: object };
  const restored = { ...status, machine: { ...status.machine, state } };
  await cluster.client.replace(kind.type, { ...cr, status: restored }, { subresource: 'status' });
  await cluster.startOperator();
}

export async function goneIsFine(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}
