import { isDeepStrictEqual } from 'node:util';
import { Builtin, type KubeObject, type ResourceType } from '../../../src/kube/object.ts';
import { Label } from '../../../src/machines/engine/annotations.ts';
import type { Kind } from '../../../src/machines/engine/kind.ts';
import { at, blockFor, find, imageOf, madeBy, nameOf, phases, releaseOf, variableOf, type Truth } from '../truth.ts';

type Required = readonly (readonly [ResourceType, ...suffixes: string[]])[];

const server: Required = [
  [Builtin.StatefulSet, ''],
  [Builtin.Service, ''],
  [Builtin.PersistentVolumeClaim, 'data-'],
];
const secrets = ['-db-password', '-config'];
const service = [...secrets, '-service-password'];

/** What has to be there when a resource says that it is Ready, by hand: type and suffixes (of a claim of a set: prefix) of names. */
const required: Readonly<Record<string, Required>> = {
  Memcached: [
    [Builtin.Deployment, ''],
    [Builtin.Service, ''],
  ],
  MariaDB: [...server, [Builtin.Secret, '-root-password', '-config']],
  RabbitMQ: [...server, [Builtin.Secret, '-credentials', '-config']],
  OVNNetwork: [
    [Builtin.StatefulSet, '-nb-db', '-sb-db'],
    [Builtin.Service, '-nb-db', '-nb-db-0', '-sb-db', '-sb-db-0'],
    [Builtin.Deployment, '-northd'],
  ],
  Keystone: [
    [Builtin.Deployment, '-api'],
    [Builtin.Service, '-api'],
    [Builtin.Secret, ...secrets, '-fernet-keys', '-credential-keys'],
  ],
  Glance: [
    [Builtin.Deployment, '-api'],
    [Builtin.Service, '-api'],
    [Builtin.Secret, ...service],
    [Builtin.PersistentVolumeClaim, '-images'],
  ],
  Placement: [
    [Builtin.Deployment, '-api'],
    [Builtin.Service, '-api'],
    [Builtin.Secret, ...service],
  ],
  Neutron: [
    [Builtin.Deployment, '-server', '-periodic-workers', '-ovn-maintenance-worker'],
    [Builtin.Service, '-server'],
    [Builtin.Secret, ...service, '-metadata-secret'],
  ],
  Nova: [
    [Builtin.Deployment, '-api', '-metadata', '-scheduler', '-conductor', '-novncproxy'],
    [Builtin.Service, '-api', '-metadata', '-novncproxy', '-compute'],
    [Builtin.StatefulSet, '-compute'],
    [Builtin.Secret, ...service],
  ],
};

/** A Job that has to have run with the image of the spec, wherever there is such a one. */
const ofImage: readonly string[] = ['db-sync', 'online-migrations'];

/** Why a resource is not Ready though it says so; undefined when all is well. */
export interface Witness {
  /** A Job of the resource with this uid has succeeded. */
  jobDone(owner: string, id: string, job: KubeObject): void;
  /** A resource said at this generation that it is Ready. */
  saidReady(cr: KubeObject): void;
  /** A Pod changed: once it runs, its files are what they were then. */
  runs(pod: KubeObject): void;
  missing(kind: Kind, cr: KubeObject): string | undefined;
}

