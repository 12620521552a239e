import { Builtin, type KubeObject, type ResourceType, resourceName } from '../kube/object.ts';
import { isRecord, type JsonObject, recordAt, recordsAt } from './json.ts';
import type { Shape } from './built-in.ts';
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
  /** A PUT has to say which version it replaces. */
  readonly needsVersion: boolean;
  /** A PUT makes what is not there. */
  readonly isCreatedByPut: boolean;
  readonly topology: Topology;
  readonly names: Names;
  /** What the server has for an object that sets nothing: parts that are always there, and so are never set. */
  readonly blank: JsonObject;
  /** What a built-in kind is made of, where that is known: whoever serves HTTP tells it. */
  readonly shape?: Shape;
  /** The CustomResourceDefinition that adds the type. */
  readonly definition?: KubeObject;
  /** No older watch can begin: the type was not there. 0 for what is built in. */
  readonly since: number;
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
        needsVersion: WITH_VERSION.has(type.kind),
        isCreatedByPut: BY_PUT.has(type.kind),
        topology: topologyOf(type),
        names: namesOf(type),
        since: 0,
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

  /** From now on, objects of these built-in kinds are read as the real server reads them. */
  learn(shapes: ReadonlyMap<ResourceType, Shape>): void {
    this.#byType = new WeakMap();
    for (const [type, shape] of shapes) {
      const served = this.find(type);
      this.#served.set(resourceName(type), { ...served, shape });
    }
    this.#byType = new WeakMap();
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
    const known = this.#served.get(resourceName(type));
    this.#served.set(resourceName(type), {
      type,
      custom: true,
      hasStatus: isRecord(recordAt(version, 'subresources')['status']),
      hasGeneration: true,
      needsVersion: true,
      isCreatedByPut: false,
      blank: {},
      topology: topologyOfSchema(recordAt(version, 'schema')['openAPIV3Schema']),
      names: namesIn(definition),
      definition,
      since: known?.since ?? Number(definition.metadata.resourceVersion ?? 0),
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

const POD: JsonObject = { containers: null };
const TEMPLATE: JsonObject = { template: { metadata: {}, spec: POD } };
const BLANK: Readonly<Record<string, JsonObject>> = {
  'Namespace.': { spec: {}, status: {} },
  'Service.': { spec: {}, status: { loadBalancer: {} } },
  'Pod.': { spec: POD, status: {} },
  'PersistentVolumeClaim.': { spec: { resources: {} }, status: {} },
  'Deployment.apps': { spec: { ...TEMPLATE, strategy: {} }, status: {} },
  'ReplicaSet.apps': { spec: TEMPLATE, status: {} },
  'StatefulSet.apps': { spec: { ...TEMPLATE, updateStrategy: {} }, status: {} },
  'DaemonSet.apps': { spec: { ...TEMPLATE, updateStrategy: {} }, status: {} },
  'EndpointSlice.discovery.k8s.io': { endpoints: null, ports: null },
  'Node.': { spec: {}, status: {} },
  'Job.batch': { spec: TEMPLATE, status: {} },
  'Lease.coordination.k8s.io': { spec: {} },
  'CustomResourceDefinition.apiextensions.k8s.io': { spec: { names: {} }, status: {} },
};

const WITH_VERSION = new Set(['CustomResourceDefinition', 'Lease', 'PodDisruptionBudget']);
const BY_PUT = new Set(['Event', 'Lease', 'Service']);
const WITHOUT_STATUS = new Set([
  'Secret',
  'ConfigMap',
  'ServiceAccount',
  'StorageClass',
  'Lease',
  'Event',
  'EndpointSlice',
  'Role',
  'RoleBinding',
]);
const WITH_GENERATION = new Set([
  'EndpointSlice',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'PodDisruptionBudget',
  'CustomResourceDefinition',
]);
