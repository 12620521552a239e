import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isApiError } from '../../src/kube/errors.ts';
import { Builtin, type KubeObject } from '../../src/kube/object.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';
import { HttpKubeClient } from '../../src/runtime/client.ts';
import { loadKubeConfig } from '../../src/runtime/config.ts';
import { systemClock } from '../../src/runtime/system.ts';
import { admissions, growth, refusals, refusedChanges, type Admission } from './refusals.ts';

const namespace = `refusals-${randomUUID().slice(0, 8)}`;
let client: HttpKubeClient;

beforeAll(async () => {
  const kubeconfig = process.env['TEST_KUBECONFIG'];
  if (kubeconfig === undefined) throw new Error('TEST_KUBECONFIG names no cluster');
  client = new HttpKubeClient(await loadKubeConfig({ clock: systemClock, kubeconfig }), { clock: systemClock });
  await client.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

afterAll(async () => {
  await client.delete(Builtin.Namespace, { name: namespace });
  await client.close();
});

it.each(refusals)('$kind › refuses $what', async ({ field, says, ...row }) => {
  const said = await refusalOf(client.create(kindOf(row).type, resource(row), { dryRun: true }));
  expect(said).toContainEqual({ field, message: expect.stringContaining(says) });
});

it.each(refusedChanges)('$kind › refuses $what', async ({ field, says, patch, ...row }) => {
  const { type } = kindOf(row);
  const name = `cr-${randomUUID().slice(0, 8)}`;
  await client.create(type, resource({ ...row, metadata: { name } }));
  const said = await refusalOf(client.mergePatch(type, { namespace, name }, { spec: patch }));
  expect(said).toContainEqual({ field, message: expect.stringContaining(says) });
});

it.each(admissions)('$kind › admits $what, and the operator reads it', async (row) => {
  const { type, declaration } = kindOf(row);
  const stored = await client.create(type, resource(row), { dryRun: true });
  expect(declaration.spec.parse(stored['spec'])).toEqual(stored['spec']);
});

it('MariaDB › lets its volume grow and its other fields change', async () => {
  const { type } = kindOf(growth);
  await client.create(type, resource({ ...growth, metadata: { name: 'grows' } }));
  const changed = await client.mergePatch(type, { namespace, name: 'grows' }, { spec: growth.patch });
  expect(changed['spec']).toMatchObject(growth.patch);
});

describe.each(kinds)('$type.kind', (kind) => {
  const rows = [...refusals, ...refusedChanges].filter((row) => row.kind === kind.type.kind);
  const places = placesOf(kind);

  it('has a refused resource for every field', () => {
    const fields = places.filter((place) => place.isBounded).map((place) => place.path);
    expect(fields.filter((path) => !rows.some((row) => isAt(row.field, path)))).toEqual([]);
  });

  it('has a refused resource for every rule', () => {
    const rules = places.flatMap(({ path, messages }) => messages.map((message) => ({ path, message })));
    const isShown = (rule: { path: string; message: string }): boolean =>
      rows.some((row) => isAt(row.field, rule.path) && rule.message.includes(row.says));
    expect(rules.filter((rule) => !isShown(rule))).toEqual([]);
  });

  it('has an admitted resource for every field', () => {
    const given = admissions.filter((row) => row.kind === kind.type.kind).flatMap((row) => pathsIn(row.spec, 'spec'));
    const fields = places.filter(({ path, isBounded }) => isBounded && path.startsWith('spec.'));
    expect(fields.filter(({ path }) => !given.some((at) => isAt(at, path)))).toEqual([]);
  });
});

function kindOf(row: { kind: string }): Kind {
  const kind = kinds.find((candidate) => candidate.type.kind === row.kind);
  if (kind === undefined) throw new Error(`there is no kind ${row.kind}`);
  return kind;
}

function resource({ kind, metadata, spec }: Omit<Admission, 'what'>): KubeObject {
  return { apiVersion: 'openstack.k8s.io/v1alpha1', kind, metadata: { namespace, name: 'cr', ...metadata }, spec };
}

/** What a refused request was told, field by field; a field that is unknown is named in the message alone. */
async function refusalOf(request: Promise<unknown>): Promise<readonly { field: string; message: string }[]> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) throw new Error('it was admitted');
  if (!isApiError(error, 'Invalid', 'BadRequest')) throw error;
  if (error.causes.length > 0) return error.causes;
  return [...error.message.matchAll(/unknown field "(.+?)"/g)].map(([message, field = '']) => ({ field, message }));
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string; readonly fieldPath?: string }[];
}

interface Place {
  /** `spec.tolerations[].key`; `*` stands for any key of a map. */
  readonly path: string;
  /** A leaf, a list or a map: something of which there can be too much or the wrong. */
  readonly isBounded: boolean;
  readonly messages: readonly string[];
}

/** Everything of a kind's schema at which a resource can be refused. */
function placesOf(kind: Kind): Place[] {
  const crd = crdFor(kind) as unknown as { spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] } };
  const root = crd.spec.versions[0].schema.openAPIV3Schema;
  const onRoot = (root['x-kubernetes-validations'] ?? []).map(({ message, fieldPath = '' }) => ({
    path: fieldPath.slice(1),
    isBounded: true,
    messages: [message],
  }));
  return [...onRoot, ...walk(root.properties?.['spec'] ?? {}, 'spec')];
}

function walk(schema: Schema, path: string): Place[] {
  const { properties, items, additionalProperties } = schema;
  const messages = (schema['x-kubernetes-validations'] ?? []).map((rule) => rule.message);
  return [
    { path, isBounded: properties === undefined, messages },
    ...Object.entries(properties ?? {}).flatMap(([name, value]) => walk(value, `${path}.${name}`)),
    ...(items === undefined ? [] : walk(items, `${path}[]`)),
    ...(additionalProperties === undefined ? [] : walk(additionalProperties, `${path}.*`)),
  ];
}

/** The paths of all that a spec gives, lists and maps themselves included. */
function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsIn(item, `${path}[${index}]`))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, `${path}.${name}`))];
}

/** `spec.tolerations[0].key` is at `spec.tolerations[].key`; the key of a map is in brackets where a rule refuses. */
function isAt(field: string, path: string): boolean {
  const names = field
    .replaceAll(/\[\d+\]/g, '[]')
    .replaceAll(/\[(.+?)\]/g, '.$1')
    .split('.');
  const wanted = path.split('.');
  return names.length === wanted.length && wanted.every((name, index) => name === '*' || name === names[index]);
}
