import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineKind, GROUP } from '../../src/machines/engine/kind.ts';
import type { Scope } from '../../src/machines/engine/scope.ts';
import { kinds } from '../../src/machines/index.ts';
import { job } from '../../src/machines/parts/job.ts';
import { directPod, imageFor } from '../../src/machines/parts/pod-spec.ts';
import { generated, password } from '../../src/machines/parts/secret.ts';
import { deletionPolicy, image } from '../../src/machines/parts/spec.ts';
import { deployment } from '../../src/machines/parts/workload.ts';
import { sandbox } from './cluster.ts';
import { testModel } from './report.ts';

const spec = z.strictObject({ image, deletionPolicy });
type Spec = z.output<typeof spec>;

const program = (scope: Scope<Spec>) => ({
  name: 'kettle',
  image: imageFor(scope, 'kettle'),
  user: 42,
  command: ['true'],
  mounts: [],
});

/** A kind that no test was ever written for. */
const kettle = defineKind(
  { kind: 'Kettle', plural: 'kettles', about: 'Boils water.', spec },
  {
    version: 1,
    recordOn: 'password',
    steps: {
      Filled: {
        about: 'There is water in it.',
        apply: [
          generated<Spec>({ id: 'password', keys: { password: password(16) } }),
          job<Spec>({ id: 'fill', key: (scope) => ({ image: imageFor(scope, 'kettle') }), program }),
        ],
      },
      Boiling: {
        about: 'The water boils.',
        apply: [
          deployment<Spec>({
            id: 'heater',
            replicas: () => 1,
            image: (scope) => imageFor(scope, 'kettle'),
            pod: (scope) => directPod(scope, program(scope)),
          }),
        ],
      },
    },
  },
);

/** Those that build on little. The others take minutes: `npm run test:model` walks all of them, as CI does. */
const quick = kinds.filter(
  (kind) => Object.keys(kind.plan.uses ?? {}).length <= 2 && !kind.children.some((child) => child.type.group === GROUP),
);

describe('every path of the machine, replayed as disturbances of a cluster', () => {
  it.each(quick.map((kind) => ({ name: kind.declaration.kind, kind })))(
    '$name › follows every arrow, and comes to a good end each time',
    { timeout: 600_000 },
    async ({ name, kind }) => {
      const report = await testModel(kind, { kinds, open: sandbox });
      console.log(
        `${name}: ${report.paths} paths, ${report.covered} + ${report.restored.length} of ${report.arrows} arrows`,
      );
      expect([...report.uncovered, ...report.failures]).toEqual([]);
      expect(report.covered + report.restored.length + report.unreachable.length).toBe(report.arrows);
    },
  );

  it('Kettle › is tested from its declaration alone', { timeout: 300_000 }, async () => {
    const report = await testModel(kettle, { kinds: [...kinds, kettle], open: sandbox });
    expect([...report.uncovered, ...report.failures]).toEqual([]);
    expect(report.means.used).toBe(report.means.all);
    expect(report.covered).toBeGreaterThan(18);
    // Only what a resource without a clean-up has no way to undo.
    expect(report.unreachable).toEqual([
      'Deleting.CleanedUp → Deleting.Stopped [lost(CleanedUp)]: it has nothing to clean up',
      'Deleting.Removed → Deleting.Stopped [lost(CleanedUp)]: it has nothing to clean up',
    ]);
  });
});
