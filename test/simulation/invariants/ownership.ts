import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../src/kube/object.ts';
import { Label, MANAGED_BY } from '../../../src/machines/engine/annotations.ts';
import { ownNamespace } from '../fleet.ts';
import { nameOf, ownerMark, type Check, type Truth } from '../truth.ts';

const own: readonly string[] = ['Event', 'Lease'];

/** I6: it makes nothing that does not belong to a resource of the same namespace, and touches nothing else. */
export function ownership(truth: Truth): Check {
  /** Every resource there ever was: a request may arrive after its owner has gone. */
  const uids = new Map<string, string>();
  const names = new Set<string>();

  const isOurs = (object: KubeObject): boolean => {
    const { namespace, ownerReferences = [], labels } = object.metadata;
    const controller = ownerReferences.find((reference) => reference.controller === true);
    if (controller !== undefined && uids.get(controller.uid) === namespace) return true;
    if (object.kind === 'Pod' && labels?.[Label.managedBy] === MANAGED_BY) return true;
    const mark = ownerMark(object);
    return controller === undefined && mark !== undefined && names.has(`${namespace}/${mark.kind}/${mark.name}`);
  };

  return {
    changed: ({ type, object, previous }, by) => {
      if (truth.kinds.some((kind) => kind.declaration.kind === object.kind)) {
        const { uid = '', namespace = '' } = object.metadata;
        uids.set(uid, namespace);
        names.add(`${namespace}/${nameOf(object)}`);
        const isChanged = type === 'ADDED' || !isDeepStrictEqual(previous?.['spec'], object['spec']);
        if (by !== undefined && by.verb !== 'delete' && isChanged && !isOurs(previous ?? object))
          truth.breach('I6', `${nameOf(object)} was made or changed by the operator and belongs to nobody`);
        return;
      }
      if (by === undefined || own.includes(object.kind) || object.metadata.namespace === ownNamespace) return;
      const verb = { ADDED: 'made', MODIFIED: 'changed', DELETED: 'deleted' }[type];
      if (!isOurs(previous ?? object))
        truth.breach('I6', `${nameOf(object)} was ${verb} and belongs to no resource of ours`);
      const loose = (object.metadata.ownerReferences ?? []).some((reference) => reference.controller !== true);
      if (type === 'ADDED' && loose) truth.breach('I6', `${nameOf(object)} has an owner that does not control it`);
    },
  };
}
