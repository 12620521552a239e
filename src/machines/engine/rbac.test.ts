import { describe, expect, it } from 'vitest';
import { conditionOf, isReady, namespace, testCloud } from '../../../test/support/cloud.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ApiError } from '../../kube/errors.ts';
import { Builtin, type ResourceType } from '../../kube/object.ts';
import { kinds } from '../index.ts';
import { ownRules, rulesFor } from './rbac.ts';

const rules = rulesFor(kinds);
const all = [...rules, ...ownRules];

describe('the rules', () => {
  it('name everything: no wildcard, nothing empty, nothing twice', () => {
    for (const { apiGroups, resources, verbs } of all) {
      for (const list of [apiGroups, resources, verbs]) {
        expect(list.length).toBeGreaterThan(0);
        expect(new Set(list).size).toBe(list.length);
        expect(list.join()).not.toContain('*');
      }
    }
    const pairs = rules.flatMap((rule) => rule.resources.map((name) => `${rule.apiGroups[0]}/${name}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('let nobody become more than they are', () => {
    const verbs = new Set(all.flatMap((rule) => rule.verbs));
    expect([...verbs].sort()).toEqual(['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']);
    for (const { apiGroups, resources } of all) {
      expect(apiGroups).not.toContain('rbac.authorization.k8s.io');
      expect(
        resources.filter((name) => /^(pods\/|serviceaccounts|nodes|roles|clusterroles|bindings)/.test(name)),
      ).toEqual([]);
    }
  });

  it('let no Pod be made, and no volume but that of a Deployment', () => {
    const verbsOf = (name: string) => rules.find((rule) => rule.resources.includes(name))?.verbs;
    expect(verbsOf('pods')).toEqual(['list', 'watch', 'delete']);
    // Of claims only those that no StatefulSet makes.
    const made = kinds.flatMap(({ children }) => children.filter(({ isMade }) => isMade === true));
    expect(made.map(({ id }) => id)).toEqual(['images']);
    expect(verbsOf('persistentvolumeclaims')).not.toContain('update');
    expect(verbsOf('secrets')).not.toContain('update');
  });

  it('of its own namespace name the objects, but for making them', () => {
    for (const rule of ownRules) {
      if (!rule.verbs.includes('create')) expect(rule.resourceNames?.length).toBeGreaterThan(0);
    }
  });
});

interface Request {
  readonly verb: string;
  readonly type: ResourceType;
  readonly subresource?: string | undefined;
}

/** What an API server with these rules alone would say. */
function isAllowed({ verb, type, subresource }: Request): boolean {
  const name = subresource === undefined ? type.plural : `${type.plural}/${subresource}`;
  return all.some(
    (rule) => rule.apiGroups.includes(type.group) && rule.resources.includes(name) && rule.verbs.includes(verb),
  );
}

/** A client that has these rights and no others; what it was refused stands in `refused`. */
function restricted(client: KubeClient, refused: Set<string>, done: Set<string>): KubeClient {
  const ask = async (request: Request): Promise<void> => {
    const name = `${request.verb} ${request.type.plural}${request.subresource === undefined ? '' : `/${request.subresource}`}`;
    if (!isAllowed(request)) {
      refused.add(name);
      throw new ApiError('Forbidden', `cannot ${name}`, { code: 403 });
    }
    done.add(name);
  };
  return {
    get: async (type, ref, options) => (await ask({ verb: 'get', type }), client.get(type, ref, options)),
    list: async (type, options) => (await ask({ verb: 'list', type }), client.list(type, options)),
    watch: (type, options) => {
      if (!isAllowed({ verb: 'watch', type })) refused.add(`watch ${type.plural}`);
      return client.watch(type, options);
    },
    create: async (type, object, options) => (
      await ask({ verb: 'create', type }),
      client.create(type, object, options)
    ),
    apply: async (type, object, options) => {
      // An apply is a patch, and a create too where there is nothing yet.
      await ask({ verb: 'patch', type });
      if (object.metadata.resourceVersion === '1') await ask({ verb: 'create', type });
      return client.apply(type, object, options);
    },
    replace: async (type, object, options) => {
      await ask({ verb: 'update', type, subresource: options?.subresource });
      return client.replace(type, object, options);
    },
    mergePatch: async (type, ref, patch, options) => {
      await ask({ verb: 'patch', type, subresource: options?.subresource });
      return client.mergePatch(type, ref, patch, options);
    },
    delete: async (type, ref, options) => (await ask({ verb: 'delete', type }), client.delete(type, ref, options)),
  };
}

describe('the rules are enough', () => {
  it('for a whole life: up, damaged, rotated, grown, its volume lost, and deleted with its data', async () => {
    const cloud = await testCloud();
    const refused = new Set<string>();
    const done = new Set<string>();
    const operator = await cloud.start({ client: restricted(cloud.world.client(), refused, done) });
    const resources = ['MariaDB', 'Memcached', 'Keystone'] as const;
    for (const kind of resources) await cloud.apply(kind, kind.toLowerCase(), { deletionPolicy: 'Delete' });
    const ready = () => resources.every((kind) => isReady(cloud.cr(kind, kind.toLowerCase())));
    expect(await cloud.clock.until(ready)).toBe(true);

    const at = (name: string) => ({ namespace, name });
    const note = (value: Record<string, string>) => ({ metadata: { annotations: value } });
    await cloud.admin.mergePatch(Builtin.Deployment, at('keystone-api'), { spec: { replicas: 3 } });
    await cloud.admin.mergePatch(Builtin.Secret, at('keystone-fernet-keys'), { metadata: { labels: null } });
    await cloud.admin.mergePatch(Builtin.Service, at('memcached'), { metadata: { labels: null } });
    await cloud.admin.mergePatch(
      cloud.typeOf('Keystone'),
      at('keystone'),
      note({ 'openstack.k8s.io/rotate': 'db-password=1' }),
    );
    await cloud.admin.mergePatch(cloud.typeOf('MariaDB'), at('mariadb'), { spec: { storage: { size: '20Gi' } } });
    await cloud.clock.advance(120_000);
    expect(await cloud.clock.until(ready)).toBe(true);

    // The claim with the data loses its labels: it has to be looked for by name.
    await cloud.admin.mergePatch(Builtin.PersistentVolumeClaim, at('data-mariadb-0'), { metadata: { labels: null } });
    await cloud.clock.advance(120_000);
    expect(await cloud.clock.until(ready)).toBe(true);
    expect(cloud.get(Builtin.PersistentVolumeClaim, 'data-mariadb-0')?.metadata.labels).toBeDefined();

    for (const kind of [...resources].reverse()) {
      await cloud.admin.delete(cloud.typeOf(kind), at(kind.toLowerCase()));
      const gone = await cloud.clock.until(() => cloud.cr(kind, kind.toLowerCase()) === undefined);
      expect([kind, gone, conditionOf(cloud.cr(kind, kind.toLowerCase()), 'Ready')?.message]).toEqual([
        kind,
        true,
        undefined,
      ]);
    }
    operator.kill();
    cloud.world.stop();
    expect([...refused]).toEqual([]);
    expect([...done]).toEqual(
      expect.arrayContaining([
        'get persistentvolumeclaims',
        'delete statefulsets',
        'delete persistentvolumeclaims',
        'delete jobs',
        'update keystones/status',
      ]),
    );
  });
});
