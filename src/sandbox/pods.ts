import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { ownedBy } from './controller.ts';
import { hash, warn } from './events.ts';
import { ApiError } from '../kube/errors.ts';
import { type JsonObject, recordAt, recordsAt } from './json.ts';

/** What the controllers ask about Pods, and how they make them. */

export function phaseOf(pod: KubeObject): string {
  return String(recordAt(pod, 'status')['phase'] ?? 'Pending');
}

export function isReady(pod: KubeObject): boolean {
  return recordsAt(pod, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function isTerminating(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Has ended for good. */
export function isFinished(pod: KubeObject): boolean {
  const phase = phaseOf(pod);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Neither ended nor going. */
export function isActive(pod: KubeObject): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

/** A Pod from the template of its controller. A refusal is also an Event on the controller, as in a real cluster. */
export function createPod(
  api: SandboxApi,
  type: ResourceType,
  owner: KubeObject,
  naming: { name: string } | { generateName: string },
  change: (template: JsonObject) => { metadata: JsonObject; spec: JsonObject },
): KubeObject {
  const { metadata, spec } = change(recordAt(owner, 'spec', 'template'));
  const { namespace = '' } = owner.metadata;
  const ownerReferences = [ownedBy(type, owner)];
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, ...naming, namespace, ownerReferences }, spec };
  try {
    return api.create(Builtin.Pod, pod as unknown as KubeObject);
  } catch (error) {
    if (error instanceof ApiError) {
      warn(api, owner, 'FailedCreate', `Error creating: ${error.message}`, `${type.kind.toLowerCase()}-controller`);
    }
    throw error;
  }
}

/** The hash of a Pod template, the same for the same content. */
export function templateHash(template: JsonObject): string {
  let known = HASHES.get(template);
  if (known === undefined) HASHES.set(template, (known = hash(stable(template))));
  return known;
}

const HASHES = new WeakMap<JsonObject, string>();

function stable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Replaces the condition of the same type. The transition time stays while the status does. */
export function withCondition(conditions: readonly JsonObject[], next: JsonObject): JsonObject[] {
  const old = conditions.find(({ type }) => type === next['type']);
  const kept =
    old !== undefined && old['status'] === next['status'] ? { lastTransitionTime: old['lastTransitionTime'] } : {};
  const merged = { ...next, ...kept };
  return old === undefined
    ? [...conditions, merged]
    : conditions.map((condition) => (condition === old ? merged : condition));
}

/** `record` without zero counts, as the API omits them. */
export function withoutZeros(record: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const key in record) if (record[key] !== 0 && record[key] !== undefined) kept[key] = record[key];
  return kept;
}
