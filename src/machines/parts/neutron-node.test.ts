import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { digest, live, scopeWith } from '../../../test/support/scope.ts';
import { Builtin } from '../../kube/object.ts';
import { fill } from '../engine/text.ts';
import { neutron } from '../neutron.ts';
import { metadataAgentFiles, type NeutronSpec } from './neutron-node.ts';

const network = live(Builtin.Service, 'mariadb', {
  status: { northboundDBAddresses: 'tcp:10.96.0.6:6641', southboundDBAddresses: 'tcp:10.96.0.7:6642' },
});
const objects = [
  live(Builtin.Namespace, 'ns', { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }),
  live(Builtin.Secret, 'a-metadata-secret', { digests: { secret: digest('s') } }),
];

const scope = (spec: object = {}) =>
  scopeWith<unknown>({
    kind: 'Neutron',
    spec: neutron.declaration.spec.parse(spec),
    objects,
    peers: { network, identity: network, database: network },
    settings: { allowPrivileged: true },
  });

function podOf(spec: object = {}): V1PodSpec {
  const child = neutron.children.find(({ id }) => id === 'metadata-agent');
  const due = child?.look(scope(spec)).due;
  if (due?.verb !== 'create') throw new Error('not created');
  return (due.object['spec'] as { template: { spec: V1PodSpec } }).template.spec;
}

const agentIni = (spec: object = {}): string =>
  fill(
    metadataAgentFiles(
      scope(spec) as unknown as Parameters<typeof metadataAgentFiles<NeutronSpec>>[0],
      'tcp:10.96.0.7:6642',
    )['neutron_ovn_metadata_agent.ini'] ?? [],
    ({ secret, key }) => `<${secret}/${key}>`,
  );

describe('the metadata agent on a node', () => {
  it('knows Nova, the southbound database and the secret that it shares with Nova, and no other', () => {
    const text = agentIni({ novaMetadataHost: 'meta.example' });
    expect(text).toContain('nova_metadata_host = meta.example\n');
    expect(text).toContain('metadata_proxy_shared_secret = <a-metadata-secret/secret>\n');
    expect(text).toContain('ovn_sb_connection = tcp:10.96.0.7:6642\n');
    expect(text.match(/<.*?>/g)).toHaveLength(1);
    const files = podOf().volumes?.flatMap(({ secret }) => secret?.items ?? []);
    expect(files?.map(({ key }) => key)).toEqual(['neutron-ovn-metadata-agent.json', 'neutron_ovn_metadata_agent.ini']);
  });

  it('comes after the node has been told which bridge leads outside', () => {
    const [bridge] = podOf({ externalBridge: 'br-lan' }).initContainers ?? [];
    expect(bridge?.env).toEqual([{ name: 'BRIDGE', value: 'br-lan' }]);
    expect(bridge?.command?.[2]).toMatch(
      /^datapath=\$\(cat \/run\/openvswitch\/datapath\)\n.* --may-exist add-br "\$BRIDGE" -- set Bridge "\$BRIDGE" datapath_type="\$datapath" /m,
    );
    expect(bridge?.command?.[2]).toContain('external_ids:ovn-bridge-mappings=physnet1:"$BRIDGE"');
  });

  it('runs where the OVNNetwork does, and makes network namespaces there', () => {
    const pod = podOf();
    expect(pod.nodeSelector).toEqual({ 'openstack.k8s.io/network': 'ns.mariadb' });
    expect(pod.containers[0]).toMatchObject({
      image: 'quay.io/openstack.kolla/neutron-metadata-agent:2025.1-ubuntu-noble',
      securityContext: { privileged: true },
    });
    expect(pod.containers[0]?.volumeMounts).toContainEqual({
      name: 'run-netns',
      mountPath: '/run/netns',
      mountPropagation: 'Bidirectional',
    });
  });
});
