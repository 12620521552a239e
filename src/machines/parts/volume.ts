import { Builtin, refOf, type KubeObject } from '../../kube/object.ts';
import { quantityValue } from '../../kube/quantity.ts';
import type { Child, Due, Finding } from '../engine/child.ts';
import { isOwn, metadataPatch, objectFor, strangerMessage } from '../engine/ownership.ts';
import { childName, type Scope } from '../engine/scope.ts';
import { differenceIn } from './applied.ts';

interface ClaimStatus {
  phase?: string;
  capacity?: { storage?: string };
  conditions?: { type: string; status: string; message?: string }[];
}

/** What a user says of a volume. */
export interface Storage {
  readonly size: string;
  readonly storageClassName?: string | undefined;
}

interface VolumePart<Spec> {
  readonly id: string;
  /** The id of the workload that uses it. */
  readonly component: string;
  readonly storage: (spec: Spec) => Storage;
  /** Its UID is the identity of what is on it: another one is reported, and nothing goes on before a person has accepted it. */
  readonly isIdentity?: boolean;
}

/** The volume claim that a StatefulSet of one replica makes. It is watched and grown, never made or changed otherwise. */
export function volumeOf<Spec>(
  part: VolumePart<Spec> & {
    /** The name of the StatefulSet. */
    readonly of: (scope: Scope<Spec>) => string;
  },
): Child<Spec> {
  return claim(part, (scope) => `data-${part.of(scope)}-0`);
}

/** As many ordinals of a StatefulSet as are ever looked for. */
const mostReplicas = 32;

/** The claims that a StatefulSet of several replicas makes, as one child. Those of replicas that are no more stay. */
export function volumesOf<Spec>(
  part: VolumePart<Spec> & { readonly of: (scope: Scope<Spec>) => string; readonly replicas: (spec: Spec) => number },
): Child<Spec> {
  const nameOf = (scope: Scope<Spec>, ordinal: number): string => `data-${part.of(scope)}-${ordinal}`;
  const each = Array.from({ length: mostReplicas }, (_, ordinal) =>
    claim({ ...part, id: `${part.id}-${ordinal}` }, (scope) => nameOf(scope, ordinal)),
  );
  const [first] = each;
  return {
    ...claim(part, (scope) => nameOf(scope, 0)),
    namesIn: (scope) => each.map((one) => one.nameIn(scope)),
    look: (scope) => {
      const seen = each.slice(0, part.replicas(scope.cr.spec)).map((one) => one.look(scope));
      const said = seen.find(({ settled }) => !settled) ?? seen.find(({ is }) => is !== 'ready') ?? seen[0];
      if (said === undefined) {
        const by = { kind: Builtin.PersistentVolumeClaim.kind, name: first?.nameIn(scope) ?? '' };
        return { is: 'ready', settled: true, reason: 'NotNeeded', message: 'no volume is needed', by };
      }
      const due = seen.find((finding) => finding.due !== undefined)?.due;
      const volumes = Object.assign({}, ...seen.map(({ learned }) => learned?.volumes)) as Record<string, string>;
      return {
        ...said,
        learned: { volumes },
        notes: seen.flatMap(({ notes = [] }) => notes),
        ...(due === undefined ? {} : { due }),
      };
    },
  };
}

/** A volume claim of ours for a Deployment of one replica. Made once, grown, and never taken for the old one when it had to be made again. */
export function volume<Spec>(part: VolumePart<Spec>): Child<Spec> {
  return claim(part, (scope) => childName(scope, part.id), true);
}

function claim<Spec>(part: VolumePart<Spec>, nameIn: Child<Spec>['nameIn'], isMade = false): Child<Spec> {
  const child: Child<Spec> = {
    id: part.id,
    type: Builtin.PersistentVolumeClaim,
    verb: 'claim',
    holds: 'data',
    isMade,
    nameIn,
    foreign: (scope) => {
      const name = part.storage(scope.cr.spec).storageClassName;
      return name === undefined ? [] : [{ type: Builtin.StorageClass, ref: { name } }];
    },
    look: (scope) => look(scope, child, part, isMade),
  };
  return child;
}

/** What is asked for, for a claim or a claim template. */
export function claimSpec({ size, storageClassName }: Storage): object {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size } },
    ...(storageClassName === undefined ? {} : { storageClassName }),
  };
}

function look<Spec>(scope: Scope<Spec>, child: Child<Spec>, part: VolumePart<Spec>, isMade: boolean): Finding {
  const storage = part.storage(scope.cr.spec);
  const name = child.nameIn(scope);
  const by = { kind: 'PersistentVolumeClaim', name };
  const at = `PersistentVolumeClaim/${name}`;
  const live = scope.lookup.get(Builtin.PersistentVolumeClaim, { namespace: scope.namespace, name });
  const object = objectFor(scope, child, part.component);
  const recorded = part.isIdentity === true ? scope.record.dataID : scope.record.volumes[part.id];
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
  if (live === undefined && isMade) {
    const due: Due = { verb: 'create', type: child.type, object: { ...object, spec: claimSpec(storage) } };
    const message = recorded === undefined ? `${at} is not there yet` : `${at} is gone, and will be made anew, empty`;
    const is = recorded === undefined ? 'absent' : 'lost';
    return { is, settled: false, reason: is === 'lost' ? 'VolumeLost' : 'Absent', message, by, due };
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
        : isMade
          ? { verb: 'patch', type: child.type, ref: refOf(live), patch: metadataPatch(live, object), why }
          : { verb: 'apply', type: child.type, object, uid, why };
  if (part.isIdentity !== true) {
    const message = `${at} is a new volume (${uid}): what was on the one before (${recorded}) is gone`;
    return {
      ...bind(at, by),
      learned: { volumes: { [part.id]: uid } },
      ...(recorded === undefined || recorded === uid
        ? {}
        : { notes: [{ type: 'Warning', reason: 'VolumeReplaced', message }] }),
      ...(due === undefined ? {} : { due }),
    };
  }
  const known = { dataID: uid };
  // Also where this claim is the recorded one: resources that use it may remember older data, and wait for the word.
  const accepted = scope.asked('acceptData');
  if (accepted === `${uid}=restored` || accepted === `${uid}=empty`) {
    return {
      ...bind(at, by),
      learned: { ...known, handled: { acceptData: accepted } },
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
  return { ...bind(at, by), learned: known, ...(due === undefined ? {} : { due }) };
}

function bind(at: string, by: Finding['by']): Finding {
  return { is: 'ready', settled: true, reason: 'Bound', message: `${at} is bound`, by };
}

function phaseOf(live: KubeObject | undefined): string | undefined {
  return ((live?.['status'] ?? {}) as ClaimStatus).phase;
}

function requestOf(live: KubeObject): string | undefined {
  return (live['spec'] as { resources?: { requests?: { storage?: string } } } | undefined)?.resources?.requests
    ?.storage;
}
