import { Builtin } from '../../kube/object.ts';
import type { Finding } from '../engine/child.ts';
import { childName, type Scope } from '../engine/scope.ts';

/**
 * Why a clean-up Job is not run; undefined when it can be. It needs the resource it cleans up at, and its own
 * configuration; what was never made is passed over without a word.
 */
export function skipped<Spec>(
  scope: Scope<Spec>,
  part: {
    readonly peer: string;
    /** The Job whose work is undone. */
    readonly made: string;
    /** `the database was not dropped`. */
    readonly what: string;
  },
): Finding | undefined {
  const { kind, name, object } = scope.peer(part.peer);
  const skip = (why: string, isSilent = false): Finding => {
    const message = `${part.what}: ${why}`;
    const finding = { is: 'ready', settled: true, reason: 'Skipped', message, by: { kind, name } } as const;
    return isSilent ? finding : { ...finding, notes: [{ type: 'Warning', reason: 'CleanUpSkipped', message }] };
  };
  if (scope.record.jobs[part.made] === undefined) return skip('it was never made', true);
  if (scope.namespaceTerminating) return skip('the namespace is being deleted');
  if (object === undefined) return skip(`${kind}/${name} is gone`);
  // Whatever we make for it the garbage collector deletes at once, and we would make it again, without end.
  if (scope.cr.metadata.finalizers?.includes('foregroundDeletion') === true)
    return skip(`${scope.kind}/${scope.name} is deleted in the foreground, which takes every Job of it away`);
  const config = childName(scope, 'config');
  if (scope.lookup.get(Builtin.Secret, { namespace: scope.namespace, name: config }) === undefined)
    return skip(`Secret/${config}, which says how, is gone`);
  return undefined;
}
