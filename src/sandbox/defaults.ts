import type { KubeObject, ResourceType } from '../kube/object.ts';
import { each, fill, within } from './fill.ts';
import { isRecord, type JsonObject } from './json.ts';
import { templateWithDefaults, podSpecWithDefaults } from './pod-defaults.ts';

/**
 * What the API server fills in on every write of a built-in kind. Returns `object` itself when nothing is missing.
 * What depends on other objects or on a counter (cluster IPs, default class, Job selectors) is in `admission.ts`.
 */
export function withDefaults(type: ResourceType, object: KubeObject): KubeObject {
  const fillIn = DEFAULTS[`${type.kind}.${type.group}`];
  return fillIn === undefined ? object : (fillIn(object) as KubeObject);
}

const inSpec = (change: (spec: JsonObject) => JsonObject) => (object: JsonObject) =>
  within(object['spec'] === undefined ? { ...object, spec: {} } : object, 'spec', change);
const inTemplate = (spec: JsonObject): JsonObject => within(spec, 'template', templateWithDefaults);

const DEFAULTS: Readonly<Record<string, (object: JsonObject) => JsonObject>> = {
  'Secret.': (secret) => fill(foldStringData(secret), { type: 'Opaque' }),
  'Service.': inSpec(service),
  'Namespace.': (namespace) => within(namespace, 'metadata', namespaceLabels),
  'Pod.': inSpec((spec) => fill(podSpecWithDefaults(spec), { enableServiceLinks: true })),
  'PersistentVolumeClaim.': inSpec((spec) => fill(spec, { volumeMode: 'Filesystem' })),
  'Deployment.apps': inSpec((spec) =>
    inTemplate(
      within(
        fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} }),
        'strategy',
        (strategy) => rolling(fill(strategy, { type: 'RollingUpdate' }), { maxUnavailable: '25%', maxSurge: '25%' }),
      ),
    ),
  ),
  'ReplicaSet.apps': inSpec((spec) => inTemplate(fill(spec, { replicas: 1 }))),
  'StatefulSet.apps': inSpec((spec) => inTemplate(each(statefulSet(spec), 'volumeClaimTemplates', claimTemplate))),
  'DaemonSet.apps': (set) => within(inSpec((spec) => inTemplate(daemonSet(spec)))(set), 'metadata', templateGeneration),
  'EndpointSlice.discovery.k8s.io': (slice) =>
    each(fill(slice, { endpoints: null, ports: null }), 'ports', (port) => fill(port, { name: '', protocol: 'TCP' })),
  'Node.': inSpec((spec) => spec),
  'Lease.coordination.k8s.io': (lease) => fill(lease, { spec: {} }),
  'CustomResourceDefinition.apiextensions.k8s.io': inSpec(definition),
  'Job.batch': inSpec((spec) => inTemplate(job(spec))),
  'StorageClass.storage.k8s.io': (storageClass) =>
    fill(storageClass, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
};

function definition(spec: JsonObject): JsonObject {
  return within(fill(spec, { conversion: { strategy: 'None' } }), 'names', (names) => {
    const kind = String(names['kind']);
    return fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  });
}

function foldStringData(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  if (!isRecord(stringData)) return secret;
  const data: JsonObject = { ...(rest['data'] as JsonObject | undefined) };
  for (const key in stringData) data[key] = Buffer.from(String(stringData[key])).toString('base64');
  return { ...rest, data };
}

function namespaceLabels(metadata: JsonObject): JsonObject {
  return within(fill(metadata, { labels: {} }), 'labels', (labels) =>
    fill(labels, { 'kubernetes.io/metadata.name': metadata['name'] }),
  );
}

function service(spec: JsonObject): JsonObject {
  const filled = fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  const network = { internalTrafficPolicy: 'Cluster' };
  return each(filled['type'] === 'ExternalName' ? filled : fill(filled, network), 'ports', (port) =>
    fill(port, { protocol: 'TCP', targetPort: port['port'] }),
  );
}

function rolling(strategy: JsonObject, missing: JsonObject): JsonObject {
  if (strategy['type'] !== 'RollingUpdate') return strategy;
  return within(fill(strategy, { rollingUpdate: {} }), 'rollingUpdate', (update) => fill(update, missing));
}

function statefulSet(spec: JsonObject): JsonObject {
  const filled = fill(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: {},
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  });
  return within(filled, 'updateStrategy', (strategy) =>
    rolling(fill(strategy, { type: 'RollingUpdate' }), { partition: 0 }),
  );
}

function daemonSet(spec: JsonObject): JsonObject {
  return within(fill(spec, { revisionHistoryLimit: 10, updateStrategy: {} }), 'updateStrategy', (strategy) =>
    rolling(fill(strategy, { type: 'RollingUpdate' }), { maxUnavailable: 1, maxSurge: 0 }),
  );
}

function templateGeneration(metadata: JsonObject): JsonObject {
  return within(fill(metadata, { annotations: {} }), 'annotations', (annotations) =>
    fill(annotations, { [TEMPLATE_GENERATION]: '1' }),
  );
}

/** How many templates a DaemonSet has had; it stands on the object and on the Pods made of it. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function claimTemplate(template: JsonObject): JsonObject {
  const typed = fill(template, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } });
  return within(typed, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' }));
}

function job(spec: JsonObject): JsonObject {
  const always = spec['completions'] === undefined && spec['parallelism'] === undefined ? { completions: 1 } : {};
  const filled = fill(spec, {
    ...always,
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
  });
  return fill(filled, {
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  });
}
