import { expect, it } from 'vitest';
import { isApiError } from '../kube/errors.ts';
import { Builtin, type ResourceType } from '../kube/object.ts';
import { deployment, job, seeded, statefulSet, status, template, testWorld } from './test-world.ts';

const SEEDS = Array.from({ length: 25 }, (_, i) => i);
const image = (name: string, of: string) => template(name, { containers: [{ name: 'main', image: of }] });

/** Forty random writes and deletions, a few virtual milliseconds apart. */
async function stir(world: ReturnType<typeof testWorld>, seed: number): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random.fraction() * list.length)];
  const { api } = world;
  for (let i = 0; i < 40; i++) {
    const name = pick(['a', 'b']) ?? 'a';
    const replicas = Math.floor(random.fraction() * 4);
    const options = { propagationPolicy: pick(['Foreground', 'Background', 'Orphan'] as const) ?? 'Orphan' };
    const remove = (type: ResourceType): void => {
      const found = pick(api.list(type).items);
      if (found !== undefined) api.delete(type, found.metadata, options);
    };
    const of = pick(['i:1', 'i:2']) ?? '';
    try {
      pick([
        () => api.apply(Builtin.Deployment, deployment(name, { replicas }, image(name, pick([of, 'i:missing']) ?? of))),
        () => api.apply(Builtin.StatefulSet, statefulSet(name, { replicas }, image(name, of))),
        () => api.create(Builtin.Job, job(name, { backoffLimit: 0 }, pick([{}, { 'sim/fail': 'true' }]))),
        ...Object.values<ResourceType>(Builtin)
          .slice(5, 11)
          .map((type) => () => remove(type)),
      ])?.();
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
    await world.clock.advance(Math.floor(random.fraction() * 6));
  }
}

it.each(SEEDS)('whatever was done to it, a world comes to what is asked last (seed %i)', async (seed) => {
  const world = testWorld({ seed });
  const { api, clock } = world;
  await stir(world, seed + 1000);
  await clock.advance(10_000);
  for (const name of ['a', 'b']) {
    api.apply(Builtin.Deployment, deployment(name, { replicas: 2 }));
    api.apply(Builtin.StatefulSet, statefulSet(name, { replicas: 2 }));
  }
  await clock.advance(120_000);
  for (const type of [Builtin.Deployment, Builtin.StatefulSet]) {
    for (const found of api.list(type).items) {
      expect(status(found)).toMatchObject({
        readyReplicas: 2,
        updatedReplicas: 2,
        observedGeneration: found.metadata.generation,
      });
    }
  }
  for (const { object } of api.store.contents('default')) {
    expect(object.metadata.deletionTimestamp).toBeUndefined();
    for (const owner of object.metadata.ownerReferences ?? []) expect(api.store.byUid(owner.uid)).toBeDefined();
  }
  api.delete(Builtin.Namespace, { name: 'default' });
  await clock.advance(120_000);
  expect(api.list(Builtin.Namespace).items).toEqual([]);
});
