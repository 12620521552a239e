import type { V1PodSpec } from '@kubernetes/client-node';
import { Builtin, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { Annotation, Label, MANAGED_BY } from '../engine/annotations.ts';
import type { Child, Due } from '../engine/child.ts';
import { objectFor, selectorFor } from '../engine/ownership.ts';
import type { Scope } from '../engine/scope.ts';
import { isSameTerm } from '../engine/ledger.ts';
import { quantityValue } from '../../kube/quantity.ts';
import { applied, type Judgement, type Unknown } from './applied.ts';
import { podsOf, stuckPod, troubleIn } from './pods.ts';
import { claimSpec, type Storage } from './volume.ts';

interface WorkloadPart<Spec> {
  readonly id: string;
  readonly suffix?: string;
  /** Why its Pods cannot be described now. */
  readonly unless?: (scope: Scope<Spec>) => Unknown | undefined;
  readonly image: (scope: Scope<Spec>) => string;
  readonly pod: (scope: Scope<Spec>) => V1PodSpec;
  /** The digest of the configuration the Pods read only as they start: another one restarts them. */
  readonly config?: (scope: Scope<Spec>) => string | undefined;
}

interface Replicated<Spec> extends WorkloadPart<Spec> {
  readonly replicas: (spec: Spec) => number;
}

/** How long an address may be used after its Pod was told to end: until every node has left it out. */
const drainSeconds = 5;

/** A Pod that goes on answering for a while when another has taken its place; where nobody calls, there is nothing to wait for. */
function drained(pod: V1PodSpec): V1PodSpec {
  const lifecycle = { preStop: { sleep: { seconds: drainSeconds } } };
  const containers = pod.containers.map((one) => (one.ports === undefined ? one : { ...one, lifecycle }));
  return { ...pod, containers };
}

/** A Deployment. It is settled for an image once it was complete with it; a Pod restart does not take that away. */
export function deployment<Spec>(part: Replicated<Spec> & { readonly strategy?: 'Recreate' }): Child<Spec> {
  const pod = part.strategy === 'Recreate' ? part.pod : (scope: Scope<Spec>) => drained(part.pod(scope));
  return workload({ ...part, pod }, Builtin.Deployment, deploymentState, (scope) => ({
    replicas: part.replicas(scope.cr.spec),
    ...(part.strategy === undefined ? {} : { strategy: { type: part.strategy } }),
  }));
}

/** A StatefulSet with one claim template, `data`. */
export function statefulSet<Spec>(
  part: Replicated<Spec> & {
    readonly service: (scope: Scope<Spec>) => string;
    readonly storage: (spec: Spec) => Storage;
  },
): Child<Spec> {
  const set = workload(part, Builtin.StatefulSet, statefulSetState, (scope) => ({
    replicas: part.replicas(scope.cr.spec),
    serviceName: part.service(scope),
    volumeClaimTemplates: [claimTemplate(scope, part.id, part.storage(scope.cr.spec))],
  }));
  return {
    ...set,
    look: (scope) => {
      const found = set.look(scope);
      const live = scope.lookup.get(Builtin.StatefulSet, { namespace: scope.namespace, name: set.nameIn(scope) });
      if (live === undefined || found.is === 'absent' || found.is === 'failed' || found.is === 'blocked') return found;
      const grown = regrown(scope, live, part.storage(scope.cr.spec).size);
      const due = grown ?? unstuck(scope, live, podsOf(scope, part.id));
      return due === undefined ? found : { ...found, due };
    },
  };
}

/** A DaemonSet: one Pod on each node that its template selects. */
export function daemonSet<Spec>(part: WorkloadPart<Spec>): Child<Spec> {
  return workload(part, Builtin.DaemonSet, daemonSetState, () => ({}));
}

function workload<Spec>(
  part: WorkloadPart<Spec>,
  type: ResourceType,
  rolloutOf: (live: KubeObject) => Rollout,
  spec: (scope: Scope<Spec>) => object,
): Child<Spec> {
  return applied<Spec>({
    id: part.id,
    ...(part.suffix === undefined ? {} : { suffix: part.suffix }),
    type,
    want: (scope, self) =>
      part.unless?.(scope) ?? {
        object: {
          ...objectFor(scope, self, part.id),
          spec: {
            ...spec(scope),
            selector: { matchLabels: selectorFor(scope, part.id) },
            template: template(scope, part, type, self.nameIn(scope)),
          },
        },
      },
    judge: (scope, live) => judge(scope, part, live, rolloutOf(live)),
  });
}

function claimTemplate<Spec>(scope: Scope<Spec>, component: string, storage: Storage) {
  return {
    metadata: {
      name: 'data',
      labels: { ...selectorFor(scope, component), [Label.managedBy]: MANAGED_BY },
      annotations: { [Annotation.owner]: `${scope.kind}/${scope.name}` },
    },
    spec: claimSpec(storage),
  };
}

/** A claim template cannot be changed: the set is deleted without its Pods and made again with the new size. */
function regrown<Spec>(scope: Scope<Spec>, live: KubeObject, size: string): Due | undefined {
  const templates = ((live['spec'] ?? {}) as { volumeClaimTemplates?: ClaimTemplate[] }).volumeClaimTemplates ?? [];
  const now = templates[0]?.spec?.resources?.requests?.storage;
  if (now === undefined || quantityValue(now) === quantityValue(size)) return undefined;
  return {
    verb: 'delete',
    type: Builtin.StatefulSet,
    ref: { namespace: scope.namespace, name: live.metadata.name },
    uid: live.metadata.uid ?? '',
    propagation: 'Orphan',
    why: `its claim template asks for ${now}, wanted ${size}; the Pods stay`,
  };
}

function unstuck<Spec>(scope: Scope<Spec>, live: KubeObject, pods: readonly KubeObject[]): Due | undefined {
  const pod = stuckPod(pods, ((live['status'] ?? {}) as Counts).updateRevision);
  if (pod === undefined) return undefined;
  return {
    verb: 'delete',
    type: Builtin.Pod,
    ref: { namespace: scope.namespace, name: pod.metadata.name },
    uid: pod.metadata.uid ?? '',
    propagation: 'Background',
    why: 'it cannot come up, and the StatefulSet waits for it before it makes the one that is wanted now',
  };
}

interface ClaimTemplate {
  spec?: { resources?: { requests?: { storage?: string } } };
}

function template<Spec>(scope: Scope<Spec>, part: WorkloadPart<Spec>, type: ResourceType, name: string): object {
  const digest = part.config?.(scope);
  const annotations =
    digest === undefined ? {} : { annotations: { [Annotation.config]: keptDigest(scope, type, name, digest) } };
  return {
    metadata: { labels: { ...selectorFor(scope, part.id), [Label.managedBy]: MANAGED_BY }, ...annotations },
    spec: part.pod(scope),
  };
}

/** Digests made with another key cannot be compared: the Pods' own stays, so that a new key restarts nothing. */
function keptDigest<Spec>(scope: Scope<Spec>, type: ResourceType, name: string, digest: string): string {
  const live = scope.lookup.get(type, { namespace: scope.namespace, name });
  const spec = live?.['spec'] as { template?: { metadata?: { annotations?: Record<string, string> } } } | undefined;
  const found = spec?.template?.metadata?.annotations?.[Annotation.config];
  return found !== undefined && isSameTerm(found, digest) ? found : digest;
}

/** How far a rollout is, read from the status. */
interface Rollout {
  readonly complete: boolean;
  readonly message: string;
  readonly failed?: { readonly reason: string; readonly message: string };
}

function judge<Spec>(scope: Scope<Spec>, part: WorkloadPart<Spec>, live: KubeObject, rollout: Rollout): Judgement {
  const image = part.image(scope);
  const at = `${live.kind}/${live.metadata.name}`;
  const runs = imageOf(live) === image;
  if (rollout.complete && runs) {
    return {
      is: 'ready',
      settled: true,
      reason: 'Available',
      message: `${at}: ${rollout.message}`,
      learned: { settled: { [part.id]: image } },
    };
  }
  const settled = scope.record.settled[part.id] === image;
  const trouble = troubleIn(podsOf(scope, part.id));
  if (trouble !== undefined) {
    return {
      is: 'progressing',
      settled,
      reason: trouble.reason,
      message: `${at}: ${rollout.message}; ${trouble.message}`,
      by: trouble.by,
    };
  }
  if (rollout.failed !== undefined) {
    const { reason, message } = rollout.failed;
    return { is: 'progressing', settled, reason, message: `${at}: ${rollout.message}; ${message}` };
  }
  return {
    is: 'progressing',
    settled,
    reason: settled ? 'Degraded' : 'RollingOut',
    message: `${at}: ${rollout.message}`,
  };
}

function imageOf(live: KubeObject): string | undefined {
  const spec = live['spec'] as { template?: { spec?: { containers?: { image?: string }[] } } } | undefined;
  return spec?.template?.spec?.containers?.[0]?.image;
}

interface Counts {
  observedGeneration?: number;
  replicas?: number;
  readyReplicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

function deploymentState(live: KubeObject): Rollout {
  const status = (live['status'] ?? {}) as Counts;
  const wanted = wantedReplicas(live);
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const seen = (status.observedGeneration ?? 0) >= (live.metadata.generation ?? 0);
  const complete = seen && updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
  const bad = status.conditions?.find(
    (condition) =>
      (condition.type === 'ReplicaFailure' && condition.status === 'True') ||
      (condition.type === 'Progressing' && condition.status === 'False'),
  );
  return {
    complete,
    message: seen
      ? `${Math.min(updatedReplicas, availableReplicas)} of ${wanted} replicas available`
      : 'the change is not seen yet',
    ...(bad === undefined ? {} : { failed: { reason: bad.reason ?? bad.type, message: bad.message ?? '' } }),
  };
}

function statefulSetState(live: KubeObject): Rollout {
  const status = (live['status'] ?? {}) as Counts;
  const wanted = wantedReplicas(live);
  const { readyReplicas = 0, updatedReplicas = 0, replicas = 0 } = status;
  const seen = (status.observedGeneration ?? 0) >= (live.metadata.generation ?? 0);
  const current = status.updateRevision === status.currentRevision || updatedReplicas === wanted;
  return {
    complete: seen && current && replicas === wanted && readyReplicas === wanted,
    message: seen
      ? `${current ? readyReplicas : updatedReplicas} of ${wanted} replicas ready`
      : 'the change is not seen yet',
  };
}

interface NodeCounts {
  observedGeneration?: number;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
}

function daemonSetState(live: KubeObject): Rollout {
  const status = (live['status'] ?? {}) as NodeCounts;
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  const seen = (status.observedGeneration ?? 0) >= (live.metadata.generation ?? 0);
  return {
    complete: seen && updatedNumberScheduled === wanted && numberAvailable === wanted,
    message: !seen
      ? 'the change is not seen yet'
      : wanted === 0
        ? `no node that it may run on has the label ${labelsOf(live)}`
        : `${Math.min(updatedNumberScheduled, numberAvailable)} of ${wanted} nodes ready`,
  };
}

/** By which nodes opt in. */
function labelsOf(live: KubeObject): string {
  const spec = live['spec'] as { template?: { spec?: { nodeSelector?: Record<string, string> } } } | undefined;
  const labels = Object.entries(spec?.template?.spec?.nodeSelector ?? {});
  return labels.map(([key, value]) => `${key}=${value}`).join(' and ');
}

function wantedReplicas(live: KubeObject): number {
  return ((live['spec'] ?? {}) as { replicas?: number }).replicas ?? 1;
}
