import type {
  V1Container,
  V1PodSpec,
  V1Probe,
  V1ResourceRequirements,
  V1Toleration,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import type { Rule } from '../engine/kind.ts';
import type { Scope } from '../engine/scope.ts';

/** What users may say of Pods: never more than this. */
export interface Placement {
  readonly resources?: object | undefined;
  readonly nodeSelector?: Record<string, string> | undefined;
  readonly tolerations?: readonly object[] | undefined;
}

/** A program in one of Kolla's images, run directly: our own command, no entry script, no root. */
export interface Program {
  readonly name: string;
  readonly image: string;
  /** Kolla's uid of the service; its gid is the same. */
  readonly user: number;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string | { readonly secret: string; readonly key: string }>>;
  readonly mounts: readonly Mount[];
  readonly ports?: Readonly<Record<string, number>>;
  readonly startup?: V1Probe;
  readonly readiness?: V1Probe;
  readonly liveness?: V1Probe;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly grace?: number;
  readonly placement?: Placement;
}

export type Mount =
  /** A fresh directory, writable. */
  | { readonly at: string; readonly empty: true }
  /** A whole Secret as a directory: changes of the Secret arrive there without a restart. */
  | { readonly at: string; readonly secret: string }
  /** One key of a Secret as one file, so that the directory's other files stay visible. */
  | { readonly at: string; readonly secret: string; readonly file: string }
  /** A volume claim of ours. */
  | { readonly at: string; readonly claim: string }
  /** A volume that is declared elsewhere, such as a claim template. */
  | { readonly at: string; readonly volume: string; readonly subPath?: string };

/** A Pod that Pod Security `restricted` admits: non-root, read-only root, no capabilities, no API token. */
export function directPod<Spec>(
  scope: Scope<Spec>,
  program: Program,
  restartPolicy: 'Always' | 'Never' = 'Always',
): V1PodSpec {
  const { volumes, mounts } = volumesFor(program.mounts);
  const container: V1Container = {
    name: program.name,
    image: program.image,
    command: [...program.command],
    ...(program.env === undefined ? {} : { env: Object.entries(program.env).map(envVar) }),
    ...(program.ports === undefined
      ? {}
      : {
          ports: Object.entries(program.ports).map(([name, containerPort]) => ({
            name,
            containerPort,
            protocol: 'TCP',
          })),
        }),
    ...(program.placement?.resources === undefined
      ? {}
      : { resources: program.placement.resources as V1ResourceRequirements }),
    ...(program.startup === undefined ? {} : { startupProbe: program.startup }),
    ...(program.readiness === undefined ? {} : { readinessProbe: program.readiness }),
    ...(program.liveness === undefined ? {} : { livenessProbe: program.liveness }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: mounts,
  };
  return {
    restartPolicy,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: program.grace ?? 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: program.user,
      runAsGroup: program.user,
      fsGroup: program.user,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(scope.settings.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: scope.settings.pullSecret }] }),
    ...(program.placement?.nodeSelector === undefined ? {} : { nodeSelector: program.placement.nodeSelector }),
    ...(program.placement?.tolerations === undefined
      ? {}
      : { tolerations: program.placement.tolerations as V1Toleration[] }),
    containers: [container],
    ...(volumes.length === 0 ? {} : { volumes }),
  };
}

function envVar([name, value]: [string, string | { secret: string; key: string }]): NonNullable<
  V1Container['env']
>[number] {
  if (typeof value === 'string') return { name, value };
  return { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } };
}

function volumesFor(mounts: readonly Mount[]): { volumes: V1Volume[]; mounts: V1VolumeMount[] } {
  const volumes = new Map<string, V1Volume>();
  const all = mounts.map((mount, index): V1VolumeMount => {
    if ('volume' in mount) {
      return {
        name: mount.volume,
        mountPath: mount.at,
        ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
      };
    }
    if ('claim' in mount) {
      volumes.set(mount.claim, { name: mount.claim, persistentVolumeClaim: { claimName: mount.claim } });
      return { name: mount.claim, mountPath: mount.at };
    }
    if ('empty' in mount) {
      const name = `empty-${index}`;
      volumes.set(name, { name, emptyDir: {} });
      return { name, mountPath: mount.at };
    }
    // Readable by the group, which is the service's own, and by nobody else.
    volumes.set(mount.secret, { name: mount.secret, secret: { secretName: mount.secret, defaultMode: 0o440 } });
    return {
      name: mount.secret,
      mountPath: mount.at,
      readOnly: true,
      ...('file' in mount ? { subPath: mount.file } : {}),
    };
  });
  return { volumes: [...volumes.values()], mounts: all };
}

/** An HTTP probe; Kubernetes takes 200–399 for well. */
function httpProbe(path: string, port: number, timing: Partial<V1Probe> = {}): V1Probe {
  return { httpGet: { path, port, scheme: 'HTTP' }, timeoutSeconds: 5, ...timing };
}

/**
 * The three probes of an HTTP API: it gets five minutes to start, is left out when it did not answer `ready` for half a
 * minute, and is started anew when `alive` is silent for three. One that is only busy stays: without it nobody would
 * answer at all, and to start anew costs more processor than any answer.
 */
export function httpProbes(
  port: number,
  ready: string,
  alive = ready,
): Pick<Program, 'startup' | 'readiness' | 'liveness'> {
  return {
    startup: httpProbe(ready, port, { periodSeconds: 1, failureThreshold: 300 }),
    readiness: httpProbe(ready, port, { periodSeconds: 5, failureThreshold: 6 }),
    liveness: httpProbe(alive, port, { periodSeconds: 10, failureThreshold: 18, timeoutSeconds: 10 }),
  };
}

/** `<prefix>/<name>:2025.1-<distro>`, unless the resource names an image. */
export function imageFor<Spec extends { image?: string | undefined }>(scope: Scope<Spec>, name: string): string {
  return scope.cr.spec.image ?? kollaImage(scope, name);
}

export const DEFAULT_RELEASE = '2025.1';

export function kollaImage<Spec>(scope: Scope<Spec>, name: string): string {
  return `${scope.settings.imagePrefix}/${name}:${DEFAULT_RELEASE}-${scope.settings.distro}`;
}

/**
 * The image of one program of a service that has several, `base` being the one that `spec.image` names. What is not
 * called so is one image for all of them.
 */
export function siblingImage<Spec extends { image?: string | undefined }>(
  scope: Scope<Spec>,
  base: string,
  name: string,
): string {
  const { image } = scope.cr.spec;
  if (image === undefined) return kollaImage(scope, name);
  const [, before, after] = new RegExp(`^((?:.*/)?)${base}((?::[^/]*)?)$`).exec(image) ?? [];
  return before === undefined ? image : `${before}${name}${after}`;
}

/** A digest names one image, and these are several. */
export function siblingRules(base: string): readonly Rule[] {
  return [
    {
      rule: `!has(self.image) || !self.image.matches('(^|/)${base}(:[^/@]*)?@')`,
      message: `image stands for several images, of which ${base} is one: write it with a tag and without a digest`,
    },
  ];
}
