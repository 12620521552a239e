import { z } from 'zod';
import type { Child, Files } from './engine/child.ts';
import type { Key } from './engine/ledger.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import type { Ini, Text } from './engine/text.ts';
import { apiColumn, apiStatus, serviceUrl } from './parts/api.ts';
import { catalogFiles, type CatalogEntry } from './parts/catalog.ts';
import { cellScript, discoverScript, novaSchemaScript } from './parts/cell-scripts.ts';
import { acceptedData, databaseFiles, databaseOf, onDatabase, trustedIdentity } from './parts/database.ts';
import { authtokenSection, loginSection, missingIdentity, regionOf, servicePassword } from './parts/identity.ts';
import { job } from './parts/job.ts';
import {
  messagingFields,
  messagingPorts,
  messagingSecret,
  messagingSections,
  messagingUse,
  transportUrl,
} from './parts/messaging.ts';
import { metadataSecretOf } from './parts/metadata.ts';
import { computeHosts, computeNode, computeNodeFiles, libvirtSections } from './parts/nova-node.ts';
import { optional } from './parts/optional.ts';
import { cacheSection, commonSections, databaseSection, osloConfig } from './parts/oslo.ts';
import { directPod, httpProbes, siblingImage, siblingRules, type Mount, type Program } from './parts/pod-spec.ts';
import { bin, configMounts, connectedProbes } from './parts/program.ts';
import { configFiles, databaseSecrets, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import { databaseRules, extraConfig, extraConfigRules, ref, serviceFields, serviceUses, text } from './parts/spec.ts';
import { catalogStep, cleanUpFor, databaseStep, schemaStep } from './parts/steps.ts';
import { uwsgi } from './parts/uwsgi.ts';
import { volumesOf } from './parts/volume.ts';
import { deployment, statefulSet } from './parts/workload.ts';

const spec = z.strictObject({
  ...serviceFields,
  ...messagingFields,
  placementRef: ref('Placement', 'placement'),
  glanceRef: ref('Glance', 'glance'),
  neutronRef: ref('Neutron', 'neutron'),
  virtType: z
    .enum(['kvm', 'qemu', 'fake'])
    .default('kvm')
    .describe('What servers run on; fake pretends, for trying a cloud out without a hypervisor.'),
  cellName: text(
    32,
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    'write the name of a cell: a letter, then a-z, 0-9 and -, such as cell1',
  )
    .default('cell1')
    .describe('Name of the cell; it cannot be changed.'),
  computeReplicas: z
    .int()
    .min(0)
    .max(32)
    .optional()
    .describe('How many computes pretend, with virtType fake: 1 unless said. With others each labelled node is one.'),
  ephemeralStorage: z
    .enum(['local', 'ceph'])
    .default('local')
    .describe('Where disks of servers lie. This version knows local.'),
  extraConfig: extraConfig(['nova.conf']),
});

type Spec = z.output<typeof spec>;

const user = 42436;
const ports = { api: 8774, metadata: 8775, vnc: 6080 };
const databases = { api: 'nova_api', cell0: 'nova_cell0', cell: 'nova' };
const plain = [databases.api, databases.cell, databases.cell0];

const imageOf = (scope: Scope<Spec>, name: string): string => siblingImage(scope, 'nova-api', name);
const image = (scope: Scope<Spec>): string => imageOf(scope, 'nova-api');

const entry: CatalogEntry<Spec> = {
  type: 'compute',
  name: 'nova',
  roles: ['admin', 'service'],
  url: endpoint,
  image,
  user,
};

const cellSetup: Child<Spec> = job<Spec>({
  id: 'cell-setup',
  alone: onDatabase,
  key: (scope) => {
    const database = trustedIdentity(scope);
    return typeof database === 'string' ? { database, cell: scope.cr.spec.cellName } : database;
  },
  says: { what: 'the UUID of the cell', form: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
  program: (scope) => managing(scope, 'cell-setup', 'cell.sh', { CELL: scope.cr.spec.cellName }),
});

const compute: Child<Spec> = statefulSet<Spec>({
  id: 'compute',
  service: (scope) => childName(scope, 'compute'),
  replicas: computesOf,
  image: (scope) => imageOf(scope, 'nova-compute'),
  storage: () => ({ size: '1Gi' }),
  config: (scope) => sourceOf(scope, files, 'nova-compute.conf'),
  pod: (scope) =>
    directPod(scope, {
      name: 'compute',
      image: imageOf(scope, 'nova-compute'),
      user,
      command: [bin('nova-compute'), '--config-file', conf],
      mounts: [
        ...configMounts(scope, { [conf]: 'nova-compute.conf' }),
        // Its identity lies there, and must never be another.
        { at: '/var/lib/nova', volume: 'data' },
      ],
      ...connectedProbes(...messagingPorts(scope)),
      placement: scope.cr.spec,
    }),
});

const onNodes: Child<Spec> = computeNode<Spec>({ files, ports: messagingPorts });

/** Those that are wanted of the two. */
const computes: Child<Spec> = { ...compute, look: (scope) => (pretends(scope) ? compute : onNodes).look(scope) };

/** Nova: servers, and the computes that they run on. */
export const nova = defineKind(
  {
    kind: 'Nova',
    plural: 'novas',
    about: 'The servers of a cloud, and the computes that they run on.',
    spec,
    status: z.object({
      ...apiStatus,
      cellUUID: z.string().max(36).optional().describe('Identity of the cell in Nova’s own database.'),
    }),
    columns: [apiColumn],
    rules: [
      ...databaseRules,
      {
        rule: 'self.cellName == oldSelf.cellName',
        message: 'cellName cannot be changed, since its database bears it: write the name that it has',
      },
      {
        rule: "self.virtType == 'fake' || !has(self.computeReplicas)",
        message: 'computeReplicas is for virtType fake: leave it out, and label the nodes that are to be computes',
      },
      {
        rule: "self.ephemeralStorage == 'local'",
        message: 'ephemeralStorage ceph is not done in this version: leave it out, or write local',
      },
      ...siblingRules('nova-api'),
      ...extraConfigRules,
    ],
  },
  {
    version: 1,
    recordOn: 'db-password',
    uses: {
      ...serviceUses,
      messaging: messagingUse,
      placement: { kind: 'Placement', ref: (cr: Spec) => cr.placementRef },
      images: { kind: 'Glance', ref: (cr: Spec) => cr.glanceRef },
      network: { kind: 'Neutron', ref: (cr: Spec) => cr.neutronRef },
    },
    steps: {
      SecretsReady: {
        about: 'Passwords and the configuration exist.',
        apply: [
          ...databaseSecrets<Spec>(),
          messagingSecret<Spec>(),
          servicePassword<Spec>(),
          configFiles<Spec>({ id: 'config', files, unless: missingIdentity }),
        ],
      },
      DBCreated: databaseStep<Spec>(plain),
      DBSynced: schemaStep<Spec>(image, (scope) => managing(scope, 'db-sync', 'schema.sh')),
      CellReady: {
        about: 'The cell is known to Nova’s API.',
        needs: ['database'],
        apply: [cellSetup],
      },
      Deployed: {
        about: 'The APIs answer, and scheduler and conductor are connected.',
        needs: ['database', 'cache', 'identity', 'messaging'],
        apply: [
          service<Spec>({ id: 'api-service', suffix: 'api', to: 'api', ports: { api: ports.api } }),
          service<Spec>({ id: 'metadata-service', suffix: 'metadata', to: 'metadata', ports: { api: ports.metadata } }),
          service<Spec>({ id: 'vnc-service', suffix: 'novncproxy', to: 'novncproxy', ports: { vnc: ports.vnc } }),
          daemon('conductor'),
          daemon('scheduler'),
          api('api', ports.api),
          api('metadata', ports.metadata),
          control('novncproxy', 'nova-novncproxy', (scope) => ({
            command: [bin('nova-novncproxy'), '--config-file', conf],
            ports: { vnc: ports.vnc },
            ...httpProbes(ports.vnc, '/vnc_lite.html'),
            mounts: mounts(scope),
          })),
        ],
      },
      Bootstrapped: catalogStep<Spec>(entry),
      ComputesReady: {
        about: 'Every compute is known to its cell, and the data is that of the image.',
        needs: ['database', 'identity', 'messaging', 'placement'],
        apply: [
          job<Spec>({
            id: 'online-migrations',
            alone: onDatabase,
            key: (scope) => {
              const database = trustedIdentity(scope);
              return typeof database === 'string' ? { image: image(scope), database } : database;
            },
            program: (scope) => ({
              ...managing(scope, 'online-migrations', 'schema.sh'),
              command: [bin('nova-manage'), '--config-file', conf, 'db', 'online_data_migrations'],
            }),
          }),
          service<Spec>({
            id: 'compute-service',
            suffix: 'compute',
            to: 'compute',
            ports: { none: 8888 },
            headless: true,
          }),
          optional(compute, (scope) => unlessPretends(scope, true)),
          optional(onNodes, (scope) => unlessPretends(scope, false)),
          volumesOf<Spec>({
            id: 'compute-data',
            component: 'compute',
            of: (scope) => childName(scope, 'compute'),
            replicas: computesOf,
            storage: () => ({ size: '1Gi' }),
          }),
          optional(
            job<Spec>({
              id: 'discover-hosts',
              alone: onDatabase,
              after: computes,
              key: (scope) => ({ cell: scope.record.answers['cell-setup'] ?? '', hosts: hostsKey(scope) }),
              program: (scope) =>
                managing(scope, 'discover-hosts', 'discover.sh', {
                  CELL_UUID: scope.record.answers['cell-setup'] ?? '',
                  HOSTS: hostsKey(scope).replaceAll(',', ' '),
                }),
            }),
            (scope) =>
              hostsKey(scope) === '' ? { reason: 'NotNeeded', message: 'there is no compute to map' } : undefined,
          ),
        ],
      },
    },
    cleanUp: cleanUpFor<Spec>(entry),
    rebase: acceptedData,
    status: (scope) => ({
      apiEndpoint: endpoint(scope),
      ...(scope.record.answers['cell-setup'] === undefined ? {} : { cellUUID: scope.record.answers['cell-setup'] }),
    }),
  },
);

const conf = '/etc/nova/nova.conf';

function endpoint(scope: Scope<Spec>): string {
  return `${serviceUrl(scope, 'api', ports.api)}/v2.1`;
}

function computesOf(cr: Spec): number {
  return cr.virtType === 'fake' ? (cr.computeReplicas ?? 1) : 0;
}

function pretends(scope: Scope<Spec>): boolean {
  return scope.cr.spec.virtType === 'fake';
}

function unlessPretends(scope: Scope<Spec>, wanted: boolean) {
  if (pretends(scope) === wanted) return undefined;
  return { reason: 'NotNeeded', message: wanted ? 'no compute pretends' : 'every compute pretends' };
}

/** Names of the computes, as Nova knows them. */
function hostsOf(scope: Scope<Spec>): string[] {
  if (!pretends(scope)) return computeHosts(scope);
  return Array.from({ length: computesOf(scope.cr.spec) }, (_, ordinal) => `${childName(scope, 'compute')}-${ordinal}`);
}

/** Those that have to be mapped. While all that are wanted have been, the ones that were: fewer computes need no Job. */
function hostsKey(scope: Scope<Spec>): string {
  const known: Key = scope.record.jobs['discover-hosts'] ?? {};
  const mapped = known['cell'] === scope.record.answers['cell-setup'] ? (known['hosts'] ?? '').split(',') : [];
  const wanted = hostsOf(scope).sort();
  return (wanted.every((host) => mapped.includes(host)) ? mapped : wanted).join(',');
}

function mounts(scope: Scope<Spec>): Mount[] {
  return [...configMounts(scope, { [conf]: 'nova.conf' }), { at: '/var/lib/nova', empty: true }];
}

/** A script around `nova-manage`. */
function managing(scope: Scope<Spec>, name: string, script: string, env: Record<string, string> = {}): Program {
  return {
    name,
    image: image(scope),
    user,
    command: ['sh', `/etc/nova/${script}`],
    env,
    mounts: [...mounts(scope), { at: `/etc/nova/${script}`, secret: childName(scope, 'config'), file: script }],
  };
}

function control(
  id: string,
  imageName: string,
  program: (scope: Scope<Spec>) => Omit<Program, 'name' | 'image' | 'user'>,
  ...reads: readonly string[]
): Child<Spec> {
  return deployment<Spec>({
    id,
    replicas: (cr) => cr.replicas,
    image: (scope) => imageOf(scope, imageName),
    config: (scope) => sourceOf(scope, files, 'nova.conf', ...reads),
    pod: (scope) =>
      directPod(scope, {
        name: id,
        image: imageOf(scope, imageName),
        user,
        placement: scope.cr.spec,
        ...program(scope),
      }),
  });
}

function daemon(id: 'conductor' | 'scheduler'): Child<Spec> {
  return control(id, `nova-${id}`, (scope) => ({
    command: [bin(`nova-${id}`), '--config-file', conf],
    ...connectedProbes(...messagingPorts(scope)),
    mounts: mounts(scope),
  }));
}

function api(id: 'api' | 'metadata', port: number): Child<Spec> {
  const server = `${id}-uwsgi.ini`;
  return control(
    id,
    'nova-api',
    (scope) => ({
      command: [bin('uwsgi'), '--ini', `/etc/nova/${server}`],
      ports: { api: port },
      ...httpProbes(port, '/'),
      mounts: [...mounts(scope), { at: `/etc/nova/${server}`, secret: childName(scope, 'config'), file: server }],
    }),
    server,
  );
}

function files(scope: Scope<Spec>): Files {
  const database = databaseOf(scope, plain);
  const named = (name: string): string => database.names[plain.indexOf(name)] ?? name;
  const { extraConfig: extra, virtType } = scope.cr.spec;
  const neutron = scope.peer('network').name;
  const metadataSecret: Text = [{ secret: metadataSecretOf.nameFor(neutron), key: metadataSecretOf.key, as: 'ini' }];
  const login = loginSection(scope, entry.name);
  const internal = { valid_interfaces: 'internal' };
  const common: Ini = {
    service_user: { ...login, send_service_user_token: true },
    // As itself everywhere, so that nothing waits for the users of others.
    placement: { ...login, ...internal },
    glance: { region_name: regionOf(scope), ...internal },
    upgrade_levels: { compute: 'auto' },
    ...messagingSections,
    ...commonSections,
  };
  const general = { use_stderr: true, state_path: '/var/lib/nova', transport_url: transportUrl(scope) };
  return {
    'nova.conf': osloConfig('nova.conf', extra, {
      DEFAULT: general,
      api_database: databaseSection(database, named(databases.api)),
      database: databaseSection(database, named(databases.cell)),
      cache: cacheSection(scope),
      keystone_authtoken: authtokenSection(scope, entry.name, entry.type),
      neutron: {
        ...login,
        ...internal,
        service_metadata_proxy: true,
        metadata_proxy_shared_secret: metadataSecret,
      },
      wsgi: { api_paste_config: '/etc/nova/api-paste.ini' },
      // The Job maps computes, when they are there.
      scheduler: { workers: 1, discover_hosts_in_cells_interval: -1 },
      conductor: { workers: 1 },
      vnc: { novncproxy_host: '0.0.0.0', novncproxy_port: ports.vnc },
      ...common,
    }),
    // A compute has no way to a database.
    'nova-compute.conf': osloConfig('nova.conf', extra, {
      DEFAULT: {
        ...general,
        compute_driver: virtType === 'fake' ? 'fake.FakeDriverWithoutFakeNodes' : 'libvirt.LibvirtDriver',
      },
      ...(virtType === 'fake' ? {} : libvirtSections(virtType)),
      neutron: { ...login, ...internal },
      vnc: { enabled: false },
      ...common,
    }),
    ...(virtType === 'fake' ? {} : computeNodeFiles(scope)),
    'api-uwsgi.ini': uwsgi({ module: 'nova.wsgi.osapi_compute:application', port: ports.api }),
    'metadata-uwsgi.ini': uwsgi({ module: 'nova.wsgi.metadata:application', port: ports.metadata }),
    'schema.sh': [novaSchemaScript(named(databases.cell0))],
    'cell.sh': [cellScript],
    'discover.sh': [discoverScript],
    ...catalogFiles(scope, entry),
    ...databaseFiles(database),
  };
}
