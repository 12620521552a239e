import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { isReady, testCloud } from '../../test/support/cloud.ts';

const given = ['MariaDB/mariadb', 'Memcached/memcached', 'RabbitMQ/rabbitmq', 'OVNNetwork/ovn', 'Keystone/keystone'];

describe('Neutron', () => {
  it('does not restart its Pods when OVNNetwork loses its status, and with it the addresses of its databases', async () => {
    const cloud = await testCloud();
    await cloud.start();
    for (const resource of [...given, 'Neutron/neutron']) {
      const [kind = '', name = ''] = resource.split('/');
      await cloud.apply(kind, name);
    }
    const ready = (): Promise<boolean> => cloud.clock.until(() => isReady(cloud.cr('Neutron', 'neutron')), 600_000);
    expect(await ready()).toBe(true);
    const before = cloud.get(Builtin.Deployment, 'neutron-server')?.metadata.generation;
    const network = cloud.cr('OVNNetwork', 'ovn')!;
    await cloud.admin.replace(cloud.typeOf('OVNNetwork'), { ...network, status: {} }, { subresource: 'status' });
    await cloud.clock.advance(60_000);
    expect(await ready()).toBe(true);
    expect(cloud.get(Builtin.Deployment, 'neutron-server')?.metadata.generation).toBe(before);
  });
});
