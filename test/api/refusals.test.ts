import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../src/kube/errors.ts';
import { Builtin, type KubeObject } from '../../src/kube/object.ts';
import { kinds } from '../../src/machines/index.ts';
import { HttpKubeClient } from '../../src/runtime/client.ts';
import { loadKubeConfig } from '../../src/runtime/config.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { mergePatch } from '../../src/sandbox/json.ts';
import { admitCustom } from '../../src/sandbox/schema/custom.ts';
import { place } from './operator.ts';
import {
  admissions,
  admittedChanges,
  definitionOf,
  kindOf,
  refusals,
  refusedChanges,
  resourceOf,
  type Admission,
} from './refusals.ts';
import { placesOf, schemaOf } from './refusals/places.ts';

const namespace = `refusals-${randomUUID().slice(0, 8)}`;
let client: HttpKubeClient;

beforeAll(async () => {
  const kubeconfig = place('KUBECONFIG');
  client = new HttpKubeClient(await loadKubeConfig({ clock: systemClock, kubeconfig }), { clock: systemClock });
  await client.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

afterAll(async () => {
  await client.delete(Builtin.Namespace, { name: namespace });
  await client.close();
});

it.each(refusals)('$kind › refuses $what, in the words of the sandbox', async ({ field, says, ...row }) => {
  const object = resourceOf(row, { namespace });
  const said = await outcomeOf(() => client.create(kindOf(row).type, object, { dryRun: true }));
  expect(said.faults).toContainEqual({ field, message: expect.stringContaining(says) });
  expect(said).toEqual(await outcomeOf(() => ofSandbox(object)));
});

it.each(refusedChanges)(
  '$kind › refuses $what, in the words of the sandbox',
  async ({ field, says, patch, ...row }) => {
    const { old, change } = await changed(row, patch);
    const said = await outcomeOf(change);
    expect(said.faults).toContainEqual({ field, message: expect.stringContaining(says) });
    expect(said).toEqual(await outcomeOf(() => ofSandbox(mergePatch(old, { spec: patch }) as KubeObject, old)));
  },
);

it.each(admissions)('$kind › admits $what, stores what the sandbox does, and the operator reads it', async (row) => {
  const object = resourceOf(row, { namespace });
  const { spec } = await client.create(kindOf(row).type, object, { dryRun: true });
  expect(spec).toEqual(ofSandbox(object)['spec']);
  expect(kindOf(row).declaration.spec.parse(spec)).toEqual(spec);
});

it.each(admittedChanges)('$kind › admits $what, and lets other fields change', async ({ patch, ...row }) => {
  const { change } = await changed(row, patch);
  expect((await change())['spec']).toMatchObject(patch);
});

describe.each(kinds.map((kind) => kind.type))('$kind', ({ kind, plural, group }) => {
  it('is defined as it is written, and what is left out is what the operator takes it for', async () => {
    const name = `${plural}.${group}`;
    const stored = JSON.parse(kubectl('get', 'crd', name, '-o', 'json')) as KubeObject;
    expect(schemaOf(stored)).toEqual(schemaOf(definitionOf(kind)));
    const { minimal } = kindOf({ kind }).declaration;
    const object = resourceOf({ kind, ...(minimal === undefined ? {} : { spec: minimal }) }, { namespace });
    const { spec } = await client.create(kindOf({ kind }).type, object, { dryRun: true });
    expect(spec).toEqual(kindOf({ kind }).declaration.spec.parse(minimal ?? {}));
  });

  it('explains its deepest field', () => {
    const depth = (path: string): number => path.split('.').length;
    const paths = placesOf(definitionOf(kind)).flatMap(({ path, isGiven }) => (isGiven ? [path] : []));
    const [deepest = 'spec'] = paths.filter((path) => !path.endsWith('*')).toSorted((a, b) => depth(b) - depth(a));
    const asked = deepest.replaceAll('[]', '');
    expect(kubectl('explain', `${plural}.${asked}`)).toContain(`FIELD: ${asked.split('.').at(-1)} <`);
  });
});

function kubectl(...args: string[]): string {
  return execFileSync(place('KUBECTL'), ['--kubeconfig', place('KUBECONFIG'), ...args], { encoding: 'utf8' });
}

/** What the row gives, created, and the change of it that is to be tried. */
async function changed(
  row: Omit<Admission, 'what'>,
  patch: object,
): Promise<{ old: KubeObject; change: () => Promise<KubeObject> }> {
  const { type } = kindOf(row);
  const name = `cr-${randomUUID().slice(0, 8)}`;
  const old = await client.create(type, resourceOf(row, { namespace, name }));
  return { old, change: () => client.mergePatch(type, { namespace, name }, { spec: patch }) };
}

function ofSandbox(object: KubeObject, old?: KubeObject): KubeObject {
  const { type } = kindOf(object);
  return admitCustom(definitionOf(object.kind), type, object, old, { fieldValidation: 'Strict' }).object;
}

interface Outcome {
  readonly reason: string;
  /** The words of the message; the fields of an object are looked at in no certain order. */
  readonly words: readonly string[];
  readonly faults: readonly { readonly field: string; readonly message: string }[];
}

async function outcomeOf(ask: () => unknown): Promise<Outcome> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The client says before them what was asked.
    const said = error.message.replace(/^(create|mergePatch) \S+ \S+: /, '');
    return { reason: error.reason, words: said.split(/[ ,[\]]+/).toSorted(), faults: faultsIn(error) };
  }
  throw new Error('it was admitted');
}

/** Field by field, in order; a field that is unknown is named in the message alone. */
function faultsIn({ causes, message }: ApiError): Outcome['faults'] {
  const unknown = [...message.matchAll(/unknown field "(.+?)"/g)].map(([said, field = '']) => ({
    field,
    message: said,
  }));
  const faults = causes.length > 0 ? causes.map(({ field, message }) => ({ field, message })) : unknown;
  return faults.toSorted((a, b) => (`${a.field} ${a.message}` < `${b.field} ${b.message}` ? -1 : 1));
}
