import type { Clock } from '../../src/kube/ports.ts';
import { Builtin, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { Label, MANAGED_BY } from '../../src/machines/engine/annotations.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { SandboxApi } from '../../src/sandbox/api.ts';
import type { StoreEvent } from '../../src/sandbox/store.ts';
import type { Request } from './faults.ts';

/** One promise, watched from outside: it sees the wire and the store, never what the operator thinks. */
export interface Check {
  sent?(request: Request): void;
  /** The process has its answer, or waits no more. */
  settled?(request: Request): void;
  /** At the server; `refused` is its own refusal, never one of the weather. */
  done?(request: Request, changed: boolean, refused: unknown): void;
  /** `by` is the operator's request that did it; undefined: a person, a controller or the garbage collector. */
  changed?(event: StoreEvent, by: Request | undefined): void;
  /** The workload has ended, and all was quiet for a while. */
  ended?(): void;
}

/** What the checks may ask. */
export interface Truth {
  readonly api: SandboxApi;
  readonly clock: Clock;
  readonly kinds: readonly Kind[];
  /** How many processes there are. */
  readonly processes: number;
  /** A person is at work at this very moment. */
  isPerson(): boolean;
  faults(): number;
  breach(invariant: string, message: string): void;
}

export const writes: readonly string[] = ['create', 'apply', 'replace', 'mergePatch', 'delete'];

export function find(
  truth: Pick<Truth, 'api'>,
  type: ResourceType,
  namespace: string,
  name: string,
): KubeObject | undefined {
  return truth.api.find(type, type.namespaced ? { namespace, name } : { name });
}

/** The kind whose label an object carries. */
export function kindOf(truth: Truth, object: KubeObject): Kind | undefined {
  const { labels } = object.metadata;
  if (labels?.[Label.managedBy] !== MANAGED_BY) return undefined;
  return truth.kinds.find((kind) => kind.declaration.kind.toLowerCase() === labels[Label.name]);
}

export function resourcesIn(truth: Truth, kind: string, namespace: string): readonly KubeObject[] {
  const type = truth.kinds.find((candidate) => candidate.declaration.kind === kind)?.type;
  return type === undefined ? [] : truth.api.list(type, { namespace }).items;
}

export function isTerminating(truth: Truth, namespace: string): boolean {
  const found = truth.api.find(Builtin.Namespace, { name: namespace });
  return found === undefined || found.metadata.deletionTimestamp !== undefined;
}

export function at(object: unknown, ...path: string[]): unknown {
  let value = object;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value;
}

export function nameOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

/** Names a resource as the annotation `owner` of its data does. */
export function ownerMark(object: KubeObject): { kind: string; name: string } | undefined {
  const mark = object.metadata.annotations?.['openstack.k8s.io/owner'];
  const [kind, name] = mark?.split('/') ?? [];
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

export function imageOf(object: KubeObject): string | undefined {
  const containers = at(object, 'spec', 'template', 'spec', 'containers') as { image?: string }[] | undefined;
  return containers?.[0]?.image;
}

/** What an image is of: those of one service with several are told by one name. */
export function releaseOf(image: string): string {
  return image.replace(/(^|\/)(nova|ovn)-[a-z-]+(?=[:@]|$)/, '$1$2-*');
}

/** The value of a variable of the environment of a Job. */
export function variableOf(job: KubeObject, name: string): string | undefined {
  const containers = at(job, 'spec', 'template', 'spec', 'containers') as {
    env?: { name: string; value?: string }[];
  }[];
  return containers?.[0]?.env?.find((one) => one.name === name)?.value;
}

/** By the declaration all Jobs of a kind with a database, but those that speak to Keystone only. */
export function isJobOnDatabase({ plan, children }: Kind, id: string): boolean {
  const usesDatabase = Object.values(plan.uses ?? {}).some(({ kind }) => kind === 'MariaDB');
  const isJob = [...children, ...(plan.cleanUp ?? [])].some((child) => child.id === id && child.type === Builtin.Job);
  return usesDatabase && isJob && !onCatalog.includes(id);
}

const onCatalog: readonly string[] = ['endpoint-create', 'endpoint-remove'];

/** The resource that an object was made by, with its kind: the one that controls it. */
export function makerOf(truth: Truth, object: KubeObject): { kind: Kind; cr: KubeObject } | undefined {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const kind = truth.kinds.find((candidate) => candidate.declaration.kind === owner?.kind);
  const cr = kind && find(truth, kind.type, object.metadata.namespace ?? '', owner?.name ?? '');
  return kind === undefined || cr === undefined || cr.metadata.uid !== owner?.uid ? undefined : { kind, cr };
}

/** All resources of our kinds in a namespace that this one made. */
export function madeBy(truth: Truth, maker: KubeObject): readonly KubeObject[] {
  return truth.kinds
    .flatMap((kind) => resourcesIn(truth, kind.declaration.kind, maker.metadata.namespace ?? ''))
    .filter(({ metadata: { ownerReferences = [] } }) =>
      ownerReferences.some(({ uid, controller }) => controller === true && uid === maker.metadata.uid),
    );
}

/** A control plane's phases, in order: kinds, which are the blocks of its spec. */
export const phases: readonly (readonly string[])[] = [
  ['MariaDB', 'RabbitMQ', 'Memcached', 'OVNNetwork'],
  ['Keystone'],
  ['Glance', 'Placement', 'Neutron', 'Nova'],
];

export function phaseOf(kind: string): number {
  return phases.findIndex((phase) => phase.includes(kind));
}

/** What a control plane says of a service; undefined: it is to have none. */
export function blockFor(controlPlane: KubeObject, kind: string): Readonly<Record<string, unknown>> | undefined {
  const spec = (controlPlane['spec'] ?? {}) as Record<string, Record<string, unknown>>;
  return Object.entries(spec).find(([field]) => field.toLowerCase() === kind.toLowerCase())?.[1];
}

export function hasCondition(object: KubeObject | undefined, type: string): boolean {
  const conditions = (at(object, 'status', 'conditions') ?? []) as { type: string; status: string }[];
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

/** The Job of which a change tells that it has succeeded: by its own condition, or earlier by its Pod's phase. */
export function succeededJob(truth: Pick<Truth, 'api'>, object: KubeObject): KubeObject | undefined {
  if (object.kind === 'Job') return hasCondition(object, 'Complete') ? object : undefined;
  if (object.kind !== 'Pod' || at(object, 'status', 'phase') !== 'Succeeded') return undefined;
  const { namespace = '', labels = {} } = object.metadata;
  const job = find(truth, Builtin.Job, namespace, labels['batch.kubernetes.io/job-name'] ?? '');
  const isIts = job?.metadata.uid === labels['batch.kubernetes.io/controller-uid'];
  return isIts && !hasCondition(job, 'Failed') ? job : undefined;
}

/** The names of the resources of a kind that this one uses. */
export function usedBy(truth: Truth, cr: KubeObject, kind: string): readonly string[] {
  const kindOf = truth.kinds.find((candidate) => candidate.declaration.kind === cr.kind);
  const uses = kindOf?.plan.uses ?? {};
  const parsed = kindOf?.declaration.spec.safeParse(cr['spec'] ?? {});
  if (parsed?.success !== true) return [];
  return Object.values(uses)
    .filter((use) => use.kind === kind)
    .flatMap((use) => use.ref(parsed.data) ?? []);
}
