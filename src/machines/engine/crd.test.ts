import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kinds } from '../index.ts';
import { crdFor } from './crd.ts';
import { defineKind, type Declaration } from './kind.ts';

interface Schema {
  type?: string;
  description?: string;
  pattern?: string;
  default?: unknown;
  enum?: unknown[];
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
}

interface Version {
  schema: { openAPIV3Schema: Schema };
  subresources: object;
  additionalPrinterColumns: { name: string; jsonPath: string; type: string; priority: number }[];
}

interface Crd {
  metadata: { name: string; annotations: Record<string, string> };
  spec: { group: string; names: Record<string, unknown>; scope: string; versions: [Version] };
}

const crdOf = (kind: (typeof kinds)[number]) => crdFor(kind) as unknown as Crd;

function* leaves(schema: Schema, path: string): Generator<[string, Schema]> {
  yield [path, schema];
  for (const [name, inner] of Object.entries(schema.properties ?? {})) yield* leaves(inner, `${path}.${name}`);
  if (schema.items !== undefined) yield* leaves(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object') yield* leaves(schema.additionalProperties, `${path}.*`);
}

function isBounded(schema: Schema): boolean {
  switch (schema.type ?? 'none') {
    case 'string':
      return schema.maxLength !== undefined || schema.enum !== undefined;
    case 'integer':
    case 'number':
      return schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum <= 1_000_000;
    case 'array':
      return schema.maxItems !== undefined;
    case 'object':
      return schema.properties !== undefined || schema.maxProperties !== undefined;
    case 'boolean':
      return true;
    default:
      return false;
  }
}

describe.each(kinds.map((kind) => ({ name: kind.declaration.kind, kind })))('the CRD of $name', ({ name, kind }) => {
  const crd = crdOf(kind);
  const [version] = crd.spec.versions;
  const whole = version.schema.openAPIV3Schema;
  const spec = whole.properties?.['spec'] ?? {};
  const every = [...leaves(spec, 'spec')];

  it('bounds every leaf of the spec, and takes no unknown fields', () => {
    expect(every.length).toBeGreaterThan(10);
    expect(every.filter(([, schema]) => !isBounded(schema)).map(([path]) => path)).toEqual([]);
    expect(JSON.stringify(crd)).not.toContain('preserve-unknown');
  });

  it('has patterns that hold as a whole and that RE2 knows', () => {
    const patterns = every.flatMap(([path, schema]) =>
      schema.pattern === undefined ? [] : [[path, schema.pattern] as const],
    );
    expect(patterns.length).toBeGreaterThan(2);
    for (const [path, pattern] of patterns) {
      expect(pattern, path).toMatch(/^\^.*\$$/s);
      // No look-around, no back-reference, no \u, no repetition above 1000.
      expect(pattern, path).not.toMatch(/\(\?(?!:)|\\[1-9ku]|\{(\d{4,}|\d*,\d{4,})/);
    }
  });

  it('gives every rule a message that says what to write instead', () => {
    const rules = [...every, ['', whole] as const].flatMap(([, schema]) => schema['x-kubernetes-validations'] ?? []);
    expect(rules.length).toBeGreaterThan(0);
    for (const { rule, message } of rules) {
      expect(rule.length).toBeLessThan(2048);
      expect(message, rule).toMatch(/\b(write|leave|use|lower|make|must)\b/);
      expect(message.length, rule).toBeGreaterThan(20);
      expect(message).not.toMatch(/[\r\n]/);
    }
  });

  it('refuses names from which no child can be named', () => {
    const [rule] = whole['x-kubernetes-validations'] ?? [];
    const most = kind.declaration.longestName ?? 32;
    expect(rule?.message).toContain(`at most ${most} characters`);
    const pattern = new RegExp(/matches\('(.+)'\)/.exec(rule?.rule ?? '')?.[1] ?? 'none');
    expect(rule?.rule).toContain(`size() <= ${most}`);
    const admitted = (candidate: string) => candidate.length <= most && pattern.test(candidate);
    expect(['keystone', 'a', 'a-1', 'a'.repeat(most)].filter(admitted)).toHaveLength(4);
    expect(['', '1a', '-a', 'a-', 'A', 'a.b', 'a_b', 'a'.repeat(most + 1)].filter(admitted)).toEqual([]);
    const longest = kind.children.map((child) => most + 1 + child.id.length + '-0'.length + 'data-'.length);
    expect(Math.max(...longest)).toBeLessThanOrEqual(63);
  });

  it('fills in every default, also where the spec is left out if it may be', () => {
    const { minimal } = kind.declaration;
    expect(spec.default).toEqual(minimal === undefined ? kind.declaration.spec.parse({}) : undefined);
    expect(whole.required ?? []).toEqual(minimal === undefined ? [] : ['spec']);
    const nested = every.filter(([path, schema]) => path !== 'spec' && schema.default !== undefined);
    for (const [path, schema] of nested) {
      if (schema.enum !== undefined) expect(schema.enum, path).toContain(schema.default);
      if (schema.pattern !== undefined) expect(String(schema.default), path).toMatch(new RegExp(schema.pattern));
    }
    expect(spec.required ?? []).toEqual([]);
  });

  it('says that it is unapproved, without which a kube-apiserver refuses the group', () => {
    expect(crd.metadata.annotations['api-approved.kubernetes.io']).toMatch(/^unapproved, /);
    expect(crd.metadata.name).toBe(`${kind.type.plural}.openstack.k8s.io`);
    expect(crd.spec.names).toMatchObject({ kind: name, categories: ['openstack'] });
  });

  it('fits twice into the annotation in which `kubectl apply` keeps what it applied', () => {
    expect(JSON.stringify(crd).length).toBeLessThan(262_144 / 2);
  });

  it('shows in columns whether it is ready, where it is, what it waits for, what is its own, and how old it is', () => {
    const shown = version.additionalPrinterColumns.filter((column) => column.priority === 0);
    const own = (kind.declaration.columns ?? []).filter((column) => column.priority !== 1);
    const names = ['Ready', 'State', 'Waiting-For', ...own.map((column) => column.name), 'Age'];
    expect(shown.map((column) => column.name)).toEqual(names);
    expect(version.subresources).toEqual({ status: {} });
  });

  it('describes every field at the top of the spec', () => {
    const missing = Object.entries(spec.properties ?? {}).filter(([, schema]) => schema.description === undefined);
    expect(missing.map(([field]) => field)).toEqual([]);
  });
});

describe('crdFor', () => {
  const kindWith = (shape: z.ZodRawShape, more: Partial<Declaration<z.ZodObject>> = {}) =>
    defineKind(
      { kind: 'Test', plural: 'tests', about: 'For tests.', spec: z.strictObject(shape), ...more },
      { version: 1, steps: {} },
    );

  it.each([
    { what: 'text without bound', shape: { a: z.string().default('') }, said: 'Test.spec.a: a text needs maxLength' },
    {
      what: 'list without bound',
      shape: { a: z.array(z.boolean()).default([]) },
      said: 'Test.spec.a: a list needs maxItems',
    },
    { what: 'number without bound', shape: { a: z.number().default(1) }, said: 'Test.spec.a: a number needs bounds' },
    {
      what: 'map without bound',
      shape: { a: z.record(z.string().max(3), z.boolean()).default({}) },
      said: 'Test.spec.a: a map needs maxProperties',
    },
    {
      what: 'text without bound in a list',
      shape: { a: z.array(z.string()).max(2).default([]) },
      said: 'Test.spec.a[]: a text',
    },
    {
      what: 'union',
      shape: { a: z.union([z.boolean(), z.string().max(2)]).default(true) },
      said: 'cannot have this union',
    },
    {
      what: 'look-ahead',
      shape: {
        a: z
          .string()
          .max(9)
          .regex(/^(?!x)/)
          .default(''),
      },
      said: 'look-around',
    },
    {
      what: 'look-behind',
      shape: {
        a: z
          .string()
          .max(9)
          .regex(/(?<!x)$/)
          .default(''),
      },
      said: 'look-around',
    },
  ])('throws for a $what', ({ shape, said }) => {
    expect(() => crdFor(kindWith(shape))).toThrow(said);
  });

  it('throws for an unbounded field of a kind’s own status', () => {
    expect(() => crdFor(kindWith({}, { status: z.object({ a: z.string().optional() }) }))).toThrow('Test.status.a');
  });
});
