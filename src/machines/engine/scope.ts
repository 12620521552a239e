import type { KubeObject, ObjectRef, ResourceType } from '../../kube/object.ts';
import type { Annotation } from './annotations.ts';
import type { Resource } from './kind.ts';
import type { Ledger } from './ledger.ts';

/** What the person who installed the operator decided for every cloud. */
export interface Settings {
  /** `quay.io/openstack.kolla`: where images come from when a CR names none. */
  readonly imagePrefix: string;
  /** `ubuntu-noble`, `rocky-9`, `debian-bookworm`: the second half of Kolla's tags. */
  readonly distro: string;
  readonly pullSecret: string | undefined;
  readonly jobDeadlineSeconds: number;
  /** Whether parts that need root on a node may be run, in namespaces that admit them. */
  readonly allowPrivileged: boolean;
}

/** A Secret as the cache keeps it: a keyed digest for each key, never the data. */
export interface SecretView extends KubeObject {
  digests: Readonly<Record<string, string>>;
}

/** Child → how often the run for this key has failed. */
export type Attempts = Readonly<Record<string, { readonly key: string; readonly failures: number }>>;

/** Another custom resource that this one uses. */
export interface Peer {
  readonly kind: string;
  readonly name: string;
  /** Undefined while it does not exist. */
  readonly object: KubeObject | undefined;
}

/** How the pure part reads the cluster: the cache, at one instant. */
export interface Lookup {
  get(type: ResourceType, ref: ObjectRef): KubeObject | undefined;
  /** Pods that carry all these labels. */
  pods(namespace: string, labels: Readonly<Record<string, string>>): readonly KubeObject[];
}

/** Everything a child may know when it says what it wants and what it sees. The same scope always gives the same answer. */
export interface Scope<Spec> {
  readonly kind: string;
  readonly cr: Resource<Spec>;
  readonly name: string;
  readonly namespace: string;
  readonly settings: Settings;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly lookup: Lookup;
  /** What is known to have happened; survives the loss of the status. */
  readonly record: Ledger;
  /** Failed runs so far, by child. */
  readonly attempts: Attempts;
  /** The value of one of our annotations on the CR, unless it was acted on already. */
  readonly asked: (annotation: keyof typeof Annotation) => string | undefined;
  /** Whether this resource uses such a one. */
  readonly uses: (use: string) => boolean;
  /** Throws where it goes without. */
  readonly peer: (use: string) => Peer;
  readonly namespaceTerminating: boolean;
  /** A keyed digest: equal for equal text, tells nothing about it. `<key id>:<hex>`. */
  readonly digest: (text: string) => string;
}

/** `<cr>-<suffix>`, or the CR's own name where the suffix is empty. */
export function childName(scope: { readonly name: string }, suffix: string): string {
  return suffix === '' ? scope.name : `${scope.name}-${suffix}`;
}
