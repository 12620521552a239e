import type { Hands } from '../../src/effects/ports.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { Annotation, Label, MANAGED_BY } from '../../src/machines/engine/annotations.ts';
import type { SandboxApi } from '../../src/sandbox/api.ts';
import { object, testApi } from '../../src/sandbox/test-world.ts';
import { seeded } from '../../src/sandbox/test-world.ts';
import { digest } from './scope.ts';

/** What the effects act through, on an API server of their own; `calls` are the requests they made. */
export interface TestHands extends Hands {
  readonly api: SandboxApi;
  readonly admin: KubeClient;
  readonly calls: string[];
  readonly remembered: KubeObject[];
}

export function testHands(): TestHands {
  const { api } = testApi();
  const calls: string[] = [];
  const remembered: KubeObject[] = [];
  const client = new Proxy(api.client(), {
    get: (target, verb, receiver) => {
      const call = Reflect.get(target, verb, receiver) as (type: ResourceType, ...rest: unknown[]) => unknown;
      return (type: ResourceType, ...rest: unknown[]) => {
        calls.push(`${String(verb)} ${type.kind}`);
        return call(type, ...rest);
      };
    },
  });
  return {
    api,
    admin: api.client({ manager: 'kubectl' }),
    client,
    calls,
    remembered,
    random: seeded(1),
    digest,
    remember: (_, answer) => void remembered.push(answer),
    signal: new AbortController().signal,
  };
}

export const ref = (name: string) => ({ namespace: 'default', name });

/** A child that holds data, so that an annotation tells whose it is. */
export function ours(type: ResourceType, name: string, rest: Record<string, unknown> = {}): KubeObject {
  const metadata = { labels: { [Label.managedBy]: MANAGED_BY }, annotations: { [Annotation.owner]: 'Keystone/a' } };
  return object(type, name, { metadata, ...rest });
}
