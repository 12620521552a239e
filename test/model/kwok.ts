import type { KubeClient } from '../../src/kube/client.ts';
import { Builtin, refOf, resourceName, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { Label } from '../../src/machines/engine/annotations.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { rulesFor } from '../../src/machines/engine/rbac.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { HttpKubeClient } from '../../src/runtime/client.ts';
import { loadKubeConfig } from '../../src/runtime/config.ts';
import { loadDigest } from '../../src/runtime/digest.ts';
import { createOperator, type Operator } from '../../src/runtime/operator.ts';
import { Reflector } from '../../src/runtime/reflector.ts';
import { Store } from '../../src/runtime/store.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { silent } from '../support/cloud.ts';
import type { RealCluster } from '../support/real-cluster.ts';
import { hasLabels, type Cluster, type Component, type Fault } from './cluster.ts';
import { goneIsFine } from './harm.ts';

const longestMs = 180_000;

/** The annotations of a Pod that the simulated nodes obey. */
const knobs: Readonly<Record<Fault, string>> = { hang: 'hang', fail: 'fail', neverReady: 'never-ready' };

/**
 * Opens clusters in namespaces of one real API server with controllers and simulated nodes, in real time. Each has an
 * operator of its own in this process, under the rights that its kinds ask for, which sees that namespace alone.
 */
export async function onRealCluster(real: RealCluster): Promise<(kinds: readonly Kind[]) => Promise<Cluster>> {
  const admin = new HttpKubeClient(await loadKubeConfig({ clock, kubeconfig: real.kubeconfig }), { clock });
  const account = new HttpKubeClient(await loadKubeConfig({ clock, kubeconfig: real.operatorKubeconfig }), { clock });
  let opened = 0;
  return async (kinds) => {
    opened += 1;
    const namespace = `model-${opened}`;
    await install(admin, kinds);
    await admin.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const cluster = new NamespaceOfCluster(kinds, namespace, admin, account);
    await cluster.open();
    return cluster;
  };
}

/** The CRDs of the kinds, and the operator's right to them; what is there already stays as it is. */
async function install(admin: KubeClient, kinds: readonly Kind[]): Promise<void> {
  const api = 'rbac.authorization.k8s.io';
  const type = (kind: string, plural: string): ResourceType => ({
    group: api,
    version: 'v1',
    kind,
    plural,
    namespaced: false,
  });
  for (const kind of kinds) {
    const name = `test-model-${kind.type.plural}`;
    const metadata = { name };
    const apiVersion = `${api}/v1`;
    await admin.apply(Builtin.CustomResourceDefinition, crdFor(kind));
    await admin.apply(type('ClusterRole', 'clusterroles'), {
      apiVersion,
      kind: 'ClusterRole',
      metadata,
      rules: rulesFor([kind]),
    });
    await admin.apply(type('ClusterRoleBinding', 'clusterrolebindings'), {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'openstack-operator', namespace: 'openstack-operator' }],
    });
  }
}

class NamespaceOfCluster implements Cluster {
  readonly kinds: readonly Kind[];
  readonly namespace: string;
  readonly settings = defaultSettings;
  readonly client: KubeClient;
  readonly passages: { kind: string; from: string; to: string }[] = [];
  readonly #admin: KubeClient;
  readonly #account: KubeClient;
  readonly #stores = new Map<string, { readonly type: ResourceType; readonly store: Store }>();
  readonly #watching = new AbortController();
  readonly #faults: { readonly component: Component; readonly fault: Fault }[] = [];
  readonly #running: Promise<void>[] = [];
  #annotating: Promise<unknown> = Promise.resolve();
  #operator: Operator | undefined;
  #digest: ((text: string) => string) | undefined;

  constructor(kinds: readonly Kind[], namespace: string, admin: KubeClient, account: KubeClient) {
    this.kinds = kinds;
    this.namespace = namespace;
    this.#admin = admin;
    this.#account = account;
    this.client = this.#remembering(admin);
    const children = kinds.flatMap((kind) => kind.children.map(({ type }) => type));
    for (const type of [...kinds.map(({ type }) => type), ...children, Builtin.Pod, Builtin.StorageClass])
      this.#stores.set(resourceName(type), { type, store: new Store() });
  }

