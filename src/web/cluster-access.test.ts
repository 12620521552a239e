import type { Request } from 'express';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { kinds } from '../machines/index.ts';
import { clusterAccess } from './cluster-access.ts';

let clock: VirtualClock;
let asked: { kind: string; spec: Record<string, never> }[];
let isDown: boolean;
/** Who may list what: `resource` everywhere, or `resource in namespace`. */
let rights: Record<string, string[]>;
let access: ReturnType<typeof clusterAccess>;

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  isDown = false;
  rights = { admin: ['mariadbs', 'memcacheds', 'keystones'], tenant: ['keystones in one'] };
  const create = (_: unknown, object: KubeObject) => {
    if (isDown) return Promise.reject(new ApiError('Timeout', 'no answer in time'));
    const spec = object['spec'] as Record<string, never>;
    asked.push({ kind: object.kind, spec });
    if (object.kind === 'TokenReview') {
      const [, username] = /^token-of-(\w+)$/.exec(spec['token'] ?? '') ?? [];
      const status =
        username === undefined ? { authenticated: false } : { authenticated: true, user: { username, groups: ['g'] } };
      return Promise.resolve({ ...object, status });
    }
    const { resource, namespace } = spec['resourceAttributes'] as unknown as Record<string, string>;
    const right = namespace === undefined ? resource : `${resource} in ${namespace}`;
    return Promise.resolve({
      ...object,
      status: { allowed: rights[spec['user'] ?? '']?.includes(right ?? '') === true },
    });
  };
  const cr = (kind: string, namespace: string): KubeObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', namespace },
  });
  const view = {
    kinds,
    all: (kind: (typeof kinds)[number]) => ['one', 'two'].map((namespace) => cr(kind.declaration.kind, namespace)),
  };
  access = clusterAccess({ client: { create } as unknown as KubeClient, clock, view });
});

function request(headers: Record<string, string>): Request {
  return { get: (name: string) => headers[name] } as unknown as Request;
}
const bearer = (name: string) => request({ Authorization: `Bearer token-of-${name}` });
const reviews = (kind: string) => asked.filter((each) => each.kind === kind).length;

describe('access in a cluster', () => {
  it.each([{}, { Authorization: 'Basic eDp5' }, { Cookie: 'other=1' }, { Authorization: 'Bearer wrong' }])(
    'refuses %j',
    async (headers) => {
      await expect(access(request(headers))).rejects.toMatchObject({ status: 401 });
    },
  );

  it('lets see everything whom the server lets list it everywhere', async () => {
    const reader = await access(bearer('admin'));
    expect(reader.sees('Keystone', 'anywhere')).toBe(true);
    expect(reader.sees('Cinder', 'anywhere')).toBe(false);
  });

  it('lets see a namespace, and nothing beside it', async () => {
    const reader = await access(request({ Cookie: 'a=b; openstack-operator-token=token-of-tenant' }));
    expect([reader.sees('Keystone', 'one'), reader.sees('Keystone', 'two'), reader.sees('MariaDB', 'one')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(reader.goodForMs).toBeLessThan(300_000);
  });

  it('asks as the user, with the groups', async () => {
    await access(bearer('tenant'));
    expect(asked.find(({ kind }) => kind === 'SubjectAccessReview')?.spec).toEqual({
      user: 'tenant',
      groups: ['g'],
      resourceAttributes: { group: 'openstack.k8s.io', resource: 'mariadbs', verb: 'list' },
    });
  });

  it('believes an answer for a while: who it is for a minute, a yes for five, a no for half of one', async () => {
    await access(bearer('tenant'));
    const first = asked.length;
    await Promise.all([access(bearer('tenant')), access(bearer('tenant'))]);
    expect(asked).toHaveLength(first);
    await clock.advance(31_000);
    rights['tenant'] = [];
    const still = await access(bearer('tenant'));
    expect(still.sees('Keystone', 'one')).toBe(true);
    expect(reviews('TokenReview')).toBe(1);
    await clock.advance(31_000);
    await access(bearer('tenant'));
    expect(reviews('TokenReview')).toBe(2);
    await clock.advance(300_000);
    expect((await access(bearer('tenant'))).sees('Keystone', 'one')).toBe(false);
  });

  it('takes no answer for no answer, and asks again', async () => {
    isDown = true;
    await expect(access(bearer('admin'))).rejects.toMatchObject({ reason: 'Timeout' });
    isDown = false;
    expect((await access(bearer('admin'))).sees('Keystone', 'one')).toBe(true);
  });

  it('shows the token to nobody but the API server that is to know it', async () => {
    await access(bearer('admin'));
    expect(
      asked
        .filter(({ kind }) => kind !== 'TokenReview')
        .every(({ spec }) => !JSON.stringify(spec).includes('token-of')),
    ).toBe(true);
  });
});
