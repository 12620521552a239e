import { pino } from 'pino';
import { Builtin, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import type { Random } from '../../src/kube/ports.ts';
import { VirtualClock } from '../../src/kube/virtual-clock.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { GROUP, VERSION } from '../../src/machines/engine/kind.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { kinds as allKinds } from '../../src/machines/index.ts';
import { createOperator, type Operator, type OperatorOptions } from '../../src/runtime/operator.ts';
import { seeded } from '../../src/sandbox/test-world.ts';
import { startWorld, type World, type WorldOptions } from '../../src/sandbox/world.ts';
import type { KubeClient } from '../../src/kube/client.ts';

export const silent = pino({ level: 'silent' });

/** A world on virtual time with the CRDs in it, and operators that can be started, killed and started again. */
export interface TestCloud {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly random: Random;
  /** The cluster as a person with all rights sees it, without lag. */
  readonly admin: KubeClient;
  start(options?: Partial<OperatorOptions>): Promise<Operator>;
  apply(kind: string, name: string, spec?: object, metadata?: object): Promise<KubeObject>;
  get(type: ResourceType, name: string): KubeObject | undefined;
  cr(kind: string, name: string): KubeObject | undefined;
  typeOf(kind: string): ResourceType;
}

export const namespace = 'default';

export async function testCloud(
  options: Partial<WorldOptions> & { seed?: number; kinds?: readonly Kind[] } = {},
): Promise<TestCloud> {
  const clock = new VirtualClock();
  const random = seeded(options.seed ?? 1);
  const kinds = options.kinds ?? allKinds;
  const world = startWorld({ clock, random, ...options });
  const admin = world.client({ manager: 'kubectl' });
  await admin.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'operator' } });
  for (const kind of kinds) await admin.create(Builtin.CustomResourceDefinition, crdFor(kind));
  const typeOf = (name: string): ResourceType => {
    const kind = kinds.find((candidate) => candidate.declaration.kind === name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    return kind.type;
  };
  return {
    world,
    clock,
    random,
    admin,
    start: async (more = {}) => {
      const operator = await createOperator({
        client: world.client(),
        clock,
        random,
        kinds,
        settings: defaultSettings,
        identity: 'test',
        ownNamespace: 'operator',
        log: silent,
        ...more,
      });
      void operator.lead();
      return operator;
    },
    apply: (kind, name, spec = {}, metadata = {}) =>
      admin.apply(typeOf(kind), {
        apiVersion: `${GROUP}/${VERSION}`,
        kind,
        metadata: { namespace, name, ...metadata },
        spec,
      }),
    get: (type, name) => peek(world, type, name),
    cr: (kind, name) => peek(world, typeOf(kind), name),
    typeOf,
  };
}

function peek(world: World, type: ResourceType, name: string): KubeObject | undefined {
  return world.api.find(type, type.namespaced ? { namespace, name } : { name });
}

export function isReady(cr: KubeObject | undefined): boolean {
  return conditionOf(cr, 'Ready')?.status === 'True';
}

export function conditionOf(object: KubeObject | undefined, type: string) {
  const conditions = ((object?.['status'] as Record<string, unknown> | undefined)?.['conditions'] ?? []) as {
    type: string;
    status: string;
    reason: string;
    message: string;
  }[];
  return conditions.find((condition) => condition.type === type);
}
