/** The shapes of Kubernetes objects as they travel in JSON; nothing here does I/O. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

/** Any object of the API. Kind-specific parts are read through the narrower types below. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** metav1.Condition. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** Where a kind of object lives in the API. `group` is '' for core. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface ObjectRef {
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `deployments.apps`, `secrets`: the name kubectl uses, unique in a cluster. */
export function resourceName(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

function builtin(group: string, version: string, kind: string, plural: string, namespaced = true): ResourceType {
  return { group, version, kind, plural, namespaced };
}

/** The built-in kinds this operator reads or writes. */
export const Builtin = {
  Namespace: builtin('', 'v1', 'Namespace', 'namespaces', false),
  Secret: builtin('', 'v1', 'Secret', 'secrets'),
  ConfigMap: builtin('', 'v1', 'ConfigMap', 'configmaps'),
  Service: builtin('', 'v1', 'Service', 'services'),
  ServiceAccount: builtin('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  Pod: builtin('', 'v1', 'Pod', 'pods'),
  PersistentVolumeClaim: builtin('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  Deployment: builtin('apps', 'v1', 'Deployment', 'deployments'),
  StatefulSet: builtin('apps', 'v1', 'StatefulSet', 'statefulsets'),
  ReplicaSet: builtin('apps', 'v1', 'ReplicaSet', 'replicasets'),
  Job: builtin('batch', 'v1', 'Job', 'jobs'),
  DaemonSet: builtin('apps', 'v1', 'DaemonSet', 'daemonsets'),
  StorageClass: builtin('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false),
  Lease: builtin('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  Event: builtin('events.k8s.io', 'v1', 'Event', 'events'),
  EndpointSlice: builtin('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  Node: builtin('', 'v1', 'Node', 'nodes', false),
  CustomResourceDefinition: builtin(
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
    false,
  ),
} as const satisfies Record<string, ResourceType>;
