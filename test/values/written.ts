import type { V1PodSpec } from '@kubernetes/client-node';
import type { KubeClient } from '../../src/kube/client.ts';
import { Builtin, type KubeObject, type ObjectRef, type ResourceType } from '../../src/kube/object.ts';
import { rendered } from '../../src/effects/render.ts';
import type { Child } from '../../src/machines/engine/child.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Scope } from '../../src/machines/engine/scope.ts';
import { testHands } from '../support/hands.ts';
import { digest, live, mariadbSaying, scopeWith } from '../support/scope.ts';

/** A resource, and the values of the Secrets that it reads: Secret → key → value. */
export interface Given {
  readonly kind: Kind;
  readonly name: string;
  readonly spec?: object;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;
}

/** Where a thing of the container lies here: applied to what is ours, never to a value of a Secret. */
export type Place = (text: string) => string;

const hands = testHands();

/** The configuration files as they are written: by the kind's own declaration and by the effect that writes them. */
export async function filesOf(given: Given, place: Place = (text) => text): Promise<Record<string, string>> {
  const { due } = childOf(given.kind, 'config').look(scopeOf(given));
  if (due?.verb !== 'create') throw new Error(`${given.kind.declaration.kind}/${given.name}: nothing is written`);
  const files = Object.fromEntries(
    Object.entries(due.files ?? {}).map(([file, text]) => [
      file,
      text.map((part) => (typeof part === 'string' ? place(part) : part)),
    ]),
  );
  const { data } = await rendered({ object: due.object, files }, { ...hands, client: clientWith(given.secrets) });
  return Object.fromEntries(
    Object.entries(data as Record<string, string>).map(([file, text]) => [
      file,
      Buffer.from(text, 'base64').toString(),
    ]),
  );
}

/** What a Job's container runs, its environment, and what it reads of the files that are mounted one by one: path → text. */
export async function programOf(given: Given, id: string, place: Place) {
  const child = childOf(given.kind, id);
  const objects = [...secretsOf(given), live(Builtin.Secret, `${given.name}-config`)];
  // To be undone, a thing must have been done.
  const record = child.undoes === undefined ? {} : { dataID: 'd1', jobs: { [child.undoes]: {} } };
  const { due, message } = child.look(scopeOf(given, { objects, record }));
  if (due?.verb !== 'create') throw new Error(`${given.kind.declaration.kind}/${given.name}: ${id}: ${message}`);
  const { containers, volumes = [] } = (due.object['spec'] as { template: { spec: V1PodSpec } }).template.spec;
  const { command = [], env = [], volumeMounts = [] } = containers[0] ?? {};
  const secrets = { ...given.secrets, [`${given.name}-config`]: await filesOf(given, place) };
  const valueOf = (secret: string, key: string): string => {
    const value = secrets[secret]?.[key];
    if (value === undefined) throw new Error(`${id} reads '${key}' of Secret/${secret}, which is not there`);
    return Buffer.from(value).toString();
  };
  const files = () =>
    volumeMounts.flatMap(({ name, mountPath, subPath }): [string, string][] => {
      const secret = volumes.find((volume) => volume.name === name)?.secret?.secretName;
      return secret === undefined || subPath === undefined ? [] : [[place(mountPath), valueOf(secret, subPath)]];
    });
  const variables = env.map(({ name, value, valueFrom }): [string, string] => {
    const { name: secret = '', key = '' } = valueFrom?.secretKeyRef ?? {};
    return [name, value === undefined ? valueOf(secret, key) : place(value)];
  });
  return { command: command.map(place), env: Object.fromEntries(variables), files };
}

function childOf(kind: Kind, id: string): Child<unknown> {
  const found = [...kind.children, ...(kind.plan.cleanUp ?? [])].find((child) => child.id === id);
  if (found === undefined) throw new Error(`${kind.declaration.kind} has no child '${id}'`);
  return found;
}

function secretsOf({ secrets }: Given): KubeObject[] {
  return Object.entries(secrets).map(([secret, keys]) =>
    live(Builtin.Secret, secret, { digests: Object.fromEntries(Object.keys(keys).map((key) => [key, digest(key)])) }),
  );
}

function scopeOf(given: Given, more: Parameters<typeof scopeWith>[0] = {}): Scope<unknown> {
  return scopeWith<unknown>({
    kind: given.kind.declaration.kind,
    name: given.name,
    spec: given.kind.declaration.spec.parse(given.spec ?? {}),
    objects: secretsOf(given),
    peers: { database: mariadbSaying({ dataID: 'd1' }), identity: mariadbSaying({}) },
    ...more,
  });
}

function clientWith(secrets: Given['secrets']): KubeClient {
  const get = (_: ResourceType, { name }: ObjectRef) =>
    Promise.resolve({
      data: Object.fromEntries(
        Object.entries(secrets[name] ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
    });
  return { get } as unknown as KubeClient;
}
