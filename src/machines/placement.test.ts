import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { testCloud } from '../../test/support/cloud.ts';

describe('Placement', () => {
  it('drops the database that was being made when it was deleted, though the operator dies as it stops that Job', async () => {
    const cloud = await testCloud();
    let operator = await cloud.start();
    for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await cloud.apply(kind, kind.toLowerCase());
    await cloud.apply('Placement', 'placement', { deletionPolicy: 'Delete' });
    const hasJob = (name: string): boolean => cloud.get(Builtin.Job, name) !== undefined;
    const end = cloud.world.behave(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'db-create', {
      hang: true,
    });
    expect(await cloud.clock.until(() => hasJob('keystone-db-create'), 60_000)).toBe(true);
    end();
    const again = cloud.world.behave(
      ({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === 'placement',
      {
        hang: true,
      },
    );
    expect(await cloud.clock.until(() => hasJob('placement-db-create'), 600_000)).toBe(true);
    await cloud.admin.delete(cloud.typeOf('Placement'), { namespace: 'default', name: 'placement' });
    await cloud.clock.until(() => !hasJob('placement-db-create'), 60_000);
    operator.kill();
    again();
    operator = await cloud.start();
    expect(await cloud.clock.until(() => hasJob('placement-db-drop'), 60_000)).toBe(true);
    expect(await cloud.clock.until(() => cloud.cr('Placement', 'placement') === undefined, 60_000)).toBe(true);
    operator.kill();
  });
});
