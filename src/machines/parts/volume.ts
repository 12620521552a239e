import { Builtin, type KubeObject } from '../../kube/object.ts';
import { quantityValue } from '../../kube/quantity.ts';
import type { Child, Due, Finding } from '../engine/child.ts';
import { isOwn, objectFor, strangerMessage } from '../engine/ownership.ts';
import type { Scope } from '../engine/scope.ts';
import { differenceIn } from './applied.ts';

interface ClaimStatus {
  phase?: string;
  capacity?: { storage?: string };
  conditions?: { type: string; status: string; message?: string }[];
}

/**
 * The volume claim that a StatefulSet of one replica makes. It holds the data: it is watched and grown, never made or
 * changed otherwise, and its UID is the identity of what is on it.
 */
export function volumeOf<Spec>(part: {
  readonly id: string;
  /** The id of the StatefulSet. */
  readonly component: string;
  /** Its name, for the claim's. */
  readonly of: (scope: Scope<Spec>) => string;
  readonly storage: (spec: Spec) => { size: string; storageClassName?: string | undefined };
}): Child<Spec> {
  const child: Child<Spec> = {
    id: part.id,
    type: Builtin.PersistentVolumeClaim,
    verb: 'claim',
    holds: 'data',
    nameIn: (scope) => `data-${part.of(scope)}-0`,
    foreign: (scope) => {
      const name = part.storage(scope.cr.spec).storageClassName;
      return name === undefined ? [] : [{ type: Builtin.StorageClass, ref: { name } }];
    },
    look: (scope) => look(scope, child, part.component, part.storage(scope.cr.spec)),
  };
  return child;
}

function look<Spec>(
  scope: Scope<Spec>,
  child: Child<Spec>,
  component: string,
  storage: { size: string; storageClassName?: string | undefined },
): Finding {
  const name = child.nameIn(scope);
  const by = { kind: 'PersistentVolumeClaim', name };
  const at = `PersistentVolumeClaim/${name}`;
  const live = scope.lookup.get(Builtin.PersistentVolumeClaim, { namespace: scope.namespace, name });
  const object = objectFor(scope, child, component);
  const recorded = scope.record.dataID;
  const wantedClass = storage.storageClassName;
  const bound = phaseOf(live) === 'Bound';
  if (
    !bound &&
    wantedClass !== undefined &&
    scope.lookup.get(Builtin.StorageClass, { name: wantedClass }) === undefined
  ) {
    const message = `StorageClass/${wantedClass}, named in spec.storage.storageClassName, does not exist; create it`;
    return {
      is: 'blocked',
      settled: false,
      reason: 'StorageClassNotFound',
      message,
      by: { kind: 'StorageClass', name: wantedClass },
    };
  }
  if (live === undefined) {
    return recorded === undefined
      ? { is: 'absent', settled: false, reason: 'Absent', message: `${at} is not there yet`, by }
      : {
          is: 'lost',
          settled: false,
          reason: 'VolumeLost',
          message: `${at} is gone, and the data with it`,
          by,
          due: { verb: 'reclaim', type: Builtin.PersistentVolumeClaim, object },
        };
  }
  if (!isOwn(live, object)) {
    return { is: 'failed', settled: false, stalled: true, reason: 'NameConflict', message: strangerMessage(live), by };
  }
  if (phaseOf(live) === 'Lost') {
    const message = `${at} is Lost: its PersistentVolume is gone, and the data with it; bring the volume back, or delete the claim to begin with an empty one`;
    return { is: 'failed', settled: false, stalled: true, reason: 'VolumeLost', message, by };
  }
  if (!bound) {
    const message = `${at} is ${phaseOf(live) ?? 'Pending'}: no volume of class ${wantedClass ?? '(default)'} is bound to it yet`;
    return { is: 'progressing', settled: false, reason: 'VolumePending', message, by };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    const message = `${at} is being deleted: the data goes when its Pod ends; make a copy now, the deletion cannot be taken back`;
    return { is: 'progressing', settled: recorded === live.metadata.uid, reason: 'VolumeTerminating', message, by };
  }
  const uid = live.metadata.uid ?? '';
  const asked = requestOf(live);
  const wish = quantityValue(storage.size) ?? 0;
  const why = differenceIn(live, object);
  const due: Due | undefined =
    wish > (quantityValue(asked) ?? 0)
      ? {
          verb: 'patch',
          type: Builtin.PersistentVolumeClaim,
          ref: { namespace: scope.namespace, name },
          patch: { metadata: { uid }, spec: { resources: { requests: { storage: storage.size } } } },
          why: `it asks for ${asked ?? 'nothing'}, wanted ${storage.size}`,
        }
      : why === undefined
        ? undefined
        : { verb: 'apply', type: Builtin.PersistentVolumeClaim, object, uid, why };
  // Also where this claim is the recorded one: resources that use it may remember older data, and wait for the word.
  const accepted = scope.asked('acceptData');
  if (accepted === `${uid}=restored` || accepted === `${uid}=empty`) {
    return {
      ...bind(at, by, uid),
      learned: { dataID: uid, handled: { acceptData: accepted } },
      notes: [
        {
          type: 'Warning',
          reason: 'DataAccepted',
          message: `the data on ${at} (${uid}) was accepted: ${accepted.split('=')[1]}`,
        },
      ],
      ...(due === undefined ? {} : { due }),
    };
  }
  if (recorded !== undefined && recorded !== uid) {
    return {
      is: 'failed',
      settled: false,
      stalled: true,
      reason: 'DataReplaced',
      message:
        `${at} is a new volume (${uid}) and not the one with the data (${recorded}); restore the data, then annotate this ` +
        `resource with openstack.k8s.io/accept-data: ${uid}=restored, or ${uid}=empty to begin anew`,
      by,
    };
  }
  return { ...bind(at, by, uid), ...(due === undefined ? {} : { due }) };
}

function bind(at: string, by: Finding['by'], uid: string): Finding {
  return { is: 'ready', settled: true, reason: 'Bound', message: `${at} is bound`, by, learned: { dataID: uid } };
}

function phaseOf(live: KubeObject | undefined): string | undefined {
  return ((live?.['status'] ?? {}) as ClaimStatus).phase;
}

function requestOf(live: KubeObject): string | undefined {
  return (live['spec'] as { resources?: { requests?: { storage?: string } } } | undefined)?.resources?.requests
    ?.storage;
}
