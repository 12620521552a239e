import { expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { conditionOf, deployment, job, object, secret, statefulSet, testWorld } from './test-world.ts';

function bringUp(seed: number) {
  const world = testWorld({ seed });
  const events: string[] = [];
  world.api.store.subscribe(undefined, ({ type, object: { kind, metadata } }) => {
    events.push(`${world.clock.monotonic()} ${type} ${kind}/${metadata.name} ${metadata.resourceVersion}`);
  });
  for (let i = 0; i < 10; i++) {
    world.api.create(Builtin.Secret, secret(`secret-${i}`));
    world.api.create(Builtin.Service, object(Builtin.Service, `service-${i}`, { spec: { ports: [{ port: 80 }] } }));
  }
  for (let i = 0; i < 8; i++) world.api.create(Builtin.Job, job(`job-${i}`));
  for (let i = 0; i < 8; i++) world.api.create(Builtin.Deployment, deployment(`deployment-${i}`));
  for (let i = 0; i < 4; i++) world.api.create(Builtin.StatefulSet, statefulSet(`set-${i}`, { replicas: 1 }));
  return { world, events };
}

it('brings up everything within a virtual second, and stops without leaving a timer', async () => {
  const { world } = bringUp(1);
  await world.clock.advance(1000);
  for (const made of world.api.list(Builtin.Deployment).items)
    expect(conditionOf(made, 'Available')?.['status']).toBe('True');
  for (const made of world.api.list(Builtin.Job).items) expect(conditionOf(made, 'Complete')?.['status']).toBe('True');
  for (const made of world.api.list(Builtin.StatefulSet).items)
    expect(made['status']).toMatchObject({ readyReplicas: 1 });
  world.stop();
  expect(await world.clock.until(() => false)).toBe(false);
  expect(world.clock.monotonic()).toBe(1000);
});

it('does the same for the same seed, and something else for another', async () => {
  const runs = await Promise.all(
    [7, 7, 8].map(async (seed) => {
      const { world, events } = bringUp(seed);
      await world.clock.advance(1000);
      return events;
    }),
  );
  expect(runs[0]?.length).toBeGreaterThan(200);
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).not.toEqual(runs[0]);
});

it('takes seconds where it should look real', async () => {
  const world = testWorld({ delays: 'real-looking' });
  world.api.create(Builtin.Job, job('slow'));
  const took = async () => {
    const isDone = () =>
      conditionOf(world.api.get(Builtin.Job, { name: 'slow', namespace: 'default' }), 'Complete') !== undefined;
    await world.clock.until(isDone);
    return world.clock.monotonic();
  };
  expect(await took()).toBeGreaterThan(2000);
  expect(await took()).toBeLessThan(6000);
});

it('lets Pods do what it is told, the newest rule first', async () => {
  const world = testWorld({ behaviour: () => ({ exitCode: 1 }) });
  const undo = world.behave((pod) => pod.metadata.labels?.['app'] === 'good', { exitCode: 0 });
  for (const name of ['good', 'bad']) world.api.create(Builtin.Job, job(name, { backoffLimit: 0 }));
  await world.clock.advance(1000);
  undo();
  world.api.create(Builtin.Job, {
    ...job('good', { backoffLimit: 0 }),
    metadata: { name: 'later', namespace: 'default' },
  });
  await world.clock.advance(1000);
  const ends = ['good', 'bad', 'later'].map((name) => {
    const found = world.api.get(Builtin.Job, { name, namespace: 'default' });
    return conditionOf(found, 'Complete')?.['type'] ?? conditionOf(found, 'Failed')?.['type'];
  });
  expect(ends).toEqual(['Complete', 'Failed', 'Failed']);
});
