import { z } from 'zod';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { apiColumn, apiStatus, serviceUrl } from './parts/api.ts';
import type { Unknown } from './parts/applied.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { acceptedData, databaseFiles, databaseOf } from './parts/database.ts';
import { authtokenSection, loginSection, missingIdentity, servicePassword } from './parts/identity.ts';
import { messagingFields, messagingSecret, messagingSections, messagingUse, transportUrl } from './parts/messaging.ts';
import { metadataSecretOf } from './parts/metadata.ts';
import { metadataAgent, metadataAgentFiles } from './parts/neutron-node.ts';
import { nodesStep } from './parts/node-part.ts';
import { cacheSection, commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { directPod, httpProbes, siblingImage, siblingRules, type Mount } from './parts/pod-spec.ts';
import { bin, configMounts, connectedProbes } from './parts/program.ts';
import { configFiles, databaseSecrets, generated, password, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import {
  databaseRules,
  extraConfig,
  extraConfigRules,
  hostName,
  ref,
  serviceFields,
  serviceUses,
  text,
} from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';
import { deployment } from './parts/workload.ts';

const spec = z.strictObject({
  ...serviceFields,
  ...messagingFields,
  ovnRef: ref('OVNNetwork', 'ovn'),
  mechanism: z.enum(['ovn', 'ovs']).default('ovn').describe('What carries the networks. This version knows ovn.'),
  externalBridge: text(
    15,
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    'write the name of a bridge: a letter, then a-z, 0-9 and -, at most 15, such as br-ex',
  )
    .default('br-ex')
    .describe('Bridge on the nodes that leads to the physical network physnet1.'),
  tunnelType: z
    .enum(['geneve', 'vxlan', 'gre'])
    .default('geneve')
    .describe('How traffic goes from node to node. This version knows geneve.'),
  novaMetadataHost: hostName
    .default('nova-metadata')
    .describe('Host of Nova’s metadata API, where the metadata agent asks for servers.'),
  extraConfig: extraConfig(['neutron.conf', 'ml2_conf.ini']),
});

type Spec = z.output<typeof spec>;

const user = 42435;
const port = 9696;

const image = (scope: Scope<Spec>): string => siblingImage(scope, 'neutron-server', 'neutron-server');

const entry: CatalogEntry<Spec> = {
  type: 'network',
  name: 'neutron',
  roles: ['admin', 'service'],
  url: endpoint,
  image,
  user,
};

/** Neutron: networks, subnets, ports and routers, carried by OVN. */
export const neutron = defineKind(
  {
    kind: 'Neutron',
    plural: 'neutrons',
    about: 'The networks of a cloud.',
    spec,
    status: z.object(apiStatus),
    columns: [apiColumn],
    rules: [
      ...databaseRules,
      {
        rule: "self.mechanism == 'ovn'",
        message: 'mechanism ovs is not done in this version: leave it out, or write ovn',
      },
      {
        rule: "self.tunnelType == 'geneve'",
        message: 'tunnelType vxlan and gre are not done in this version: leave it out, or write geneve',
      },
      ...siblingRules('neutron-server'),
      ...extraConfigRules,
    ],
  },
  {
    version: 1,
    recordOn: 'db-password',
    uses: {
      ...serviceUses,
      messaging: messagingUse,
      network: { kind: 'OVNNetwork', ref: (cr: Spec) => cr.ovnRef },
    },
    steps: {
      SecretsReady: {
        about: 'Passwords, the secret of the metadata agent and the configuration exist.',
        apply: [
          ...databaseSecrets<Spec>(),
          messagingSecret<Spec>(),
          servicePassword<Spec>(),
          generated<Spec>({
            id: metadataSecretOf.id,
            keys: { [metadataSecretOf.key]: password(32) },
            rotate: { as: 'metadata-secret' },
          }),
          configFiles<Spec>({
            id: 'config',
            files,
            unless: (scope) => missingIdentity(scope) ?? missingNetwork(scope),
          }),
        ],
      },
      DBCreated: databaseStep<Spec>(),
      DBSynced: schemaStep<Spec>(image, (scope) => ({
        user,
        command: [bin('neutron-db-manage'), ...configArguments, 'upgrade', 'heads'],
        mounts: mounts(scope),
      })),
      Deployed: {
        about: 'The API answers, and its workers run.',
        needs: ['database', 'cache', 'identity', 'messaging', 'network'],
        apply: [
          service<Spec>({ id: 'server-service', suffix: 'server', to: 'server', ports: { api: port } }),
          deployment<Spec>({
            id: 'server',
            replicas: (cr) => cr.replicas,
            image,
            config: (scope) => sourceOf(scope, files, ...configNames, 'uwsgi.ini'),
            pod: (scope) =>
              directPod(scope, {
                name: 'neutron',
                image: image(scope),
                user,
                command: [bin('uwsgi'), '--ini', '/etc/neutron/uwsgi.ini'],
                env: { OS_NEUTRON_CONFIG_DIR: '/etc/neutron' },
                ports: { api: port },
                mounts: [
                  ...mounts(scope),
                  { at: '/etc/neutron/uwsgi.ini', secret: childName(scope, 'config'), file: 'uwsgi.ini' },
                ],
                ...httpProbes(port, '/healthcheck'),
                placement: scope.cr.spec,
              }),
          }),
          // Either would do its work twice if there were two of it.
          worker('periodic-workers', 'neutron-periodic-workers', 3306),
          worker('ovn-maintenance-worker', 'neutron-ovn-maintenance-worker', 6641, 6642),
        ],
      },
      Bootstrapped: catalogStep<Spec>(entry),
      NodesReady: nodesStep([metadataAgent<Spec>({ files, unless: missingNetwork })], 'network'),
    },
    cleanUp: cleanUpFor<Spec>(entry),
    rebase: acceptedData,
    status: (scope) => ({ apiEndpoint: endpoint(scope) }),
  },
);

const conf = '/etc/neutron/neutron.conf';
const ml2 = '/etc/neutron/plugins/ml2/ml2_conf.ini';
const configArguments = ['--config-file', conf, '--config-file', ml2];
const configNames = ['neutron.conf', 'ml2_conf.ini'];

function endpoint(scope: Scope<Spec>): string {
  return serviceUrl(scope, 'server', port);
}

function mounts(scope: Scope<Spec>): Mount[] {
  return configMounts(scope, { [conf]: 'neutron.conf', [ml2]: 'ml2_conf.ini' });
}

function worker(id: string, program: string, ...ports: readonly number[]) {
  return deployment<Spec>({
    id,
    replicas: (cr) => Math.min(cr.replicas, 1),
    image,
    config: (scope) => sourceOf(scope, files, ...configNames),
    pod: (scope) =>
      directPod(scope, {
        name: 'worker',
        image: image(scope),
        user,
        command: [bin(program), ...configArguments],
        mounts: mounts(scope),
        ...connectedProbes(...ports),
        placement: scope.cr.spec,
      }),
  });
}

interface NetworkStatus {
  readonly northboundDBAddresses?: string;
  readonly southboundDBAddresses?: string;
}

function networkOf(scope: Scope<Spec>): NetworkStatus {
  return (scope.peer('network').object?.['status'] ?? {}) as NetworkStatus;
}

function missingNetwork(scope: Scope<Spec>): Unknown | undefined {
  const { northboundDBAddresses, southboundDBAddresses } = networkOf(scope);
  if (northboundDBAddresses !== undefined && southboundDBAddresses !== undefined) return undefined;
  const { kind, name, object } = scope.peer('network');
  const message = `${kind}/${name} ${object === undefined ? 'does not exist' : 'does not say yet where its databases are'}`;
  return { unknown: { reason: 'DependencyNotReady', message, by: { kind, name } } };
}

function files(scope: Scope<Spec>): Files {
  const database = databaseOf(scope);
  const { extraConfig: extra, tunnelType } = scope.cr.spec;
  const network = networkOf(scope);
  return {
    'neutron.conf': osloConfig('neutron.conf', extra, {
      DEFAULT: {
        use_stderr: true,
        core_plugin: 'ml2',
        service_plugins: 'ovn-router',
        state_path: '/tmp',
        // No agent speaks RPC with OVN.
        rpc_workers: 0,
        rpc_state_report_workers: 0,
        notify_nova_on_port_status_changes: true,
        notify_nova_on_port_data_changes: true,
        transport_url: transportUrl(scope),
      },
      database: databaseSection(database),
      // As itself everywhere, so that nothing waits for the users of others.
      nova: { ...loginSection(scope, entry.name), endpoint_type: 'internal' },
      placement: { ...loginSection(scope, entry.name), endpoint_type: 'internal' },
      cache: cacheSection(scope),
      keystone_authtoken: authtokenSection(scope, entry.name, entry.type),
      ...messagingSections,
      ...commonSections,
    }),
    'ml2_conf.ini': osloConfig('ml2_conf.ini', extra, {
      ml2: {
        type_drivers: `flat,vlan,${tunnelType}`,
        tenant_network_types: tunnelType,
        mechanism_drivers: 'ovn',
        extension_drivers: 'port_security',
      },
      ml2_type_flat: { flat_networks: 'physnet1' },
      ml2_type_vlan: { network_vlan_ranges: 'physnet1' },
      // OVN's own header is larger than the default.
      ml2_type_geneve: { vni_ranges: '1:65536', max_header_size: 38 },
      ovn: {
        ovn_nb_connection: network.northboundDBAddresses ?? '',
        ovn_sb_connection: network.southboundDBAddresses ?? '',
        ovn_metadata_enabled: true,
      },
    }),
    ...metadataAgentFiles(scope, network.southboundDBAddresses ?? ''),
    'uwsgi.ini': uwsgi({ module: 'neutron.wsgi.api:application', port, startTime: true }),
    ...catalogFiles(scope, entry),
    ...databaseFiles(database),
  };
}
