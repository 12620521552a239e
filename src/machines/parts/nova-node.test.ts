import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { live, mariadbSaying, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import type { Finding } from '../engine/child.ts';
import type { Text } from '../engine/text.ts';
import { nova } from '../nova.ts';

const namespace = live(Builtin.Namespace, 'ns', {
  metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
});

function look(id: string, spec: object, objects: readonly KubeObject[] = [], record: object = {}): Finding {
  const child = nova.children.find((each) => each.id === id);
  if (child === undefined) throw new Error(`no child ${id}`);
  return child.look(
    scopeWith<unknown>({
      kind: 'Nova',
      spec: nova.declaration.spec.parse(spec),
      objects: [namespace, ...objects],
      record,
      peers: { database: mariadbSaying({ dataID: 'd1' }), identity: mariadbSaying({}) },
      settings: { allowPrivileged: true },
    }),
  );
}

function podOf(spec: object): V1PodSpec {
  const { due } = look('compute-node', spec);
  if (due?.verb !== 'create') throw new Error('not created');
  return (due.object['spec'] as { template: { spec: V1PodSpec } }).template.spec;
}

function computeOn(nodeName: string, ready = true, metadata: object = {}): KubeObject {
  const labels = {
    'app.kubernetes.io/name': 'nova',
    'app.kubernetes.io/instance': 'a',
    'app.kubernetes.io/component': 'compute-node',
  };
  const containerStatuses = [
    { name: 'nova-libvirt', ready: true },
    { name: 'nova-compute', ready },
  ];
  return live(Builtin.Pod, `a-compute-${nodeName}`, {
    metadata: { labels, ...metadata },
    nodeName,
    status: { containerStatuses },
  });
}

/** Configuration files, without the passwords in them. */
function configOf(virtType: string): (name: string) => string {
  const secrets = ['db-password', 'service-password'].map((name) =>
    live(Builtin.Secret, `a-${name}`, { digests: { password: 'd', 'cache-key': 'd' } }),
  );
  const others = ['mariadb-credentials', 'mariadb-metadata-secret'].map((name) =>
    live(Builtin.Secret, name, { digests: { username: 'd', password: 'd', secret: 'd' } }),
  );
  const { due } = look('config', { virtType }, [...secrets, ...others]);
  if (due?.verb !== 'create') throw new Error('not written');
  return (name) => ((due.files?.[name] ?? []) as Text).filter((part) => typeof part === 'string').join('');
}

describe('a compute on a node', () => {
  it('is libvirt and nova-compute with all of the node', () => {
    const pod = podOf({ virtType: 'kvm' });
    expect(pod).toMatchObject({ hostNetwork: true, hostPID: true, hostIPC: true });
    expect(pod.nodeSelector).toEqual({ 'openstack.k8s.io/compute': 'ns.a' });
    expect(pod.containers.map(({ name, securityContext }) => [name, securityContext?.privileged])).toEqual([
      ['nova-libvirt', true],
      ['nova-compute', true],
    ]);
  });

  it('is called like its node, and keeps what it is there', () => {
    const [, compute] = podOf({ virtType: 'kvm' }).containers;
    const env = Object.fromEntries(
      (compute?.env ?? []).map(({ name, valueFrom }) => [name, valueFrom?.fieldRef?.fieldPath]),
    );
    expect(env).toMatchObject({ OS_DEFAULT__HOST: 'spec.nodeName', OS_DEFAULT__MY_IP: 'status.hostIP' });
    expect(compute?.volumeMounts).toContainEqual({
      name: 'var-lib-nova',
      mountPath: '/var/lib/nova',
      mountPropagation: 'Bidirectional',
    });
  });

  it('has a place for its servers, which belongs to Nova, before it starts', () => {
    const [instances] = podOf({ virtType: 'kvm' }).initContainers ?? [];
    expect(instances?.command?.[2]).toBe('install -d -o nova -g nova /var/lib/nova /var/lib/nova/instances\n');
    // Only privileged containers may propagate mounts, which it does not need.
    expect(instances?.volumeMounts).toEqual([{ name: 'var-lib-nova', mountPath: '/var/lib/nova' }]);
  });

  it('sees no file with the password of a database', () => {
    const keys = podOf({ virtType: 'kvm' }).volumes?.flatMap(({ secret }) => secret?.items ?? []);
    expect(keys?.map(({ key }) => key)).toEqual([
      'nova-libvirt.json',
      'libvirtd.conf',
      'qemu.conf',
      'nova-compute.json',
      'nova-compute.conf',
    ]);
  });

  it.each(['kvm', 'qemu'])('of %s is configured so, and reached by nobody over the network', (virtType) => {
    const text = configOf(virtType);
    expect(text('nova-compute.conf')).toContain('compute_driver = libvirt.LibvirtDriver\n');
    expect(text('nova-compute.conf')).toContain(`virt_type = ${virtType}\n`);
    expect(text('libvirtd.conf')).toContain('listen_tcp = 0\n');
    expect(text('libvirtd.conf')).toContain('listen_tls = 0\n');
  });

  it.each(['kvm', 'qemu', 'fake'])(
    'of %s has no way to a database: whoever broke out of a server would have it',
    (virtType) => {
      expect(configOf(virtType)('nova-compute.conf')).not.toMatch(/database\]|mysql/);
      expect(configOf(virtType)('nova.conf')).toMatch(/^\[database\]\nconnection = mysql/m);
    },
  );

  it('is not there where computes pretend, nor the other way round', () => {
    expect(look('compute-node', { virtType: 'fake' })).toMatchObject({ settled: true, reason: 'NotNeeded' });
    expect(look('compute', { virtType: 'kvm' })).toMatchObject({ settled: true, reason: 'NotNeeded' });
  });
});

describe('the Job that maps computes', () => {
  const answers = { answers: { 'cell-setup': 'cell' } };
  /** As it is where every labelled node has its compute. */
  const complete = { ...answers, settled: { 'compute-node': podOf({}).containers[0]?.image } };
  const set = (): KubeObject => {
    const { due } = look('compute-node', {});
    if (due?.verb !== 'create') throw new Error('not created');
    return live(Builtin.DaemonSet, 'a-compute', due.object as unknown as Record<string, unknown>);
  };

  it('stands for the nodes whose compute is ready', () => {
    const pods = [
      computeOn('two'),
      computeOn('one'),
      computeOn('ill', false),
      computeOn('going', true, { deletionTimestamp: 'now', labels: computeOn('x').metadata.labels }),
    ];
    const { key } = look('discover-hosts', {}, [set(), ...pods], complete);
    expect(JSON.parse(key ?? '{}')).toEqual({ cell: 'cell', hosts: 'one,two' });
  });

  it('does not run again for fewer', () => {
    const jobs = { 'discover-hosts': { cell: 'cell', hosts: 'one,two' } };
    for (const pods of [[computeOn('one')], []]) {
      expect(look('discover-hosts', {}, [set(), ...pods], { ...complete, jobs })).toMatchObject({
        is: 'ready',
        reason: 'Succeeded',
      });
    }
  });

  it('is not needed where there never was a compute', () => {
    expect(look('discover-hosts', {}, [set()], complete)).toMatchObject({ settled: true, reason: 'NotNeeded' });
  });
});
