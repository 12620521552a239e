import { describe, expect, it } from 'vitest';
import { conditionOf, isReady, namespace, testCloud, type TestCloud } from '../../test/support/cloud.ts';
import { Builtin } from '../kube/object.ts';
import { recordAt, recordsAt } from '../sandbox/json.ts';
import { defaultSettings } from './engine/settings.ts';

const enforced = 'pod-security.kubernetes.io/enforce';
const settings = { ...defaultSettings, allowPrivileged: true };
const both = {
  'openstack.k8s.io/network': `${namespace}.ovn`,
  'openstack.k8s.io/compute': `${namespace}.nova`,
};
const sets = ['ovn-ovs', 'ovn-controller', 'neutron-metadata-agent', 'nova-compute'];
const resources = {
  MariaDB: 'mariadb',
  RabbitMQ: 'rabbitmq',
  Memcached: 'memcached',
  OVNNetwork: 'ovn',
  Keystone: 'keystone',
  Glance: 'glance',
  Placement: 'placement',
  Neutron: 'neutron',
  Nova: 'nova',
} as const;

async function cloudOn(nodes: readonly { name: string; labels?: Record<string, string> }[]): Promise<TestCloud> {
  const cloud = await testCloud({ nodes });
  for (const [kind, name] of Object.entries(resources)) await cloud.apply(kind, name);
  return cloud;
}

const allReady = (cloud: TestCloud): boolean =>
  Object.entries(resources).every(([kind, name]) => isReady(cloud.cr(kind, name)));
const running = (cloud: TestCloud): string[] => sets.filter((name) => cloud.get(Builtin.DaemonSet, name) !== undefined);
const nodesReady = (cloud: TestCloud): string[] => [
  conditionOf(cloud.cr('OVNNetwork', 'ovn'), 'NodesReady')?.message ?? '',
  conditionOf(cloud.cr('Neutron', 'neutron'), 'NodesReady')?.message ?? '',
  conditionOf(cloud.cr('Nova', 'nova'), 'ComputesReady')?.message ?? '',
];
const enforce = (cloud: TestCloud, level: string | null) =>
  cloud.admin.mergePatch(Builtin.Namespace, { name: namespace }, { metadata: { labels: { [enforced]: level } } });
const label = (cloud: TestCloud, name: string, labels: Record<string, string | null>) =>
  cloud.admin.mergePatch(Builtin.Node, { name }, { metadata: { labels } });
const hostsIn = (cloud: TestCloud): string =>
  cloud.get(Builtin.Job, 'nova-discover-hosts')?.metadata.annotations?.['openstack.k8s.io/key'] ?? '';

/** What the Pods of a DaemonSet see of Secrets. */
function filesOf(cloud: TestCloud, name: string): string[] {
  const set = cloud.get(Builtin.DaemonSet, name);
  return recordsAt(set, 'spec', 'template', 'spec', 'volumes').flatMap((volume) => {
    const data = recordAt(cloud.get(Builtin.Secret, String(recordAt(volume, 'secret')['secretName'])), 'data');
    const keys = recordsAt(volume, 'secret', 'items').map(({ key }) => String(key));
    return keys.map((key) => Buffer.from(String(data[key]), 'base64').toString());
  });
}

describe('the parts on nodes', { timeout: 90_000 }, () => {
  it('run on labelled nodes of a namespace that admits them, know no database, and each compute is mapped', async () => {
    const cloud = await cloudOn([{ name: 'one', labels: both }, { name: 'two' }]);
    await enforce(cloud, 'privileged');
    const operator = await cloud.start({ settings });
    expect(await cloud.clock.until(() => allReady(cloud))).toBe(true);
    expect(running(cloud)).toEqual(sets);
    const pods = cloud.world.api.list(Builtin.Pod, { namespace }).items;
    const onHost = pods.map((pod) => recordAt(pod, 'spec')).filter(({ hostNetwork }) => hostNetwork === true);
    expect(onHost.map(({ nodeName }) => nodeName)).toEqual(sets.map(() => 'one'));
    expect(hostsIn(cloud)).toContain('"hosts":"one"');
    for (const name of sets) {
      expect(filesOf(cloud, name).length).toBeGreaterThan(0);
      expect(filesOf(cloud, name).join('\n')).not.toContain('mysql');
    }

    await label(cloud, 'two', both);
    expect(await cloud.clock.until(() => hostsIn(cloud).includes('"hosts":"one,two"') && allReady(cloud))).toBe(true);
    // An administrator takes the permission back.
    operator.kill();
    const strict = await cloud.start({ identity: 'other' });
    expect(await cloud.clock.until(() => running(cloud).length === 0 && allReady(cloud))).toBe(true);
    strict.kill();
    cloud.world.stop();
  });

  it('are off without the flag, and everything is Ready with a sentence that says so', async () => {
    const cloud = await cloudOn([{ name: 'one', labels: both }]);
    await enforce(cloud, 'privileged');
    const operator = await cloud.start();
    expect(await cloud.clock.until(() => allReady(cloud))).toBe(true);
    expect(running(cloud)).toEqual([]);
    for (const message of nodesReady(cloud)) {
      expect(message).toContain(
        'is off: it needs root on nodes; start the operator with --allow-privileged to have it',
      );
    }
    operator.kill();
    cloud.world.stop();
  });

  it('come when the namespace is labelled, say what nodes they want, and go when it no longer is', async () => {
    const cloud = await cloudOn([{ name: 'one' }]);
    const operator = await cloud.start({ settings });
    expect(await cloud.clock.until(() => allReady(cloud))).toBe(true);
    expect(running(cloud)).toEqual([]);
    for (const message of nodesReady(cloud)) expect(message).toContain('Namespace/default does not say so; label it');

    await enforce(cloud, 'privileged');
    const told = (words: string) => allReady(cloud) && nodesReady(cloud).every((message) => message.includes(words));
    expect(await cloud.clock.until(() => running(cloud).length === sets.length && told('no node'))).toBe(true);
    const [ovn, neutron, nova] = nodesReady(cloud);
    const none = 'no node that it may run on has the label openstack.k8s.io';
    expect(ovn).toContain(`DaemonSet/ovn-ovs: ${none}/network=default.ovn`);
    expect(neutron).toContain(`DaemonSet/neutron-metadata-agent: ${none}/network=default.ovn`);
    expect(nova).toContain(`DaemonSet/nova-compute: ${none}/compute=default.nova`);

    await enforce(cloud, 'restricted');
    const says = 'Namespace/default says restricted; label it';
    expect(await cloud.clock.until(() => running(cloud).length === 0 && told(says))).toBe(true);
    operator.kill();
    cloud.world.stop();
  });
});
