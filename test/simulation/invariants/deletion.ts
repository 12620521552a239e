import { Builtin, type KubeObject, type ResourceType } from '../../../src/kube/object.ts';
import { FINALIZER, Label } from '../../../src/machines/engine/annotations.ts';
import type { Kind } from '../../../src/machines/engine/kind.ts';
import { isApiError } from '../../../src/kube/errors.ts';
import {
  at,
  find,
  hasCondition,
  isTerminating,
  nameOf,
  ownerMark,
  resourcesIn,
  usedBy,
  type Check,
  type Truth,
} from '../truth.ts';

const workloads: readonly ResourceType[] = [Builtin.Deployment, Builtin.StatefulSet, Builtin.Job];
const dataTypes: readonly ResourceType[] = [Builtin.Secret, Builtin.PersistentVolumeClaim];

/** I7: the finalizer goes last, and never comes back; and nothing is asked that the API server has to refuse. */
export function deletion(truth: Truth): Check {
  /** Resources whose database was made, or dropped again. */
  const made = new Set<string>();
  const dropped = new Set<string>();

  function released(kind: Kind, cr: KubeObject): void {
    const { namespace = '', name, deletionTimestamp } = cr.metadata;
    const late = (what: string): void => truth.breach('I7', `${nameOf(cr)} was let go while ${what}`);
    if (deletionTimestamp === undefined) return late('nobody had deleted it');
    for (const user of truth.kinds) {
      for (const other of resourcesIn(truth, user.declaration.kind, namespace))
        if (usedBy(truth, other, kind.declaration.kind).includes(name)) late(`${nameOf(other)} refers to it`);
    }
    if (at(cr, 'spec', 'deletionPolicy') !== 'Delete') return;
    for (const type of workloads) {
      for (const { metadata, ...rest } of truth.api.list(type, { namespace }).items) {
        const mine =
          metadata.labels?.[Label.instance] === name && metadata.labels[Label.name] === cr.kind.toLowerCase();
        if (mine && rest['kind'] !== undefined && !isDrop(metadata.name))
          late(`${type.kind}/${metadata.name} was there`);
      }
    }
    for (const type of dataTypes) {
      for (const object of truth.api.list(type, { namespace }).items) {
        const mark = ownerMark(object);
        const isData = (object.metadata.ownerReferences ?? []).length === 0;
        if (isData && mark?.kind === cr.kind && mark.name === name) late(`${nameOf(object)} was there`);
      }
    }
    const [used] = usedBy(truth, cr, 'MariaDB');
    const server = resourcesIn(truth, 'MariaDB', namespace).find((other) => other.metadata.name === used);
    const key = cr.metadata.uid ?? '';
    if (server !== undefined && !isTerminating(truth, namespace) && made.has(key) && !dropped.has(key))
      late('its database was there');
  }

  return {
    done: ({ verb, type, name, namespace, body }, _, refused) => {
      const what = `${verb} ${type.kind}/${name}`;
      if (!isApiError(refused)) return;
      if (refused.reason === 'Invalid') {
        // Another object of the name by now: its uid is the precondition.
        if (refused.causes.some((cause) => cause.field === 'metadata.uid')) return;
        const again = JSON.stringify(body ?? '').includes(FINALIZER) ? 'I7' : 'valid requests';
        truth.breach(again, `${what} was refused: ${refused.message}`);
      }
      if (['BadRequest', 'Unsupported', 'Unauthorized'].includes(refused.reason))
        truth.breach('valid requests', `${what} was refused: ${refused.message}`);
      if (refused.reason === 'Forbidden' && !isTerminating(truth, namespace))
        truth.breach('valid requests', `${what} was forbidden: ${refused.message}`);
    },
    changed: ({ type, object, previous }, by) => {
      if (object.kind === 'Job' && hasCondition(object, 'Complete')) {
        const owner = object.metadata.ownerReferences?.[0]?.uid ?? '';
        if (object.metadata.name.endsWith('-db-create')) made.add(owner);
        if (isDrop(object.metadata.name)) dropped.add(owner);
      }
      const kind = truth.kinds.find((candidate) => candidate.declaration.kind === object.kind);
      if (kind === undefined || by === undefined || previous === undefined) return;
      const had = previous.metadata.finalizers?.includes(FINALIZER) === true;
      const has = type !== 'DELETED' && object.metadata.finalizers?.includes(FINALIZER) === true;
      if (had && !has) released(kind, previous);
    },
    ended: () => {
      for (const kind of truth.kinds) {
        for (const cr of truth.api.list(kind.type).items) {
          if (cr.metadata.deletionTimestamp !== undefined)
            truth.breach('L3', `${nameOf(cr)} is being deleted without end`);
          else if (
            find(truth, kind.type, cr.metadata.namespace ?? '', cr.metadata.name)?.metadata.finalizers?.includes(
              FINALIZER,
            ) !== true
          )
            truth.breach('I7', `${nameOf(cr)} has no finalizer at the end`);
        }
      }
    },
  };
}

function isDrop(name: string): boolean {
  return name.endsWith('-db-drop');
}
