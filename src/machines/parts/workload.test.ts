import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { digest, live, otherDigest, pod, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import { Annotation } from '../engine/annotations.ts';
import type { Child } from '../engine/child.ts';
import { directPod } from './pod-spec.ts';
import { daemonSet, deployment, statefulSet } from './workload.ts';

interface Spec {
  readonly replicas?: number;
  readonly image?: string;
  readonly size?: string;
  readonly tolerations?: readonly object[];
  readonly cpu?: string;
  readonly config?: string;
}

type Given = NonNullable<Parameters<typeof scopeWith<Spec>>[0]>;
const scope = (more: Given = {}) => scopeWith<Spec>({ spec: {}, ...more });

const common: Parameters<typeof deployment<Spec>>[0] = {
  id: 'api',
  replicas: (spec) => spec.replicas ?? 1,
  image: (given) => given.cr.spec.image ?? 'image:1',
  config: (given) => given.digest(given.cr.spec.config ?? 'config'),
  pod: (given) =>
    directPod(given, {
      name: 'api',
      image: given.cr.spec.image ?? 'image:1',
      user: 42425,
      command: ['run'],
      mounts: [
        { at: '/etc/x', secret: 'x' },
        { at: '/tmp', empty: true },
      ],
      placement: {
        tolerations: given.cr.spec.tolerations,
        resources: given.cr.spec.cpu === undefined ? undefined : { requests: { cpu: given.cr.spec.cpu }, limits: {} },
      },
    }),
};
const api = deployment<Spec>(common);
const set = statefulSet<Spec>({
  ...common,
  service: (given) => given.name,
  storage: (spec) => ({ size: spec.size ?? '10Gi' }),
});

/** What was wanted with this spec, as the API server returns it: what is empty is left out. */
function stored(child: Child<Spec>, spec: Spec = {}, status: object = {}, of: Given = {}): KubeObject {
  const { due } = child.look(scope({ ...of, spec }));
  if (due?.verb !== 'create') throw new Error('not created');
  const { metadata, ...rest } = due.object;
  const clean = (_: string, value: unknown) => (Array.isArray(value) && value.length === 0 ? undefined : value);
  return JSON.parse(
    JSON.stringify(
      live(child.type, metadata.name, { ...rest, metadata: { ...metadata, generation: 2 }, status }),
      clean,
    ),
  ) as KubeObject;
}

const up = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const once = { record: { settled: { api: 'image:1' } } };

describe('a Deployment', () => {
  it('is complete with every replica of the present template available, and that is learned', () => {
    expect(api.look(scope({ objects: [stored(api, {}, up)] }))).toMatchObject({
      is: 'ready',
      settled: true,
      learned: { settled: { api: 'image:1' } },
      message: 'Deployment/a-api: 1 of 1 replicas available',
    });
  });

  it.each([
    { what: 'nothing is said yet', status: {} },
    { what: 'the change is not seen yet', status: { ...up, observedGeneration: 1 } },
    { what: 'a replica is not available', status: { ...up, availableReplicas: 0 } },
    { what: 'an old replica is left', status: { ...up, replicas: 2 } },
    { what: 'a replica is of the old template', status: { ...up, updatedReplicas: 0 } },
  ])('is not complete where $what, and settled only if it once was', ({ status }) => {
    const objects = [stored(api, {}, status)];
    expect(api.look(scope({ objects }))).toMatchObject({ is: 'progressing', settled: false, reason: 'RollingOut' });
    expect(api.look(scope({ objects, ...once }))).toMatchObject({
      is: 'progressing',
      settled: true,
      reason: 'Degraded',
    });
    const other = { record: { settled: { api: 'image:0' } } };
    expect(api.look(scope({ objects, ...other })).settled).toBe(false);
  });

  it('with no replicas is complete with none', () => {
    const none = { observedGeneration: 2 };
    expect(api.look(scope({ spec: { replicas: 0 }, objects: [stored(api, { replicas: 0 }, none)] })).is).toBe('ready');
  });

  it('is not complete for an image that it does not run yet', () => {
    const found = api.look(scope({ spec: { image: 'image:2' }, objects: [stored(api, {}, up)], ...once }));
    expect(found).toMatchObject({
      is: 'progressing',
      settled: false,
      due: { verb: 'apply', why: 'what is wanted has changed' },
    });
  });

  it('tells of the Pod that cannot come up, or of what the controller says', () => {
    const crash = pod('api', {
      containerStatuses: [
        {
          name: 'api',
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, message: 'boom' } },
        },
      ],
    });
    const objects = [stored(api, {}, { ...up, availableReplicas: 0 })];
    expect(api.look(scope({ objects: [...objects, crash] }))).toMatchObject({
      reason: 'CrashLoopBackOff',
      by: { kind: 'Pod' },
      message:
        'Deployment/a-api: 0 of 1 replicas available; Pod/a-api-x: CrashLoopBackOff; it ended with exit code 1: boom',
    });
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }];
    expect(api.look(scope({ objects: [stored(api, {}, { ...up, availableReplicas: 0, conditions })] }))).toMatchObject({
      reason: 'FailedCreate',
      message: 'Deployment/a-api: 0 of 1 replicas available; exceeded quota',
    });
  });

  it.each([
    { what: 'nothing', spec: {} },
    { what: 'an empty list', spec: { tolerations: [] } },
    { what: 'a fraction of a core', spec: { cpu: '0.7' }, stored: '700m' },
  ])('is not applied again where the spec says $what', (row) => {
    const found = stored(api, row.spec, up);
    const text = JSON.stringify(found).replaceAll('"0.7"', `"${row.stored}"`);
    expect(api.look(scope({ spec: row.spec, objects: [JSON.parse(text) as KubeObject] })).due).toBeUndefined();
  });

  it('is brought back where somebody changed it, with both values in the reason', () => {
    const changed = stored(api, {}, up);
    (changed['spec'] as { replicas: number }).replicas = 7;
    expect(api.look(scope({ objects: [changed] })).due).toMatchObject({
      verb: 'apply',
      why: 'spec.replicas was 7, wanted 1',
    });
  });

  it('restarts its Pods for another configuration, and for no other digest key', () => {
    const objects = [stored(api, {}, up)];
    const restarted = api.look(scope({ objects, spec: { config: 'other' } })).due;
    const templateOf = (due: typeof restarted) =>
      due !== undefined && 'object' in due
        ? (due.object['spec'] as { template: { metadata: { annotations: Record<string, string> } } }).template.metadata
        : undefined;
    expect(templateOf(restarted)?.annotations[Annotation.config]).toBe(digest('other'));
    const otherKey = api.look(scope({ objects, digest: otherDigest })).due;
    expect(templateOf(otherKey)?.annotations[Annotation.config]).toBe(digest('config'));
  });

  it('lets a Pod that others call answer for a while when another takes its place, where one does', () => {
    const listens = (given: ReturnType<typeof scope>) => {
      const spec = common.pod(given);
      const ports = [{ containerPort: 80 }];
      return { ...spec, containers: spec.containers.map((one) => ({ ...one, ports })) };
    };
    const containerOf = (child: Child<Spec>) =>
      (stored(child)['spec'] as V1DeploymentSpec).template.spec?.containers[0];
    const lifecycle = { preStop: { sleep: { seconds: 5 } } };
    expect(containerOf(deployment({ ...common, pod: listens }))).toMatchObject({ lifecycle });
    expect(containerOf(deployment({ ...common, pod: listens, strategy: 'Recreate' }))).not.toHaveProperty('lifecycle');
    expect(containerOf(api)).not.toHaveProperty('lifecycle');
  });

  it('that is being deleted is waited for, and one of a stranger left alone', () => {
    const going = stored(api, {}, up);
    going.metadata.deletionTimestamp = 'now';
    expect(api.look(scope({ objects: [going] }))).toMatchObject({ is: 'absent', reason: 'Terminating' });
    expect(api.look(scope({ objects: [going] })).due).toBeUndefined();
    const strange = stored(api, {}, up);
    strange.metadata.ownerReferences = [{ apiVersion: 'x', kind: 'Helm', name: 'h', uid: 'other', controller: true }];
    const found = api.look(scope({ objects: [strange] }));
    expect(found).toMatchObject({ is: 'failed', stalled: true, reason: 'NameConflict' });
    expect(found.message).toContain('belongs to Helm/h');
    expect(found.due).toBeUndefined();
  });
});

