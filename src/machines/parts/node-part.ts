import { Builtin, type KubeObject } from '../../kube/object.ts';
import type { Child, Finding } from '../engine/child.ts';
import { GROUP, type Step } from '../engine/kind.ts';
import type { Scope } from '../engine/scope.ts';
import { optional, type NotWanted } from './optional.ts';

/** Of what clouds a node may be part: a label has one value, so of one at a time. */
export type NodeRole = 'network' | 'compute';

/** The label by which a node says that it is part of a cloud: `openstack.k8s.io/network=cloud.ovn`. */
export function nodeLabel(role: NodeRole, namespace: string, name: string): Record<string, string> {
  return { [`${GROUP}/${role}`]: `${namespace}.${name}` };
}

interface NodePart<Spec> {
  /** What it is, as a sentence begins. */
  readonly what: string;
  readonly nodes: (scope: Scope<Spec>) => Readonly<Record<string, string>>;
}

/**
 * A child that needs root on nodes. It is made only where the operator was told that it may, in a namespace whose
 * administrators admit such Pods; anywhere else it is off: taken away, its step done without it, and the condition says
 * what to do. While nobody can tell, what is there stays.
 */
export function nodePart<Spec>(child: Child<Spec>, part: NodePart<Spec>): Child<Spec> {
  const gated = optional(child, (scope) => against(scope, child, part));
  return {
    ...gated,
    look: (scope) => (isUnknown(scope) ? unknown(scope, child) : gated.look(scope)),
    foreign: (scope) => [
      ...(child.foreign?.(scope) ?? []),
      ...(scope.settings.allowPrivileged ? [{ type: Builtin.Namespace, ref: { name: scope.namespace } }] : []),
    ],
  };
}

/** NodesReady: what is there of it goes, or is kept, also while a step before is not done. */
export function nodesStep<Spec, Uses extends string = never>(
  parts: readonly Child<Spec>[],
  ...needs: readonly Uses[]
): Step<Spec, Uses> {
  return {
    about: 'The parts on nodes run where they are wanted and allowed.',
    when: 'kept',
    ...(needs.length === 0 ? {} : { needs }),
    apply: parts,
  };
}

const enforced = 'pod-security.kubernetes.io/enforce';
const longestValue = 63;

function against<Spec>(scope: Scope<Spec>, child: Child<Spec>, { what, nodes }: NodePart<Spec>): NotWanted | undefined {
  const off = (reason: string, why: string): NotWanted => ({
    reason,
    message: `${what} (${child.type.kind}/${child.nameIn(scope)}) is off: ${why}`,
  });
  if (!scope.settings.allowPrivileged) {
    return off('PrivilegedOff', 'it needs root on nodes; start the operator with --allow-privileged to have it');
  }
  const level = namespaceOf(scope)?.metadata.labels?.[enforced];
  if (level !== 'privileged') {
    const now = level === undefined ? 'does not say so' : `says ${level}`;
    return off(
      'NamespaceNotPrivileged',
      `it needs a namespace that enforces Pod Security privileged, and Namespace/${scope.namespace} ${now}; label it ${enforced}=privileged to have it`,
    );
  }
  const long = Object.entries(nodes(scope)).find(([, value]) => value.length > longestValue);
  if (long === undefined) return undefined;
  return off(
    'LabelTooLong',
    `nodes would opt in by the label ${long.join('=')}, whose value is longer than the ${longestValue} characters of a label; use a shorter name or namespace`,
  );
}

function isUnknown<Spec>(scope: Scope<Spec>): boolean {
  return scope.settings.allowPrivileged && namespaceOf(scope) === undefined;
}

function unknown<Spec>(scope: Scope<Spec>, child: Child<Spec>): Finding {
  const name = child.nameIn(scope);
  const live = scope.lookup.get(child.type, { namespace: scope.namespace, name });
  const message = `Namespace/${scope.namespace}, which says whether ${child.type.kind}/${name} may run, cannot be read`;
  const by = { kind: 'Namespace', name: scope.namespace };
  return { is: 'blocked', settled: live !== undefined, reason: 'NamespaceUnknown', message, by };
}

function namespaceOf<Spec>(scope: Scope<Spec>): KubeObject | undefined {
  return scope.lookup.get(Builtin.Namespace, { name: scope.namespace });
}