export function witness(truth: Truth): Witness {
  const finished = new Map<string, KubeObject[]>();
  const ready = new Set<string>();
  /** Pod → file → the Secret it was made of, as it was when the Pod began to run. */
  const started = new Map<string, ReadonlyMap<string, string>>();
  const atGeneration = ({ metadata: { uid, generation } }: KubeObject): string => `${uid}@${generation}`;

  function workload(kind: string, cr: KubeObject, child: KubeObject, suffix: string): string | undefined {
    const wanted = at(cr, 'spec', 'image');
    if (wanted !== undefined && releaseOf(imageOf(child) ?? '') !== releaseOf(String(wanted)))
      return `${nameOf(child)} has not the image of the spec`;
    const replicas = replicasOf(kind, suffix, (cr['spec'] ?? {}) as Record<string, number | undefined>);
    if (at(child, 'spec', 'replicas') !== replicas) return `${nameOf(child)} has not the replicas of the spec`;
    if (at(child, 'status', 'observedGeneration') !== child.metadata.generation)
      return `${nameOf(child)} is not rolled out`;
    const count = at(child, 'status', child.kind === 'Deployment' ? 'availableReplicas' : 'readyReplicas') ?? 0;
    if (count !== replicas || (at(child, 'status', 'updatedReplicas') ?? 0) !== replicas)
      return `${nameOf(child)} has ${String(count)} Pods that are ready, of ${String(replicas)}`;
    return undefined;
  }

  function jobs(kind: Kind, { metadata: { uid, name }, ...cr }: KubeObject): string | undefined {
    for (const { id, type } of kind.children) {
      if (type !== Builtin.Job) continue;
      const runs = finished.get(`${uid}/${id}`) ?? [];
      const last = runs.at(-1);
      if (last === undefined) return `Job ${id} never succeeded`;
      const image = at(cr, 'spec', 'image');
      if (ofImage.includes(id) && image !== undefined && imageOf(last) !== image)
        return `Job ${id} never succeeded with the image of the spec`;
      if (id !== 'discover-hosts') continue;
      const mapped = runs.flatMap((job) => (variableOf(job, 'HOSTS') ?? '').split(' '));
      for (let ordinal = 0; ordinal < replicasOf('Nova', '-compute', cr['spec'] as never); ordinal++) {
        if (!mapped.includes(`${name}-compute-${ordinal}`)) return `${name}-compute-${ordinal} is not mapped`;
      }
    }
    return undefined;
  }

  function services(controlPlane: KubeObject): string | undefined {
    const made = madeBy(truth, controlPlane);
    for (const kind of phases.flat()) {
      const block = blockFor(controlPlane, kind);
      const child = made.find((other) => other.kind === kind);
      if (block === undefined && child?.metadata.deletionTimestamp === undefined && child !== undefined)
        return `${nameOf(child)} is there, and no block for it`;
      if (block === undefined) continue;
      if (child === undefined) return `there is no ${kind}`;
      const field = Object.keys(block).find((name) => !isDeepStrictEqual(block[name], at(child, 'spec', name)));
      if (field !== undefined) return `${nameOf(child)} has not ${field} of its block`;
      // Not that it is so now: what was seen may be a moment old.
      if (!ready.has(atGeneration(child))) return `${nameOf(child)} was never Ready at its generation`;
    }
    return undefined;
  }

  function configured(kind: Kind, { metadata: { namespace = '', name } }: KubeObject): string | undefined {
    const labels = { [Label.name]: kind.declaration.kind.toLowerCase(), [Label.instance]: name };
    for (const pod of truth.api.list(Builtin.Pod, { namespace }).items) {
      const isOf = Object.entries(labels).every(([label, value]) => pod.metadata.labels?.[label] === value);
      const owner = pod.metadata.ownerReferences?.[0]?.kind;
      if (!isOf || owner === 'Job' || pod.metadata.deletionTimestamp !== undefined) continue;
      for (const [file, text] of started.get(pod.metadata.uid ?? '') ?? []) {
        if (fileOf(truth, namespace, file) !== text) return `${nameOf(pod)} runs with an older ${file}`;
      }
    }
    return undefined;
  }

  return {
    runs: (pod) => {
      const { uid = '', namespace = '' } = pod.metadata;
      const phase = at(pod, 'status', 'phase');
      if (phase !== 'Running' || started.has(uid)) return;
      started.set(uid, new Map(filesOf(pod).map((file) => [file, fileOf(truth, namespace, file)])));
    },
    jobDone: (owner, id, job) => {
      const runs = finished.get(`${owner}/${id}`) ?? [];
      finished.set(`${owner}/${id}`, runs);
      if (!runs.some(({ metadata }) => metadata.uid === job.metadata.uid)) runs.push(job);
    },
    saidReady: (cr) => void ready.add(atGeneration(cr)),
    missing: (kind, cr) => {
      const { namespace = '', name } = cr.metadata;
      for (const [type, ...suffixes] of required[kind.declaration.kind] ?? []) {
        for (const suffix of suffixes) {
          const called = suffix.endsWith('-') ? `${suffix}${name}-0` : name + suffix;
          const child = find(truth, type, namespace, called);
          if (child === undefined) return `${type.kind}/${called} is not there`;
          const isWorkload = type === Builtin.Deployment || type === Builtin.StatefulSet;
          const lack = isWorkload ? workload(kind.declaration.kind, cr, child, suffix) : undefined;
          if (lack !== undefined) return lack;
        }
      }
      return kind.declaration.kind === 'OpenStackControlPlane'
        ? services(cr)
        : (jobs(kind, cr) ?? configured(kind, cr));
    },
  };
}

function replicasOf(kind: string, suffix: string, spec: Readonly<Record<string, number | undefined>>): number {
  const { replicas = 1, computeReplicas = 1 } = spec;
  if (suffix === '-compute') return computeReplicas;
  if (kind === 'Neutron' && suffix !== '-server') return Math.min(replicas, 1);
  if (kind !== 'OVNNetwork') return replicas;
  const field = { '-nb-db': 'northboundDBReplicas', '-sb-db': 'southboundDBReplicas' }[suffix] ?? 'northdReplicas';
  return spec[field] ?? 1;
}

/** Files of Secrets that a container reads as it starts and never again, as `secret/key`. */
function filesOf(pod: KubeObject): readonly string[] {
  const { volumes = [], containers = [] } = pod['spec'] as {
    volumes?: { name: string; secret?: { secretName: string } }[];
    containers?: { volumeMounts?: { name: string; subPath?: string }[] }[];
  };
  return containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .flatMap(({ name, subPath }) => {
      const secret = volumes.find((volume) => volume.name === name)?.secret?.secretName;
      return secret === undefined || subPath === undefined ? [] : [`${secret}/${subPath}`];
    });
}

function fileOf(truth: Truth, namespace: string, file: string): string {
  const [secret = '', key = ''] = file.split('/');
  return String(at(find(truth, Builtin.Secret, namespace, secret), 'data', key));
}