describe('a StatefulSet', () => {
  const current = { ...up, currentRevision: 'r2', updateRevision: 'r2' };

  it('is complete when every replica is ready at the present revision', () => {
    expect(set.look(scope({ objects: [stored(set, {}, current)] })).is).toBe('ready');
    const old = { ...current, currentRevision: 'r1', updatedReplicas: 0 };
    expect(set.look(scope({ objects: [stored(set, {}, old)] })).is).toBe('progressing');
  });

  it.each([
    { what: 'nothing is said yet', status: {} },
    { what: 'the change is not seen yet', status: { ...current, observedGeneration: 1 } },
    { what: 'a replica is not ready', status: { ...current, readyReplicas: 0 } },
    { what: 'a replica too many is left', status: { ...current, replicas: 2 } },
    { what: 'a replica is of the old revision', status: { ...current, currentRevision: 'r1', updatedReplicas: 0 } },
  ])('is not complete where $what', ({ status }) => {
    const found = set.look(scope({ objects: [stored(set, {}, status)] }));
    expect(found).toMatchObject({ is: 'progressing', settled: false });
  });

  it('is applied again where what is wanted has changed: image, replicas or configuration', () => {
    const objects = [stored(set, {}, current)];
    for (const spec of [{ image: 'image:2' }, { replicas: 2 }, { config: 'other' }]) {
      expect(set.look(scope({ objects, spec })).due).toMatchObject({
        verb: 'apply',
        why: 'what is wanted has changed',
      });
    }
    expect(set.look(scope({ objects })).due).toBeUndefined();
  });

  it('is made again without its Pods when its volumes are to grow', () => {
    const objects = [stored(set, {}, current)];
    expect(set.look(scope({ objects, spec: { size: '20Gi' } })).due).toMatchObject({
      verb: 'delete',
      type: Builtin.StatefulSet,
      propagation: 'Orphan',
    });
    expect(set.look(scope({ objects, spec: { size: '10240Mi' } })).due?.verb).not.toBe('delete');
  });

  it('has a Pod of an older revision deleted that cannot come up, and no other', () => {
    const broken = { containerStatuses: [{ name: 'api', state: { waiting: { reason: 'ImagePullBackOff' } } }] };
    const labelled = (hash: string, status: object) => {
      const made = pod('api', status);
      return {
        ...made,
        metadata: { ...made.metadata, labels: { ...made.metadata.labels, 'controller-revision-hash': hash } },
      };
    };
    const objects = [stored(set, {}, { ...current, currentRevision: 'r1', updatedReplicas: 0, readyReplicas: 0 })];
    expect(set.look(scope({ objects: [...objects, labelled('r1', broken)] })).due).toMatchObject({
      verb: 'delete',
      type: Builtin.Pod,
    });
    expect(set.look(scope({ objects: [...objects, labelled('r2', broken)] })).due).toBeUndefined();
    expect(set.look(scope({ objects: [...objects, labelled('r1', { phase: 'Running' })] })).due).toBeUndefined();
  });
});

