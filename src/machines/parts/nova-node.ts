import type { Child, Files } from '../engine/child.ts';
import type { Scope } from '../engine/scope.ts';
import type { Ini } from '../engine/text.ts';
import { kollaFiles, kollaPod, type KollaProgram, type NodeMount } from './kolla-pod.ts';
import { nodeLabel, nodePart } from './node-part.ts';
import { openVSwitchRun } from './ovn-node.ts';
import { nodesOf, podsOf } from './pods.ts';
import { siblingImage } from './pod-spec.ts';
import { sourceOf } from './secret.ts';
import { daemonSet } from './workload.ts';

/** What Nova says that matters on nodes. */
export interface NovaSpec {
  readonly image?: string | undefined;
  readonly tolerations?: readonly object[] | undefined;
}

const id = 'compute-node';

/** Sections of the nova.conf of a compute that runs servers with libvirt. */
export function libvirtSections(virtType: string): Ini {
  return {
    libvirt: { virt_type: virtType },
    privsep_entrypoint: {
      helper_command: 'sudo nova-rootwrap /etc/nova/rootwrap.conf privsep-helper --config-file /etc/nova/nova.conf',
    },
  };
}

/** Files of the Secret `-config` for the computes on nodes. */
export function computeNodeFiles<Spec extends NovaSpec>(scope: Scope<Spec>): Files {
  return { ...kollaFiles(programs(scope)), 'libvirtd.conf': [libvirtdConf], 'qemu.conf': [qemuConf] };
}

/** libvirt and nova-compute, on each node that is labelled for this Nova. */
export function computeNode<Spec extends NovaSpec>(part: {
  readonly files: (scope: Scope<Spec>) => Files;
  /** The ports by which it is known to be connected. */
  readonly ports: (scope: Scope<Spec>) => readonly number[];
}): Child<Spec> {
  return nodePart(
    daemonSet<Spec>({
      id,
      suffix: 'compute',
      image: (scope) => siblingImage(scope, 'nova-api', 'nova-libvirt'),
      config: (scope) => sourceOf(scope, part.files, 'nova-compute.conf', ...Object.keys(computeNodeFiles(scope))),
      pod: (scope) =>
        kollaPod(scope, {
          nodeSelector: nodes(scope),
          tolerations: scope.cr.spec.tolerations,
          host: 'everything',
          before: [
            {
              name: 'instances',
              image: siblingImage(scope, 'nova-api', 'nova-compute'),
              script: instancesScript,
              mounts: [{ at: state.at }],
            },
          ],
          programs: programs(scope, part.ports(scope)),
        }),
    }),
    { what: 'The compute with libvirt', nodes },
  );
}

/** Nodes whose compute is ready, by the names that Nova knows them by. */
export function computeHosts<Spec>(scope: Scope<Spec>): string[] {
  return nodesOf(podsOf(scope, id));
}

function nodes<Spec>(scope: Scope<Spec>): Record<string, string> {
  return nodeLabel('compute', scope.namespace, scope.name);
}

function programs<Spec extends NovaSpec>(scope: Scope<Spec>, ports: readonly number[] = []): KollaProgram[] {
  return [
    libvirt(siblingImage(scope, 'nova-api', 'nova-libvirt')),
    novaCompute(siblingImage(scope, 'nova-api', 'nova-compute'), ports),
  ];
}

/** Identity of the compute, disks of its servers, and what is mounted for them. */
const state: NodeMount = { at: '/var/lib/nova', shared: true };

/** nova-compute asks what is free there before it makes its first server. */
const instancesScript = 'install -d -o nova -g nova /var/lib/nova /var/lib/nova/instances\n';

/** What both read and write: servers outlive the Pod, and so does what is known of them. */
const common: readonly NodeMount[] = [
  { at: '/dev' },
  { at: '/lib/modules', readOnly: true },
  { at: '/run/libvirt' },
  openVSwitchRun,
  { at: '/var/lib/libvirt' },
  state,
];

function libvirt(image: string): KollaProgram {
  return {
    name: 'nova-libvirt',
    image,
    command: ['/usr/local/bin/kolla_nova_libvirt_start'],
    files: [
      { key: 'libvirtd.conf', dest: '/etc/libvirt/libvirtd.conf', owner: 'root' },
      { key: 'qemu.conf', dest: '/etc/libvirt/qemu.conf', owner: 'root' },
    ],
    privileged: true,
    mounts: [...common, { at: '/sys/fs/cgroup' }, { at: '/etc/libvirt/qemu' }],
    readiness: { exec: { command: ['virsh', 'version', '--daemon'] }, periodSeconds: 10, timeoutSeconds: 10 },
  };
}

function novaCompute(image: string, [port]: readonly number[]): KollaProgram {
  return {
    name: 'nova-compute',
    image,
    command: ['nova-compute', '--config-file', '/etc/nova/nova.conf'],
    files: [{ key: 'nova-compute.conf', dest: '/etc/nova/nova.conf', owner: 'nova' }],
    env: {
      // As its chassis is called in OVN; a port is bound where both say the same.
      OS_DEFAULT__HOST: { of: 'spec.nodeName' },
      OS_DEFAULT__MY_IP: { of: 'status.hostIP' },
    },
    privileged: true,
    mounts: common,
    ...(port === undefined
      ? {}
      : {
          readiness: {
            exec: { command: ['healthcheck_port', 'nova-compute', String(port)] },
            periodSeconds: 5,
            timeoutSeconds: 5,
          },
        }),
  };
}

/** Nobody reaches it over the network: only root, and nova-compute beside it, by the socket. */
const libvirtdConf = `listen_tls = 0
listen_tcp = 0
unix_sock_group = "nova"
unix_sock_rw_perms = "0770"
auth_unix_rw = "none"
log_outputs = "3:stderr"
`;

const qemuConf = `stdio_handler = "logd"
user = "nova"
group = "nova"
`;
