import type { ResourceType } from '../kube/object.ts';
import { isRecord, type JsonObject, recordAt } from './json.ts';

/**
 * How server-side apply merges a field. Without an entry, maps merge by key and lists are replaced whole.
 * `keys` makes a list a map by these fields of its items, `set` a list a set of scalars.
 */
export interface Topology {
  readonly atomic?: true;
  readonly keys?: readonly string[];
  readonly set?: true;
  readonly items?: Topology;
  readonly fields?: Readonly<Record<string, Topology>>;
  /** Of a map with free keys. */
  readonly values?: Topology;
}

/** What the server fills in where an item lacks one of its keys. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

export function topologyOf(type: ResourceType): Topology {
  return BUILTIN[`${type.kind}.${type.group}`] ?? PLAIN;
}

/** From the structural schema of a CustomResourceDefinition. */
export function topologyOfSchema(schema: unknown): Topology {
  const { metadata: _, ...fields } = (schemaTopology(schema).fields ?? {}) as Record<string, Topology>;
  return { fields: { ...fields, metadata: METADATA } };
}

function schemaTopology(schema: unknown): Topology {
  if (!isRecord(schema)) return {};
  const fields: Record<string, Topology> = {};
  for (const [name, field] of Object.entries(recordAt(schema, 'properties'))) fields[name] = schemaTopology(field);
  const isFree = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const keys = schema['x-kubernetes-list-map-keys'];
  return {
    ...(schema['x-kubernetes-map-type'] === 'atomic' ? { atomic: true } : {}),
    ...(schema['x-kubernetes-list-type'] === 'set' ? { set: true } : {}),
    ...(schema['x-kubernetes-list-type'] === 'map' ? { keys: [...(keys as string[])].sort() } : {}),
    ...(isRecord(schema['items']) ? { items: schemaTopology(schema['items']) } : {}),
    ...(isRecord(schema['additionalProperties']) ? { values: schemaTopology(schema['additionalProperties']) } : {}),
    ...(isFree ? { values: DEDUCED } : {}),
    fields,
  };
}

/** Of what has no schema: maps by key, lists as a whole. */
const DEDUCED: { values: Topology } = { values: {} };
DEDUCED.values = DEDUCED;

const by = (...keys: string[]): Topology => ({ keys });
const ATOMIC: Topology = { atomic: true };

const METADATA: Topology = { fields: { finalizers: { set: true }, ownerReferences: { keys: ['uid'], items: ATOMIC } } };
const CONDITIONS: Topology = { fields: { conditions: by('type') } };

const CONTAINERS: Topology = {
  keys: ['name'],
  items: {
    fields: {
      env: {
        keys: ['name'],
        items: {
          fields: {
            valueFrom: {
              fields: { secretKeyRef: ATOMIC, configMapKeyRef: ATOMIC, fieldRef: ATOMIC, resourceFieldRef: ATOMIC },
            },
          },
        },
      },
      ports: by('containerPort', 'protocol'),
      volumeMounts: by('mountPath'),
      volumeDevices: by('devicePath'),
      resources: { fields: { claims: by('name') } },
    },
  },
};

const POD_SPEC: Topology = {
  fields: {
    containers: CONTAINERS,
    initContainers: CONTAINERS,
    ephemeralContainers: CONTAINERS,
    volumes: by('name'),
    hostAliases: by('ip'),
    imagePullSecrets: { keys: ['name'], items: ATOMIC },
    nodeSelector: ATOMIC,
    resourceClaims: by('name'),
    schedulingGates: by('name'),
    topologySpreadConstraints: {
      keys: ['topologyKey', 'whenUnsatisfiable'],
      items: { fields: { labelSelector: ATOMIC } },
    },
    affinity: { fields: { nodeAffinity: { fields: { requiredDuringSchedulingIgnoredDuringExecution: ATOMIC } } } },
  },
};
const POD_TEMPLATE: Topology = { fields: { metadata: METADATA, spec: POD_SPEC } };
const WORKLOAD: Topology = {
  fields: { metadata: METADATA, spec: { fields: { selector: ATOMIC, template: POD_TEMPLATE } }, status: CONDITIONS },
};

const PLAIN: Topology = { fields: { metadata: METADATA, status: CONDITIONS } };
const BUILTIN: Readonly<Record<string, Topology>> = {
  'Service.': {
    fields: {
      metadata: METADATA,
      spec: { fields: { selector: ATOMIC, ports: by('port', 'protocol') } },
      status: CONDITIONS,
    },
  },
  'ServiceAccount.': { fields: { metadata: METADATA, secrets: by('name') } },
  'Pod.': {
    fields: {
      metadata: METADATA,
      spec: POD_SPEC,
      status: { fields: { conditions: by('type'), podIPs: by('ip'), hostIPs: ATOMIC } },
    },
  },
  'PersistentVolumeClaim.': {
    fields: { metadata: METADATA, spec: { fields: { selector: ATOMIC, dataSource: ATOMIC } }, status: CONDITIONS },
  },
  'Deployment.apps': WORKLOAD,
  'ReplicaSet.apps': WORKLOAD,
  'StatefulSet.apps': WORKLOAD,
  'DaemonSet.apps': WORKLOAD,
  'Job.batch': {
    fields: {
      metadata: METADATA,
      spec: { fields: { selector: ATOMIC, template: POD_TEMPLATE } },
      status: { fields: { conditions: { atomic: true } } },
    },
  },
  'EndpointSlice.discovery.k8s.io': { fields: { metadata: METADATA, endpoints: ATOMIC, ports: ATOMIC } },
  'Node.': {
    fields: {
      metadata: METADATA,
      spec: { fields: { podCIDRs: { set: true } } },
      status: { fields: { conditions: by('type'), addresses: by('type') } },
    },
  },
  'StorageClass.storage.k8s.io': { fields: { metadata: METADATA, allowedTopologies: ATOMIC } },
};

/** Names the item of a list map or set, as FieldsV1 writes it; the same name means the same item. */
export function itemKey(item: unknown, topology: Topology): string {
  if (topology.keys === undefined) return `v:${JSON.stringify(item)}`;
  const record: JsonObject = isRecord(item) ? item : {};
  const keys: JsonObject = {};
  for (const key of topology.keys) keys[key] = record[key] ?? KEY_DEFAULTS[key];
  return `k:${JSON.stringify(keys)}`;
}

export function isAssociative(topology: Topology): boolean {
  return topology.keys !== undefined || topology.set === true;
}

const UNKNOWN: Topology = {};

export function fieldTopology(topology: Topology, field: string): Topology {
  return topology.fields?.[field] ?? topology.values ?? UNKNOWN;
}
