import type { Child, Files } from '../engine/child.ts';
import type { Scope } from '../engine/scope.ts';
import { ini } from '../engine/text.ts';
import type { Unknown } from './applied.ts';
import { kollaFiles, kollaPod, type KollaProgram } from './kolla-pod.ts';
import { metadataSecretOf } from './metadata.ts';
import { nodeLabel, nodePart } from './node-part.ts';
import { knowDatapath, openVSwitchDB, openVSwitchRun, ovsVsctl } from './ovn-node.ts';
import { siblingImage } from './pod-spec.ts';
import { sourceOf } from './secret.ts';
import { daemonSet } from './workload.ts';

/** What Neutron says that matters on nodes. */
export interface NeutronSpec {
  readonly image?: string | undefined;
  readonly tolerations?: readonly object[] | undefined;
  readonly externalBridge: string;
  readonly novaMetadataHost: string;
}

const key = 'neutron_ovn_metadata_agent.ini';
const path = `/etc/neutron/${key}`;
const rootwrap = 'sudo neutron-rootwrap /etc/neutron/rootwrap.conf';

/** Files of the Secret `-config` for the metadata agent: one of its own, so that no node learns the password of the database. */
export function metadataAgentFiles<Spec extends NeutronSpec>(scope: Scope<Spec>, southbound: string): Files {
  return {
    ...kollaFiles([agent(scope)]),
    [key]: ini({
      DEFAULT: {
        use_stderr: true,
        nova_metadata_host: scope.cr.spec.novaMetadataHost,
        metadata_proxy_shared_secret: [
          { secret: metadataSecretOf.nameFor(scope.name), key: metadataSecretOf.key, as: 'ini' },
        ],
        state_path: '/var/lib/neutron',
      },
      agent: { root_helper: rootwrap },
      privsep: { helper_command: `${rootwrap} privsep-helper` },
      ovs: { ovsdb_connection: openVSwitchDB.loopback },
      ovn: { ovn_sb_connection: southbound },
      oslo_concurrency: { lock_path: '/tmp/locks' },
    }),
  };
}

/**
 * Answers servers that ask 169.254.169.254 who they are, on the nodes of the OVNNetwork that Neutron uses. Before, the
 * node is told which bridge leads to physnet1.
 */
export function metadataAgent<Spec extends NeutronSpec>(part: {
  readonly files: (scope: Scope<Spec>) => Files;
  readonly unless: (scope: Scope<Spec>) => Unknown | undefined;
}): Child<Spec> {
  return nodePart(
    daemonSet<Spec>({
      id: 'metadata-agent',
      image: agentImage,
      unless: part.unless,
      config: (scope) => sourceOf(scope, part.files, key, `${agent(scope).name}.json`),
      pod: (scope) =>
        kollaPod(scope, {
          nodeSelector: nodes(scope),
          tolerations: scope.cr.spec.tolerations,
          before: [
            {
              name: 'external-bridge',
              image: agentImage(scope),
              script: bridgeScript,
              env: { BRIDGE: scope.cr.spec.externalBridge },
              mounts: [openVSwitchRun],
            },
          ],
          programs: [agent(scope)],
        }),
    }),
    { what: 'The metadata agent', nodes },
  );
}

const bridgeScript =
  knowDatapath +
  ovsVsctl(
    '--may-exist add-br "$BRIDGE"',
    '-- set Bridge "$BRIDGE" datapath_type="$datapath"',
    '-- set Open_vSwitch . external_ids:ovn-bridge-mappings=physnet1:"$BRIDGE"',
  );

function nodes<Spec>(scope: Scope<Spec>): Record<string, string> {
  return nodeLabel('network', scope.namespace, scope.peer('network').name);
}

function agentImage<Spec extends NeutronSpec>(scope: Scope<Spec>): string {
  return siblingImage(scope, 'neutron-server', 'neutron-metadata-agent');
}

function agent<Spec extends NeutronSpec>(scope: Scope<Spec>): KollaProgram {
  return {
    name: 'neutron-ovn-metadata-agent',
    image: agentImage(scope),
    command: ['neutron-ovn-metadata-agent', '--config-file', path],
    files: [{ key, dest: path, owner: 'neutron' }],
    owned: { '/var/lib/neutron': 'neutron:neutron' },
    // It makes network namespaces, and programs in them.
    privileged: true,
    mounts: [openVSwitchRun, { at: '/run/netns', shared: true }],
    // The connections of the whole node are to be seen: only of its own process does one count.
    readiness: {
      exec: { command: ['healthcheck_port', 'neutron-ovn-metadata-agent', '6642'] },
      periodSeconds: 5,
      timeoutSeconds: 5,
    },
  };
}
