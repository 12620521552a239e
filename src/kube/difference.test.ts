import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDifference } from './difference.ts';

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ maxLength: 5 }),
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'spec', 'name', 'ports', 'limits', 'env'), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const record = fc.dictionary(fc.constantFrom('a', 'b', 'spec', 'name', 'ports', 'env'), json, { maxKeys: 4 });

describe('firstDifference', () => {
  it.each([
    { wanted: { a: 1 }, live: { a: 1 } },
    { wanted: { a: 1 }, live: { a: 1, b: 2, c: { d: [] } } },
    { wanted: { a: undefined }, live: { a: 5 } },
    // What the server leaves out because it is empty.
    { wanted: { a: '' }, live: {} },
    { wanted: { a: {} }, live: {} },
    { wanted: { tolerations: [] }, live: {} },
    { wanted: { resources: { requests: {}, limits: {} } }, live: {} },
    { wanted: { spec: { resources: { requests: {} } } }, live: { spec: { resources: {} } } },
    // Quantities by value, where there are quantities.
    { wanted: { limits: { cpu: '0.7' } }, live: { limits: { cpu: '700m' } } },
    { wanted: { requests: { memory: '1024Mi' } }, live: { requests: { memory: '1Gi' } } },
    { wanted: { emptyDir: { sizeLimit: '1024Mi' } }, live: { emptyDir: { sizeLimit: '1Gi' } } },
    // Lists of named things, with what others added, in another order.
    {
      wanted: { containers: [{ name: 'a', image: 'x' }] },
      live: { containers: [{ name: 'side' }, { name: 'a', image: 'x', tty: true }] },
    },
    {
      wanted: { ports: [{ containerPort: 1, name: 'p' }] },
      live: { ports: [{ containerPort: 2 }, { containerPort: 1, name: 'p', protocol: 'TCP' }] },
    },
    { wanted: { ports: [{ port: 1 }] }, live: { ports: [{ port: 1, targetPort: 1 }] } },
    { wanted: { ownerReferences: [{ uid: 'u' }] }, live: { ownerReferences: [{ uid: 'v' }, { uid: 'u' }] } },
  ])('finds none between wanted $wanted and live $live', ({ wanted, live }) => {
    expect(firstDifference(wanted, live)).toBeUndefined();
  });

  it.each([
    { wanted: { spec: { replicas: 1 } }, live: { spec: { replicas: 7 } }, path: 'spec.replicas', found: '7' },
    { wanted: { spec: { replicas: 0 } }, live: { spec: {} }, path: 'spec.replicas', found: 'nothing' },
    { wanted: { a: false }, live: {}, path: 'a', found: 'nothing' },
    { wanted: { a: '1' }, live: { a: 1 }, path: 'a', found: '1' },
    { wanted: { a: { b: 1 } }, live: { a: 'x' }, path: 'a', found: 'x' },
    { wanted: { a: { b: 1 } }, live: {}, path: 'a', found: 'nothing' },
    { wanted: { args: ['a', 'b'] }, live: { args: ['b', 'a'] }, path: 'args[0]', found: 'b' },
    { wanted: { args: ['a'] }, live: { args: ['a', 'b'] }, path: 'args', found: '["a","b"]' },
    { wanted: { args: [] }, live: { args: ['a'] }, path: 'args', found: '["a"]' },
    { wanted: { args: ['a'] }, live: {}, path: 'args', found: 'nothing' },
    {
      wanted: { containers: [{ name: 'a' }] },
      live: { containers: [{ name: 'b' }] },
      path: 'containers[a]',
      found: 'nothing',
    },
    {
      wanted: { env: [{ name: 'A', value: '1' }] },
      live: { env: [{ name: 'A', value: '2' }] },
      path: 'env[A].value',
      found: '2',
    },
    { wanted: { limits: { cpu: '1' } }, live: { limits: { cpu: '1m' } }, path: 'limits.cpu', found: '1m' },
    // Not a quantity: a label that looks like one.
    { wanted: { labels: { size: '1000m' } }, live: { labels: { size: '1' } }, path: 'labels.size', found: '1' },
  ])('finds $path between wanted $wanted and live $live', ({ wanted, live, path, found }) => {
    expect(firstDifference(wanted, live)).toMatchObject({ path, found });
  });

  it('never finds one between a thing and itself, nor after something was added', () => {
    fc.assert(
      fc.property(json, json, (wanted, more) => {
        expect(firstDifference(wanted, wanted)).toBeUndefined();
        expect(firstDifference({ a: wanted }, { a: wanted, added: more })).toBeUndefined();
      }),
    );
  });

  it('finds one wherever a value was changed', () => {
    fc.assert(
      fc.property(record, fc.constantFrom('a', 'b', 'spec'), (wanted, key) => {
        const found = firstDifference({ ...wanted, [key]: 'wanted' }, { ...wanted, [key]: 'other' });
        expect(found).toEqual({ path: key, wanted: 'wanted', found: 'other' });
      }),
    );
  });

  it('changes neither argument, and tells long values in short', () => {
    const [wanted, live] = [{ a: { b: 'x'.repeat(200) } }, { a: { b: 'y'.repeat(200) } }];
    const before = structuredClone([wanted, live]);
    expect(firstDifference(wanted, live)?.found).toHaveLength(58);
    expect([wanted, live]).toEqual(before);
  });
});
