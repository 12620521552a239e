import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject } from '../kube/object.ts';
import {
  customType,
  definition,
  deployment,
  job,
  object,
  secret,
  status,
  statefulSet,
  testApi,
  testWorld,
} from './test-world.ts';

const ref = { name: 'a', namespace: 'default' };
const widgets = customType('widgets', 'Widget');

function withWidgets() {
  const made = testApi();
  made.api.create(Builtin.CustomResourceDefinition, definition('widgets', 'Widget'));
  return made;
}

describe('create', () => {
  it('sets what the server sets, and gives names', () => {
    const { api } = withWidgets();
    const made = api.create(widgets, object(widgets, 'a', { spec: { size: 1 }, status: { phase: 'Lies' } }));
    expect(made.metadata).toMatchObject({ generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(made['status']).toBeUndefined();
    const named = object(Builtin.Secret, '', { metadata: { generateName: 'key-' } });
    const names = [1, 2].map(() => api.create(Builtin.Secret, named).metadata.name);
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^key-[a-z0-9]{5}$/);
  });

  it('refuses a name twice, a namespace that is not there and a type that nobody serves', () => {
    const { api } = testApi();
    api.create(Builtin.Secret, secret('a'));
    expect(() => api.create(Builtin.Secret, secret('a'))).toThrow('secrets "a" already exists');
    const elsewhere = object(Builtin.Secret, 'a', { metadata: { namespace: 'nowhere' } });
    expect(() => api.create(Builtin.Secret, elsewhere)).toThrow('namespaces "nowhere" not found');
    expect(() => api.create(widgets, object(widgets, 'a'))).toThrow('could not find the requested resource');
  });

  it('changes nothing on a dry run', () => {
    const { api } = testApi();
    const before = api.store.version;
    expect(api.create(Builtin.Service, object(Builtin.Service, 'a'), { dryRun: true })['spec']).toMatchObject({
      type: 'ClusterIP',
    });
    expect(api.store.version).toBe(before);
    expect(api.find(Builtin.Service, ref)).toBeUndefined();
  });

  it('keeps the caller from changing what is stored, either way', () => {
    const { api } = testApi();
    const mine = secret('a');
    const stored = api.create(Builtin.Secret, mine);
    (mine['data'] as Record<string, string>)['password'] = 'changed';
    expect(stored['data']).toEqual({ password: 'c2VjcmV0' });
    expect(() => ((stored['data'] as Record<string, string>)['password'] = 'changed')).toThrow();
  });

  it('reads custom resources with their schema, and refuses what breaks it', () => {
    const { api } = testApi();
    const size = { type: 'integer', minimum: 1, default: 3 };
    const spec = { type: 'object', default: {}, properties: { size } };
    const schema = { type: 'object', properties: { spec } };
    api.create(Builtin.CustomResourceDefinition, definition('widgets', 'Widget', schema));
    const warnings: string[] = [];
    const made = api.create(widgets, object(widgets, 'a', { spec: { colour: 'red' } }), {
      warn: (warning) => warnings.push(warning),
    });
    expect(made['spec']).toEqual({ size: 3 });
    expect(warnings).toEqual(['unknown field "spec.colour"']);
    expect(() => api.mergePatch(widgets, ref, { spec: { size: 0 } })).toThrow('should be greater than or equal to 1');
    const strict = { fieldValidation: 'Strict' } as const;
    expect(() => api.create(widgets, object(widgets, 'b', { spec: { colour: 'red' } }), strict)).toThrow(
      'strict decoding error: unknown field "spec.colour"',
    );
  });

  it('refuses a definition whose schema it could not hold objects against exactly', () => {
    const { api } = testApi();
    const schema = { type: 'object', properties: { spec: { type: 'object', not: { required: ['a'] } } } };
    const make = () => api.create(Builtin.CustomResourceDefinition, definition('widgets', 'Widget', schema));
    expect(make).toThrow('the sandbox does not emulate not in the schema at the object.spec');
  });
});

describe('writes', () => {
  it('do nothing at all when nothing changes', () => {
    const { api } = testApi();
    const made = api.create(Builtin.Secret, secret('a'));
    const version = api.store.version;
    const same = { ...made, metadata: { ...made.metadata }, data: { password: 'c2VjcmV0' } };
    expect(api.replace(Builtin.Secret, same)).toBe(made);
    expect(api.mergePatch(Builtin.Secret, ref, { data: { password: 'c2VjcmV0' } })).toBe(made);
    expect(api.store.version).toBe(version);
  });

  it('bump the generation when the spec changes, and not for labels or status', () => {
    const { api } = withWidgets();
    api.create(widgets, object(widgets, 'a', { spec: { size: 1 } }));
    const generation = (patch: object, subresource?: 'status') =>
      api.mergePatch(widgets, ref, patch, { subresource }).metadata.generation;
    expect(generation({ metadata: { labels: { a: 'b' } } })).toBe(1);
    expect(generation({ status: { phase: 'Ready' } }, 'status')).toBe(1);
    expect(generation({ spec: { size: 1 } })).toBe(1);
    expect(generation({ spec: { size: 2 } })).toBe(2);
    const made = api.create(Builtin.Deployment, deployment('d'));
    expect(made.metadata.generation).toBe(1);
    expect(api.mergePatch(Builtin.Deployment, made.metadata, { spec: { replicas: 3 } }).metadata.generation).toBe(2);
  });

  it('to the status leave the rest alone, and the other way round', () => {
    const { api } = withWidgets();
    api.create(widgets, object(widgets, 'a', { spec: { size: 1 } }));
    const patch = { metadata: { labels: { x: 'y' } }, spec: { size: 2 }, status: { phase: 'Ready' } };
    const withStatus = api.mergePatch(widgets, ref, patch, { subresource: 'status' });
    expect(withStatus).toMatchObject({ spec: { size: 1 }, status: { phase: 'Ready' } });
    expect(withStatus.metadata.labels).toBeUndefined();
    const plain = api.mergePatch(widgets, ref, { spec: { size: 3 }, status: { phase: 'Lies' } });
    expect(plain).toMatchObject({ spec: { size: 3 }, status: { phase: 'Ready' } });
    expect(() => api.mergePatch(Builtin.Namespace, { name: 'default' }, {}, { subresource: 'status' })).not.toThrow();
    api.create(Builtin.Secret, secret('a'));
    expect(() => api.mergePatch(Builtin.Secret, ref, {}, { subresource: 'status' })).toThrow('could not find');
  });

  it('conflict on a stale or missing version and on another uid', () => {
    const { api } = testApi();
    const first = api.create(Builtin.Secret, secret('a'));
    api.mergePatch(Builtin.Secret, ref, { data: { more: 'eA==' } });
    const conflicts = { reason: 'Conflict', code: 409 };
    const failing = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(failing(() => api.replace(Builtin.Secret, first))).toMatchObject(conflicts);
    const lease = api.create(Builtin.Lease, object(Builtin.Lease, 'a'));
    const { resourceVersion: _, ...unversioned } = lease.metadata;
    expect(failing(() => api.replace(Builtin.Lease, { ...lease, metadata: unversioned }))).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining('metadata.resourceVersion: Invalid value: 0: must be specified for an update'),
    });
    expect(failing(() => api.mergePatch(Builtin.Secret, ref, { metadata: { resourceVersion: '1' } }))).toMatchObject(
      conflicts,
    );
    expect(failing(() => api.mergePatch(Builtin.Secret, ref, { metadata: { uid: 'x' } }))).toMatchObject({
      reason: 'Invalid',
    });
    expect(
      failing(() => api.apply(Builtin.Secret, object(Builtin.Secret, 'a', { metadata: { uid: 'x' } }))),
    ).toMatchObject({ reason: 'Invalid' });
    expect(failing(() => api.delete(Builtin.Secret, ref, { preconditions: { uid: 'x' } }))).toMatchObject(conflicts);
    const stale = { preconditions: { resourceVersion: first.metadata.resourceVersion ?? '' } };
    expect(failing(() => api.delete(Builtin.Secret, ref, stale))).toMatchObject(conflicts);
  });

  it.each([
    {
      what: 'a Job template',
      of: job('a'),
      patch: { spec: { template: { spec: { hostNetwork: true } } } },
      says: 'field is immutable',
    },
    { what: 'a Job’s completions', of: job('a'), patch: { spec: { completions: 2 } }, says: 'field is immutable' },
    {
      what: 'a Deployment selector',
      of: deployment('a'),
      patch: { spec: { selector: { matchLabels: { app: 'b' } } } },
      says: 'immutable',
    },
    {
      what: 'a StatefulSet’s service',
      of: statefulSet('a'),
      patch: { spec: { serviceName: 'b' } },
      says: 'updates to statefulset spec for fields other than',
    },
    {
      what: 'an immutable Secret',
      of: { ...secret('a'), immutable: true },
      patch: { data: { password: 'eA==' } },
      says: 'immutable',
    },
  ])('refuse a change of $what', ({ of, patch, says }) => {
    const { api } = testApi();
    const type = Builtin[of.kind as keyof typeof Builtin];
    api.create(type, of as KubeObject);
    expect(() => api.mergePatch(type, ref, patch)).toThrow(says);
  });

  it('let a StatefulSet change what it may', () => {
    const { api } = testApi();
    api.create(Builtin.StatefulSet, statefulSet('a'));
    expect(
      api.mergePatch(Builtin.StatefulSet, ref, { spec: { replicas: 5, revisionHistoryLimit: 1 } })['spec'],
    ).toMatchObject({ replicas: 5 });
  });

  it('refuse what the controllers do not emulate', () => {
    const { api } = testApi();
    const refused = expect.objectContaining({ reason: 'Unsupported' });
    for (const made of [
      object(Builtin.Service, 'a', { spec: { type: 'LoadBalancer' } }),
      job('a', { ttlSecondsAfterFinished: 5 }),
      statefulSet('a', { podManagementPolicy: 'Parallel' }),
      deployment('a', { paused: true }),
    ]) {
      const create = (): unknown => api.create(Builtin[made.kind as keyof typeof Builtin], made);
      expect(create).toThrow(refused as Error);
    }
  });
});

