import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import { TEMPLATE_GENERATION, withDefaults } from './defaults.ts';
import { fill, within } from './fill.ts';
import { isRecord, isSame, type JsonObject, recordAt, recordsAt } from './json.ts';
import { forbidden } from './refusal.ts';
import type { Store } from './store.ts';

/** A built-in object as the server would store it on creation: defaults, and what needs other objects or counters. */
export function admitCreation(store: Store, type: ResourceType, object: KubeObject, serial: () => number): KubeObject {
  const filled = withDefaults(type, object);
  switch (`${type.kind}.${type.group}`) {
    case 'Namespace.':
      return { ...filled, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    case 'Service.':
      return withClusterIP(filled, serial);
    case 'Pod.':
      return admitPod(store, filled);
    case 'PersistentVolumeClaim.':
      return {
        ...withDefaultClass(store, filled),
        metadata: { ...filled.metadata, finalizers: withMember(filled.metadata.finalizers, CLAIM_PROTECTION) },
        status: { phase: 'Pending' },
      };
    case 'Job.batch':
      return { ...withJobSelector(filled), status: {} };
    case 'CustomResourceDefinition.apiextensions.k8s.io':
      return { ...filled, status: definitionStatus(filled) };
    case 'Deployment.apps':
      return { ...filled, status: {} };
    case 'ReplicaSet.apps':
    case 'StatefulSet.apps':
      return { ...filled, status: { replicas: 0 } };
    case 'DaemonSet.apps': {
      const none = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
      return { ...filled, status: none };
    }
    default:
      return filled;
  }
}

/** The same for a write to what exists: allocated values survive a writer that leaves them out. */
export function admitUpdate(type: ResourceType, old: KubeObject, object: KubeObject): KubeObject {
  const filled = withDefaults(type, object);
  switch (`${type.kind}.${type.group}`) {
    case 'Service.': {
      const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = recordAt(old, 'spec');
      const allocated = { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy };
      return within(filled, 'spec', (spec) => fill(spec, allocated)) as KubeObject;
    }
    case 'DaemonSet.apps':
      return withTemplateGeneration(old, filled);
    case 'Namespace.':
      return within({ ...filled, spec: filled['spec'] ?? old['spec'] }, 'spec', (spec) =>
        fill(spec, { finalizers: recordAt(old, 'spec')['finalizers'] }),
      ) as KubeObject;
    default:
      return filled;
  }
}

export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
export const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Counts the templates; nobody else may. */
function withTemplateGeneration(old: KubeObject, set: KubeObject): KubeObject {
  const isNew = !isSame(recordAt(old, 'spec')['template'], recordAt(set, 'spec')['template']);
  const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
  const annotations = { ...set.metadata.annotations, [TEMPLATE_GENERATION]: String(isNew ? before + 1 : before) };
  return { ...set, metadata: { ...set.metadata, annotations } };
}

function withMember(list: readonly string[] | undefined, member: string): string[] {
  return [...(list ?? []).filter((item) => item !== member), member];
}

/** A controller fills in the rest. */
function definitionStatus(definition: KubeObject): JsonObject {
  const stored = recordsAt(definition, 'spec', 'versions').find((version) => version['storage'] === true);
  return { conditions: null, acceptedNames: { plural: '', kind: '' }, storedVersions: [stored?.['name']] };
}

function withClusterIP(service: KubeObject, serial: () => number): KubeObject {
  const given = recordAt(service, 'spec');
  const spec = given['type'] === 'ExternalName' ? given : fill(given, familiesFor(given));
  if (spec['clusterIP'] === undefined || spec['clusterIP'] === '') {
    const n = serial();
    const clusterIP = `10.96.${Math.floor(n / 254) % 256}.${(n % 254) + 1}`;
    return { ...service, spec: { ...spec, clusterIP, clusterIPs: [clusterIP] }, status: { loadBalancer: {} } };
  }
  return { ...service, spec: fill(spec, { clusterIPs: [spec['clusterIP']] }), status: { loadBalancer: {} } };
}

/** Without a cluster IP and without Pods of its own, a Service is of both families. */
function familiesFor({ clusterIP, selector }: JsonObject): JsonObject {
  return clusterIP === 'None' && selector === undefined
    ? { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }
    : { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
}

function admitPod(store: Store, pod: KubeObject): KubeObject {
  const { name, namespace = '' } = pod.metadata;
  const account = String(recordAt(pod, 'spec')['serviceAccountName'] ?? 'default');
  if (store.get(Builtin.ServiceAccount, `${namespace}/${account}`) === undefined) {
    const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
    throw forbidden('pods', name, why);
  }
  const spec = fill(recordAt(pod, 'spec'), { serviceAccountName: account, serviceAccount: account });
  return { ...pod, spec, status: { phase: 'Pending', qosClass: qosClassOf(spec) } };
}

function qosClassOf(spec: JsonObject): string {
  const containers = [...recordsAt(spec, 'initContainers'), ...recordsAt(spec, 'containers')];
  const sets = containers.map(
    ({ resources }) => [recordAt(resources, 'requests'), recordAt(resources, 'limits')] as const,
  );
  if (sets.every(([requests, limits]) => Object.keys(requests).length + Object.keys(limits).length === 0))
    return 'BestEffort';
  const isGuaranteed = sets.every(([requests, limits]) =>
    ['cpu', 'memory'].every((key) => limits[key] !== undefined && requests[key] === limits[key]),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function withDefaultClass(store: Store, claim: KubeObject): KubeObject {
  const spec = recordAt(claim, 'spec');
  if (spec['storageClassName'] !== undefined) return claim;
  const standard = store
    .list(Builtin.StorageClass)
    .find((storageClass) => storageClass.metadata.annotations?.[DEFAULT_CLASS] === 'true');
  return standard === undefined ? claim : { ...claim, spec: { ...spec, storageClassName: standard.metadata.name } };
}

/** The selector and labels that tie Pods to this very Job. */
function withJobSelector(job: KubeObject): KubeObject {
  const { name, uid = '' } = job.metadata;
  const spec = recordAt(job, 'spec');
  const template = recordAt(spec, 'template');
  const metadata = recordAt(template, 'metadata');
  const labels = {
    ...(isRecord(metadata['labels']) ? metadata['labels'] : {}),
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  return {
    ...job,
    spec: {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}
