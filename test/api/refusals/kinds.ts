import {
  also,
  choice,
  count,
  type Field,
  flag,
  group,
  type Mistake,
  never,
  notDone,
  type Taken,
  text,
  wrong,
} from './field.ts';
import { extraConfig, immutable, ofSeveral, storage } from './shared.ts';

/** What is a kind's own, or other than in `shared`. */
export interface Own {
  readonly longestName?: number;
  /** The least that a spec has to say. */
  readonly minimal?: object;
  readonly fields: Readonly<Record<string, Field>>;
  readonly mistakes?: readonly Mistake[];
  /** Specs that are admitted besides. */
  readonly takes?: readonly Taken[];
}

const letters = ['', '1st', 'One', 'one-', 'a_b'];

const oneReplica = (says: string): Field => ({
  ...also(count('replicas', 32), notDone('replicas', 2, says)),
  full: 1,
  edge: 1,
});
const oneMember = (name: string): Field => ({
  ...also(
    count(name, 9),
    notDone(
      name,
      2,
      'northboundDBReplicas and southboundDBReplicas above 1 need enableRaftClustering, which is not done in this version: write 1',
    ),
  ),
  full: 1,
  edge: 1,
});

const tokens = 'extraConfig may not set where keys lie or how long tokens live';
const token = (section: string, key: string): Mistake => ({
  what: `the option ${key} of section ${section}`,
  spec: { extraConfig: [{ file: 'keystone.conf', section, key, value: '1' }] },
  field: 'spec',
  says: tokens,
});

/** A choice of which this version does the first only. */
function firstOnly(name: string, values: readonly string[], says: string): Field {
  return also(choice(name, values), ...values.slice(1).map((value) => notDone(name, value, says)));
}

