import { z } from 'zod';
import { Builtin } from '../kube/object.ts';
import type { Child } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import type { Unknown } from './parts/applied.ts';
import { nodesStep } from './parts/node-part.ts';
import { ovnNodeParts } from './parts/ovn-node.ts';
import { directPod, siblingImage, siblingRules } from './parts/pod-spec.ts';
import { service } from './parts/service.ts';
import { deletionPolicy, image, placement, storage, storageRulesFor, text } from './parts/spec.ts';
import { volumeOf } from './parts/volume.ts';
import { deployment, statefulSet } from './parts/workload.ts';

const members = (what: string) =>
  z.int().min(0).max(9).default(1).describe(`Members of the ${what} database; 0 stops it and keeps its data.`);

const spec = z.strictObject({
  image,
  ...placement,
  northboundDBReplicas: members('northbound'),
  southboundDBReplicas: members('southbound'),
  northdReplicas: z.int().min(0).max(9).default(1).describe('How many northd; one of them works, the others stand by.'),
  dbStorage: storage,
  enableRaftClustering: z.boolean().default(false).describe('Databases of several members. Not in this version.'),
  sharedWithCNI: z.boolean().default(false).describe('The OVN of the cluster’s own network. Not in this version.'),
  externalNorthboundDB: text(
    255,
    /^(tcp|ssl):[A-Za-z0-9.:-]+$/,
    'write a northbound database as tcp:HOST:PORT, such as tcp:ovn.example.com:6641',
  )
    .optional()
    .describe('A northbound database that is run by somebody else. Not in this version.'),
  deletionPolicy,
});

type Spec = z.output<typeof spec>;

const user = 42476;

/** One of the two databases of OVN. */
interface Side {
  readonly id: 'nb-db' | 'sb-db';
  readonly port: number;
  readonly image: string;
  readonly schema: string;
  readonly file: string;
  readonly replicas: (cr: Spec) => number;
}

const north: Side = {
  id: 'nb-db',
  port: 6641,
  image: 'ovn-nb-db-server',
  schema: '/usr/share/ovn/ovn-nb.ovsschema',
  file: 'ovnnb',
  replicas: (cr) => cr.northboundDBReplicas,
};

const south: Side = {
  id: 'sb-db',
  port: 6642,
  image: 'ovn-sb-db-server',
  schema: '/usr/share/ovn/ovn-sb.ovsschema',
  file: 'ovnsb',
  replicas: (cr) => cr.southboundDBReplicas,
};

/** OVN: what the networks of a cloud should be (northbound), what that means for nodes (southbound), and northd between them. */
export const ovnNetwork = defineKind(
  {
    kind: 'OVNNetwork',
    plural: 'ovnnetworks',
    about: 'The virtual network of a cloud: the databases of OVN, northd, and Open vSwitch on nodes.',
    spec,
    status: z.object({
      northboundDBEndpoint: z.string().max(255).optional().describe('The northbound database, by name.'),
      southboundDBEndpoint: z.string().max(255).optional().describe('The southbound database, by name.'),
      northboundDBAddresses: z
        .string()
        .max(255)
        .optional()
        .describe('The same by address, for programs that ask no DNS.'),
      southboundDBAddresses: z
        .string()
        .max(255)
        .optional()
        .describe('The same by address, for programs that ask no DNS.'),
    }),
    columns: [{ name: 'Northbound', jsonPath: '.status.northboundDBEndpoint', priority: 1 }],
    rules: [
      {
        rule: '!self.enableRaftClustering',
        message: 'enableRaftClustering is not done in this version: leave it out; each database has one member',
      },
      {
        rule: 'self.northboundDBReplicas <= 1 && self.southboundDBReplicas <= 1',
        message:
          'northboundDBReplicas and southboundDBReplicas above 1 need enableRaftClustering, which is not done in this version: write 1',
      },
      {
        rule: '!self.sharedWithCNI',
        message: 'sharedWithCNI is not done in this version: leave it out; OVN of its own is made',
      },
      {
        rule: '!has(self.externalNorthboundDB)',
        message: 'externalNorthboundDB is not done in this version: leave it out; databases are made',
      },
      ...siblingRules('ovn-nb-db-server'),
      ...storageRulesFor('dbStorage'),
    ],
  },
  {
    version: 1,
    steps: {
      Deployed: {
        about: 'Both databases listen, and northd is active.',
        apply: [
          ...databaseServer(north),
          ...databaseServer(south),
          deployment<Spec>({
            id: 'northd',
            replicas: (cr) => cr.northdReplicas,
            image: (scope) => siblingImage(scope, north.image, 'ovn-northd'),
            unless: (scope) => unaddressed(scope, north) ?? unaddressed(scope, south),
            pod: (scope) =>
              directPod(scope, {
                name: 'northd',
                image: siblingImage(scope, north.image, 'ovn-northd'),
                user,
                command: [
                  'ovn-northd',
                  '-vconsole:info',
                  '--pidfile=/run/ovn/ovn-northd.pid',
                  '--unixctl=/run/ovn/ovn-northd.ctl',
                  `--ovnnb-db=${addressOf(scope, north) ?? ''}`,
                  `--ovnsb-db=${addressOf(scope, south) ?? ''}`,
                ],
                env: { OVS_RUNDIR: '/run/ovn' },
                mounts: [
                  { at: '/run/ovn', empty: true },
                  { at: '/tmp', empty: true },
                ],
                startup: {
                  exec: { command: northdIsWell },
                  periodSeconds: 1,
                  failureThreshold: 600,
                  timeoutSeconds: 5,
                },
                readiness: { exec: { command: northdIsWell }, periodSeconds: 10, timeoutSeconds: 5 },
                liveness: {
                  exec: { command: ['ovn-appctl', '-t', '/run/ovn/ovn-northd.ctl', 'version'] },
                  periodSeconds: 30,
                  failureThreshold: 3,
                  timeoutSeconds: 10,
                },
                placement: scope.cr.spec,
              }),
          }),
        ],
      },
      NodesReady: nodesStep(
        ovnNodeParts<Spec>({
          base: north.image,
          southbound: (scope) => addressOf(scope, south),
          unless: (scope) => unaddressed(scope, south),
        }),
      ),
    },
    status: (scope) => ({
      northboundDBEndpoint: `tcp:${childName(scope, north.id)}.${scope.namespace}.svc:${north.port}`,
      southboundDBEndpoint: `tcp:${childName(scope, south.id)}.${scope.namespace}.svc:${south.port}`,
      ...known('northboundDBAddresses', addressOf(scope, north)),
      ...known('southboundDBAddresses', addressOf(scope, south)),
    }),
  },
);

