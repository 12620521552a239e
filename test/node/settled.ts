import type { KubeObject } from '../../src/kube/object.ts';
import { list } from './kubectl.ts';
import { cloud, services } from './whole-cloud.ts';

const types = ['openstackcontrolplanes', ...services.map(([type]) => type), 'deployments', 'statefulsets', 'jobs'];

/** What is not done in the cloud: resources that are not Ready, rollouts and Jobs on their way. */
export async function unsettled(): Promise<string[]> {
  const all = await list(cloud, types.join(','));
  return all.filter((each) => !isSettled(each)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

interface Status {
  conditions?: { type: string; status: string }[];
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
}

function isSettled(object: KubeObject): boolean {
  const { replicas: wanted = 1 } = object['spec'] as { replicas?: number };
  const status = (object['status'] ?? {}) as Status;
  const seen = status.observedGeneration === object.metadata.generation;
  const says = (type: string): boolean =>
    status.conditions?.some((each) => each.type === type && each.status === 'True') ?? false;
  const all = (...counts: (number | undefined)[]): boolean => counts.every((count = 0) => count === wanted);
  switch (object.kind) {
    case 'Job':
      return says('Complete');
    case 'Deployment':
      return seen && all(status.replicas, status.updatedReplicas, status.availableReplicas);
    case 'StatefulSet':
      return seen && all(status.replicas, status.readyReplicas) && status.currentRevision === status.updateRevision;
    default:
      return seen && says('Ready');
  }
}
