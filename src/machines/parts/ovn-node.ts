import type { Child, Files } from '../engine/child.ts';
import type { Scope } from '../engine/scope.ts';
import type { Unknown } from './applied.ts';
import { configFiles, sourceOf } from './secret.ts';
import { kollaFiles, kollaPod, type KollaProgram, type NodeMount } from './kolla-pod.ts';
import { nodeLabel, nodePart } from './node-part.ts';
import { siblingImage } from './pod-spec.ts';
import { daemonSet } from './workload.ts';

/** What OVNNetwork says that matters on nodes. */
export interface OvnSpec {
  readonly image?: string | undefined;
  readonly tolerations?: readonly object[] | undefined;
}

/** Where the programs of one node meet. */
export const openVSwitchRun: NodeMount = { at: '/run/openvswitch' };

/** The database of the Open vSwitch of the node: as a socket for root, and by TCP on its loopback for everybody else there. */
export const openVSwitchDB = { socket: 'unix:/run/openvswitch/db.sock', loopback: 'tcp:127.0.0.1:6640' };

const kernelModules: NodeMount = { at: '/lib/modules', readOnly: true };

const control = (program: string): string => `/run/openvswitch/${program}.ctl`;

/** Where the node remembers what datapath it has, written before Open vSwitch starts. */
const datapathFile = '/run/openvswitch/datapath';

/** Waits for Open vSwitch; `$datapath` is then the type of every bridge of this node. */
export const knowDatapath = `${ovsVsctl('--no-wait init')}datapath=$(cat ${datapathFile})\n`;

/** Tells Open vSwitch something; waits for it to come up, and not for ever. */
export function ovsVsctl(...words: readonly string[]): string {
  return `ovs-vsctl --db=${openVSwitchDB.socket} --retry --timeout=120 ${words.join(' ')}\n`;
}

/** The node parts of an OVNNetwork: its configuration, Open vSwitch, and ovn-controller, which is told where the southbound database is. */
export function ovnNodeParts<Spec extends OvnSpec>(part: {
  /** The image that `spec.image` names. */
  readonly base: string;
  readonly southbound: (scope: Scope<Spec>) => string | undefined;
  readonly unless: (scope: Scope<Spec>) => Unknown | undefined;
}): Child<Spec>[] {
  const { base, southbound, unless } = part;
  const image = (scope: Scope<Spec>, name: string): string => siblingImage(scope, base, name);
  const switching = (scope: Scope<Spec>): KollaProgram[] => [
    databaseServer(image(scope, 'openvswitch-db-server')),
    switchDaemon(image(scope, 'openvswitch-vswitchd')),
  ];
  const controlling = (scope: Scope<Spec>): KollaProgram[] => [controller(image(scope, 'ovn-controller'))];
  const files = (scope: Scope<Spec>): Files => kollaFiles([...switching(scope), ...controlling(scope)]);
  const restartedBy = (programs: (scope: Scope<Spec>) => KollaProgram[]) => (scope: Scope<Spec>) =>
    sourceOf(scope, () => kollaFiles(programs(scope)));
  return [
    configFiles<Spec>({ id: 'config', files }),
    nodePart(
      daemonSet<Spec>({
        id: 'ovs',
        image: (scope) => image(scope, 'openvswitch-db-server'),
        config: restartedBy(switching),
        pod: (scope) =>
          kollaPod(scope, {
            nodeSelector: nodes(scope),
            tolerations: scope.cr.spec.tolerations,
            before: [
              {
                name: 'alone',
                image: image(scope, 'openvswitch-db-server'),
                script: aloneScript,
                mounts: [openVSwitchRun],
              },
              {
                name: 'datapath',
                image: image(scope, 'openvswitch-vswitchd'),
                script: datapathScript,
                privileged: true,
                mounts: [openVSwitchRun, kernelModules],
              },
            ],
            programs: switching(scope),
          }),
      }),
      { what: 'Open vSwitch', nodes },
    ),
    nodePart(
      daemonSet<Spec>({
        id: 'controller',
        image: (scope) => image(scope, 'ovn-controller'),
        config: restartedBy(controlling),
        unless,
        pod: (scope) =>
          kollaPod(scope, {
            nodeSelector: nodes(scope),
            tolerations: scope.cr.spec.tolerations,
            before: [
              {
                name: 'external-ids',
                image: image(scope, 'ovn-controller'),
                script: externalIds,
                env: {
                  NODE: { of: 'spec.nodeName' },
                  HOST_IP: { of: 'status.hostIP' },
                  SOUTHBOUND: southbound(scope) ?? '',
                },
                mounts: [openVSwitchRun],
              },
            ],
            programs: controlling(scope),
          }),
      }),
      { what: 'ovn-controller', nodes },
    ),
  ];
}

