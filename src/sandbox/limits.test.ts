import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isApiError } from '../kube/errors.ts';
import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';

import { startHttp } from './http/server.ts';
import { definition, deployment, job, object, statefulSet, template, testApi, testWorld } from './test-world.ts';

/** What a real cluster does and the sandbox refuses, as the README lists it, and an object that asks for it. */
const refused: readonly [what: string, type: ResourceType, ...objects: KubeObject[]][] = [
  ['Services other than `ClusterIP`', Builtin.Service, object(Builtin.Service, 'a', { spec: { type: 'NodePort' } })],
  [
    '`paused` and `minReadySeconds` of workloads',
    Builtin.Deployment,
    deployment('a', { paused: true }),
    deployment('a', { minReadySeconds: 5 }),
  ],
  [
    'StatefulSets that are not `OrderedReady` with a full `RollingUpdate`, or that delete their claims',
    Builtin.StatefulSet,
    statefulSet('a', { podManagementPolicy: 'Parallel' }),
    statefulSet('a', { updateStrategy: { type: 'OnDelete' } }),
    statefulSet('a', { updateStrategy: { rollingUpdate: { partition: 1 } } }),
    statefulSet('a', { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } }),
    statefulSet('a', { ordinals: { start: 1 } }),
  ],
  [
    'DaemonSets with `maxSurge`, `minReadySeconds` or affinity of their own; `kubectl rollout undo`: there are no revisions',
    Builtin.DaemonSet,
    daemonSet({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
    daemonSet({ minReadySeconds: 5 }),
    daemonSet({ template: withPod({ affinity: { nodeAffinity: {} } }) }),
  ],
  [
    'Jobs that are indexed, suspended, restart their containers in place, go by themselves, or have policies for failures and success',
    Builtin.Job,
    job('a', { completionMode: 'Indexed', completions: 1 }),
    job('a', { suspend: true }),
    job('a', { ttlSecondsAfterFinished: 5 }),
    job('a', { podFailurePolicy: { rules: [] } }),
    job('a', { successPolicy: { rules: [] } }),
  ],
  [
    'claims with a source, a selector or a volume by name; StorageClasses that bind late',
    Builtin.PersistentVolumeClaim,
    claim({ selector: {} }),
    claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'b' } }),
    claim({ volumeName: 'pv' }),
  ],
  [
    'sidecar and ephemeral containers, readiness gates, scheduling gates, resource claims and deadlines of Pods',
    Builtin.Deployment,
    deployment('a', {}, withPod({ initContainers: [{ name: 'b', image: 'b:1', restartPolicy: 'Always' }] })),
    deployment('a', {}, withPod({ readinessGates: [{ conditionType: 'x' }] })),
    deployment('a', {}, withPod({ schedulingGates: [{ name: 'x' }] })),
    deployment('a', {}, withPod({ resourceClaims: [{ name: 'x' }] })),
  ],
  [
    'affinity between Pods that is required',
    Builtin.Deployment,
    deployment(
      'a',
      {},
      withPod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } } }),
    ),
  ],
  [
    'volumes other than Secrets, ConfigMaps, claims, `emptyDir`, `hostPath`, `downwardAPI` and `projected`',
    Builtin.Deployment,
    deployment('a', {}, withPod({ volumes: [{ name: 'v', nfs: { server: 's', path: '/' } }] })),
  ],
  [
    'schemas with `allOf`, `anyOf`, `oneOf`, `not`, embedded resources, or formats beyond those that our CRDs use',
    Builtin.CustomResourceDefinition,
    schema({ anyOf: [{ required: ['a'] }] }),
    schema({ 'x-kubernetes-embedded-resource': true }),
    schema({ properties: { a: { type: 'string', format: 'ipv4' } } }),
  ],
  [
    'CEL beyond the functions that our CRDs use, with `messageExpression` or `optionalOldSelf`',
    Builtin.CustomResourceDefinition,
    rule({ rule: 'self.a.lowerAscii() == "x"' }),
    rule({ rule: 'true', messageExpression: '"x"' }),
    rule({ rule: 'true', optionalOldSelf: true }),
  ],
];

it.each(refused)('refuses %s', (_what, type, ...objects) => {
  for (const asked of objects)
    expect(
      outcome(() => testApi().api.create(type, asked)),
      JSON.stringify(asked),
    ).toBe(501);
});

/** The same of requests. */
const unanswered: readonly [what: string, method: string, path: string, status: number, contentType: string][] = [
  [
    'bodies of protobuf or CBOR: `kubectl create configmap` and its like; `-f` is fine',
    'POST',
    '/api/v1/namespaces/default/configmaps',
    415,
    'application/vnd.kubernetes.protobuf',
  ],
  [
    '`kubectl logs`, `exec`, `attach` and `port-forward`: nothing runs in its Pods',
    'GET',
    '/api/v1/namespaces/default/pods/a/log',
    501,
    '',
  ],
  [
    'strategic merge patches with directives that no client of ours sends',
    'PATCH',
    '/api/v1/namespaces/default',
    501,
    'application/strategic-merge-patch+json',
  ],
];

it.each(unanswered)('refuses %s', async (_what, method, path, status, contentType) => {
  const world = testWorld();
  const server = await startHttp({ world });
  try {
    const body = method === 'GET' ? {} : { body: '{"metadata":{"$bogus/x":1}}' };
    const answer = await fetch(server.url + path, { method, headers: { 'content-type': contentType }, ...body });
    expect(answer.status, await answer.text()).toBe(status);
  } finally {
    await server.close();
    world.stop();
  }
});

it('refuses what the README lists, and lists no more', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, list = ''] = /<!-- refused -->\n+([\s\S]*?)\n+<!-- end -->/.exec(readme) ?? [];
  expect(list.split('\n')).toEqual([...refused, ...unanswered].map(([what]) => `- ${what}`));
});

function outcome(run: () => unknown): number {
  try {
    run();
    return 200;
  } catch (error) {
    if (isApiError(error)) return error.code;
    throw error;
  }
}

function daemonSet(spec: object): KubeObject {
  return object(Builtin.DaemonSet, 'a', {
    spec: { selector: { matchLabels: { app: 'a' } }, template: template('a'), ...spec },
  });
}

function claim(spec: object): KubeObject {
  const resources = { requests: { storage: '1Gi' } };
  return object(Builtin.PersistentVolumeClaim, 'a', { spec: { accessModes: ['ReadWriteOnce'], resources, ...spec } });
}

function withPod(spec: object): ReturnType<typeof template> {
  return template('a', { containers: [{ name: 'main', image: 'i:1' }], ...spec });
}

function schema(spec: object): KubeObject {
  const wanted = { type: 'object', properties: { a: { type: 'string' } }, ...spec };
  return definition('widgets', 'Widget', { type: 'object', properties: { spec: wanted } });
}

function rule(validation: object): KubeObject {
  return schema({ 'x-kubernetes-validations': [validation] });
}
