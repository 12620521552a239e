import { type KubeObject, type ResourceType, Builtin } from '../../src/kube/object.ts';
import { Annotation } from '../../src/machines/engine/annotations.ts';
import type { SandboxApi } from '../../src/sandbox/api.ts';
import { at } from './truth.ts';

/** How a run ended, without what differs from run to run, and what it took. */
export interface Outcome {
  /** Object → its text. */
  readonly state: ReadonlyMap<string, string>;
  /** `created Job/keystone-db-sync` → how often. */
  readonly counts: ReadonlyMap<string, number>;
}

const compared: readonly ResourceType[] = [
  Builtin.Namespace,
  Builtin.Secret,
  Builtin.ConfigMap,
  Builtin.Service,
  Builtin.ServiceAccount,
  Builtin.PersistentVolumeClaim,
  Builtin.Deployment,
  Builtin.StatefulSet,
  Builtin.DaemonSet,
  Builtin.Job,
];

/** Everything that was asked for by the operator, or could have been hurt by it. Events are told at best. */
export function stateOf(
  api: SandboxApi,
  types: readonly ResourceType[],
  secrets: ReadonlyMap<string, string>,
): Map<string, string> {
  const state = new Map<string, string>();
  for (const type of [...compared, ...types]) {
    for (const object of api.list(type).items) {
      const { namespace = '', name } = object.metadata;
      state.set(`${type.kind}/${namespace}/${name}`, textOf(api, object, secrets));
    }
  }
  return state;
}

/** The object with names in the place of what is random, and without times and versions. */
function textOf(api: SandboxApi, object: KubeObject, secrets: ReadonlyMap<string, string>): string {
  const { resourceVersion: _1, uid: _2, creationTimestamp: _3, managedFields: _4, ...metadata } = object.metadata;
  const copy = structuredClone({ ...object, metadata }) as KubeObject & { status?: Record<string, unknown> };
  const { annotations } = copy.metadata;
  const record = annotations?.[Annotation.record];
  if (annotations !== undefined && record !== undefined) {
    // These travel with the next write that is worth one, so how old they are is up to the run.
    const { settled: _5, digests: _6, owner: _7, ...rest } = JSON.parse(record) as Record<string, unknown>;
    annotations[Annotation.record] = JSON.stringify(rest);
  }
  // A failure of the weather and its end are two more lines of history.
  const machine = at(copy, 'status', 'machine') as Record<string, unknown> | undefined;
  if (machine !== undefined) delete machine['history'];
  if (object.kind === 'Secret') decode(copy, secrets);
  // A Deployment's conditions name a ReplicaSet, whose name is a hash; addresses go by turn.
  if (object.kind === 'Deployment') delete copy.status?.['conditions'];
  if (object.kind === 'StatefulSet') {
    delete copy.status?.['currentRevision'];
    delete copy.status?.['updateRevision'];
  }
  if (object.kind === 'Service') {
    const spec = copy['spec'] as Record<string, unknown>;
    if (spec['clusterIP'] !== 'None') {
      delete spec['clusterIP'];
      delete spec['clusterIPs'];
    }
  }
  let text = JSON.stringify(copy, sorted);
  for (const [value, name] of secrets) text = text.replaceAll(value, `<${name}>`);
  return text
    .replaceAll(/[0-9a-f]{8}:[0-9a-f]{32}/g, '<digest>')
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, '<time>')
    .replaceAll(/pvc-[0-9a-f-]{36}/g, '<volume>')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uid) => nameOfUid(api, uid))
    .replaceAll(/\b10(\.\d{1,3}){3}\b/g, (address) => nameOfAddress(api, address));
}

/** Equal objects give equal text, whatever order their fields came in. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOfUid(api: SandboxApi, uid: string): string {
  const found = api.store.byUid(uid);
  if (found === undefined) return '<uid of one that is gone>';
  // Names of Pods are random.
  const { kind, name } = found.metadata.ownerReferences?.[0] ?? {};
  return found.kind === 'Pod' ? `<uid of a Pod of ${kind}/${name}>` : `<uid of ${found.kind}/${found.metadata.name}>`;
}

/** Addresses go by turn. */
function nameOfAddress(api: SandboxApi, address: string): string {
  const found = api.list(Builtin.Service).items.find((one) => at(one, 'spec', 'clusterIP') === address);
  return `<address of ${found?.metadata.name ?? 'one that is gone'}>`;
}

function decode(secret: KubeObject, secrets: ReadonlyMap<string, string>): void {
  const data = Object.entries((secret['data'] ?? {}) as Record<string, string>).map(([key, value]) => {
    const text = Buffer.from(value, 'base64').toString('latin1');
    const name = secrets.get(text);
    return [key, name === undefined ? text : `<${name}>`];
  });
  secret['data'] = Object.fromEntries(data) as Record<string, string>;
}

/** What differs between the undisturbed run and this one; nothing if all is well. */
export function differences(calm: Outcome, run: Outcome, isExcused: (what: string) => boolean): string[] {
  const found: string[] = [];
  for (const key of new Set([...calm.state.keys(), ...run.state.keys()])) {
    const [wanted, got] = [calm.state.get(key), run.state.get(key)];
    if (wanted === got) continue;
    if (got === undefined) found.push(`${key} is missing at the end`);
    else if (wanted === undefined) found.push(`${key} is left at the end`);
    else found.push(`${key} ends otherwise: ${firstDifference(wanted, got)}`);
  }
  for (const what of new Set([...calm.counts.keys(), ...run.counts.keys()])) {
    const [wanted = 0, got = 0] = [calm.counts.get(what), run.counts.get(what)];
    if (wanted !== got && !isExcused(what)) found.push(`${what} ${got} times, undisturbed ${wanted}`);
  }
  return found;
}

function firstDifference(a: string, b: string): string {
  let place = 0;
  while (a[place] === b[place]) place += 1;
  const from = Math.max(0, place - 60);
  return `…${b.slice(from, place + 80)}… instead of …${a.slice(from, place + 80)}…`;
}
