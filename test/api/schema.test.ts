import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiError } from '../../src/kube/errors.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { Refusal } from '../../src/sandbox/refusal.ts';
import { admitCustom } from '../../src/sandbox/schema/custom.ts';
import { schemaFor } from '../../src/sandbox/schema/definition.ts';
import { seeded } from '../../src/sandbox/test-world.ts';
import { place } from './operator.ts';
import { anything, type Sample, sampleOf } from './samples.ts';

/** Random schemas and objects: the sandbox must say of each what a real API server says, word for word. */
const type: ResourceType = {
  group: 'samples.example.com',
  version: 'v1',
  kind: 'Sample',
  plural: 'samples',
  namespaced: true,
};
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const objects = '/apis/samples.example.com/v1/namespaces/default/samples';
const samples = drawn(40);
const strict = definition(samples.map(({ schema }) => schema));
let proxy: ChildProcess;
let address = '';

beforeAll(async () => {
  proxy = spawn(place('KUBECTL'), ['--kubeconfig', place('KUBECONFIG'), 'proxy', '--port=0']);
  address = await new Promise((resolve, reject) => {
    proxy.stdout?.on('data', (chunk: Buffer) => {
      const found = /127\.0\.0\.1:\d+/.exec(chunk.toString())?.[0];
      if (found !== undefined) resolve(`http://${found}`);
    });
    proxy.once('exit', (code) => reject(new Error(`kubectl proxy ended (${code})`)));
  });
  const made = await send('POST', definitions, strict);
  if (made.code !== 201) throw new Error(made.body.message);
  await inForce('Strict');
});

afterAll(async () => {
  await send('DELETE', `${definitions}/${strict.metadata.name}`);
  proxy.kill();
});

it('says of new objects what a real API server says', async () => {
  for (const [object, schema] of candidates('new', ([first]) => first)) {
    for (const fieldValidation of ['Strict', 'Ignore'] as const) {
      const theirs = await send('POST', `${objects}?dryRun=All&fieldValidation=${fieldValidation}`, object);
      const ours = outcomeOf(() => admitCustom(strict, type, object, undefined, { fieldValidation }).object);
      expect(ours, JSON.stringify({ schema, object })).toEqual(outcomeIn(theirs));
    }
  }
});

it('says of changes to objects that were let in by another schema what a real API server says', async () => {
  await redefine(definition(samples.map(() => anything)), 'Lax');
  const first = candidates('old', ([before]) => before);
  const then = candidates('old', ([, after]) => after);
  for (const [object] of first) await send('POST', objects, object);
  await redefine(strict, 'Strict');
  for (const [{ metadata, spec }, schema] of then) {
    const old = (await send('GET', `${objects}/${metadata.name}`)).body as unknown as KubeObject;
    const next = { ...old, spec };
    const theirs = await send('PUT', `${objects}/${metadata.name}?dryRun=All&fieldValidation=Ignore`, next);
    const ours = outcomeOf(() => admitCustom(strict, type, next, old, { fieldValidation: 'Ignore' }).object);
    expect(ours, JSON.stringify({ schema, old: old['spec'], spec })).toEqual(outcomeIn(theirs));
  }
});

/** Those that the sandbox emulates; it refuses the definition of others. */
function drawn(count: number): Sample[] {
  const random = seeded(Number(process.env['SEED'] ?? 1));
  const kept: Sample[] = [];
  while (kept.length < count) {
    const sample = sampleOf(random, 8);
    try {
      schemaFor(definition([sample.schema]), type.version);
      kept.push(sample);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'Unsupported') throw error;
    }
  }
  return kept;
}

function definition(schemas: readonly object[]): KubeObject {
  const properties = Object.fromEntries(schemas.map((schema, i) => [`s${i}`, schema]));
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${type.plural}.${type.group}` },
    spec: {
      group: type.group,
      scope: 'Namespaced',
      names: { kind: type.kind, plural: type.plural, singular: 'sample', listKind: 'SampleList' },
      versions: [
        { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema } },
      ],
    },
  };
}

function candidates(
  prefix: string,
  of: (pair: Sample['values'][number]) => unknown,
): (readonly [KubeObject, Sample['schema']])[] {
  return samples.flatMap(({ schema, values }, i) =>
    values.map((pair, j) => {
      const metadata = { namespace: 'default', name: `${prefix}-${i}-${j}` };
      return [
        { apiVersion: 'samples.example.com/v1', kind: 'Sample', metadata, spec: { [`s${i}`]: of(pair) } },
        schema,
      ];
    }),
  );
}

interface Answer {
  readonly code: number;
  readonly body: { readonly message: string; readonly details?: { readonly causes?: readonly object[] } };
}

async function send(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(address + path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { code: answer.status, body: (text.startsWith('{') ? JSON.parse(text) : { message: text }) as Answer['body'] };
}

async function redefine(next: KubeObject, schema: 'Strict' | 'Lax'): Promise<void> {
  const path = `${definitions}/${next.metadata.name}`;
  const { metadata } = (await send('GET', path)).body as unknown as KubeObject;
  const { code, body } = await send('PUT', path, { ...next, metadata });
  if (code !== 200) throw new Error(body.message);
  await inForce(schema);
}

/** The server takes a new schema up some time after it has accepted it; `[]` keeps the lax one only. */
async function inForce(schema: 'Strict' | 'Lax'): Promise<void> {
  const at = samples.findIndex((sample) => sample.schema['type'] === 'string');
  const object = {
    apiVersion: 'samples.example.com/v1',
    kind: 'Sample',
    metadata: { name: 'probe' },
    spec: { [`s${at}`]: [] },
  };
  const wanted = schema === 'Strict' ? 422 : 201;
  while ((await send('POST', `${objects}?dryRun=All`, object)).code !== wanted) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface Outcome {
  readonly code: number;
  /** What is stored, or what is said; the fields of an object are looked at in no certain order. */
  readonly told: unknown;
  readonly causes?: unknown;
}

function outcomeIn({ code, body }: Answer): Outcome {
  if (code < 300) return { code: 200, told: (body as unknown as KubeObject)['spec'] };
  return { code, told: inOrder(body.message), causes: (body.details?.causes ?? []).map(causeText).toSorted() };
}

function outcomeOf(run: () => KubeObject): Outcome {
  try {
    return { code: 200, told: run()['spec'] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const causes = (error.details?.causes ?? []).map(causeText).toSorted();
    return { code: error.code, told: inOrder(error.message), causes };
  }
}

function causeText(cause: { reason?: string; field?: string; message?: string }): string {
  return JSON.stringify([cause.reason, cause.field, cause.message]);
}

function inOrder(message: string): readonly string[] {
  return message.split(/, |: \[|\]$/).toSorted();
}