describe('a DaemonSet', () => {
  const daemons = daemonSet<Spec>({
    ...common,
    pod: (given) => ({ ...common.pod(given), nodeSelector: { 'openstack.k8s.io/network': 'ns.a' } }),
  });
  const everywhere = {
    observedGeneration: 2,
    desiredNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
  };

  it.each([
    { what: 'one Pod on each node', status: everywhere, is: 'ready', says: '2 of 2 nodes ready' },
    {
      what: 'a node without',
      status: { ...everywhere, numberAvailable: 1 },
      is: 'progressing',
      says: '1 of 2 nodes ready',
    },
    {
      what: 'a node that has the old one',
      status: { ...everywhere, updatedNumberScheduled: 1 },
      is: 'progressing',
      says: '1 of 2 nodes ready',
    },
    {
      what: 'a change that is not seen yet',
      status: { ...everywhere, observedGeneration: 1 },
      is: 'progressing',
      says: 'the change is not seen yet',
    },
    {
      what: 'no node that it may run on',
      status: { observedGeneration: 2 },
      is: 'ready',
      says: 'no node that it may run on has the label openstack.k8s.io/network=ns.a',
    },
  ])('with $what is $is', ({ status, is, says }) => {
    const found = daemons.look(scope({ objects: [stored(daemons, {}, status)] }));
    expect(found).toMatchObject({ is, message: `DaemonSet/a-api: ${says}` });
  });
});
