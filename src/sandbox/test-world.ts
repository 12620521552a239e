import { apiVersionOf, Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { Random } from '../kube/ports.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { SandboxApi, type SandboxOptions } from './api.ts';
import { recordAt, recordsAt } from './json.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** Worlds and objects for the tests of this folder. */

export function seeded(seed = 1): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(fraction() * 256)) };
}

export function testApi(options: Partial<SandboxOptions> = {}): { api: SandboxApi; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { api: new SandboxApi({ clock, random: seeded(), ...options }), clock };
}

export function testWorld(options: Partial<WorldOptions> & { seed?: number } = {}): World & { clock: VirtualClock } {
  const clock = new VirtualClock();
  return { ...startWorld({ clock, random: seeded(options.seed), ...options }), clock };
}

export function object(type: ResourceType, name: string, rest: Record<string, unknown> = {}): KubeObject {
  const { metadata, ...fields } = rest;
  const namespace = type.namespaced ? { namespace: 'default' } : {};
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: { name, ...namespace, ...(metadata as object) },
    ...fields,
  };
}

export function secret(name: string, data: Record<string, string> = { password: 'c2VjcmV0' }): KubeObject {
  return object(Builtin.Secret, name, { data });
}

export function template(app: string, spec: object = {}, annotations: Record<string, string> = {}): object {
  const container = { name: 'main', image: 'registry/main:1' };
  return { metadata: { labels: { app }, annotations }, spec: { containers: [container], ...spec } };
}

export function deployment(name: string, spec: object = {}, pod: object = template(name)): KubeObject {
  return object(Builtin.Deployment, name, {
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: pod, ...spec },
  });
}

export function job(name: string, spec: object = {}, annotations: Record<string, string> = {}): KubeObject {
  return object(Builtin.Job, name, {
    spec: { template: template(name, { restartPolicy: 'Never' }, annotations), ...spec },
  });
}

export function statefulSet(name: string, spec: object = {}, pod: object = template(name)): KubeObject {
  const data = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const selector = { matchLabels: { app: name } };
  return object(Builtin.StatefulSet, name, {
    spec: { replicas: 2, serviceName: name, selector, template: pod, volumeClaimTemplates: [data], ...spec },
  });
}

export function definition(plural: string, kind: string, schema: object = ANYTHING): KubeObject {
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: schema },
  };
  return object(Builtin.CustomResourceDefinition, `${plural}.example.com`, {
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural, kind }, versions: [version] },
  });
}

const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export function customType(plural: string, kind: string): ResourceType {
  return { group: 'example.com', version: 'v1', kind, plural, namespaced: true };
}

export function status(found: KubeObject | undefined): Record<string, unknown> {
  return recordAt(found, 'status');
}

export function conditionOf(found: KubeObject | undefined, type: string): Record<string, unknown> | undefined {
  return recordsAt(found, 'status', 'conditions').find((condition) => condition['type'] === type);
}
