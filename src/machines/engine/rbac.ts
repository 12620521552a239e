import { Builtin, resourceName, type ResourceType } from '../../kube/object.ts';
import type { Child } from './child.ts';
import { GROUP, type Kind } from './kind.ts';

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What each verb of a child asks of the API; an apply that creates needs `create` too. */
const needed: Readonly<Record<Child<unknown>['verb'], readonly string[]>> = {
  generate: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  require: ['get', 'list', 'watch'],
  apply: ['get', 'list', 'watch', 'create', 'patch'],
  run: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  claim: ['get', 'list', 'watch', 'patch', 'delete'],
};

/** Workloads are deleted to be made again with a larger volume, and before their data goes. */
const deletable: readonly string[] = [Builtin.Deployment, Builtin.StatefulSet, Builtin.DaemonSet].map(resourceName);

const order = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Exactly what the operator does with the resources of these kinds, and nothing else; the same for any namespace. */
export function rulesFor(kinds: readonly Kind[]): PolicyRule[] {
  const verbs = new Map<string, { type: ResourceType; verbs: Set<string> }>();
  const need = (type: ResourceType, ...list: readonly string[]): void => {
    const name = resourceName(type);
    const entry = verbs.get(name) ?? { type, verbs: new Set() };
    list.forEach((verb) => entry.verbs.add(verb));
    verbs.set(name, entry);
  };
  const made = new Set<string>();
  for (const child of kinds.flatMap((kind) => [...kind.children, ...(kind.plan.cleanUp ?? [])])) {
    if (child.type.group === GROUP) {
      made.add(child.type.plural);
      continue;
    }
    need(child.type, ...needed[child.verb]);
    if (deletable.includes(resourceName(child.type))) need(child.type, 'delete');
    if (child.type === Builtin.StatefulSet) need(Builtin.Pod, 'delete');
    if (child.verb === 'claim') need(Builtin.StorageClass, 'list', 'watch');
    if (child.isMade === true) need(child.type, 'create');
    if (child.type === Builtin.DaemonSet) need(Builtin.Namespace, 'list', 'watch');
  }
  need(Builtin.Pod, 'list', 'watch');
  need(Builtin.Namespace, 'get');
  // Written for `kubectl describe`, read for the web view.
  need(Builtin.Event, 'list', 'create', 'patch');
  const plurals = kinds.map((kind) => kind.type.plural).sort();
  return [
    ...[
      { resources: plurals.filter((plural) => !made.has(plural)), verbs: ['get', 'list', 'watch', 'patch'] },
      // Those that another resource is made of.
      { resources: [...made].sort(), verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
    ]
      .filter(({ resources }) => resources.length > 0)
      .map((rule) => ({ apiGroups: [GROUP], ...rule })),
    { apiGroups: [GROUP], resources: plurals.map((plural) => `${plural}/status`), verbs: ['update'] },
    // For clusters that let only those block an owner's deletion who may change its finalizers.
    { apiGroups: [GROUP], resources: plurals.map((plural) => `${plural}/finalizers`), verbs: ['update'] },
    ...[...verbs.values()].map(({ type, verbs: set }) => ({
      apiGroups: [type.group],
      resources: [type.plural],
      verbs: order.filter((verb) => set.has(verb)),
    })),
    // Who looks at the web view, and what they may see.
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ];
}

/** What it does in its own namespace: the lock of the leader, and the key of its digests. */
export const ownRules: readonly (PolicyRule & { readonly resourceNames?: readonly string[] })[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    resourceNames: ['openstack-operator'],
    verbs: ['get', 'update'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['openstack-operator-digest-key'], verbs: ['get'] },
];
