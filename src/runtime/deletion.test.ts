import { describe, expect, it } from 'vitest';
import { conditionOf, isReady, namespace, testCloud } from '../../test/support/cloud.ts';
import { Builtin } from '../kube/object.ts';

const resources = ['MariaDB', 'Memcached', 'Keystone'] as const;
const at = (name: string) => ({ namespace, name });

async function cloudWith(specs: Partial<Record<(typeof resources)[number], object>> = {}) {
  const cloud = await testCloud();
  const operator = await cloud.start();
  const end = () => {
    operator.kill();
    cloud.world.stop();
  };
  const isUp = () => resources.every((kind) => isReady(cloud.cr(kind, kind.toLowerCase())));
  const remove = (kind: string, propagationPolicy: 'Background' | 'Foreground' = 'Background') =>
    cloud.admin.delete(cloud.typeOf(kind), at(kind.toLowerCase()), { propagationPolicy });
  const isGone = (kind: string) => cloud.clock.until(() => cloud.cr(kind, kind.toLowerCase()) === undefined, 600_000);
  for (const kind of resources) await cloud.apply(kind, kind.toLowerCase(), specs[kind]);
  expect(await cloud.clock.until(isUp)).toBe(true);
  return { cloud, end, isUp, remove, isGone };
}

const secrets = ['db-password', 'admin-password', 'fernet-keys', 'credential-keys'].map((id) => `keystone-${id}`);

describe('deleting a Keystone', () => {
  it('with Retain keeps its data, and a new one takes it back and runs no Job again', async () => {
    const { cloud, end, isUp, remove, isGone } = await cloudWith();
    const data = () => secrets.map((name) => cloud.get(Builtin.Secret, name)?.['data']);
    const before = data();
    await remove('Keystone');
    expect(await isGone('Keystone')).toBe(true);
    await cloud.clock.advance(60_000);
    expect(data()).toEqual(before);
    expect(cloud.get(Builtin.Deployment, 'keystone-api')).toBeUndefined();
    let jobs = 0;
    cloud.world.api.store.subscribe(undefined, ({ type, object }) => {
      if (type === 'ADDED' && object.kind === 'Job') jobs += 1;
    });
    await cloud.apply('Keystone', 'keystone');
    expect(await cloud.clock.until(isUp)).toBe(true);
    expect([data(), jobs]).toEqual([before, 0]);
    end();
  });

  it('with Delete drops the database once, then removes its data', async () => {
    const { cloud, end, remove, isGone } = await cloudWith({ Keystone: { deletionPolicy: 'Delete' } });
    const seen: string[] = [];
    cloud.world.api.store.subscribe(undefined, ({ type, object }) => {
      if (type === 'ADDED' && object.kind === 'Job') seen.push(`made ${object.metadata.name}`);
      if (type === 'DELETED' && secrets.includes(object.metadata.name)) seen.push('lost a Secret');
    });
    await remove('Keystone');
    expect(await isGone('Keystone')).toBe(true);
    expect(seen).toEqual(['made keystone-db-drop', ...secrets.map(() => 'lost a Secret')]);
    end();
  });

  it('in the foreground ends too, and says that the database stays', async () => {
    const { cloud, end, remove, isGone } = await cloudWith({ Keystone: { deletionPolicy: 'Delete' } });
    const jobs: string[] = [];
    cloud.world.api.store.subscribe(undefined, ({ type, object }) => {
      if (type === 'ADDED' && object.kind === 'Job') jobs.push(object.metadata.name);
    });
    await remove('Keystone', 'Foreground');
    await cloud.clock.advance(5_000);
    expect(jobs).toEqual([]);
    expect(await isGone('Keystone')).toBe(true);
    const events = cloud.world.api
      .list(Builtin.Event, {})
      .items.filter((event) => event['reason'] === 'CleanUpSkipped');
    expect(events.map((event) => event['note'])).toContainEqual(
      expect.stringContaining('the database was not dropped'),
    );
    end();
  });

  it('waits where it is a MariaDB that a Keystone still names', async () => {
    const { cloud, end, remove, isGone } = await cloudWith();
    await remove('MariaDB');
    await cloud.clock.advance(600_000);
    const held = conditionOf(cloud.cr('MariaDB', 'mariadb'), 'Ready');
    expect(held?.message).toBe('Keystone/keystone still refers to MariaDB/mariadb; delete it or point it elsewhere');
    expect(cloud.get(Builtin.StatefulSet, 'mariadb')).toBeDefined();
    await remove('Keystone');
    expect(await isGone('MariaDB')).toBe(true);
    end();
  });
});

describe('a Keystone whose records are about the data of an earlier MariaDB', () => {
  it('stands still until a person says on the new MariaDB what to think of it, then comes up', async () => {
    const { cloud, end, isUp, remove, isGone } = await cloudWith({ MariaDB: { deletionPolicy: 'Delete' } });
    await remove('Keystone');
    expect(await isGone('Keystone')).toBe(true);
    await remove('MariaDB');
    expect(await isGone('MariaDB')).toBe(true);
    await cloud.clock.advance(10_000);
    await cloud.apply('MariaDB', 'mariadb');
    await cloud.apply('Keystone', 'keystone');
    await cloud.clock.advance(600_000);
    const stalled = conditionOf(cloud.cr('Keystone', 'keystone'), 'Stalled');
    expect(stalled).toMatchObject({ status: 'True', reason: 'DataReplaced' });
    const said = /accept-data: \S+=restored, or (\S+=empty)/.exec(stalled?.message ?? '')?.[1] ?? 'nothing';
    const metadata = { annotations: { 'openstack.k8s.io/accept-data': said } };
    await cloud.admin.mergePatch(cloud.typeOf('MariaDB'), at('mariadb'), { metadata });
    expect(await cloud.clock.until(isUp, 600_000)).toBe(true);
    expect(conditionOf(cloud.cr('Keystone', 'keystone'), 'Stalled')?.status).toBe('False');
    end();
  });
});
