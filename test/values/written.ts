import type { KubeClient } from '../../src/kube/client.ts';
import { Builtin, type ObjectRef, type ResourceType } from '../../src/kube/object.ts';
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

/** The command of a Job's container. */
export function commandOf(given: Given, id: 'db-create' | 'db-drop', place: Place): string[] {
  const { due } = childOf(given.kind, id).look(id === 'db-create' ? scopeOf(given) : scopeAfter(given));
  if (due?.verb !== 'create') throw new Error(`${given.kind.declaration.kind}/${given.name}: ${id} is not run`);
  const job = due.object as unknown as { spec: { template: { spec: { containers: [{ command: string[] }] } } } };
  return job.spec.template.spec.containers[0].command.map(place);
}

function childOf(kind: Kind, id: string): Child<unknown> {
  const found = [...kind.children, ...(kind.plan.cleanUp ?? [])].find((child) => child.id === id);
  if (found === undefined) throw new Error(`${kind.declaration.kind} has no child '${id}'`);
  return found;
}

function scopeOf(
  { kind, name, spec = {}, secrets }: Given,
  more: Parameters<typeof scopeWith>[0] = {},
): Scope<unknown> {
  const objects = Object.entries(secrets).map(([secret, keys]) =>
    live(Builtin.Secret, secret, { digests: Object.fromEntries(Object.keys(keys).map((key) => [key, digest(key)])) }),
  );
  return scopeWith<unknown>({
    kind: kind.declaration.kind,
    name,
    spec: kind.declaration.spec.parse(spec),
    objects,
    peers: { database: mariadbSaying({ dataID: 'd1' }) },
    ...more,
  });
}

/** To be dropped a database must have been made, and the statements for it must be there. */
function scopeAfter(given: Given): Scope<unknown> {
  const objects = [live(Builtin.Secret, `${given.name}-config`)];
  return scopeOf(given, { objects, record: { dataID: 'd1', jobs: { 'db-create': {} } } });
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
