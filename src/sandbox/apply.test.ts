import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { recordAt, recordsAt } from './json.ts';
import { customType, definition, deployment, object, testApi } from './test-world.ts';

const ref = { name: 'a', namespace: 'default' };
const widgets = customType('widgets', 'Widget');
const ours = { manager: 'ours' };
const theirs = { manager: 'theirs' };

const anything = { 'x-kubernetes-preserve-unknown-fields': true };
const listMap = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, value: anything } },
};
const set = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } };
const fields = {
  items: listMap,
  tags: set,
  size: anything,
  map: { type: 'object', additionalProperties: anything },
  atomic: { type: 'array', items: anything },
};
const schema = {
  type: 'object',
  properties: { spec: { type: 'object', properties: fields }, status: { type: 'object', ...anything } },
};

function withWidgets() {
  const { api } = testApi();
  api.create(Builtin.CustomResourceDefinition, definition('widgets', 'Widget', schema));
  return api;
}

const name = fc.constantFrom('a', 'b', 'c', 'd');
const scalar = fc.constantFrom(1, 2, 'x', true);
// No map is ever emptied: the real server makes a null of it, and then refuses that.
const spec = fc.record(
  {
    size: scalar,
    map: fc.dictionary(name, scalar, { minKeys: 1, maxKeys: 3 }),
    atomic: fc.array(scalar, { maxLength: 3 }),
    tags: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    items: fc.uniqueArray(fc.record({ name, value: scalar }, { requiredKeys: ['name'] }), {
      selector: (item) => item.name,
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: ['size'] },
);
const config = fc
  .record({ labels: fc.dictionary(name, fc.constantFrom('x', 'y'), { maxKeys: 2 }), spec })
  .map(({ labels, spec: wanted }) => object(widgets, 'a', { metadata: { labels }, spec: wanted }));

/** Without what the server counts. */
function content({ metadata, ...rest }: KubeObject): object {
  return { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, ...rest };
}

describe('server-side apply', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(config, config, (first, second) => {
        const api = withWidgets();
        api.apply(widgets, first, theirs);
        const once = api.apply(widgets, second, ours);
        const version = api.store.version;
        expect(api.apply(widgets, second, ours)).toBe(once);
        expect(api.store.version).toBe(version);
      }),
    );
  });

  it('leaves of what only we own exactly the last configuration', () => {
    fc.assert(
      fc.property(fc.array(config, { minLength: 1, maxLength: 4 }), config, (before, last) => {
        const api = withWidgets();
        for (const earlier of before) api.apply(widgets, earlier, ours);
        const found = api.apply(widgets, last, ours);
        const fresh = withWidgets().apply(widgets, last, ours);
        expect(content(found)).toEqual(content(fresh));
      }),
    );
  });

  it('never loses an item that another manager applied, whatever we apply', () => {
    fc.assert(
      fc.property(config, fc.array(config, { minLength: 1, maxLength: 4 }), (other, mine) => {
        const api = withWidgets();
        api.apply(widgets, other, theirs);
        for (const wanted of mine) api.apply(widgets, wanted, ours);
        const found = api.get(widgets, ref);
        const names = (of: KubeObject) => recordsAt(of, 'spec', 'items').map((item) => item['name']);
        expect(names(found)).toEqual(expect.arrayContaining(names(other)));
        // A label is a scalar: only one that we never contested stays theirs.
        const contested = new Set(mine.flatMap((wanted) => Object.keys(wanted.metadata.labels ?? {})));
        const kept = Object.keys(other.metadata.labels ?? {}).filter((label) => !contested.has(label));
        expect(Object.keys(found.metadata.labels ?? {})).toEqual(expect.arrayContaining(kept));
        const last = mine.at(-1) as KubeObject;
        expect(found['spec']).toMatchObject(
          Object.fromEntries(
            Object.entries(recordAt(last, 'spec')).filter(([key]) => key === 'size' || key === 'atomic'),
          ),
        );
      }),
    );
  });

  it('does not remove what a create has set and no apply ever has', () => {
    const { api } = testApi();
    const made = object(Builtin.Secret, 'a', { metadata: { labels: { a: '1', b: '1' } }, data: { password: 'eA==' } });
    api.create(Builtin.Secret, made, ours);
    api.apply(Builtin.Secret, object(Builtin.Secret, 'a', { metadata: { labels: { a: '1', c: '1' } } }), ours);
    const found = api.apply(Builtin.Secret, object(Builtin.Secret, 'a', { metadata: { labels: { a: '2' } } }), ours);
    expect(found).toMatchObject({ metadata: { labels: { a: '2', b: '1' } }, data: { password: 'eA==' } });
    expect(found.metadata.labels).not.toHaveProperty('c');
  });

  it('takes a field over from one who changed it, and repairs it', () => {
    const { api } = testApi();
    api.apply(Builtin.Deployment, deployment('a', { replicas: 3 }), ours);
    api.mergePatch(Builtin.Deployment, ref, { spec: { replicas: 9 } }, theirs);
    expect(recordAt(api.apply(Builtin.Deployment, deployment('a', { replicas: 3 }), ours), 'spec')['replicas']).toBe(3);
  });

  it('merges containers, env and Service ports by their keys, and keeps the server’s defaults', () => {
    const { api } = testApi();
    const pod = (env: object[]) => ({
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'main', image: 'i:1', env }] },
    });
    api.apply(
      Builtin.Deployment,
      deployment(
        'a',
        {},
        pod([
          { name: 'A', value: '1' },
          { name: 'B', value: '1' },
        ]),
      ),
      ours,
    );
    const sidecar = { spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } } };
    api.apply(Builtin.Deployment, object(Builtin.Deployment, 'a', sidecar), theirs);
    const found = api.apply(Builtin.Deployment, deployment('a', {}, pod([{ name: 'B', value: '2' }])), ours);
    const containers = recordsAt(found, 'spec', 'template', 'spec', 'containers');
    expect(containers.map((container) => container['name'])).toEqual(['main', 'side']);
    expect(containers[0]).toMatchObject({ env: [{ name: 'B', value: '2' }], terminationMessagePolicy: 'File' });

    const service = (...ports: object[]) => object(Builtin.Service, 'a', { spec: { ports } });
    api.apply(Builtin.Service, service({ port: 80, name: 'http' }, { port: 90, name: 'x' }), ours);
    const version = api.store.version;
    api.apply(Builtin.Service, service({ port: 80, name: 'http' }, { port: 90, name: 'x' }), ours);
    expect(api.store.version).toBe(version);
    const ports = recordsAt(api.apply(Builtin.Service, service({ port: 80, name: 'web' }), ours), 'spec', 'ports');
    expect(ports).toEqual([{ port: 80, name: 'web', protocol: 'TCP', targetPort: 80 }]);
  });

  it('replaces atomic lists and maps whole', () => {
    const { api } = testApi();
    const pod = (spec: object) => ({
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'main', image: 'i:1' }], ...spec },
    });
    const apply = (spec: object) =>
      recordAt(api.apply(Builtin.Deployment, deployment('a', {}, pod(spec)), ours), 'spec', 'template', 'spec');
    apply({ nodeSelector: { a: '1' }, tolerations: [{ key: 'a' }] });
    expect(apply({ nodeSelector: { b: '1' }, tolerations: [{ key: 'b' }] })).toMatchObject({
      nodeSelector: { b: '1' },
      tolerations: [{ key: 'b' }],
    });
    expect(apply({})).not.toHaveProperty('nodeSelector');
  });

  it('makes a null of a map that it empties and somebody else has, which the schema then refuses', () => {
    const api = withWidgets();
    api.apply(widgets, object(widgets, 'a', { spec: {} }), theirs);
    api.apply(widgets, object(widgets, 'a', { spec: { tags: ['x'] } }), ours);
    expect(() => api.apply(widgets, object(widgets, 'a'), ours)).toThrow(
      'spec: Invalid value: "null": spec in body must be of type object: "null"',
    );
  });

  it('writes the status apart from the rest', () => {
    const api = withWidgets();
    api.apply(widgets, object(widgets, 'a', { spec: { size: 1 }, status: { phase: 'Lies' } }), ours);
    expect(api.get(widgets, ref)['status']).toBeUndefined();
    const status = { ...ours, subresource: 'status' as const };
    api.apply(widgets, object(widgets, 'a', { spec: { size: 9 }, status: { phase: 'Ready', n: 1 } }), status);
    api.apply(widgets, object(widgets, 'a', { status: { phase: 'Ready' } }), status);
    expect(api.get(widgets, ref)).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' } });
    expect(recordAt(api.get(widgets, ref), 'status')).not.toHaveProperty('n');
    api.apply(widgets, object(widgets, 'a', { spec: { size: 2 } }), ours);
    expect(recordAt(api.get(widgets, ref), 'status')).toEqual({ phase: 'Ready' });
  });
});

it('an apply that names an item twice is refused', () => {
  const { api } = testApi();
  const ports = [{ port: 80 }, { port: 80, protocol: 'TCP' }];
  expect(() => api.apply(Builtin.Service, object(Builtin.Service, 'a', { spec: { ports } }))).toThrow(
    '.spec.ports: duplicate entries',
  );
});
