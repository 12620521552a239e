import type { KubeObject, ResourceType } from '../kube/object.ts';
import { isRecord, type JsonObject, recordAt, recordsAt } from './json.ts';
import { unsupported } from './refusal.ts';

/** Refuses what the simulated controllers and kubelet would get wrong: never something almost right. */
export function refuseUnsupported(type: ResourceType, object: KubeObject): void {
  const spec = recordAt(object, 'spec');
  const name = `${type.kind}.${type.group}`;
  for (const field of FIELDS[name] ?? []) {
    if (spec[field] !== undefined && spec[field] !== false) throw unsupported(`${type.kind} spec.${field}`);
  }
  switch (name) {
    case 'Service.':
      if (spec['type'] !== 'ClusterIP') throw unsupported(`Services of type ${String(spec['type'])}`);
      break;
    case 'StatefulSet.apps':
      refuseOther(spec, 'podManagementPolicy', 'OrderedReady');
      refuseOther(recordAt(spec, 'updateStrategy'), 'type', 'RollingUpdate');
      refuseOther(recordAt(spec, 'updateStrategy', 'rollingUpdate'), 'partition', 0);
      refuseOther(recordAt(spec, 'persistentVolumeClaimRetentionPolicy'), 'whenDeleted', 'Retain');
      refuseOther(recordAt(spec, 'persistentVolumeClaimRetentionPolicy'), 'whenScaled', 'Retain');
      break;
    case 'DaemonSet.apps':
      refuseOther(recordAt(spec, 'updateStrategy', 'rollingUpdate'), 'maxSurge', 0);
      if (recordAt(spec, 'template', 'spec')['affinity'] !== undefined) throw unsupported('affinity of a DaemonSet');
      break;
    case 'Node.':
      for (const taint of recordsAt(spec, 'taints')) refuseOther(taint, 'effect', 'NoSchedule');
      break;
    case 'PersistentVolumeClaim.':
      // The one that our own provisioner sets.
      refuseOther(spec, 'volumeName', `pvc-${object.metadata.uid ?? ''}`);
      break;
    case 'Job.batch':
      refuseOther(spec, 'completionMode', 'NonIndexed');
      refuseOther(recordAt(spec, 'template', 'spec'), 'restartPolicy', 'Never');
      break;
    case 'StorageClass.storage.k8s.io':
      refuseOther(object, 'volumeBindingMode', 'Immediate');
      break;
    default:
  }
  const podSpec = name === 'Pod.' ? spec : recordAt(spec, 'template', 'spec');
  if (name === 'Pod.' || isRecord(spec['template'])) refuseInPod(podSpec);
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'Deployment.apps': ['paused', 'minReadySeconds'],
  'ReplicaSet.apps': ['minReadySeconds'],
  'StatefulSet.apps': ['minReadySeconds', 'ordinals'],
  'DaemonSet.apps': ['minReadySeconds'],
  'Job.batch': [
    'podFailurePolicy',
    'successPolicy',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
    'managedBy',
    'manualSelector',
    'suspend',
    'ttlSecondsAfterFinished',
  ],
  'PersistentVolumeClaim.': ['dataSource', 'dataSourceRef', 'selector'],
};

const VOLUMES = new Set([
  'name',
  'secret',
  'configMap',
  'emptyDir',
  'projected',
  'persistentVolumeClaim',
  'downwardAPI',
  'hostPath',
]);

function refuseOther(record: JsonObject, field: string, only: unknown): void {
  if (record[field] !== undefined && record[field] !== only) throw unsupported(`${field}: ${String(record[field])}`);
}

function refuseInPod(spec: JsonObject): void {
  for (const field of [
    'ephemeralContainers',
    'resourceClaims',
    'schedulingGates',
    'readinessGates',
    'activeDeadlineSeconds',
  ]) {
    if (spec[field] !== undefined) throw unsupported(`Pod spec.${field}`);
  }
  for (const kind of ['nodeAffinity', 'podAffinity', 'podAntiAffinity']) {
    const required = recordAt(spec, 'affinity', kind)['requiredDuringSchedulingIgnoredDuringExecution'];
    if (required !== undefined && !(kind === 'nodeAffinity' && isByName(required))) {
      throw unsupported(`required ${kind}`);
    }
  }
  for (const volume of recordsAt(spec, 'volumes')) {
    const kind = Object.keys(volume).find((key) => !VOLUMES.has(key));
    if (kind !== undefined) throw unsupported(`${kind} volumes`);
  }
  for (const container of recordsAt(spec, 'initContainers')) {
    if (container['restartPolicy'] !== undefined) throw unsupported('sidecar (restartable init) containers');
  }
}

/** As DaemonSets ask for their nodes. */
function isByName(required: unknown): boolean {
  return recordsAt(required, 'nodeSelectorTerms').every((term) => {
    const fields = recordsAt(term, 'matchFields');
    const [field] = fields;
    const only = Object.keys(term).length === 1 && fields.length === 1;
    return only && field?.['key'] === 'metadata.name' && field['operator'] === 'In';
  });
}
