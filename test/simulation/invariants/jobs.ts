import type { KubeObject } from '../../../src/kube/object.ts';
import { Builtin } from '../../../src/kube/object.ts';
import { Label } from '../../../src/machines/engine/annotations.ts';
import { at, find, hasCondition, imageOf, kindOf, nameOf, usedBy, type Check, type Truth } from '../truth.ts';

const onDatabase: readonly string[] = ['db-create', 'db-sync', 'bootstrap', 'db-drop'];

/** I1 to I3 and I14: what runs on a database runs in order, alone, once, and only on a MariaDB that was Ready. */
export function jobs(truth: Truth): Check {
  /** Resource and Job → image and data of the last run that succeeded. */
  const succeeded = new Map<string, string>();
  const counted = new Set<string>();
  const running = new Map<string, Set<string>>();
  const readyOnce = new Set<string>();

  const resource = ({ metadata: { namespace, labels } }: KubeObject) =>
    `${namespace}/${labels?.[Label.name]}/${labels?.[Label.instance]}`;
  const component = (object: KubeObject) => object.metadata.labels?.[Label.component] ?? '';
  const dataOf = (object: KubeObject): string => {
    const namespace = object.metadata.namespace ?? '';
    const kind = kindOf(truth, object);
    const cr = kind && find(truth, kind.type, namespace, object.metadata.labels?.[Label.instance] ?? '');
    const claim = find(
      truth,
      Builtin.PersistentVolumeClaim,
      namespace,
      `data-${at(cr, 'spec', 'mariadbRef') ?? 'mariadb'}-0`,
    );
    return claim?.metadata.uid ?? 'none';
  };
  const runOf = (object: KubeObject) => `${imageOf(object)} on ${dataOf(object)}`;

  function needsOf(object: KubeObject): readonly string[] {
    const kind = kindOf(truth, object);
    const cr =
      kind && find(truth, kind.type, object.metadata.namespace ?? '', object.metadata.labels?.[Label.instance] ?? '');
    if (kind === undefined || cr === undefined) return [];
    const needed = object.kind === 'Deployment' ? ['MariaDB', 'Memcached'] : ['MariaDB'];
    return needed.flatMap((need) => usedBy(truth, cr, need).map((name) => `${need}/${name}`));
  }

  return {
    changed: ({ type, object, previous }, by) => {
      if (truth.kinds.some((kind) => kind.declaration.kind === object.kind)) {
        if (hasCondition(object, 'Ready')) readyOnce.add(`${object.metadata.namespace}/${nameOf(object)}`);
        return;
      }
      if (kindOf(truth, object) === undefined) return;
      const begins = type === 'ADDED' && by !== undefined && (object.kind === 'Job' || object.kind === 'Deployment');
      if (begins) {
        for (const need of needsOf(object)) {
          if (!readyOnce.has(`${object.metadata.namespace}/${need}`))
            truth.breach('I14', `${nameOf(object)} was created before ${need} had been Ready`);
        }
      }
      const job = `${resource(object)}/${component(object)}`;
      if (object.kind === 'Job' && onDatabase.includes(component(object))) {
        if (type === 'ADDED' && component(object) === 'db-sync' && succeeded.get(job) === runOf(object))
          truth.breach('I3', `${nameOf(object)} runs again with ${runOf(object)}, which had succeeded`);
        if (hasCondition(object, 'Complete') && !counted.has(object.metadata.uid ?? '')) {
          counted.add(object.metadata.uid ?? '');
          succeeded.set(job, runOf(object));
        }
      }
      if (object.kind === 'Pod' && onDatabase.includes(component(object))) {
        const phase = at(object, 'status', 'phase');
        const pods = running.get(resource(object)) ?? new Set();
        running.set(resource(object), pods);
        if (type === 'DELETED' || phase === 'Succeeded' || phase === 'Failed') pods.delete(object.metadata.name);
        else pods.add(object.metadata.name);
        if (type === 'ADDED' && pods.size > 1) truth.breach('I2', `at once: ${[...pods].join(', ')}`);
      }
      const rolls =
        object.kind === 'Deployment' && type !== 'DELETED' && imageOf(object) !== (previous && imageOf(previous));
      if (rolls && kindOf(truth, object)?.children.some((child) => child.id === 'db-sync') === true) {
        if (succeeded.get(`${resource(object)}/db-sync`) !== runOf(object))
          truth.breach('I1', `${nameOf(object)} has ${imageOf(object)} before its schema was made`);
      }
    },
  };
}
