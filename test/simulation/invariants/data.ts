import { Builtin, type KubeObject } from '../../../src/kube/object.ts';
import { at, blockFor, find, isTerminating, makerOf, nameOf, ownerMark, type Check, type Truth } from '../truth.ts';

/** I4 and I5: what was generated stays as it is, and data goes only where its owner is deleted with `Delete`. */
export function data(truth: Truth): Check {
  /** Of each Secret of ours that is there, or went without leave. */
  const known = new Map<string, string>();

  const mayGo = (object: KubeObject): boolean => {
    const namespace = object.metadata.namespace ?? '';
    const mark = ownerMark(object);
    const type = truth.kinds.find((kind) => kind.declaration.kind === mark?.kind)?.type;
    const cr = type && find(truth, type, namespace, mark?.name ?? '');
    const asked = cr?.metadata.deletionTimestamp !== undefined && at(cr, 'spec', 'deletionPolicy') === 'Delete';
    return asked || isTerminating(truth, namespace);
  };
  /** Made by another, which goes or wants it no more; what is not there cannot be hurt. */
  const isUnmade = (object: KubeObject | undefined): boolean => {
    if (object === undefined) return true;
    const maker = makerOf(truth, object)?.cr;
    if (maker === undefined) return false;
    return maker.metadata.deletionTimestamp !== undefined || blockFor(maker, object.kind ?? '') === undefined;
  };
  const isData = (object: KubeObject): boolean =>
    (object.kind === 'Secret' && (object.metadata.ownerReferences ?? []).length === 0) ||
    object.kind === 'PersistentVolumeClaim';

  return {
    sent: ({ verb, type, name, body, namespace }) => {
      if (verb !== 'delete') return;
      if (at(body, 'preconditions', 'uid') === undefined)
        truth.breach('I5', `${type.kind}/${name} is deleted without naming its uid`);
      const isOurs = truth.kinds.some((kind) => kind.type === type);
      if ((isOurs && !isUnmade(find(truth, type, namespace, name))) || type.kind === 'Namespace')
        truth.breach('I5', `the operator deletes ${type.kind}/${name} in ${namespace}`);
    },
    changed: ({ type, object, previous }, by) => {
      const before = previous ?? object;
      if (ownerMark(before) === undefined || (!isData(before) && !known.has(keyOf(object)))) return;
      const key = keyOf(object);
      if (type === 'DELETED') {
        if (truth.isPerson()) return;
        if (mayGo(object)) known.delete(key);
        else
          truth.breach(
            'I5',
            `${nameOf(object)} was deleted${by === undefined ? '' : ' by the operator'} though its data is to stay`,
          );
        return;
      }
      if (object.kind !== 'Secret') return;
      const now = JSON.stringify(object['data']);
      const old = known.get(key);
      const rotated = ['rotated-for', 'rotated-at'].some(
        (name) =>
          at(object.metadata.annotations, `openstack.k8s.io/${name}`) !==
          at(before.metadata.annotations, `openstack.k8s.io/${name}`),
      );
      if (old !== undefined && old !== now && !truth.isPerson() && !rotated)
        truth.breach('I4', `${nameOf(object)} was generated again`);
      known.set(key, now);
    },
    ended: () => {
      for (const key of known.keys()) {
        const [namespace = '', name = ''] = key.split('/').slice(1);
        if (key.startsWith('Secret/') && find(truth, Builtin.Secret, namespace, name) === undefined)
          truth.breach('I5', `Secret/${name} is gone at the end`);
      }
    },
  };
}

function keyOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind}/${namespace}/${name}`;
}
