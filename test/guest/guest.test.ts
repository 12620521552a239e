import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { allowPrivileged, condition, installOperator, makeNamespace, runsOnNodes } from '../node/cloud.ts';
import { dump } from '../node/dump.ts';
import { apply, kubectl, list, until } from '../node/kubectl.ts';
import { ask } from '../node/openstack.ts';

const cloud = 'guest';
const name = 'cloud';
const controlPlane = `openstackcontrolplane/${name}`;
const onNodes = ['ovn-ovs', 'ovn-controller', 'neutron-metadata-agent', 'nova-compute'];

/** One story on one real node: each test begins where the one before it ended. */
describe('A cloud with a real hypervisor', () => {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.log(await dump([cloud])), 120_000);
  });

  it('comes to Ready with all its parts on the node', async () => {
    await installOperator();
    await makeNamespace(cloud);
    await allowPrivileged(cloud);
    const labels = [`network=${cloud}.${name}-ovn`, `compute=${cloud}.${name}-nova`];
    await kubectl(['label', 'node', '--all', '--overwrite', ...labels.map((each) => `openstack.k8s.io/${each}`)]);
    await apply({
      apiVersion: 'openstack.k8s.io/v1alpha1',
      kind: 'OpenStackControlPlane',
      metadata: { name, namespace: cloud },
      spec: { ovnNetwork: {}, nova: { virtType: 'qemu' } },
    });
    await condition(cloud, controlPlane, 'Ready', 540);
    for (const part of onNodes) await runsOnNodes(cloud, `${name}-${part}`);
    const said = await kubectl(['logs', '-n', cloud, `daemonset/${name}-ovn-ovs`, '-c', 'datapath']);
    expect(said).toMatch(/^the kernel has .*\(datapath (system|netdev)\)\n$/);
  });

  it('boots a server, which gets its address and learns its name over its network', async () => {
    const said = await lines(
      `cd /usr/share/guest; head -c 1048576 /dev/zero >/tmp/disk
       kernel=$(openstack image create --disk-format aki --container-format aki --file vmlinuz kernel -f value -c id)
       ramdisk=$(openstack image create --disk-format ari --container-format ari --file initrd ramdisk -f value -c id)
       openstack image create --disk-format raw --container-format bare --file /tmp/disk guest -f value -c status \\
         --property kernel_id=$kernel --property ramdisk_id=$ramdisk --property os_command_line='console=ttyS0 panic=1'`,
    );
    expect(said.at(-1)).toBe('active');
    await lines(
      `openstack flavor create --ram 128 --disk 0 --vcpus 1 tiny -f value -c name
       openstack network create net -f value -c id
       openstack subnet create --network net --subnet-range 10.1.0.0/24 sub -f value -c id
       openstack security group rule create --proto tcp --dst-port 80 default -f value -c id`,
    );
    const made = await lines(
      `openstack server create --image guest --flavor tiny --network net --wait one -f value -c id >/dev/null
       openstack server show one -f value -c status
       openstack port list --server one -f value -c status
       openstack port show -f value -c binding_vif_type $(openstack port list --server one -f value -c id)`,
    );
    expect(made.slice(-3)).toEqual(['ACTIVE', 'ACTIVE', 'ovs']);
    const console = await until('the server to say that it is ready', 180, async () => {
      const text = (await lines('openstack console log show one')).join('\n');
      return text.includes('GUEST ready') && text;
    });
    expect(console).toMatch(/^GUEST address 10\.1\.0\.\d+\r?$/m);
    expect(console).toMatch(/^GUEST hostname one\.novalocal\r?$/m);
  });

  it('is told by Neutron that the port is there', async () => {
    const said = await kubectl(['logs', '-n', cloud, `deployment/${name}-nova-api`]);
    expect(said).toMatch(/POST \/v2\.1\/os-server-external-events.*HTTP\/1\.1 200/);
  });

  it('has a server that is reached from the node by TCP', async () => {
    const [network, address = ''] = await lines(
      `openstack network show net -f value -c id
       openstack port list --server one -f json -c 'Fixed IP Addresses' | sed -n 's/.*"ip_address": "\\(.*\\)".*/\\1/p'`,
    );
    // The network has a namespace on the node, which is the machine that this runs on.
    const inside = ['netns', 'exec', `ovnmeta-${network}`];
    const page = execFileSync('/usr/sbin/ip', [...inside, 'curl', '-s', '--max-time', '20', `http://${address}/`], {
      encoding: 'utf8',
    });
    expect(page).toBe('I am a server\n');
  });

  it('takes the server away, has restarted nothing by itself, and goes with its namespace', async () => {
    await lines('openstack server delete --wait one; openstack port list -f value -c name');
    const restarted = (await list(cloud, 'pods')).flatMap((pod) => {
      const { containerStatuses = [] } = pod['status'] as { containerStatuses?: { restartCount: number }[] };
      return containerStatuses.some(({ restartCount }) => restartCount > 0) ? [pod.metadata.name] : [];
    });
    expect(restarted).toEqual([]);
    await kubectl(['delete', 'namespace', cloud, '--timeout=180s']);
  });
});

/** What the script writes, line by line, in the image that has the files of a server; it has to end well. */
async function lines(script: string): Promise<string[]> {
  const image = 'quay.io/openstack.kolla/nova-libvirt:2025.1-ubuntu-noble';
  const { ok, text } = await ask(cloud, script, { keystone: `${name}-keystone`, image });
  expect({ ok, text }).toMatchObject({ ok: true });
  return text.trim().split('\n');
}
