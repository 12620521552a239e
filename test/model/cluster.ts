import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Settings } from '../../src/machines/engine/scope.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { loadDigest } from '../../src/runtime/digest.ts';
import type { Operator } from '../../src/runtime/operator.ts';
import type { Behaviour } from '../../src/sandbox/behaviour.ts';
import { namespace, testCloud } from '../support/cloud.ts';

/** What goes wrong with Pods. */
export type Fault = 'hang' | 'fail' | 'neverReady';

/** The labels that select the Pods of one child of one resource. */
export type Component = Readonly<Record<string, string>>;

/**
 * The cluster that paths are replayed on: what a person with all rights can do to it, and an operator that can be
 * stopped and started. It begins with the CRDs of the kinds and nothing else in its namespace.
 */
export interface Cluster {
  readonly kinds: readonly Kind[];
  readonly namespace: string;
  readonly settings: Settings;
  readonly client: KubeClient;
  /** The arrows that the operator says it followed, in order. */
  readonly passages: readonly { readonly kind: string; readonly from: string; readonly to: string }[];
  now(): number;
  /** The operator's keyed digest; known from its first start on. */
  digest(text: string): string;
  /** The newest that is known, as an informer has it. */
  get(type: ResourceType, name: string): KubeObject | undefined;
  list(type: ResourceType, labels: Readonly<Record<string, string>>): readonly KubeObject[];
  /** Makes the Pods of a component, running ones too, behave so until the returned function is called. The newest wins. */
  behave(component: Component, fault: Fault): Promise<() => Promise<void>>;
  /** Lets the world go on until it holds; false when that took too long. */
  until(holds: () => boolean): Promise<boolean>;
  startOperator(): Promise<void>;
  /** Resolves when the operator does nothing more. */
  stopOperator(): Promise<void>;
  close(): Promise<void>;
}

const behaviours: Readonly<Record<Fault, Behaviour>> = {
  hang: { hang: true },
  fail: { exitCode: 1 },
  neverReady: { neverReady: true },
};

const longest = 15 * 60_000;

/** Ring 0: a world in this process, on virtual time. */
export async function sandbox(kinds: readonly Kind[]): Promise<Cluster> {
  const cloud = await testCloud({ kinds });
  const { clock, world, admin, random } = cloud;
  const passages: { kind: string; from: string; to: string }[] = [];
  let operator: Operator | undefined;
  let digest: ((text: string) => string) | undefined;
  const during = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const settle = () => void (isSettled = true);
    promise.then(settle, settle);
    if (!(await clock.until(() => isSettled, longest))) throw new Error('the operator neither starts nor stops');
    return await promise;
  };
  return {
    kinds,
    namespace,
    settings: defaultSettings,
    client: admin,
    passages,
    now: () => clock.now(),
    digest: (text) => {
      if (digest === undefined) throw new Error('the operator has not been started yet');
      return digest(text);
    },
    get: (type, name) => cloud.get(type, name),
    list: (type, labels) => {
      const labelSelector = Object.entries(labels)
        .map(([label, value]) => `${label}=${value}`)
        .join(',');
      return world.api.list(type, { namespace, labelSelector }).items;
    },
    behave: (component, fault) => {
      const end = world.behave((pod) => hasLabels(pod, component), behaviours[fault]);
      return Promise.resolve(() => Promise.resolve(end()));
    },
    until: (holds) => clock.until(holds, longest),
    startOperator: async () => {
      const hooks = { passage: (kind: string, from: string, to: string) => void passages.push({ kind, from, to }) };
      operator = await during(cloud.start({ hooks }));
      digest ??= await loadDigest(admin, 'operator', random, new AbortController().signal);
    },
    stopOperator: async () => {
      if (operator !== undefined) await during(operator.stop());
      operator = undefined;
    },
    close: () => {
      operator?.kill();
      world.stop();
      return Promise.resolve();
    },
  };
}

export function hasLabels({ metadata }: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => metadata.labels?.[label] === value);
}
