import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { apiVersionOf, Builtin } from '../../src/kube/object.ts';
import { Annotation } from '../../src/machines/engine/annotations.ts';
import { GROUP, VERSION } from '../../src/machines/engine/kind.ts';
import { emptyLedger, type Ledger } from '../../src/machines/engine/ledger.ts';
import type { Attempts, Scope, Settings } from '../../src/machines/engine/scope.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { digestWith } from '../../src/runtime/digest.ts';

export const digest = digestWith(new Uint8Array(32).fill(1));
export const otherDigest = digestWith(new Uint8Array(32).fill(2));
export const now = Date.UTC(2026, 0, 1);

interface Given<Spec> {
  readonly kind: string;
  readonly name: string;
  readonly spec: Spec;
  readonly objects: readonly KubeObject[];
  readonly record: Partial<Ledger>;
  readonly attempts: Attempts;
  readonly annotations: Record<string, string>;
  readonly peers: Readonly<Record<string, KubeObject | undefined>>;
  readonly settings: Partial<Settings>;
  readonly now: number;
  readonly namespaceTerminating: boolean;
  readonly digest: (text: string) => string;
}

/** What a child of Keystone `a` in the namespace `ns` sees where only these objects exist. */
export function scopeWith<Spec = object>(given: Partial<Given<Spec>> = {}): Scope<Spec> {
  const { kind = 'Keystone', name = 'a', objects = [], annotations = {}, peers = {} } = given;
  const record = { ...emptyLedger, ...given.record };
  return {
    kind,
    name,
    namespace: 'ns',
    cr: {
      apiVersion: `${GROUP}/${VERSION}`,
      kind,
      metadata: { name, namespace: 'ns', uid: 'uid-of-a', generation: 1, annotations },
      spec: given.spec ?? ({} as Spec),
    },
    settings: { ...defaultSettings, ...given.settings },
    now: given.now ?? now,
    lookup: {
      get: (type, ref) => objects.find((object) => object.kind === type.kind && object.metadata.name === ref.name),
      pods: (_, labels) =>
        objects.filter(
          (object) =>
            object.kind === 'Pod' &&
            Object.entries(labels).every(([label, value]) => object.metadata.labels?.[label] === value),
        ),
    },
    record,
    attempts: given.attempts ?? {},
    asked: (annotation) => {
      const value = annotations[Annotation[annotation]];
      return value === undefined || record.handled[annotation] === value ? undefined : value;
    },
    uses: () => true,
    peer: (use) => ({ kind: 'MariaDB', name: 'mariadb', object: peers[use] }),
    namespaceTerminating: given.namespaceTerminating ?? false,
    digest: given.digest ?? digest,
  };
}

/** An object of the namespace `ns` as the API returns it. */
export function live(type: ResourceType, name: string, rest: Record<string, unknown> = {}): KubeObject {
  const { metadata, ...fields } = rest;
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: { name, namespace: 'ns', uid: `uid-of-${name}`, ...(metadata as object) },
    ...fields,
  };
}

/** A Pod of one component of Keystone `a`. */
export function pod(component: string, status: object, metadata: object = {}): KubeObject {
  const labels = {
    'app.kubernetes.io/name': 'keystone',
    'app.kubernetes.io/instance': 'a',
    'app.kubernetes.io/component': component,
  };
  return live(Builtin.Pod, `a-${component}-x`, { metadata: { labels, ...metadata }, status });
}

/** The MariaDB of the namespace, Ready, saying this of its data. */
export function mariadbSaying(status: object, spec: object = {}): KubeObject {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'MariaDB',
    metadata: { name: 'mariadb', namespace: 'ns', generation: 1 },
    spec,
    status: { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }], ...status },
  };
}
