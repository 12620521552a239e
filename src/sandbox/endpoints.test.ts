import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { deployment, object, template, testWorld } from './test-world.ts';

const ports = [{ name: 'web', containerPort: 80 }];
const pod = template('a', { containers: [{ name: 'main', image: 'i:1', ports, readinessProbe: {} }] });
const service = object(Builtin.Service, 'a', {
  spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 8080, targetPort: 'web' }] },
});

async function withService() {
  const world = testWorld();
  world.api.create(Builtin.Service, service);
  world.api.create(Builtin.Deployment, deployment('a', { replicas: 2 }, pod));
  await world.clock.advance(10_000);
  return world;
}

function sliceOf({ api }: Awaited<ReturnType<typeof withService>>) {
  const { items } = api.list(Builtin.EndpointSlice, { labelSelector: 'kubernetes.io/service-name=a' });
  expect(items.length).toBeLessThanOrEqual(1);
  return items[0] as { endpoints?: { conditions: { ready: boolean } }[] | null; ports?: unknown } | undefined;
}

describe('an EndpointSlice', () => {
  it('has the addresses of the Pods that its Service selects, and their port by its name', async () => {
    const world = await withService();
    const slice = sliceOf(world);
    expect(slice?.ports).toEqual([{ name: 'http', port: 80, protocol: 'TCP' }]);
    expect(slice?.endpoints).toHaveLength(2);
    expect(slice?.endpoints?.[0]).toMatchObject({
      addresses: [expect.stringMatching(/^10\./)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'sandbox-node',
      targetRef: { kind: 'Pod', namespace: 'default' },
    });
  });

  it('says which are not ready, unless the Service wants them all the same', async () => {
    const world = await withService();
    world.behave(() => true, { neverReady: true });
    for (const { metadata } of world.api.list(Builtin.Pod).items) world.api.delete(Builtin.Pod, metadata);
    await world.clock.advance(60_000);
    expect(sliceOf(world)?.endpoints?.map(({ conditions }) => conditions.ready)).toEqual([false, false]);
    world.api.mergePatch(
      Builtin.Service,
      { name: 'a', namespace: 'default' },
      { spec: { publishNotReadyAddresses: true } },
    );
    await world.clock.advance(1000);
    expect(sliceOf(world)?.endpoints?.map(({ conditions }) => conditions.ready)).toEqual([true, true]);
  });

  it('goes with its Service, and comes back when somebody deletes it', async () => {
    const world = await withService();
    const { items } = world.api.list(Builtin.EndpointSlice);
    world.api.delete(Builtin.EndpointSlice, items[0]!.metadata);
    await world.clock.advance(1000);
    expect(sliceOf(world)?.endpoints).toHaveLength(2);
    world.api.delete(Builtin.Service, { name: 'a', namespace: 'default' });
    await world.clock.advance(10_000);
    expect(sliceOf(world)).toBeUndefined();
  });
});