export const ownOf: Readonly<Record<string, Own>> = {
  MariaDB: {
    fields: {
      replicas: count('replicas', 1),
      galeraEnabled: flag(
        'galeraEnabled',
        'galeraEnabled is not done in this version: leave it out; one server with one volume is made',
      ),
    },
  },
  RabbitMQ: {
    fields: {
      replicas: count('replicas', 1),
      clusterEnabled: flag(
        'clusterEnabled',
        'clusterEnabled is not done in this version: leave it out; one broker with one volume is made',
      ),
    },
  },
  Memcached: {
    fields: { replicas: oneReplica('replicas above 1 are not done in this version: write 1, or 0 to stop it') },
  },
  OVNNetwork: {
    fields: {
      image: ofSeveral('ovn-nb-db-server'),
      northboundDBReplicas: oneMember('northboundDBReplicas'),
      southboundDBReplicas: oneMember('southboundDBReplicas'),
      northdReplicas: count('northdReplicas', 9),
      dbStorage: storage('dbStorage'),
      enableRaftClustering: flag(
        'enableRaftClustering',
        'enableRaftClustering is not done in this version: leave it out; each database has one member',
      ),
      sharedWithCNI: flag(
        'sharedWithCNI',
        'sharedWithCNI is not done in this version: leave it out; OVN of its own is made',
      ),
      externalNorthboundDB: never(
        text(
          'externalNorthboundDB',
          255,
          'write a northbound database as tcp:HOST:PORT, such as tcp:ovn.example.com:6641',
          ['', 'ovn.example.com', 'udp:ovn:6641', 'tcp:'],
          {},
        ),
        'externalNorthboundDB',
        'tcp:ovn.example.com:6641',
        'externalNorthboundDB is not done in this version: leave it out; databases are made',
      ),
    },
  },
  Keystone: {
    fields: {
      fernetKeyRotationInterval: count('fernetKeyRotationInterval', 8760, 1),
      extraConfig: also(
        extraConfig('keystone.conf'),
        token('fernet_tokens', 'key_repository'),
        token('Fernet_Tokens', 'key_repository'),
        token('fernet_receipts', 'key_repository'),
        token('credential', 'key_repository'),
        token('token', 'expiration'),
        token('TOKEN', 'provider'),
      ),
    },
  },
  Glance: {
    fields: {
      replicas: oneReplica(
        'replicas above 1 would share one volume, which only one Pod can write: write 1, or 0 to stop it',
      ),
      storageType: firstOnly(
        'storageType',
        ['pvc', 'ceph', 'swift'],
        'storageType ceph and swift are not done in this version: leave it out, or write pvc',
      ),
      cephPoolName: never(
        text('cephPoolName', 64, 'write the name of a Ceph pool: letters, digits', ['', 'a b', '-a', 'a/b'], {}),
        'cephPoolName',
        'images',
        'cephPoolName is for storageType ceph, which is not done in this version: leave it out',
      ),
    },
  },
  Neutron: {
    fields: {
      image: ofSeveral('neutron-server'),
      mechanism: firstOnly(
        'mechanism',
        ['ovn', 'ovs'],
        'mechanism ovs is not done in this version: leave it out, or write ovn',
      ),
      externalBridge: text(
        'externalBridge',
        15,
        'write the name of a bridge: a letter, then a-z, 0-9 and -, at most 15, such as br-ex',
        letters,
        { full: 'br-provider', edge: 'a'.repeat(15) },
      ),
      tunnelType: firstOnly(
        'tunnelType',
        ['geneve', 'vxlan', 'gre'],
        'tunnelType vxlan and gre are not done in this version: leave it out, or write geneve',
      ),
      novaMetadataHost: text(
        'novaMetadataHost',
        253,
        'write a host name or an address, such as nova-metadata',
        ['', 'http://nova', 'nova metadata', '-nova', 'nova_metadata'],
        { full: '2001:db8::1', edge: 'a'.repeat(253) },
      ),
    },
  },
  Nova: {
    fields: {
      image: ofSeveral('nova-api'),
      virtType: choice('virtType', ['kvm', 'qemu', 'fake'], 'fake'),
      cellName: immutable(
        text('cellName', 32, 'write the name of a cell: a letter, then a-z, 0-9 and -, such as cell1', letters, {
          full: 'my-cell',
          edge: 'a'.repeat(32),
        }),
        'cellName',
        'cellName cannot be changed',
      ),
      computeReplicas: also(
        count({ path: 'computeReplicas', give: (value) => ({ virtType: 'fake', computeReplicas: value }) }, 32),
        ...[{}, { virtType: 'qemu' }].map((spec) => ({
          what: `computeReplicas with ${JSON.stringify(spec)}`,
          spec: { ...spec, computeReplicas: 1 },
          field: 'spec',
          says: 'computeReplicas is for virtType fake: leave it out, and label the nodes that are to be computes',
        })),
      ),
      ephemeralStorage: firstOnly(
        'ephemeralStorage',
        ['local', 'ceph'],
        'ephemeralStorage ceph is not done in this version: leave it out, or write local',
      ),
    },
  },
  OpenStackControlPlane: {
    longestName: 20,
    minimal: { ovnNetwork: {} },
    fields: {
      storageBackend: firstOnly(
        'storageBackend',
        ['pvc', 'ceph', 'lvm'],
        'storageBackend ceph and lvm are not done in this version: leave it out, or write pvc',
      ),
      networkBackend: firstOnly(
        'networkBackend',
        ['ovn', 'ovs'],
        'networkBackend ovs is not done in this version: leave it out, or write ovn',
      ),
      tls: group('tls', {
        enabled: flag('tls.enabled', 'tls is not done in this version: leave it out, and put a proxy'),
        issuerRef: never(
          text(
            'tls.issuerRef',
            63,
            'write the name of a cert-manager issuer: a-z, 0-9, - and ., such as my-own',
            ['', 'My', 'a b'],
            {},
          ),
          'tls.issuerRef',
          'letsencrypt',
          'tls is not done in this version: leave it out, and put a proxy',
        ),
      }),
    },
    mistakes: [
      { what: 'no spec', field: 'spec', says: 'Required value' },
      { what: 'null as spec', spec: null, field: 'spec', says: 'Required value' },
      ...[{ ovnNetwork: null }, { ovnNetwork: null, networkBackend: 'ovn', neutron: {} }].map((spec) => ({
        what: `${JSON.stringify(spec)}: no OVN at all`,
        spec,
        field: 'spec',
        says: 'networkBackend ovn needs an OVN: write ovnNetwork: {}, or the name of an OVNNetwork in neutron.ovnRef',
      })),
      wrong(
        'neutron.ovnRef',
        'my-ovn',
        'ovnNetwork and neutron.ovnRef name two networks, of which Neutron uses one: leave one of them out',
        { what: 'two OVNs', field: 'spec' },
      ),
    ],
    takes: [
      { what: 'an OVN that is there already', spec: { ovnNetwork: null, neutron: { ovnRef: 'my-ovn' } } },
      { what: 'null for every block', spec: { mariadb: null, keystone: null, neutron: null, nova: null, tls: null } },
    ],
  },
};
