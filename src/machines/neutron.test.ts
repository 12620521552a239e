import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { isReady, testCloud } from '../../test/support/cloud.ts';
import { digest, live, mariadbSaying, scopeWith } from '../../test/support/scope.ts';
import { fill } from './engine/text.ts';
import { neutron } from './neutron.ts';

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

  it('finds the databases of OVN by ml2_conf.ini, where its driver looks', () => {
    const secret = (name: string, ...keys: string[]) =>
      live(Builtin.Secret, name, { digests: Object.fromEntries(keys.map((key) => [key, digest(key)])) });
    const scope = scopeWith<unknown>({
      kind: 'Neutron',
      spec: neutron.declaration.spec.parse({}),
      objects: [
        secret('a-db-password', 'password'),
        secret('a-service-password', 'password', 'cache-key'),
        secret('a-metadata-secret', 'secret'),
        secret('mariadb-credentials', 'username', 'password'),
      ],
      peers: {
        identity: mariadbSaying({}),
        network: mariadbSaying({
          northboundDBAddresses: 'tcp:10.0.0.6:6641',
          southboundDBAddresses: 'tcp:10.0.0.7:6642',
        }),
      },
    });
    const due = neutron.children.find(({ id }) => id === 'config')?.look(scope).due;
    if (due?.verb !== 'create') throw new Error('the configuration is not written');
    const [, ovn = ''] = /^\[ovn\]\n([^[]*)/m.exec(fill(due.files?.['ml2_conf.ini'] ?? [], () => '')) ?? [];
    expect(ovn.trim().split('\n')).toEqual(
      expect.arrayContaining(['ovn_nb_connection = tcp:10.0.0.6:6641', 'ovn_sb_connection = tcp:10.0.0.7:6642']),
    );
  });
});
