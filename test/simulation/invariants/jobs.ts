import type { KubeObject } from '../../../src/kube/object.ts';
import { Builtin } from '../../../src/kube/object.ts';
import { Annotation, Label } from '../../../src/machines/engine/annotations.ts';
import type { Kind } from '../../../src/machines/engine/kind.ts';
import {
  at,
  find,
  hasCondition,
  imageOf,
  isJobOnDatabase,
  kindOf,
  nameOf,
  releaseOf,
  succeededJob,
  usedBy,
  variableOf,
  type Check,
  type Truth,
} from '../truth.ts';

/** Job → what a run of it stands for, besides its data: it succeeds once for each. */
const once: Readonly<Record<string, (job: KubeObject) => string | undefined>> = {
  'db-sync': imageOf,
  'online-migrations': imageOf,
  'cell-setup': (job) => variableOf(job, 'CELL'),
};

/** What a thing is not begun without, if its resource uses such a one: to be there is not enough, it was Ready once. */
const needed: Readonly<Record<'database' | 'catalog' | 'workload', readonly string[]>> = {
  database: ['MariaDB'],
  catalog: ['Keystone'],
  workload: ['MariaDB', 'Memcached', 'RabbitMQ', 'OVNNetwork', 'Keystone'],
};

const workloads: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** I1 to I3 and I14: what runs on a database runs in order, alone, once, and only on what was Ready. */
export function jobs(truth: Truth): Check {
  /** Resource and Job → what its last run that succeeded stood for. */
  const succeeded = new Map<string, string>();
  /** The same, as the operator said it. */
  const keys = new Map<string, string>();
  const counted = new Set<string>();
  const running = new Map<string, Set<string>>();
  const readyOnce = new Set<string>();

  const resource = ({ metadata: { namespace, labels } }: KubeObject) =>
    `${namespace}/${labels?.[Label.name]}/${labels?.[Label.instance]}`;
  const component = (object: KubeObject) => object.metadata.labels?.[Label.component] ?? '';
  const ownerOf = (object: KubeObject): { kind: Kind; cr: KubeObject } | undefined => {
    const kind = kindOf(truth, object);
    const name = object.metadata.labels?.[Label.instance] ?? '';
    const cr = kind && find(truth, kind.type, object.metadata.namespace ?? '', name);
    return kind === undefined || cr === undefined ? undefined : { kind, cr };
  };
  const dataOf = (object: KubeObject): string => {
    const ref = at(ownerOf(object)?.cr, 'spec', 'mariadbRef') ?? 'mariadb';
    const claim = find(truth, Builtin.PersistentVolumeClaim, object.metadata.namespace ?? '', `data-${ref}-0`);
    return claim?.metadata.uid ?? 'none';
  };
  const isOnDatabase = (object: KubeObject): boolean => {
    const kind = kindOf(truth, object);
    return kind !== undefined && isJobOnDatabase(kind, component(object));
  };
  const runOf = (object: KubeObject) =>
    `${releaseOf((once[component(object)] ?? imageOf)(object) ?? '')} on ${dataOf(object)}`;

  /** By hand what every cloud relies on, and by the declaration what the step of this child needs. */
  function needsOf(object: KubeObject): readonly string[] {
    const owner = ownerOf(object);
    if (owner === undefined) return [];
    const { kind, cr } = owner;
    const isJob = object.kind === 'Job';
    const sort = !isJob ? 'workload' : isJobOnDatabase(kind, component(object)) ? 'database' : 'catalog';
    const step = Object.values(kind.plan.steps).find(({ apply }) => apply.some(({ id }) => id === component(object)));
    const declared = (step?.needs ?? []).map((need) => kind.plan.uses?.[need]?.kind ?? '');
    return [...new Set([...needed[sort], ...declared])].flatMap((need) =>
      usedBy(truth, cr, need).map((name) => `${need}/${name}`),
    );
  }

  /** What a Job builds on: the database, and then its schema. */
  const builtOn = (object: KubeObject): readonly string[] =>
    ({ 'db-create': [], 'db-sync': ['db-create'] })[component(object)] ?? ['db-create', 'db-sync'];

  const runnerOf = (object: KubeObject) => `${resource(object)}/${component(object)}`;
  const keyOf = (object: KubeObject) => object.metadata.annotations?.[Annotation.key];

  function begins(object: KubeObject): void {
    const job = runnerOf(object);
    const key = keyOf(object);
    const isCleanUp = kindOf(truth, object)?.plan.cleanUp?.some(({ id }) => id === component(object)) === true;
    if (component(object) in once && succeeded.get(job) === runOf(object))
      truth.breach('I3', `${nameOf(object)} runs again with ${runOf(object)}, which had succeeded`);
    if (!isCleanUp && keys.get(job) === key)
      truth.breach('I3', `${nameOf(object)} runs again for ${key}, which had succeeded`);
    if (!isCleanUp && isOnDatabase(object)) {
      const missing = builtOn(object).find((id) => !succeeded.has(`${resource(object)}/${id}`));
      if (missing !== undefined) truth.breach('I1', `${nameOf(object)} begins before ${missing} had succeeded`);
    }
  }

  function ended(object: KubeObject): void {
    if (counted.has(object.metadata.uid ?? '')) return;
    counted.add(object.metadata.uid ?? '');
    succeeded.set(runnerOf(object), runOf(object));
    const key = keyOf(object);
    if (key !== undefined) keys.set(runnerOf(object), key);
  }

  function alone(object: KubeObject, type: string): void {
    const phase = at(object, 'status', 'phase');
    const pods = running.get(resource(object)) ?? new Set();
    running.set(resource(object), pods);
    if (type === 'DELETED' || phase === 'Succeeded' || phase === 'Failed') pods.delete(object.metadata.name);
    else pods.add(object.metadata.name);
    if (type === 'ADDED' && pods.size > 1) truth.breach('I2', `at once: ${[...pods].join(', ')}`);
  }

  return {
    changed: ({ type, object, previous }, by) => {
      if (truth.kinds.some((kind) => kind.declaration.kind === object.kind)) {
        if (hasCondition(object, 'Ready')) readyOnce.add(`${object.metadata.namespace}/${nameOf(object)}`);
        return;
      }
      const kind = kindOf(truth, object);
      if (kind === undefined) return;
      const isWorkload = workloads.includes(object.kind ?? '');
      if (type === 'ADDED' && by !== undefined && (object.kind === 'Job' || isWorkload)) {
        for (const need of needsOf(object)) {
          if (!readyOnce.has(`${object.metadata.namespace}/${need}`))
            truth.breach('I14', `${nameOf(object)} was created before ${need} had been Ready`);
        }
      }
      if (object.kind === 'Job' && type === 'ADDED') begins(object);
      const done = succeededJob(truth, object);
      if (done !== undefined) ended(done);
      if (object.kind === 'Pod' && isOnDatabase(object)) alone(object, type);
      const rolls = isWorkload && type !== 'DELETED' && imageOf(object) !== (previous && imageOf(previous));
      if (rolls && kind.children.some((child) => child.id === 'db-sync')) {
        if (succeeded.get(`${resource(object)}/db-sync`) !== runOf(object))
          truth.breach('I1', `${nameOf(object)} has ${imageOf(object)} before its schema was made`);
      }
    },
  };
}
