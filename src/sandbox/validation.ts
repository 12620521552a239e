import { quantityValue } from '../kube/quantity.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { isSame, type JsonObject, recordAt, recordsAt } from './json.ts';
import { forbidden, invalid } from './refusal.ts';
import { type FieldError, refusalOf } from './schema/field-error.ts';
import { checkBuiltInMetadata, labelNameFaults } from './schema/metadata.ts';
import { hasLabels } from './selector.ts';

/**
 * Refuses what the API server would refuse of the parts the operator can get wrong; not the whole of its validation.
 * `old` is absent for a new object.
 */
export function validate(type: ResourceType, object: KubeObject, old?: KubeObject): void {
  const { name } = object.metadata;
  const refuse = (field: string, message: string): never => {
    throw invalid(type, name, field, message);
  };
  const wrong =
    old === undefined ? newMetadataFaults(type, object) : checkBuiltInMetadata(object.metadata, old.metadata);
  if (wrong.length > 0) throw refusalOf(type, name, wrong);
  const spec = recordAt(object, 'spec');
  if (WORKLOADS.has(type.kind)) {
    const template = recordAt(spec, 'template');
    if (spec['selector'] === undefined) refuse('spec.selector', 'Required value');
    if (!hasLabels({ metadata: template['metadata'] ?? {} } as KubeObject, spec['selector'])) {
      const labels = JSON.stringify(recordAt(template, 'metadata')['labels'] ?? {});
      refuse(
        'spec.template.metadata.labels',
        `Invalid value: ${labels}: \`selector\` does not match template \`labels\``,
      );
    }
    const policy = recordAt(template, 'spec')['restartPolicy'];
    if (policy !== 'Always') {
      refuse('spec.template.spec.restartPolicy', `Unsupported value: "${String(policy)}": supported values: "Always"`);
    }
  }
  if (type.kind === 'DaemonSet') validateRollout(recordAt(spec, 'updateStrategy'), refuse);
  if (type.kind === 'Job' && recordAt(spec, 'template', 'spec')['restartPolicy'] === 'Always') {
    refuse('spec.template.spec.restartPolicy', 'Required value: valid values: "OnFailure", "Never"');
  }
  if (type.kind === 'Secret' || type.kind === 'ConfigMap') validateKeys(object, refuse);
  if (type.kind === 'Lease' && Number(spec['leaseDurationSeconds'] ?? 1) <= 0) {
    refuse(
      'spec.leaseDurationSeconds',
      `Invalid value: ${String(spec['leaseDurationSeconds'])}: must be greater than 0`,
    );
  }
  if (type.kind === 'Pod') validatePod(spec, 'spec', refuse);
  else if (spec['template'] !== undefined && type.group !== 'apiextensions.k8s.io') {
    if (WORKLOADS.has(type.kind) || type.kind === 'Job') {
      const claims = recordsAt(spec, 'volumeClaimTemplates').map(({ metadata }) => recordAt(metadata)['name']);
      validatePod(recordAt(spec, 'template', 'spec'), 'spec.template.spec', refuse, claims);
    }
  }
}

/** Refuses a change of what may not change. */
export function validateUpdate(type: ResourceType, old: KubeObject, next: KubeObject, classOf: ClassOf): void {
  const name = next.metadata.name;
  const refuse = (field: string, message: string): never => {
    throw invalid(type, name, field, message);
  };
  const before = recordAt(old, 'spec');
  const after = recordAt(next, 'spec');
  const immutable = (field: string): void => {
    if (isSame(before[field], after[field])) return;
    refuse(`spec.${field}`, `Invalid value: ${JSON.stringify(after[field] ?? null)}: field is immutable`);
  };
  switch (`${type.kind}.${type.group}`) {
    case 'Job.batch':
      for (const field of ['completions', 'selector', 'template', 'completionMode']) immutable(field);
      break;
    case 'Deployment.apps':
    case 'ReplicaSet.apps':
    case 'DaemonSet.apps':
      immutable('selector');
      break;
    case 'StatefulSet.apps':
      if (changedFields(before, after).some((field) => !STATEFUL_SET_MUTABLE.has(field))) {
        refuse('spec', STATEFUL_SET_MESSAGE);
      }
      break;
    case 'Pod.':
      if (changedFields(before, after).some((field) => field !== 'nodeName' && field !== 'tolerations')) {
        refuse(
          'spec',
          'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        );
      }
      break;
    case 'Service.':
      if (before['clusterIP'] !== after['clusterIP']) {
        refuse(
          'spec.clusterIPs[0]',
          `Invalid value: ${JSON.stringify(after['clusterIP'] ?? [])}: may not change once set`,
        );
      }
      break;
    case 'PersistentVolumeClaim.':
      validateClaim(old, next, refuse, classOf);
      break;
    case 'Secret.':
      if (old['type'] !== next['type'])
        refuse('type', `Invalid value: ${JSON.stringify(next['type'])}: field is immutable`);
      validateImmutable(old, next, refuse);
      break;
    case 'ConfigMap.':
      validateImmutable(old, next, refuse);
      break;
    default:
  }
}

/** Refuses finalizers that come when the object is going; of a custom resource too. */
export function checkNewFinalizers(type: ResourceType, live: KubeObject, next: KubeObject): void {
  if (live.metadata.deletionTimestamp === undefined) return;
  const held = new Set(live.metadata.finalizers);
  const added = next.metadata.finalizers?.filter((finalizer) => !held.has(finalizer)) ?? [];
  if (added.length === 0) return;
  const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  const cause = { field: 'metadata.finalizers', message, reason: 'FieldValueForbidden' } as const;
  // The server looks twice.
  throw refusalOf(type, live.metadata.name, [cause, cause]);
}

export type ClassOf = (name: string) => KubeObject | undefined;
type Refuse = (field: string, message: string) => never;

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet']);
const STATEFUL_SET_MUTABLE = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]);
const STATEFUL_SET_MESSAGE =
  "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function newMetadataFaults({ kind }: ResourceType, { metadata }: KubeObject): readonly FieldError[] {
  const faults = checkBuiltInMetadata(metadata);
  if (kind !== 'Service' && kind !== 'Namespace') return faults;
  // Their names become labels of domain names.
  const others = faults.filter(({ field }) => field !== 'metadata.name');
  return [...labelNameFaults(metadata.name, kind === 'Service'), ...others];
}

