import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { recordAt } from './json.ts';
import { object, status, template, testWorld } from './test-world.ts';

const ref = { name: 'a', namespace: 'default' };
const nodes = [
  { name: 'one', labels: { role: 'compute' } },
  { name: 'two', labels: { role: 'compute' } },
  { name: 'three' },
];

function daemonSet(spec: object = {}, pod: object = template('a')): KubeObject {
  return object(Builtin.DaemonSet, 'a', { spec: { selector: { matchLabels: { app: 'a' } }, template: pod, ...spec } });
}

async function worldWith(set: KubeObject) {
  const world = testWorld({ nodes });
  world.api.create(Builtin.DaemonSet, set);
  await world.clock.advance(5000);
  return world;
}

function places({ api }: Awaited<ReturnType<typeof worldWith>>): string[] {
  const pods = api.list(Builtin.Pod).items;
  return pods.map((pod) => `${String(recordAt(pod, 'spec')['nodeName'])} ${imageOf(pod)}`).sort();
}

function imageOf(pod: KubeObject): string {
  const [container] = recordAt(pod, 'spec')['containers'] as { image: string }[];
  return container?.image ?? '';
}

const selected = template('a', { nodeSelector: { role: 'compute' }, containers: [{ name: 'main', image: 'i:1' }] });

describe('a DaemonSet', () => {
  it.each([true, false])('may propagate mounts to its node only from privileged containers (%s)', (privileged) => {
    const volumeMounts = [{ name: 'state', mountPath: '/state', mountPropagation: 'Bidirectional' }];
    const containers = [{ name: 'main', image: 'i:1', securityContext: { privileged }, volumeMounts }];
    const volumes = [{ name: 'state', hostPath: { path: '/state' } }];
    const { api } = testWorld({ nodes });
    const create = () => api.create(Builtin.DaemonSet, daemonSet({}, template('a', { containers, volumes })));
    if (privileged) expect(create).not.toThrow();
    else
      expect(create).toThrow(
        'spec.template.spec.containers[0].volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
      );
  });

  it('has a Pod on every node that its template selects, and counts them as the real one does', async () => {
    const world = await worldWith(daemonSet({}, selected));
    expect(places(world)).toEqual(['one i:1', 'two i:1']);
    expect(status(world.api.find(Builtin.DaemonSet, ref))).toEqual({
      currentNumberScheduled: 2,
      desiredNumberScheduled: 2,
      numberAvailable: 2,
      numberMisscheduled: 0,
      numberReady: 2,
      observedGeneration: 1,
      updatedNumberScheduled: 2,
    });
  });

  it('follows the labels of nodes, both ways', async () => {
    const world = await worldWith(daemonSet({}, selected));
    world.api.mergePatch(Builtin.Node, { name: 'three' }, { metadata: { labels: { role: 'compute' } } });
    world.api.mergePatch(Builtin.Node, { name: 'one' }, { metadata: { labels: { role: null } } });
    await world.clock.advance(60_000);
    expect(places(world)).toEqual(['three i:1', 'two i:1']);
  });

  it('stays away from a node whose taint it does not tolerate, and not from one that is cordoned', async () => {
    const world = testWorld({ nodes });
    const taint = (key: string) => ({ spec: { taints: [{ key, effect: 'NoSchedule' }] } });
    world.api.mergePatch(Builtin.Node, { name: 'one' }, taint('gpu'));
    world.api.mergePatch(Builtin.Node, { name: 'two' }, taint('node.kubernetes.io/unschedulable'));
    world.api.create(Builtin.DaemonSet, daemonSet());
    await world.clock.advance(5000);
    expect(places(world).map((place) => place.split(' ')[0])).toEqual(['three', 'two']);
  });

  it('replaces its Pods one at a time, and the first that is not ready stops it', async () => {
    const world = await worldWith(daemonSet({}, selected));
    const end = world.behave((pod) => imageOf(pod) === 'i:2', { neverReady: true });
    const newer = {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'i:2', readinessProbe: {} }] } } },
    };
    world.api.mergePatch(Builtin.DaemonSet, ref, newer);
    await world.clock.advance(120_000);
    expect(places(world).filter((place) => place.endsWith('i:2'))).toHaveLength(1);
    expect(status(world.api.find(Builtin.DaemonSet, ref))).toMatchObject({ numberReady: 1, numberUnavailable: 1 });
    end();
    await world.clock.advance(120_000);
    expect(places(world)).toEqual(['one i:2', 'two i:2']);
  });

  it('leaves its Pods to people where the strategy is OnDelete', async () => {
    const world = await worldWith(daemonSet({ updateStrategy: { type: 'OnDelete' } }, selected));
    world.api.mergePatch(Builtin.DaemonSet, ref, { spec: { template: { metadata: { labels: { x: 'y' } } } } });
    const [before, other] = world.api.list(Builtin.Pod).items.map(({ metadata }) => metadata);
    world.api.delete(Builtin.Pod, before!);
    await world.clock.advance(60_000);
    const now = world.api.list(Builtin.Pod).items;
    expect(now).toHaveLength(2);
    expect(now.find(({ metadata }) => metadata.name === other?.name)?.metadata.labels?.['x']).toBeUndefined();
    expect(now.find(({ metadata }) => metadata.name !== other?.name)?.metadata.labels?.['x']).toBe('y');
  });
});
