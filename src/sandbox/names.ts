import type { ResourceType } from '../kube/object.ts';
import { recordAt } from './json.ts';

/** What else than its plural a person may call a type by. */
export interface Names {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

export function namesOf({ kind }: ResourceType): Names {
  return { singular: kind.toLowerCase(), shortNames: SHORT[kind] ?? [], categories: CATEGORIES[kind] ?? [] };
}

/** From the definition's `spec.names`. */
export function namesIn(definition: object): Names {
  const names = recordAt(definition, 'spec', 'names');
  return {
    singular: String(names['singular'] ?? String(names['kind']).toLowerCase()),
    shortNames: (names['shortNames'] ?? []) as string[],
    categories: (names['categories'] ?? []) as string[],
  };
}

const SHORT: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['cm'],
  CustomResourceDefinition: ['crd', 'crds'],
  DaemonSet: ['ds'],
  Deployment: ['deploy'],
  Event: ['ev'],
  Namespace: ['ns'],
  Node: ['no'],
  PersistentVolumeClaim: ['pvc'],
  Pod: ['po'],
  PodDisruptionBudget: ['pdb'],
  ReplicaSet: ['rs'],
  Service: ['svc'],
  ServiceAccount: ['sa'],
  StatefulSet: ['sts'],
  StorageClass: ['sc'],
};

const ALL = ['all'];
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  CustomResourceDefinition: ['api-extensions'],
  DaemonSet: ALL,
  Deployment: ALL,
  Job: ALL,
  Pod: ALL,
  ReplicaSet: ALL,
  Service: ALL,
  StatefulSet: ALL,
};
