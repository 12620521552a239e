import { describe, expect, it } from 'vitest';
import { live, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import { fold } from '../engine/facts.ts';
import { nodeLabel, nodePart } from './node-part.ts';
import { kollaPod } from './kolla-pod.ts';
import { daemonSet } from './workload.ts';

const program = { name: 'switch', image: 'switch:1', command: ['switch'], mounts: [] };
const nodes = (scope: { namespace: string; name: string }) => nodeLabel('network', scope.namespace, scope.name);
const part = nodePart(
  daemonSet<object>({
    id: 'switch',
    image: () => 'switch:1',
    pod: (scope) => kollaPod(scope, { programs: [program], nodeSelector: nodes(scope) }),
  }),
  { what: 'The switch', nodes },
);

const namespace = (labels: Record<string, string> = {}) => live(Builtin.Namespace, 'ns', { metadata: { labels } });
const privileged = namespace({ 'pod-security.kubernetes.io/enforce': 'privileged' });
const allowed = { settings: { allowPrivileged: true } };
const scope = (...objects: KubeObject[]) => scopeWith({ ...allowed, objects });

/** The DaemonSet as it was made where it was allowed. */
function made(): KubeObject {
  const { due } = part.look(scope(privileged));
  if (due?.verb !== 'create') throw new Error('not created');
  return live(Builtin.DaemonSet, 'a-switch', due.object as unknown as Record<string, unknown>);
}

describe('a part on nodes', () => {
  it('is made where the operator may, in a namespace that enforces Pod Security privileged', () => {
    expect(part.look(scope(privileged)).due).toMatchObject({ verb: 'create', type: Builtin.DaemonSet });
  });

  it.each([
    {
      what: 'the operator may not',
      given: scopeWith({ objects: [privileged] }),
      reason: 'PrivilegedOff',
      says: 'The switch (DaemonSet/a-switch) is off: it needs root on nodes; start the operator with --allow-privileged to have it',
    },
    {
      what: 'the namespace says nothing',
      given: scope(namespace()),
      reason: 'NamespaceNotPrivileged',
      says: 'The switch (DaemonSet/a-switch) is off: it needs a namespace that enforces Pod Security privileged, and Namespace/ns does not say so; label it pod-security.kubernetes.io/enforce=privileged to have it',
    },
    {
      what: 'the namespace says another level',
      given: scope(namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' })),
      reason: 'NamespaceNotPrivileged',
      says: 'The switch (DaemonSet/a-switch) is off: it needs a namespace that enforces Pod Security privileged, and Namespace/ns says baseline; label it pod-security.kubernetes.io/enforce=privileged to have it',
    },
    {
      what: 'no label could hold the names',
      given: scopeWith({ ...allowed, objects: [privileged], name: 'a'.repeat(61) }),
      reason: 'LabelTooLong',
      says: `The switch (DaemonSet/${'a'.repeat(61)}-switch) is off: nodes would opt in by the label openstack.k8s.io/network=ns.${'a'.repeat(61)}, whose value is longer than the 63 characters of a label; use a shorter name or namespace`,
    },
  ])('is off where $what: its step is done, and the condition says why', ({ given, reason, says }) => {
    const found = part.look(given);
    expect(found).toMatchObject({ is: 'ready', settled: true, reason });
    expect(found.due).toBeUndefined();
    expect(fold([found], undefined)).toMatchObject({ is: 'done', healthy: true, message: says });
  });

  it('that is there is taken away where it is off, with the reason', () => {
    const found = part.look(scopeWith({ objects: [privileged, made()] }));
    expect(found).toMatchObject({ settled: true, due: { verb: 'delete', uid: 'uid-of-a-switch', why: found.message } });
  });

  it('of somebody else is left alone where it is off', () => {
    const strange = { ...made(), metadata: { ...made().metadata, ownerReferences: [], annotations: {} } };
    expect(part.look(scopeWith({ objects: [privileged, strange] })).due).toBeUndefined();
  });

  it('stays as it is while the namespace cannot be read, and is not begun', () => {
    const reason = 'NamespaceUnknown';
    expect(part.look(scope(made()))).toMatchObject({ is: 'blocked', settled: true, reason });
    expect(part.look(scope())).toMatchObject({ is: 'blocked', settled: false, reason });
    for (const given of [scope(made()), scope()]) expect(part.look(given).due).toBeUndefined();
  });

  it('watches the namespace only where that matters', () => {
    expect(part.foreign?.(scope())).toEqual([{ type: Builtin.Namespace, ref: { name: 'ns' } }]);
    expect(part.foreign?.(scopeWith())).toEqual([]);
  });
});