function nodes<Spec>(scope: Scope<Spec>): Record<string, string> {
  return nodeLabel('network', scope.namespace, scope.name);
}

/** A second Open vSwitch would take the bridges of the first: that of another cloud, or of the cluster's own network. */
const aloneScript = `if ovsdb-client --timeout=3 list-dbs ${openVSwitchDB.socket} >/dev/null 2>&1; then
  echo "an Open vSwitch that is none of this cloud runs on this node; stop it, or take the label from the node"
  exit 1
fi
`;

/**
 * The kernel forwards packets where it can; where it has no Open vSwitch, the daemon does it by itself. The daemon looks
 * for the kernel's once, so the module is loaded before it starts.
 */
export const datapathScript = `modprobe -q openvswitch || true
if ovs-dpctl dump-dps >/dev/null 2>&1; then
  echo "the kernel has Open vSwitch: it forwards the packets of this node (datapath system)"
  datapath=system
else
  echo "the kernel has no Open vSwitch: packets of this node are forwarded in user space, which is slower (datapath netdev)"
  datapath=netdev
fi
echo "$datapath" >${datapathFile}
`;

/**
 * What ovn-controller reads. A node is known by its name: that stays when its database is lost, and Nova's computes are
 * called so, too.
 */
const externalIds =
  knowDatapath +
  ovsVsctl(
    '--no-wait set Open_vSwitch .',
    'external_ids:system-id="$NODE"',
    'external_ids:hostname="$NODE"',
    'external_ids:ovn-remote="$SOUTHBOUND"',
    'external_ids:ovn-encap-type=geneve',
    'external_ids:ovn-encap-ip="$HOST_IP"',
    'external_ids:ovn-bridge=br-int',
    'external_ids:ovn-bridge-datapath-type="$datapath"',
  );

function databaseServer(image: string): KollaProgram {
  return {
    name: 'openvswitch-db-server',
    image,
    command: [
      'ovsdb-server',
      '/var/lib/openvswitch/conf.db',
      '-vconsole:info',
      '--pidfile=/run/openvswitch/ovsdb-server.pid',
      `--unixctl=${control('ovsdb-server')}`,
      '--remote=punix:/run/openvswitch/db.sock',
      '--remote=ptcp:6640:127.0.0.1',
      '--remote=db:Open_vSwitch,Open_vSwitch,manager_options',
    ],
    // Bridges and their ports are remembered there.
    mounts: [openVSwitchRun, { at: '/var/lib/openvswitch' }],
    readiness: probe(['ovsdb-client', '--timeout=3', 'list-dbs', openVSwitchDB.socket], 5),
    liveness: alive(['ovs-appctl', '-t', control('ovsdb-server'), 'version']),
  };
}

function switchDaemon(image: string): KollaProgram {
  return {
    name: 'openvswitch-vswitchd',
    image,
    command: [
      'ovs-vswitchd',
      openVSwitchDB.socket,
      '-vconsole:info',
      '--mlockall',
      '--pidfile=/run/openvswitch/ovs-vswitchd.pid',
      `--unixctl=${control('ovs-vswitchd')}`,
    ],
    // Kolla's image would load the module of the kernel once more, and end where there is none.
    env: { KOLLA_SKIP_EXTEND_START: 'true' },
    // It makes devices.
    privileged: true,
    mounts: [openVSwitchRun],
    readiness: probe(['ovs-appctl', '-t', control('ovs-vswitchd'), 'version'], 5),
    liveness: alive(['ovs-appctl', '-t', control('ovs-vswitchd'), 'version']),
  };
}

function controller(image: string): KollaProgram {
  return {
    name: 'ovn-controller',
    image,
    command: ['ovn-controller', '-vconsole:info', '--pidfile=/run/ovn/ovn-controller.pid', openVSwitchDB.socket],
    env: { OVN_RUNDIR: '/run/ovn' },
    mounts: [openVSwitchRun, { at: '/run/ovn', empty: true }],
    readiness: probe(['sh', '-c', 'ovn-appctl -t ovn-controller connection-status | grep -qx connected'], 5),
    liveness: alive(['ovn-appctl', '-t', 'ovn-controller', 'version']),
  };
}

function probe(command: string[], periodSeconds: number) {
  return { exec: { command }, periodSeconds, timeoutSeconds: 5 };
}

function alive(command: string[]) {
  return { ...probe(command, 10), failureThreshold: 6 };
}
