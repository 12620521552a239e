import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { live, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import type { Finding } from '../engine/child.ts';
import { fill } from '../engine/text.ts';
import { ovnNetwork } from '../ovnnetwork.ts';
import { datapathScript } from './ovn-node.ts';

const namespace = live(Builtin.Namespace, 'ns', {
  metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
});
const southbound = live(Builtin.Service, 'a-sb-db-0', {
  metadata: {
    ownerReferences: [{ apiVersion: 'openstack.k8s.io/v1alpha1', kind: 'OVNNetwork', name: 'a', uid: 'uid-of-a' }],
  },
  spec: { clusterIP: '10.96.0.7' },
});

function look(id: string, spec: object = {}, objects: readonly KubeObject[] = [namespace, southbound]): Finding {
  const child = ovnNetwork.children.find((each) => each.id === id);
  if (child === undefined) throw new Error(`no child ${id}`);
  const parsed = ovnNetwork.declaration.spec.parse(spec);
  return child.look(
    scopeWith<unknown>({ kind: 'OVNNetwork', spec: parsed, objects, settings: { allowPrivileged: true } }),
  );
}

function podOf(id: string, spec: object = {}): V1PodSpec {
  const { due } = look(id, spec);
  if (due?.verb !== 'create') throw new Error('not created');
  return (due.object['spec'] as { template: { spec: V1PodSpec } }).template.spec;
}

/** What the script says and remembers where these programs end so. */
function datapathOf(programs: Record<string, number>): { said: string; remembered: string } {
  const dir = mkdtempSync(join(tmpdir(), 'datapath-'));
  try {
    for (const [name, code] of Object.entries(programs)) {
      writeFileSync(join(dir, name), `#!/bin/sh\nexit ${code}\n`, { mode: 0o755 });
    }
    const script = datapathScript.replaceAll('/run/openvswitch', dir);
    const env = { ...process.env, PATH: `${dir}:${process.env['PATH'] ?? ''}` };
    const said = execFileSync('sh', ['-ec', script], { encoding: 'utf8', env });
    return { said, remembered: readFileSync(join(dir, 'datapath'), 'utf8') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function commandOf(program: string): string {
  const { due } = look('config');
  if (due?.verb !== 'create') throw new Error('not written');
  const text = fill(due.files?.[`${program}.json`] ?? [], () => '');
  return (JSON.parse(text) as { command: string }).command;
}

it('a network is carried to nodes by Open vSwitch and ovn-controller: databases alone carry nothing', () => {
  const sets = ovnNetwork.children.filter(({ type }) => type === Builtin.DaemonSet);
  expect(sets.map(({ id }) => id)).toEqual(['ovs', 'controller']);
});

describe('Open vSwitch on a node', () => {
  it('is two programs of one Pod, of which one is privileged', () => {
    const { containers, volumes = [] } = podOf('ovs');
    expect(containers.map(({ name, image, securityContext }) => [name, image, securityContext?.privileged])).toEqual([
      ['openvswitch-db-server', 'quay.io/openstack.kolla/openvswitch-db-server:2025.1-ubuntu-noble', undefined],
      ['openvswitch-vswitchd', 'quay.io/openstack.kolla/openvswitch-vswitchd:2025.1-ubuntu-noble', true],
    ]);
    expect(volumes.flatMap(({ hostPath }) => hostPath?.path ?? []).sort()).toEqual([
      '/lib/modules',
      '/run/openvswitch',
      '/var/lib/openvswitch',
    ]);
  });

  it('listens for programs of its node alone', () => {
    const remotes = commandOf('openvswitch-db-server').match(/--remote=p\S+/g);
    expect(remotes).toEqual(['--remote=punix:/run/openvswitch/db.sock', '--remote=ptcp:6640:127.0.0.1']);
  });

  it('does not start beside another', () => {
    const [alone] = podOf('ovs').initContainers ?? [];
    expect(alone?.command?.[2]).toContain('an Open vSwitch that is none of this cloud runs on this node');
    expect(alone?.securityContext).toMatchObject({ allowPrivilegeEscalation: false });
  });

  it('looks at the kernel, whose module it loads, before it starts; and that is not done a second time', () => {
    const { initContainers, containers } = podOf('ovs');
    expect(initContainers?.map(({ name, securityContext }) => [name, securityContext?.privileged])).toEqual([
      ['alone', undefined],
      ['datapath', true],
    ]);
    expect(initContainers?.[1]?.volumeMounts).toContainEqual({
      name: 'lib-modules',
      mountPath: '/lib/modules',
      readOnly: true,
    });
    expect(containers[1]?.env).toContainEqual({ name: 'KOLLA_SKIP_EXTEND_START', value: 'true' });
  });

  it.each([
    { kernel: 'has Open vSwitch', loads: 0, lists: 0, datapath: 'system' },
    { kernel: 'has Open vSwitch built in, and no modules', loads: 1, lists: 0, datapath: 'system' },
    { kernel: 'has none', loads: 1, lists: 1, datapath: 'netdev' },
  ])('on a node whose kernel $kernel uses the datapath $datapath, and says so', ({ loads, lists, datapath }) => {
    const { said, remembered } = datapathOf({ modprobe: loads, 'ovs-dpctl': lists });
    expect(remembered).toBe(`${datapath}\n`);
    expect(said).toMatch(new RegExp(`^the kernel has .*\\(datapath ${datapath}\\)\n$`));
  });

  it('goes to nodes that are labelled for this OVNNetwork, whatever the databases ask of theirs', () => {
    const tolerations = [{ operator: 'Exists' }];
    const spec = { nodeSelector: { disk: 'ssd' }, resources: { limits: { memory: '1Gi' } }, tolerations };
    for (const id of ['ovs', 'controller']) {
      expect(podOf(id, spec)).toMatchObject({ nodeSelector: { 'openstack.k8s.io/network': 'ns.a' }, tolerations });
      expect(podOf(id, spec).nodeSelector).not.toHaveProperty('disk');
      expect(JSON.stringify(podOf(id, spec))).not.toContain('1Gi');
    }
  });
});

describe('ovn-controller on a node', () => {
  it('is told who it is, and where the southbound database is, before it starts', () => {
    const [external] = podOf('controller').initContainers ?? [];
    expect(external?.env).toEqual([
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      { name: 'SOUTHBOUND', value: 'tcp:10.96.0.7:6642' },
    ]);
    const said = external?.command?.[2]?.match(/external_ids:[-a-z]+=\S+/g);
    expect(said).toEqual([
      'external_ids:system-id="$NODE"',
      'external_ids:hostname="$NODE"',
      'external_ids:ovn-remote="$SOUTHBOUND"',
      'external_ids:ovn-encap-type=geneve',
      'external_ids:ovn-encap-ip="$HOST_IP"',
      'external_ids:ovn-bridge=br-int',
      'external_ids:ovn-bridge-datapath-type="$datapath"',
    ]);
  });

  it('waits until the southbound database has an address', () => {
    expect(look('controller', {}, [namespace])).toMatchObject({
      is: 'blocked',
      settled: false,
      reason: 'NoAddress',
      message: 'Service/a-sb-db-0 has no address yet',
    });
  });

  it('needs no privilege beyond the network of the node', () => {
    const [container] = podOf('controller').containers;
    expect(container).not.toHaveProperty('securityContext');
    expect(commandOf('ovn-controller')).toMatch(/^ovn-controller .* unix:\/run\/openvswitch\/db\.sock$/);
  });
});
