import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kube/errors.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { admitCustom } from './custom.ts';

const type: ResourceType = { group: 'example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
const text = { type: 'string', maxLength: 5 };
const UNCHECKED =
  'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

type AdmitOptions = NonNullable<Parameters<typeof admitCustom>[4]>;

function definition(spec: object, more: object = {}): KubeObject {
  const openAPIV3Schema = { type: 'object', properties: { spec, ...more } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: { versions: [{ name: 'v1', subresources: { status: {} }, schema: { openAPIV3Schema } }] },
  };
}

function widget(spec: unknown, rest: object = {}): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'default' }, spec, ...rest };
}

function admit(schema: object, spec: unknown, options: AdmitOptions = {}, old?: KubeObject): KubeObject {
  return admitCustom(definition(schema), type, widget(spec), old, options).object;
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  throw new Error('it was admitted');
}

describe('what is read', () => {
  const schema = {
    type: 'object',
    properties: { a: text, b: { ...text, default: 'x' }, c: { ...text, nullable: true } },
  };

  it('drops unknown fields with a warning, and refuses them where asked to be strict', () => {
    const given = widget({ z: 1, a: 'a', y: { z: 2 } });
    const { object, warnings } = admitCustom(definition(schema), type, given, undefined);
    expect(object['spec']).toEqual({ a: 'a', b: 'x' });
    expect(warnings).toEqual(['unknown field "spec.y"', 'unknown field "spec.z"']);
    expect(refusal(() => admit(schema, { z: 1 }, { fieldValidation: 'Strict' }))).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.z"',
    );
  });

  it('drops a null that may not be, unless there is a default for it', () => {
    expect(admit(schema, { a: null, b: null, c: null })['spec']).toEqual({ b: 'x', c: null });
  });

  it('takes a field `__proto__` for any other', () => {
    const spec: unknown = JSON.parse('{"__proto__":{"a":1}}');
    expect(refusal(() => admit(schema, spec, { fieldValidation: 'Strict' }))).toContain(
      'unknown field "spec.__proto__"',
    );
  });
});

describe('what is refused', () => {
  it.each([
    {
      schema: { type: 'integer', maximum: 3 },
      spec: 9,
      says: 'spec: Invalid value: 9: spec in body should be less than or equal to 3',
    },
    { schema: text, spec: '漢字漢字漢字', says: 'spec: Too long: may not be more than 5 bytes' },
    {
      schema: { type: 'string', enum: ['a', 'b'] },
      spec: 'c',
      says: 'spec: Unsupported value: "c": supported values: "a", "b"',
    },
    {
      schema: { type: 'string', format: 'date-time' },
      spec: 'soon',
      says: 'spec: Invalid value: "soon": spec in body must be of type date-time: "soon"',
    },
    {
      schema: { type: 'number', maximum: 1 },
      spec: 123456789.25,
      says: 'spec: Invalid value: 1.2345678925e+08: spec in body should be less than or equal to 1',
    },
    {
      schema: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
      spec: ['a', 'a', 'a'],
      says: 'spec[1]: Duplicate value: "a"',
    },
    { schema: { type: 'object', required: ['a'], properties: { a: text } }, spec: {}, says: 'spec.a: Required value' },
  ])('$says', ({ schema, spec, says }) => {
    expect(refusal(() => admit(schema, spec))).toBe(`Widget.example.com "w" is invalid: ${says}`);
  });

  it('asks no rule of what breaks the schema', () => {
    const never = [{ rule: 'has(self.b)' }];
    const schema = { type: 'object', properties: { a: text, b: text }, 'x-kubernetes-validations': never };
    expect(refusal(() => admit(schema, { a: 1 }))).toBe(
      `Widget.example.com "w" is invalid: [spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer", <nil>: ${UNCHECKED}]`,
    );
  });
});

describe('rules', () => {
  const quantity = {
    ...text,
    'x-kubernetes-validations': [{ rule: "quantity(self).compareTo(quantity('1Ki')) >= 0", message: 'too small' }],
  };

  it('tells of a rule that is broken and of one that has no answer', () => {
    expect(refusal(() => admit(quantity, '1k'))).toContain('spec: Invalid value: "1k": too small');
    expect(refusal(() => admit(quantity, '1e'))).toContain(
      `spec: Invalid value: "string": unable to parse quantity's suffix evaluating rule: too small`,
    );
  });

  it('asks a rule with oldSelf only where there is an old value', () => {
    const fixed = { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
    const old = admit(fixed, 'a');
    expect(refusal(() => admit(fixed, 'b', {}, old))).toContain('failed rule: self == oldSelf');
  });

  it.each([
    "self.startsWith('a')",
    'self + self == self',
    'self.foo',
    "self.matches('(?=a)')",
    "self.matches('[[:alpha:]]')",
  ])('refuses the definition for %s', (rule) => {
    const schema = { ...text, 'x-kubernetes-validations': [{ rule }] };
    expect(refusal(() => admit(schema, 'a'))).toMatch(/does not emulate/);
  });
});

describe('a value that was let in before', () => {
  const strict = {
    type: 'object',
    properties: {
      a: { ...text, 'x-kubernetes-validations': [{ rule: "self != 'b'" }] },
      n: { type: 'integer', maximum: 3 },
    },
  };

  it('may stay as it is, with a warning for a rule, and may not become another mistake', () => {
    const old = widget({ a: 'b', n: 9 });
    const next = widget({ a: 'b', n: 9 }, { metadata: { ...old.metadata, labels: { x: 'y' } } });
    expect(admitCustom(definition(strict), type, next, old).warnings).toEqual([
      `spec.a: Invalid value: "b": failed rule: self != 'b'`,
    ]);
    expect(refusal(() => admit(strict, { a: 'b', n: 8 }, {}, old))).toContain('spec.n: Invalid value: 8');
  });
});

describe('the status', () => {
  const status = { type: 'object', default: { n: 1 }, properties: { n: { type: 'integer' } } };
  const crd = definition(text, { status });

  it('is not taken from a new object, and comes with its default', () => {
    const made = admitCustom(crd, type, widget('a', { status: { n: 7 } }), undefined).object;
    expect(made['status']).toEqual({ n: 1 });
  });

  it('is all that a write of it changes, and is named from there in messages', () => {
    const old = admitCustom(crd, type, widget('a'), undefined).object;
    const options: AdmitOptions = { subresource: 'status' };
    expect(admitCustom(crd, type, widget('b', { status: { n: 2 } }), old, options).object).toMatchObject({
      spec: 'a',
      status: { n: 2 },
    });
    expect(refusal(() => admitCustom(crd, type, widget('a', { status: { n: 'x' } }), old, options))).toBe(
      'Widget.example.com "w" is invalid: status.n: Invalid value: "string": n in body must be of type integer: "string"',
    );
  });
});
