import type { KubeClient } from '../../src/kube/client.ts';
import { isApiError } from '../../src/kube/errors.ts';
import { apiVersionOf, Builtin, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { kinds } from '../../src/machines/index.ts';

/** How the Pods of one component behave until told otherwise. */
export interface Fault {
  readonly fail?: { readonly exitCode: number; readonly log: string };
  readonly hang?: boolean;
  readonly neverReady?: boolean;
}

/** A cluster with the operator on it: the sandbox, or a real API server. The same scenarios run on both. */
export interface Bench {
  /** Everything allowed, as a person. */
  readonly client: KubeClient;
  /** A new namespace for one scenario. */
  namespace(): Promise<string>;
  /** Waits for a condition; throws with a dump of the namespace after `seconds`. */
  until(what: string, namespace: string, holds: () => Promise<boolean>, seconds?: number): Promise<void>;
  /** Lets `seconds` pass, for what must not happen. */
  rest(seconds: number): Promise<void>;
  fault(namespace: string, component: string, fault: Fault | undefined): Promise<void>;
  /** Every write of the operator in a namespace so far, as `verb kind/name`. */
  writes(namespace: string): Promise<readonly string[]>;
  /** What the operator says besides objects, where it is a process of its own: its log, its metrics. */
  texts?(): Promise<readonly string[]>;
  /** Ends the operator without warning and starts another. */
  crash(): Promise<void>;
}

export function typeOf(kind: string): ResourceType {
  const found =
    kinds.find((candidate) => candidate.declaration.kind === kind)?.type ??
    Object.values(Builtin).find((candidate) => candidate.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

/** What a scenario does in its namespace, in few words. */
export class Scene {
  readonly bench: Bench;
  readonly namespace: string;

  constructor(bench: Bench, namespace: string) {
    this.bench = bench;
    this.namespace = namespace;
  }

  async get(kind: string, name: string): Promise<KubeObject | undefined> {
    try {
      return await this.bench.client.get(typeOf(kind), this.#ref(kind, name));
    } catch (error) {
      if (isApiError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async need(kind: string, name: string): Promise<KubeObject> {
    const found = await this.get(kind, name);
    if (found === undefined) throw new Error(`${kind}/${name} is not there`);
    return found;
  }

  async list(kind: string, labelSelector?: string): Promise<KubeObject[]> {
    const selection = labelSelector === undefined ? {} : { labelSelector };
    return (await this.bench.client.list(typeOf(kind), { namespace: this.namespace, ...selection })).items;
  }

  create(kind: string, name: string, rest: object = {}): Promise<KubeObject> {
    const { metadata, ...fields } = rest as { metadata?: object };
    return this.bench.client.create(typeOf(kind), {
      apiVersion: apiVersionOf(typeOf(kind)),
      kind,
      metadata: { namespace: this.namespace, name, ...metadata },
      ...fields,
    });
  }

  patch(kind: string, name: string, patch: object): Promise<KubeObject> {
    return this.bench.client.mergePatch(typeOf(kind), this.#ref(kind, name), patch);
  }

  delete(kind: string, name: string): Promise<void> {
    return this.bench.client.delete(typeOf(kind), this.#ref(kind, name), { propagationPolicy: 'Background' });
  }

  /** Without a resourceVersion: whatever the operator writes at the same time is lost too. */
  async wipeStatus(kind: string, name: string): Promise<void> {
    const subresource = 'status';
    const left = await this.bench.client.mergePatch(
      typeOf(kind),
      this.#ref(kind, name),
      { status: null },
      { subresource },
    );
    if (left['status'] !== undefined)
      throw new Error(`${kind}/${name} kept its status: ${JSON.stringify(left['status'])}`);
  }

  until(what: string, holds: () => Promise<boolean>, seconds?: number): Promise<void> {
    return this.bench.until(what, this.namespace, holds, seconds);
  }

  /** Ready at the current generation. */
  ready(kind: string, name: string, seconds?: number): Promise<void> {
    return this.until(
      `${kind}/${name} is Ready`,
      async () => {
        const object = await this.get(kind, name);
        const ready = conditionOf(object, 'Ready');
        return ready?.status === 'True' && ready.observedGeneration === object?.metadata.generation;
      },
      seconds,
    );
  }

  /** A condition whose message has all these words. */
  says(kind: string, name: string, type: string, ...words: string[]): Promise<void> {
    return this.until(`${type} of ${kind}/${name} says ${words.join(', ')}`, async () => {
      const condition = conditionOf(await this.get(kind, name), type);
      const said = `${condition?.status} ${condition?.reason} ${condition?.message}`;
      return words.every((word) => said.includes(word));
    });
  }

  gone(kind: string, name: string): Promise<void> {
    return this.until(`${kind}/${name} is gone`, async () => (await this.get(kind, name)) === undefined);
  }

  /** The three samples, Ready. */
  async cloud(spec: { mariadb?: object; memcached?: object; keystone?: object } = {}): Promise<void> {
    await this.create('MariaDB', 'mariadb', { spec: spec.mariadb ?? {} });
    await this.create('Memcached', 'memcached', { spec: spec.memcached ?? {} });
    await this.create('Keystone', 'keystone', { spec: spec.keystone ?? {} });
    await this.ready('Keystone', 'keystone');
    await this.ready('MariaDB', 'mariadb');
    await this.ready('Memcached', 'memcached');
  }

  /** Uids of the Jobs that stand there now; another uid means another run. */
  async jobs(): Promise<Record<string, string | undefined>> {
    return Object.fromEntries((await this.list('Job')).map((job) => [job.metadata.name, job.metadata.uid]));
  }

  /** Data of every Secret that was generated. */
  async generated(): Promise<Record<string, unknown>> {
    const secrets = (await this.list('Secret')).filter((secret) => !secret.metadata.name.endsWith('-config'));
    return Object.fromEntries(secrets.map((secret) => [secret.metadata.name, secret['data']]));
  }

  #ref(kind: string, name: string): { namespace?: string; name: string } {
    return typeOf(kind).namespaced ? { namespace: this.namespace, name } : { name };
  }
}

interface Seen {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

export function conditionOf(object: KubeObject | undefined, type: string): Seen | undefined {
  const status = (object?.['status'] ?? {}) as { conditions?: Seen[] };
  return status.conditions?.find((condition) => condition.type === type);
}

export function at(object: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}
