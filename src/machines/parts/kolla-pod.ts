import type { V1Container, V1EnvVar, V1PodSpec, V1Probe, V1Toleration, V1Volume } from '@kubernetes/client-node';
import type { Files } from '../engine/child.ts';
import { childName, type Scope } from '../engine/scope.ts';

/**
 * A program in one of Kolla's images, run in *Kolla mode*: `kolla_start` of the image copies files to their places, sets
 * owners, and becomes the command. For parts that need root on a node; everything else is a `directPod`.
 */
export interface KollaProgram {
  /** The container; `<name>.json` of the Secret `-config` is its config.json. */
  readonly name: string;
  readonly image: string;
  /** Words. Kolla splits the command at blanks and expands patterns; no shell ever reads it, so nothing can be quoted. */
  readonly command: readonly string[];
  readonly files?: readonly KollaFile[];
  /** Directories that have to belong to somebody: path → `user:group`. */
  readonly owned?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, NodeValue>>;
  readonly mounts: readonly NodeMount[];
  readonly privileged?: true;
  readonly readiness?: V1Probe;
  readonly liveness?: V1Probe;
}

/** A key of the Secret `-config`, and where the program reads it; nobody but its owner can. */
export interface KollaFile {
  readonly key: string;
  readonly dest: string;
  readonly owner: string;
}

/** A text, or what only the node knows. */
export type NodeValue = string | { readonly of: 'spec.nodeName' | 'status.hostIP' };

/** A directory of the node, at the same path in the container; or a fresh one. */
export type NodeMount =
  | {
      readonly at: string;
      readonly readOnly?: true;
      /** Mounts made in it are seen on both sides. */ readonly shared?: true;
    }
  | { readonly at: string; readonly empty: true };

/** What has to be so before the programs start: a script, as root, in an image that has its tools. */
export interface Preparation {
  readonly name: string;
  readonly image: string;
  readonly script: string;
  readonly env?: Readonly<Record<string, NodeValue>>;
  readonly mounts: readonly NodeMount[];
  readonly privileged?: true;
}

export interface KollaPod {
  readonly programs: readonly KollaProgram[];
  readonly before?: readonly Preparation[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations?: readonly object[] | undefined;
  /** Processes and shared memory of the node, too. */
  readonly host?: 'network' | 'everything';
}

/** A Pod on the network of its node. It has no API token, and of the Secret `-config` each container sees its own keys only. */
export function kollaPod<Spec>(scope: Scope<Spec>, pod: KollaPod): V1PodSpec {
  const { programs, before = [], host = 'network' } = pod;
  const volumes = new Map<string, V1Volume>();
  for (const { mounts } of [...programs, ...before]) {
    for (const mount of mounts) volumes.set(volumeName(mount), volumeFor(mount));
  }
  for (const program of programs) volumes.set(configName(program), configVolume(scope, program));
  return {
    restartPolicy: 'Always',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    ...(host === 'everything' ? { hostPID: true, hostIPC: true } : {}),
    terminationGracePeriodSeconds: 30,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    ...(scope.settings.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: scope.settings.pullSecret }] }),
    nodeSelector: pod.nodeSelector,
    ...(pod.tolerations === undefined ? {} : { tolerations: pod.tolerations as V1Toleration[] }),
    ...(before.length === 0 ? {} : { initContainers: before.map(preparing) }),
    containers: programs.map(running),
    volumes: [...volumes.values()],
  };
}

/** The config.json of each program, for the Secret `-config`. */
export function kollaFiles(programs: readonly KollaProgram[]): Files {
  return Object.fromEntries(
    programs.map((program) => [`${program.name}.json`, [`${JSON.stringify(configOf(program), undefined, 2)}\n`]]),
  );
}

const configDirectory = '/var/lib/kolla/config_files';

/** Only keys that Kolla's set_configs knows: it ends on any other. */
function configOf({ command, files = [], owned = {} }: KollaProgram): object {
  const bad = command.find((word) => !/^[-A-Za-z0-9_./:=,@%+]+$/.test(word));
  if (bad !== undefined) throw new Error(`'${bad}' is not one word to kolla_start`);
  return {
    command: command.join(' '),
    config_files: files.map(({ key, dest, owner }) => ({
      source: `${configDirectory}/${key}`,
      dest,
      owner,
      perm: '0600',
    })),
    permissions: Object.entries(owned).map(([path, owner]) => ({ path, owner })),
  };
}

function running(program: KollaProgram): V1Container {
  return {
    name: program.name,
    image: program.image,
    env: Object.entries({ KOLLA_CONFIG_STRATEGY: 'COPY_ALWAYS', ...program.env }).map(variable),
    // It starts as the image says, becomes root by sudo, and writes into its own root: no more can be taken away.
    ...(program.privileged === true ? { securityContext: { privileged: true } } : {}),
    ...(program.readiness === undefined ? {} : { readinessProbe: program.readiness }),
    ...(program.liveness === undefined ? {} : { livenessProbe: program.liveness }),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: configName(program), mountPath: configDirectory, readOnly: true },
      ...program.mounts.map(mounted),
    ],
  };
}

function preparing({ name, image, script, env = {}, mounts, privileged }: Preparation): V1Container {
  return {
    name,
    image,
    command: ['sh', '-ec', script],
    env: Object.entries(env).map(variable),
    securityContext: {
      runAsUser: 0,
      readOnlyRootFilesystem: true,
      ...(privileged === true ? { privileged } : { allowPrivilegeEscalation: false }),
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: mounts.map(mounted),
  };
}

function variable([name, value]: [string, NodeValue]): V1EnvVar {
  return typeof value === 'string' ? { name, value } : { name, valueFrom: { fieldRef: { fieldPath: value.of } } };
}

function configName({ name }: KollaProgram): string {
  return `${name}-config`;
}

function configVolume<Spec>(scope: Scope<Spec>, program: KollaProgram): V1Volume {
  const items = [
    { key: `${program.name}.json`, path: 'config.json' },
    ...(program.files ?? []).map(({ key }) => ({ key, path: key })),
  ];
  return { name: configName(program), secret: { secretName: childName(scope, 'config'), defaultMode: 0o400, items } };
}

function mounted(mount: NodeMount) {
  return {
    name: volumeName(mount),
    mountPath: mount.at,
    ...('readOnly' in mount ? { readOnly: true } : {}),
    ...('shared' in mount ? { mountPropagation: 'Bidirectional' } : {}),
  };
}

/** `/run/openvswitch` → `run-openvswitch`. */
function volumeName({ at }: NodeMount): string {
  return at.slice(1).replaceAll('/', '-');
}

function volumeFor(mount: NodeMount): V1Volume {
  const name = volumeName(mount);
  if ('empty' in mount) return { name, emptyDir: {} };
  // Made also where it is only read: a kernel without modules has no /lib/modules.
  return { name, hostPath: { path: mount.at, type: 'DirectoryOrCreate' } };
}
