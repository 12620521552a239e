import { Builtin, type KubeObject, type ResourceType } from '../../../src/kube/object.ts';
import { FINALIZER, Label } from '../../../src/machines/engine/annotations.ts';
import type { Kind } from '../../../src/machines/engine/kind.ts';
import { isApiError } from '../../../src/kube/errors.ts';
import {
  at,
  find,
  isTerminating,
  madeBy,
  nameOf,
  ownerMark,
  resourcesIn,
  succeededJob,
  usedBy,
  type Check,
  type Truth,
} from '../truth.ts';

const workloads: readonly ResourceType[] = [Builtin.Deployment, Builtin.StatefulSet, Builtin.DaemonSet, Builtin.Job];
const dataTypes: readonly ResourceType[] = [Builtin.Secret, Builtin.PersistentVolumeClaim];

/** What is made outside of Kubernetes: in which resource, the Jobs that make it and take it away. */
const outside = [
  ['MariaDB', 'db-create', 'db-drop', 'its database'],
  ['Keystone', 'endpoint-create', 'endpoint-remove', 'its catalog entry'],
] as const;

/** I7: the finalizer goes last, and never comes back; and nothing is asked that the API server has to refuse. */
export function deletion(truth: Truth): Check {
  /** Resource and Job that succeeded. */
  const done = new Set<string>();

  function released(kind: Kind, cr: KubeObject): void {
    const { namespace = '', name, deletionTimestamp } = cr.metadata;
    const late = (what: string): void => truth.breach('I7', `${nameOf(cr)} was let go while ${what}`);
    if (deletionTimestamp === undefined) return late('nobody had deleted it');
    for (const user of truth.kinds) {
      for (const other of resourcesIn(truth, user.declaration.kind, namespace))
        if (usedBy(truth, other, kind.declaration.kind).includes(name)) late(`${nameOf(other)} refers to it`);
    }
    for (const child of madeBy(truth, cr)) late(`${nameOf(child)}, which it made, was there`);
    if (at(cr, 'spec', 'deletionPolicy') !== 'Delete') return;
    const cleanUp = (kind.plan.cleanUp ?? []).map(({ id }) => id);
    for (const type of workloads) {
      for (const { metadata, ...rest } of truth.api.list(type, { namespace }).items) {
        const mine =
          metadata.labels?.[Label.instance] === name && metadata.labels[Label.name] === cr.kind.toLowerCase();
        if (mine && rest['kind'] !== undefined && !cleanUp.includes(metadata.labels?.[Label.component] ?? ''))
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
    if (isTerminating(truth, namespace)) return;
    for (const [at, made, unmade, what] of outside) {
      const [used] = usedBy(truth, cr, at);
      const isThere = resourcesIn(truth, at, namespace).some((other) => other.metadata.name === used);
      const has = (job: string): boolean => done.has(`${cr.metadata.uid}/${job}`);
      if (isThere && has(made) && !has(unmade)) late(`${what} was there`);
    }
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
      const job = succeededJob(truth, object);
      if (job !== undefined)
        done.add(`${job.metadata.ownerReferences?.[0]?.uid}/${job.metadata.labels?.[Label.component]}`);
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