  /** Resolves when it can be used: the CRDs are served, the cache is full, Pods are admitted. */
  async open(): Promise<void> {
    const reflectors = [...this.#stores.values()].map(({ type, store }) => {
      const scope = type.namespaced ? { namespace: this.namespace } : {};
      return new Reflector({ client: this.#admin, clock, random, store, type, ...scope, onError: () => {} });
    });
    for (const reflector of reflectors) this.#running.push(reflector.start(this.#watching.signal));
    // A CRD that is new answers NotFound for a moment; the reflector tries again.
    await Promise.all(reflectors.map((reflector) => reflector.synced));
    this.#stores.get('pods')?.store.onChange(({ new: pod }) => {
      if (pod !== undefined) void this.#enforce(pod);
    });
    const ready = Promise.withResolvers<void>();
    const account = new Store();
    account.onChange(() => ready.resolve());
    const accounts = { namespace: this.namespace, fieldSelector: 'metadata.name=default', onError: () => {} };
    const watching = new AbortController();
    const type = Builtin.ServiceAccount;
    const reflector = new Reflector({ client: this.#admin, clock, random, store: account, type, ...accounts });
    this.#running.push(reflector.start(watching.signal));
    await ready.promise;
    watching.abort();
  }

  now(): number {
    return clock.now();
  }

  digest(text: string): string {
    if (this.#digest === undefined) throw new Error('the operator has not been started yet');
    return this.#digest(text);
  }

  get(type: ResourceType, name: string): KubeObject | undefined {
    return this.#store(type).get(type.namespaced ? { namespace: this.namespace, name } : { name });
  }

  list(type: ResourceType, labels: Readonly<Record<string, string>>): readonly KubeObject[] {
    return this.#store(type)
      .list()
      .filter((object) => hasLabels(object, labels));
  }

  async behave(component: Component, fault: Fault): Promise<() => Promise<void>> {
    const entry = { component, fault };
    this.#faults.push(entry);
    await this.#enforceAll(component);
    return async () => {
      this.#faults.splice(this.#faults.indexOf(entry), 1);
      await this.#enforceAll(component);
    };
  }

  async until(holds: () => boolean): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (holds()) resolve(true);
    };
    const ends = [...this.#stores.values()].map(({ store }) => store.onChange(() => setImmediate(look)));
    // What depends on the time alone, such as a pause before another try, changes nothing in the cache.
    const timer = setInterval(look, 250);
    ends.push(
      () => clearInterval(timer),
      clock.after(longestMs, () => resolve(false)),
    );
    look();
    try {
      return await promise;
    } finally {
      for (const end of ends) end();
    }
  }

  async startOperator(): Promise<void> {
    this.#digest ??= await loadDigest(this.#account, 'openstack-operator', random, this.#watching.signal);
    const operator = await createOperator({
      client: this.#account,
      clock,
      random,
      kinds: this.kinds,
      settings: this.settings,
      identity: this.namespace,
      ownNamespace: 'openstack-operator',
      namespace: this.namespace,
      log: silent,
      hooks: { passage: (kind, from, to) => void this.passages.push({ kind, from, to }) },
    });
    this.#operator = operator;
    void operator.lead();
  }

  /** Resolves when the operator does nothing more, and the cache has all that it did. */
  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
    for (const { type, store } of this.#stores.values()) {
      if (!type.namespaced) continue;
      const { items } = await this.#admin.list(type, { namespace: this.namespace });
      for (const object of items) store.remember(object);
    }
  }

  async close(): Promise<void> {
    this.#operator?.kill();
    this.#watching.abort();
    await Promise.all(this.#running);
    await goneIsFine(this.#admin.delete(Builtin.Namespace, { name: this.namespace }));
    // Nobody is left to take our finalizers away.
    for (const { type } of this.kinds) {
      for (const cr of this.list(type, {})) {
        const patch = { metadata: { finalizers: null } };
        await goneIsFine(this.#admin.mergePatch(type, refOf(cr), patch));
      }
    }
  }

  #store(type: ResourceType): Store {
    const found = this.#stores.get(resourceName(type));
    if (found === undefined) throw new Error(`${resourceName(type)} is not watched`);
    return found.store;
  }

  async #enforceAll(component: Component): Promise<void> {
    const prefix = `${component[Label.instance]}-${component[Label.component]}.sim/`;
    const asked = this.#faults.findLast((one) => isSame(one.component, component))?.fault;
    const annotations = annotationsFor(asked, prefix);
    const annotate = () =>
      this.#admin.mergePatch(Builtin.Namespace, { name: this.namespace }, { metadata: { annotations } });
    this.#annotating = this.#annotating.then(annotate);
    await this.#annotating;
    // The nodes' policy hears of it a little later: what was made before then is seen to here, and as it appears.
    for (const pod of this.list(Builtin.Pod, component)) await this.#enforce(pod);
  }

  async #enforce(pod: KubeObject): Promise<void> {
    const asked = this.#faults.findLast(({ component }) => hasLabels(pod, component))?.fault;
    const wanted = annotationsFor(asked, 'sim/');
    const { annotations = {} } = pod.metadata;
    const isAsked = Object.entries(wanted).every(([name, value]) => (annotations[name] ?? null) === value);
    if (isAsked || pod.metadata.deletionTimestamp !== undefined) return;
    await goneIsFine(this.#admin.mergePatch(Builtin.Pod, refOf(pod), { metadata: { annotations: wanted } }));
  }

  /** What is written is in the cache at once. */
  #remembering(admin: KubeClient): KubeClient {
    const remember = async <T extends KubeObject>(type: ResourceType, request: Promise<T>): Promise<T> => {
      const object = await request;
      this.#stores.get(resourceName(type))?.store.remember(object);
      return object;
    };
    return {
      get: (...args) => admin.get(...args),
      list: (...args) => admin.list(...args),
      watch: (...args) => admin.watch(...args),
      delete: (...args) => admin.delete(...args),
      create: (type, ...rest) => remember(type, admin.create(type, ...rest)),
      apply: (type, ...rest) => remember(type, admin.apply(type, ...rest)),
      replace: (type, ...rest) => remember(type, admin.replace(type, ...rest)),
      mergePatch: (type, ...rest) => remember(type, admin.mergePatch(type, ...rest)),
    };
  }
}

function annotationsFor(fault: Fault | undefined, prefix: string): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(knobs).map(([name, knob]) => [`${prefix}${knob}`, name === fault ? 'true' : null]),
  );
}

function isSame(a: Component, b: Component): boolean {
  return a[Label.instance] === b[Label.instance] && a[Label.component] === b[Label.component];
}
