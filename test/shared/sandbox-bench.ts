import { Builtin, type KubeObject, type ObjectRef } from '../../src/kube/object.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { Operator } from '../../src/runtime/operator.ts';
import { testCloud } from '../support/cloud.ts';
import type { Bench, Fault } from './bench.ts';

/** The scenarios' cluster in this process, on virtual time. */
export async function sandboxBench(): Promise<Bench & { end(): void }> {
  const cloud = await testCloud({ historyLength: 1_000_000 });
  const writes = new Map<string, string[]>();
  const faults = new Map<string, () => void>();
  let operator: Operator;
  let names = 0;
  const start = async (): Promise<void> => {
    operator = await cloud.start({ client: recording(cloud.world.client({ watchLagMs: 1 }), writes) });
  };
  await start();
  return {
    client: cloud.admin,
    namespace: async () => {
      names += 1;
      const name = `scene-${names}`;
      await cloud.admin.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    until: async (what, namespace, holds, seconds = 120) => {
      const end = cloud.clock.monotonic() + seconds * 1000;
      for (;;) {
        await cloud.clock.advance(0);
        if (await holds()) return;
        if (cloud.clock.monotonic() >= end)
          throw new Error(
            `${what}: not within ${seconds} s\n${dump(cloud.world.api.store.contents(namespace).map(({ object }) => object))}`,
          );
        await cloud.clock.advance(20);
      }
    },
    rest: (seconds) => cloud.clock.advance(seconds * 1000),
    fault: async (namespace, component, fault) => {
      const key = `${namespace}/${component}`;
      faults.get(key)?.();
      faults.delete(key);
      if (fault === undefined) return;
      const match = (pod: KubeObject): boolean =>
        pod.metadata.namespace === namespace && pod.metadata.labels?.['app.kubernetes.io/component'] === component;
      faults.set(key, cloud.world.behave(match, behaviourOf(fault)));
    },
    writes: async (namespace) => writes.get(namespace) ?? [],
    crash: async () => {
      operator.kill();
      await start();
    },
    end: () => {
      operator.kill();
      cloud.world.stop();
    },
  };
}

function behaviourOf(fault: Fault): { exitCode?: number; log?: string; hang?: boolean; neverReady?: boolean } {
  return {
    ...(fault.fail === undefined ? {} : { exitCode: fault.fail.exitCode, log: fault.fail.log }),
    ...(fault.hang === undefined ? {} : { hang: fault.hang }),
    ...(fault.neverReady === undefined ? {} : { neverReady: fault.neverReady }),
  };
}

function recording(client: KubeClient, writes: Map<string, string[]>): KubeClient {
  const note = (verb: string, kind: string, { namespace = '', name }: ObjectRef): void => {
    writes.set(namespace, [...(writes.get(namespace) ?? []), `${verb} ${kind}/${name}`]);
  };
  return {
    ...client,
    create: (type, object, options) => (
      note('create', type.kind, object.metadata),
      client.create(type, object, options)
    ),
    apply: (type, object, options) => (note('patch', type.kind, object.metadata), client.apply(type, object, options)),
    replace: (type, object, options) => (
      note('update', type.kind, object.metadata),
      client.replace(type, object, options)
    ),
    mergePatch: (type, ref, patch, options) => (
      note('patch', type.kind, ref),
      client.mergePatch(type, ref, patch, options)
    ),
    delete: (type, ref, options) => (note('delete', type.kind, ref), client.delete(type, ref, options)),
  };
}

function dump(objects: readonly KubeObject[]): string {
  return objects
    .filter((object) => object.kind !== 'Secret')
    .map(
      (object) =>
        `${object.kind}/${object.metadata.name} ${JSON.stringify(object['status'] ?? object['note'] ?? {}).slice(0, 1500)}`,
    )
    .join('\n');
}
