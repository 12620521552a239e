import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { recordsAt } from './json.ts';
import { conditionOf, object, secret, status, testWorld } from './test-world.ts';

const ref = { name: 'pod', namespace: 'default' };

function pod(spec: object = {}, container: object = {}, annotations: Record<string, string> = {}): KubeObject {
  const containers = [{ name: 'main', image: 'registry/main:1', ...container }];
  return object(Builtin.Pod, 'pod', { metadata: { annotations }, spec: { containers, ...spec } });
}

function started(made: KubeObject) {
  const world = testWorld();
  world.api.create(Builtin.Pod, made);
  const find = () => world.api.get(Builtin.Pod, ref);
  const main = () => recordsAt(find(), 'status', 'containerStatuses')[0];
  return { ...world, find, main };
}

const config = (data: Record<string, string>) => object(Builtin.ConfigMap, 'thing', { data });
const volume = (source: object) => ({ volumes: [{ name: 'v', ...source }] });

describe('kubelet', () => {
  it('runs a Pod and reports it', async () => {
    const { clock, find, main } = started(
      pod({}, { readinessProbe: { exec: { command: ['true'] } } }, { 'sim/ready-delay': '2s' }),
    );
    await clock.advance(1000);
    expect(main()).toMatchObject({ ready: false, restartCount: 0, state: { running: {} } });
    expect(conditionOf(find(), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [main]',
    });
    await clock.advance(2000);
    expect(status(find())).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\./) });
    for (const type of ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready']) {
      expect(conditionOf(find(), type)?.['status']).toBe('True');
    }
  });

  it('gives a Pod on the network of its node the address of the node', async () => {
    const { clock, find } = started(pod({ hostNetwork: true }));
    await clock.advance(1000);
    expect(status(find())).toMatchObject({ hostIP: '127.0.0.1', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] });
  });

  const secretKeyRef = { name: 'thing', key: 'password' };
  it.each([
    {
      what: 'env from a Secret',
      container: { env: [{ name: 'A', valueFrom: { secretKeyRef } }] },
      says: 'secret "thing" not found',
      heals: secret('thing'),
    },
    {
      what: 'env from a ConfigMap',
      container: { env: [{ name: 'A', valueFrom: { configMapKeyRef: secretKeyRef } }] },
      says: 'configmap "thing" not found',
      heals: config({ password: 'x' }),
    },
    {
      what: 'envFrom a Secret',
      container: { envFrom: [{ secretRef: { name: 'thing' } }] },
      says: 'secret "thing" not found',
      heals: secret('thing'),
    },
    {
      what: 'envFrom a ConfigMap',
      container: { envFrom: [{ configMapRef: { name: 'thing' } }] },
      says: 'configmap "thing" not found',
      heals: config({}),
    },
  ])('$what waits with CreateContainerConfigError until it appears', async ({ container, says, heals }) => {
    const { api, clock, find, main } = started(pod({}, container));
    await clock.advance(1000);
    expect(main()).toMatchObject({ state: { waiting: { reason: 'CreateContainerConfigError', message: says } } });
    expect(status(find())['phase']).toBe('Pending');
    api.create(Builtin[heals.kind as 'Secret'], heals);
    await clock.advance(1000);
    expect(status(find())['phase']).toBe('Running');
  });

  it.each([
    {
      what: 'a Secret volume',
      source: { secret: { secretName: 'thing' } },
      says: 'secret "thing" not found',
      heals: secret('thing'),
    },
    {
      what: 'a ConfigMap volume',
      source: { configMap: { name: 'thing' } },
      says: 'configmap "thing" not found',
      heals: config({}),
    },
    {
      what: 'a projected volume',
      source: { projected: { sources: [{ secret: { name: 'thing' } }] } },
      says: 'secret "thing" not found',
      heals: secret('thing'),
    },
  ])('$what waits with ContainerCreating and FailedMount until it appears', async ({ source, says, heals }) => {
    const { api, clock, find, main } = started(pod(volume(source)));
    await clock.advance(1000);
    expect(main()).toMatchObject({ state: { waiting: { reason: 'ContainerCreating' } } });
    const note = `MountVolume.SetUp failed for volume "v" : ${says}`;
    expect(api.list(Builtin.Event).items[0]).toMatchObject({ reason: 'FailedMount', type: 'Warning', note });
    api.create(Builtin[heals.kind as 'Secret'], heals);
    await clock.advance(1000);
    expect(status(find())['phase']).toBe('Running');
  });

  it('waits for a key that is missing, as env and as an item of a volume', async () => {
    const env = started(pod({}, { env: [{ name: 'A', valueFrom: { secretKeyRef } }] }));
    const mounted = started(pod(volume({ secret: { secretName: 'thing', items: [{ key: 'password', path: 'p' }] } })));
    for (const { api, clock } of [env, mounted]) {
      api.create(Builtin.Secret, secret('thing', { other: 'eA==' }));
      await clock.advance(1000);
    }
    expect(env.main()).toMatchObject({
      state: { waiting: { message: "couldn't find key password in Secret default/thing" } },
    });
    expect(mounted.api.list(Builtin.Event).items[0]?.['note']).toContain(
      'references non-existent secret key: password',
    );
    for (const { api, clock, find } of [env, mounted]) {
      api.mergePatch(Builtin.Secret, { ...ref, name: 'thing' }, { data: { password: 'eA==' } });
      await clock.advance(1000);
      expect(status(find())['phase']).toBe('Running');
    }
  });

  it('does not wait for what is optional', async () => {
    const optional = { ...secretKeyRef, optional: true };
    const made = pod(volume({ secret: { secretName: 'none', optional: true } }), {
      env: [{ name: 'A', valueFrom: { secretKeyRef: optional } }],
      envFrom: [{ configMapRef: { name: 'none', optional: true } }],
    });
    const { clock, find } = started(made);
    await clock.advance(1000);
    expect(status(find())['phase']).toBe('Running');
  });

  it('refuses a subPath that the Secret does not have', async () => {
    const mount = { volumeMounts: [{ name: 'v', mountPath: '/x', subPath: 'missing.conf' }] };
    const { api, clock, main } = started(pod(volume({ secret: { secretName: 'thing' } }), mount));
    api.create(Builtin.Secret, secret('thing'));
    await clock.advance(1000);
    expect(main()).toMatchObject({
      state: {
        waiting: {
          reason: 'CreateContainerConfigError',
          message: 'failed to prepare subPath for volumeMount "v" of container "main"',
        },
      },
    });
  });

  it('leaves a Pod unscheduled whose claim or node is missing', async () => {
    const unbound = started(pod(volume({ persistentVolumeClaim: { claimName: 'data' } })));
    const nowhere = started(pod({ nodeSelector: { gpu: 'yes' } }));
    await unbound.clock.advance(1000);
    await nowhere.clock.advance(1000);
    const scheduled = (found: KubeObject) => conditionOf(found, 'PodScheduled');
    expect(scheduled(unbound.find())).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: expect.stringContaining('persistentvolumeclaim "data" not found'),
    });
    expect(scheduled(nowhere.find())?.['message']).toContain("didn't match Pod's node affinity/selector");
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    unbound.api.create(Builtin.PersistentVolumeClaim, object(Builtin.PersistentVolumeClaim, 'data', { spec }));
    await unbound.clock.advance(1000);
    expect(status(unbound.find())['phase']).toBe('Running');
  });

  it('is never asked about a Pod whose ServiceAccount does not exist', () => {
    const { api } = testWorld();
    expect(() => api.create(Builtin.Pod, pod({ serviceAccountName: 'robot' }))).toThrow(
      'pods "pod" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
    );
  });

  it('runs init containers first, in order', async () => {
    const made = pod({
      initContainers: [
        { name: 'one', image: 'i:1' },
        { name: 'two', image: 'i:missing' },
      ],
    });
    const { clock, find, main } = started(made);
    await clock.advance(1000);
    expect(recordsAt(find(), 'status', 'initContainerStatuses')).toMatchObject([
      { state: { terminated: { exitCode: 0 } } },
      { state: { waiting: { reason: 'ImagePullBackOff' } } },
    ]);
    expect(main()).toMatchObject({ state: { waiting: { reason: 'PodInitializing' } } });
    expect(status(find())['phase']).toBe('Pending');
  });

  it('restarts a crashing container, at once and then with growing pauses', async () => {
    const { clock, find, main } = started(
      pod({}, { terminationMessagePolicy: 'FallbackToLogsOnError' }, { 'sim/crash': 'true', 'sim/log': 'boom' }),
    );
    await clock.advance(1000);
    expect(main()).toMatchObject({
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, message: 'boom' } },
    });
    await clock.advance(10_000);
    expect(main()?.['restartCount']).toBe(2);
    await clock.advance(10_000);
    expect(main()?.['restartCount']).toBe(2);
    await clock.advance(10_000);
    expect(main()?.['restartCount']).toBe(3);
    expect(status(find())['phase']).toBe('Running');
  });

  it('puts the end of the log into the message only where the policy says so', async () => {
    for (const { policy, message } of [
      { policy: 'FallbackToLogsOnError', message: 'the end' },
      { policy: 'File', message: undefined },
    ]) {
      const { clock, main } = started(
        pod(
          { restartPolicy: 'Never' },
          { terminationMessagePolicy: policy },
          { 'sim/exit-code': '7', 'sim/log': 'the end' },
        ),
      );
      await clock.advance(1000);
      const { terminated } = (main()?.['state'] ?? {}) as { terminated?: Record<string, unknown> };
      expect(terminated?.['exitCode']).toBe(7);
      expect(terminated?.['message']).toBe(message);
    }
  });

  it('lets a deleted Pod end first', async () => {
    const { api, clock, find } = started(pod());
    await clock.advance(1000);
    const phases: unknown[] = [];
    api.store.subscribe(Builtin.Pod, ({ type, object: seen }) =>
      phases.push(`${type} ${String(status(seen)['phase'])}`),
    );
    api.delete(Builtin.Pod, ref);
    expect(find().metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-01-01T00:00:31Z',
    });
    await clock.advance(1000);
    expect(phases).toEqual(['MODIFIED Running', 'MODIFIED Failed', 'DELETED Failed']);
  });
});