function validateRollout(strategy: JsonObject, refuse: Refuse): void {
  const { type, rollingUpdate = null } = strategy;
  if (type !== 'RollingUpdate' && type !== 'OnDelete') {
    const value = JSON.stringify({ Type: type, RollingUpdate: rollingUpdate });
    refuse('spec.updateStrategy', `Unsupported value: ${value}: supported values: "RollingUpdate", "OnDelete"`);
  }
  const { maxUnavailable, maxSurge } = recordAt(strategy, 'rollingUpdate');
  const isNone = (limit: unknown): boolean => limit === 0 || limit === '0%';
  if (type === 'RollingUpdate' && isNone(maxUnavailable) && isNone(maxSurge)) {
    refuse('spec.updateStrategy.rollingUpdate.maxUnavailable', 'Required value: cannot be 0 when maxSurge is 0');
  }
}

function validateKeys(object: KubeObject, refuse: Refuse): void {
  for (const field of ['data', 'binaryData']) {
    for (const key of Object.keys(recordAt(object, field))) {
      if (/^[-._a-zA-Z0-9]+$/.test(key)) continue;
      const why = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;
      refuse(`${field}[${key}]`, `Invalid value: ${JSON.stringify(key)}: ${why}`);
    }
  }
}

function changedFields(before: JsonObject, after: JsonObject): string[] {
  return Object.keys({ ...before, ...after }).filter((field) => !isSame(before[field], after[field]));
}

/** `claims`: names of a StatefulSet's claims, which become volumes of its Pods later. */
function validatePod(spec: JsonObject, path: string, refuse: Refuse, claims: readonly unknown[] = []): void {
  const containers = recordsAt(spec, 'containers');
  if (containers.length === 0) refuse(`${path}.containers`, 'Required value');
  const volumes = new Set([...recordsAt(spec, 'volumes').map(({ name }) => name), ...claims]);
  for (const list of ['initContainers', 'containers']) {
    for (const [i, container] of recordsAt(spec, list).entries()) {
      const at = `${path}.${list}[${i}]`;
      if (container['name'] === undefined) refuse(`${at}.name`, 'Required value');
      if (typeof container['image'] !== 'string' || container['image'] === '') refuse(`${at}.image`, 'Required value');
      for (const [j, mount] of recordsAt(container, 'volumeMounts').entries()) {
        if (!volumes.has(mount['name'])) {
          refuse(`${at}.volumeMounts[${j}].name`, `Not found: "${String(mount['name'])}"`);
        }
        if (
          mount['mountPropagation'] === 'Bidirectional' &&
          recordAt(container, 'securityContext')['privileged'] !== true
        ) {
          refuse(
            `${at}.volumeMounts[${j}].mountPropagation`,
            'Forbidden: Bidirectional mount propagation is available only to privileged containers',
          );
        }
      }
    }
  }
}

function validateClaim(old: KubeObject, next: KubeObject, refuse: Refuse, classOf: ClassOf): void {
  const before = recordAt(old, 'spec');
  const after = recordAt(next, 'spec');
  const isBinding = before['volumeName'] === undefined && after['volumeName'] !== undefined;
  const isGivenClass = before['storageClassName'] === undefined && after['storageClassName'] !== undefined;
  for (const field of changedFields(before, after)) {
    if (
      field === 'resources' ||
      (field === 'volumeName' && isBinding) ||
      (field === 'storageClassName' && isGivenClass)
    ) {
      continue;
    }
    refuse(
      'spec',
      `Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims`,
    );
  }
  const storage = (spec: JsonObject): number => quantityValue(recordAt(spec, 'resources', 'requests')['storage']) ?? 0;
  if (storage(before) === storage(after)) return;
  if (recordAt(old, 'status')['phase'] !== 'Bound') {
    refuse(
      'spec',
      `Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims`,
    );
  }
  if (storage(after) < storage(before)) {
    refuse('spec.resources.requests.storage', 'Forbidden: field can not be less than previous value');
  }
  if (classOf(String(after['storageClassName']))?.['allowVolumeExpansion'] !== true) {
    throw forbidden(
      'persistentvolumeclaims',
      next.metadata.name,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  }
}

function validateImmutable(old: KubeObject, next: KubeObject, refuse: Refuse): void {
  if (old['immutable'] !== true) return;
  for (const field of ['immutable', 'data', 'binaryData']) {
    if (!isSame(old[field], next[field])) refuse(field, 'Forbidden: field is immutable when `immutable` is set');
  }
}