describe('finalizers', () => {
  it('hold an object that is deleted until the last is gone, and none may be added', () => {
    const { api } = withWidgets();
    api.create(widgets, object(widgets, 'a', { metadata: { finalizers: ['x/one', 'x/two'] }, spec: {} }));
    api.delete(widgets, ref);
    const going = api.get(widgets, ref);
    expect(going.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:00Z', generation: 2 });
    const finalizers = (...list: string[]) => api.mergePatch(widgets, ref, { metadata: { finalizers: list } });
    expect(() => finalizers('x/one', 'x/two', 'x/three')).toThrow(
      'no new finalizers can be added if the object is being deleted',
    );
    finalizers('x/two');
    expect(() => api.create(widgets, object(widgets, 'a'))).toThrow(
      'object is being deleted: widgets.example.com "a" already exists',
    );
    finalizers();
    expect(api.find(widgets, ref)).toBeUndefined();
    expect(() => api.delete(widgets, ref)).toThrow('widgets.example.com "a" not found');
  });
});

describe('list', () => {
  it('pages through what was there at the first page', () => {
    const { api } = testApi();
    for (const name of ['a', 'b', 'c', 'd', 'e']) api.create(Builtin.Secret, secret(name));
    const names = (list: { items: KubeObject[] }) => list.items.map((item) => item.metadata.name);
    const first = api.list(Builtin.Secret, { limit: 2 });
    api.delete(Builtin.Secret, { name: 'd', namespace: 'default' });
    api.create(Builtin.Secret, secret('cc'));
    api.mergePatch(Builtin.Secret, { name: 'c', namespace: 'default' }, { data: { new: 'eA==' } });
    const second = api.list(Builtin.Secret, { limit: 2, continue: first.metadata.continue ?? '' });
    const third = api.list(Builtin.Secret, { limit: 2, continue: second.metadata.continue ?? '' });
    expect([first, second, third].flatMap(names)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(second.items[0]?.['data']).toEqual({ password: 'c2VjcmV0' });
    expect(third.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect(names(api.list(Builtin.Secret))).toEqual(['a', 'b', 'c', 'cc', 'e']);
    api.compact();
    expect(() => api.list(Builtin.Secret, { limit: 2, continue: first.metadata.continue ?? '' })).toThrow('too old');
  });

  it('keeps to a namespace and a selector', () => {
    const { api } = testApi();
    api.create(Builtin.Namespace, object(Builtin.Namespace, 'other'));
    api.create(Builtin.Secret, object(Builtin.Secret, 'a', { metadata: { labels: { app: 'nova' } } }));
    api.create(
      Builtin.Secret,
      object(Builtin.Secret, 'b', { metadata: { namespace: 'other', labels: { app: 'nova' } } }),
    );
    api.create(Builtin.Secret, secret('c'));
    expect(api.list(Builtin.Secret, { labelSelector: 'app=nova' }).items).toHaveLength(2);
    expect(api.list(Builtin.Secret, { namespace: 'other' }).items).toHaveLength(1);
    expect(api.list(Builtin.Secret, { fieldSelector: 'metadata.name=c' }).items).toHaveLength(1);
  });
});

describe('definitions', () => {
  it('take their objects with them, when these may go', async () => {
    const { api, clock } = testWorld();
    api.create(Builtin.CustomResourceDefinition, definition('widgets', 'Widget'));
    api.create(widgets, object(widgets, 'a', { metadata: { finalizers: ['x/hold'] } }));
    api.create(widgets, object(widgets, 'b'));
    api.delete(Builtin.CustomResourceDefinition, { name: 'widgets.example.com' });
    await clock.advance(100);
    expect(api.list(widgets).items.map((item) => item.metadata.name)).toEqual(['a']);
    api.mergePatch(widgets, ref, { metadata: { finalizers: null } });
    await clock.advance(100);
    expect(() => api.list(widgets)).toThrow('could not find the requested resource');
  });
});

describe('namespaces', () => {
  it('take everything with them, wait for finalizers, and take nothing new meanwhile', async () => {
    const { api, clock } = testWorld();
    api.create(Builtin.Namespace, object(Builtin.Namespace, 'cloud'));
    await clock.advance(10);
    const inside = { metadata: { namespace: 'cloud' } };
    api.create(Builtin.Secret, object(Builtin.Secret, 'plain', inside));
    api.create(
      Builtin.Secret,
      object(Builtin.Secret, 'held', { metadata: { namespace: 'cloud', finalizers: ['x/hold'] } }),
    );
    api.create(Builtin.Deployment, { ...deployment('d'), metadata: { name: 'd', namespace: 'cloud' } });
    await clock.advance(100);
    expect(api.list(Builtin.Pod, { namespace: 'cloud' }).items).toHaveLength(1);
    api.delete(Builtin.Namespace, { name: 'cloud' });
    expect(status(api.get(Builtin.Namespace, { name: 'cloud' }))).toEqual({ phase: 'Terminating' });
    expect(() => api.create(Builtin.Secret, object(Builtin.Secret, 'new', inside))).toThrow(
      'secrets "new" is forbidden: unable to create new content in namespace cloud because it is being terminated',
    );
    await clock.advance(1000);
    expect(api.store.contents('cloud').map(({ object: left }) => left.metadata.name)).toEqual(['held']);
    api.mergePatch(Builtin.Secret, { namespace: 'cloud', name: 'held' }, { metadata: { finalizers: [] } });
    await clock.advance(100);
    expect(api.find(Builtin.Namespace, { name: 'cloud' })).toBeUndefined();
  });
});