/** Standing by is as good as being active, as long as both databases are heard. */
const northdIsWell = [
  'sh',
  '-c',
  'ctl="ovn-appctl -t /run/ovn/ovn-northd.ctl"; $ctl status | grep -Eq "active|standby" && $ctl nb-connection-status | grep -qx connected && $ctl sb-connection-status | grep -qx connected',
];

function known(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

function databaseServer(side: Side): Child<Spec>[] {
  const { id, port } = side;
  const ctl = `/run/ovn/${side.file}_db.ctl`;
  const image = (scope: Scope<Spec>): string => siblingImage(scope, north.image, side.image);
  return [
    service<Spec>({ id: `${id}-service`, suffix: id, to: id, ports: { ovsdb: port }, headless: true }),
    // With an address of its own: OVS's Python, which Neutron uses, asks no DNS.
    service<Spec>({ id: `${id}-member`, suffix: `${id}-0`, to: id, ports: { ovsdb: port }, even: 'not ready' }),
    statefulSet<Spec>({
      id,
      service: (scope) => childName(scope, id),
      replicas: side.replicas,
      image,
      storage: (cr) => cr.dbStorage,
      pod: (scope) =>
        directPod(scope, {
          name: 'ovsdb',
          image: image(scope),
          user,
          command: ['sh', '-ec', startScript(side)],
          env: { OVS_RUNDIR: '/run/ovn' },
          ports: { ovsdb: port },
          mounts: [
            { at: '/var/lib/openvswitch', volume: 'data' },
            { at: '/run/ovn', empty: true },
            { at: '/tmp', empty: true },
          ],
          startup: { ...answers(port), periodSeconds: 1, failureThreshold: 300 },
          readiness: { ...answers(port), periodSeconds: 10 },
          liveness: {
            exec: { command: ['ovs-appctl', '-t', ctl, 'version'] },
            periodSeconds: 30,
            failureThreshold: 3,
            timeoutSeconds: 10,
          },
          placement: scope.cr.spec,
        }),
    }),
    volumeOf<Spec>({
      id: `${id}-data`,
      component: id,
      of: (scope) => childName(scope, id),
      storage: (cr) => cr.dbStorage,
    }),
  ];
}

/** Where clients listen, which is what it is there for: not the socket on the Pod. */
function answers(port: number) {
  return { exec: { command: ['ovsdb-client', '--timeout=3', 'list-dbs', `tcp:127.0.0.1:${port}`] }, timeoutSeconds: 5 };
}

/** The file appears whole or not at all, and is brought to the schema of the image. */
function startScript({ file, port, schema }: Side): string {
  const db = `/var/lib/openvswitch/${file}.db`;
  return `if [ ! -f ${db} ]; then
  rm -f ${db}.new; ovsdb-tool create ${db}.new ${schema}; mv ${db}.new ${db}
elif [ "$(ovsdb-tool needs-conversion ${db} ${schema})" = yes ]; then
  ovsdb-tool convert ${db} ${schema}
fi
exec ovsdb-server -vconsole:info --pidfile=/run/ovn/${file}_db.pid --unixctl=/run/ovn/${file}_db.ctl \\
  --remote=punix:/run/ovn/${file}_db.sock --remote=ptcp:${port}:0.0.0.0 ${db}
`;
}

/** `tcp:10.96.0.7:6641`; undefined until its Service has an address: ours, and not that of a resource of this name from before. */
function addressOf(scope: Scope<Spec>, { id, port }: Side): string | undefined {
  const name = childName(scope, `${id}-0`);
  const live = scope.lookup.get(Builtin.Service, { namespace: scope.namespace, name });
  const isOurs = live?.metadata.ownerReferences?.some(({ uid }) => uid === scope.cr.metadata.uid);
  const ip = (live?.['spec'] as { clusterIP?: string } | undefined)?.clusterIP;
  if (isOurs !== true || ip === undefined || ip === '') return undefined;
  return ip.includes(':') ? `tcp:[${ip}]:${port}` : `tcp:${ip}:${port}`;
}

function unaddressed(scope: Scope<Spec>, side: Side): Unknown | undefined {
  if (addressOf(scope, side) !== undefined) return undefined;
  const by = { kind: 'Service', name: childName(scope, `${side.id}-0`) };
  return { unknown: { reason: 'NoAddress', message: `Service/${by.name} has no address yet`, by } };
}
