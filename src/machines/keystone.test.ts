import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { digest, live, mariadbSaying, scopeWith } from '../../test/support/scope.ts';
import { Builtin } from '../kube/object.ts';
import { fill, type Text } from './engine/text.ts';
import type { Child } from './engine/child.ts';
import { keystone, keysToKeep } from './keystone.ts';

const child = (id: string): Child<unknown> => {
  const found = keystone.children.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no child ${id}`);
  return found;
};

const passwords = ['db-password', 'admin-password'].map((id) =>
  live(Builtin.Secret, `a-${id}`, { digests: { password: digest(id) } }),
);

const scope = (spec: object = {}, more: Parameters<typeof scopeWith>[0] = {}) =>
  scopeWith<unknown>({
    spec: keystone.declaration.spec.parse(spec),
    objects: passwords,
    peers: { database: mariadbSaying({ dataID: 'd1' }) },
    ...more,
  });

/** keystone.conf as section → option → value; the password is `pw`. */
function configuration(spec: object): Record<string, Record<string, string>> {
  const { due } = child('config').look(scope(spec));
  if (due?.verb !== 'create') throw new Error('the configuration is not written');
  const text = fill(due.files?.['keystone.conf'] as Text, () => 'pw');
  const sections: Record<string, Record<string, string>> = {};
  let section = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    if (line.startsWith('[')) sections[(section = line.slice(1, -1))] = {};
    else (sections[section] ?? {})[line.split(' = ')[0] ?? ''] = line.slice(line.indexOf(' = ') + 3);
  }
  return sections;
}

const extra = (section: string, key: string, value: string) => ({ file: 'keystone.conf', section, key, value });

describe('the configuration of Keystone', () => {
  it('speaks to its own database with its own user', () => {
    expect(configuration({})['database']?.['connection']).toBe(
      'mysql+pymysql://a__keystone:pw@mariadb.ns.svc:3306/a__keystone',
    );
  });

  it('has what the user set over what is rendered, in old and in new sections', () => {
    const found = configuration({
      extraConfig: [
        extra('DEFAULT', 'debug', 'true'),
        extra('cache', 'enabled', 'false'),
        extra('cors', 'max_age', '$x'),
      ],
    });
    expect(found['DEFAULT']).toMatchObject({ use_stderr: 'true', debug: 'true' });
    expect(found['cache']).toMatchObject({ enabled: 'false', backend: 'oslo_cache.memcache_pool' });
    expect(found['cors']).toEqual({ max_age: '$$x' });
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'takes a section called %s for a section, and changes nothing of the program',
    (section) => {
      const keys = Object.keys;
      try {
        expect(
          configuration({ extraConfig: [extra(section, 'keys', 'x'), extra(section, 'name', 'y')] })[section],
        ).toEqual({
          keys: 'x',
          name: 'y',
        });
        expect(Object.keys).toBe(keys);
      } finally {
        Object.keys = keys;
      }
    },
  );
});

describe('the keys of Keystone', () => {
  it.each([
    { section: 'fernet_tokens', secret: 'a-fernet-keys' },
    { section: 'credential', secret: 'a-credential-keys' },
  ])('of $section lie where keystone.conf says, the same for each Pod that opens one', ({ section, secret }) => {
    const at = configuration({})[section]?.['key_repository'];
    for (const id of ['api', 'bootstrap']) {
      const { due } = child(id).look(scope());
      if (due?.verb !== 'create') throw new Error(`${id} is not made`);
      const { containers, volumes } = (due.object['spec'] as { template: V1PodTemplateSpec }).template.spec ?? {};
      const mount = containers?.[0]?.volumeMounts?.find(({ mountPath }) => mountPath === at);
      const volume = volumes?.find(({ name }) => name === mount?.name);
      expect({ id, secret: volume?.secret?.secretName }).toEqual({ id, secret });
    }
  });
});

describe('keysToKeep', () => {
  it.each([
    { hours: 1, keys: 74 },
    { hours: 24, keys: 5 },
    { hours: 72, keys: 3 },
    { hours: 8760, keys: 3 },
  ])(
    'keeps $keys where they rotate every $hours h, so that no token of three days outlives its key',
    ({ hours, keys }) => {
      expect(keysToKeep(hours)).toBe(keys);
      // The staged key, the primary, and every one that was primary in the life of a token.
      expect((keys - 2) * hours).toBeGreaterThanOrEqual(72);
    },
  );
});

describe('what a Job of Keystone stands for', () => {
  const keyOf = (id: string, spec: object = {}, more: Parameters<typeof scopeWith>[0] = {}) =>
    JSON.parse(child(id).look(scope(spec, more)).key ?? '{}') as object;

  it('is image and data for db-sync, and no image for bootstrap', () => {
    const image = 'quay.io/openstack.kolla/keystone:2025.1-ubuntu-noble';
    expect(keyOf('db-sync')).toEqual({ image, database: 'd1' });
    expect(keyOf('bootstrap')).toEqual({
      database: 'd1',
      password: digest('admin-password'),
      region: 'RegionOne',
      url: 'http://a-api.ns.svc:5000/v3',
    });
  });

  it('does not change with what only Pods care for', () => {
    const other = {
      replicas: 3,
      resources: { requests: { cpu: '1' } },
      nodeSelector: { a: 'b' },
      extraConfig: [extra('DEFAULT', 'debug', 'true')],
    };
    for (const id of ['db-create', 'db-sync', 'bootstrap']) expect(keyOf(id, other)).toEqual(keyOf(id));
  });

  it('refuses another release before any Job of it runs', () => {
    expect(child('db-sync').look(scope({ image: 'keystone:2024.1' }))).toMatchObject({
      is: 'blocked',
      stalled: true,
      reason: 'ReleaseRefused',
    });
  });
});
