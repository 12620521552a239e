import { Builtin, type KubeObject, type ResourceType, resourceName } from '../kube/object.ts';
import { isRecord, type JsonObject, recordAt, recordsAt } from './json.ts';
import { type Names, namesIn, namesOf } from './names.ts';
import { notServed } from './refusal.ts';
import { type Topology, topologyOf, topologyOfSchema } from './topology.ts';

/** What the API knows about a type it serves. */
export interface Served {
  readonly type: ResourceType;
  readonly custom: boolean;
  /** There is a status subresource: a plain write leaves the status alone. */
  readonly hasStatus: boolean;
  readonly hasGeneration: boolean;
  readonly topology: Topology;
  readonly names: Names;
  /** What the server has for an object that sets nothing: parts that are always there, and so are never set. */
  readonly blank: JsonObject;
  /** The CustomResourceDefinition that adds the type. */
  readonly definition?: KubeObject;
}

/** The types served: the built-in ones, and those that a CustomResourceDefinition adds. */
export class Registry {
  readonly #served = new Map<string, Served>();
  /** What `find` has found; forgotten when a definition changes. */
  #byType = new WeakMap<ResourceType, Served>();

  constructor() {
    for (const type of Object.values<ResourceType>(Builtin)) {
      this.#served.set(resourceName(type), {
        type,
        custom: false,
        hasStatus: !WITHOUT_STATUS.has(type.kind),
        hasGeneration: WITH_GENERATION.has(type.kind),
        topology: topologyOf(type),
        names: namesOf(type),
        blank: BLANK[`${type.kind}.${type.group}`] ?? {},
      });
    }
  }

  /** `NotFound` for a type nobody serves. */
  find(type: ResourceType): Served {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const served = this.#served.get(resourceName(type));
    if (served === undefined || served.type.version !== type.version) {
      throw notServed();
    }
    this.#byType.set(type, served);
    return served;
  }

  /** Everything that is served. */
  all(): Served[] {
    return [...this.#served.values()];
  }

  /** The type an owner reference means. */
  byKind(apiVersion: string, kind: string): ResourceType | undefined {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    for (const { type } of this.#served.values()) {
      if (type.kind === kind && type.group === group && type.version === version) return type;
    }
    return undefined;
  }

  register(definition: KubeObject): void {
    this.#byType = new WeakMap();
    const type = typeOf(definition);
    const version = recordsAt(definition, 'spec', 'versions')[0];
    this.#served.set(resourceName(type), {
      type,
      custom: true,
      hasStatus: isRecord(recordAt(version, 'subresources')['status']),
      hasGeneration: true,
      blank: {},
      topology: topologyOfSchema(recordAt(version, 'schema')['openAPIV3Schema']),
      names: namesIn(definition),
      definition,
    });
  }

  unregister(definition: KubeObject): void {
    this.#byType = new WeakMap();
    this.#served.delete(resourceName(typeOf(definition)));
  }
}

/** The type that a CustomResourceDefinition defines. */
export function typeOf(definition: KubeObject): ResourceType {
  const spec = recordAt(definition, 'spec');
  const names = recordAt(spec, 'names');
  return {
    group: String(spec['group']),
    version: String(recordsAt(spec, 'versions')[0]?.['name']),
    kind: String(names['kind']),
    plural: String(names['plural']),
    namespaced: spec['scope'] !== 'Cluster',
  };
}

const TEMPLATE: JsonObject = { template: { metadata: {}, spec: {} } };
const BLANK: Readonly<Record<string, JsonObject>> = {
  'Namespace.': { spec: {}, status: {} },
  'Service.': { spec: {}, status: { loadBalancer: {} } },
  'Pod.': { spec: {}, status: {} },
  'PersistentVolumeClaim.': { spec: { resources: {} }, status: {} },
  'Deployment.apps': { spec: { ...TEMPLATE, strategy: {} }, status: {} },
  'ReplicaSet.apps': { spec: TEMPLATE, status: {} },
  'StatefulSet.apps': { spec: { ...TEMPLATE, updateStrategy: {} }, status: {} },
  'Job.batch': { spec: TEMPLATE, status: {} },
  'Lease.coordination.k8s.io': { spec: {} },
  'CustomResourceDefinition.apiextensions.k8s.io': { spec: { names: {} }, status: {} },
};

const WITHOUT_STATUS = new Set([
  'Secret',
  'ConfigMap',
  'ServiceAccount',
  'StorageClass',
  'Lease',
  'Event',
  'Role',
  'RoleBinding',
]);
const WITH_GENERATION = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'PodDisruptionBudget',
  'CustomResourceDefinition',
]);
