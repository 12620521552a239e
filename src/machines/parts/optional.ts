import { refOf } from '../../kube/object.ts';
import type { Child, Due, Finding } from '../engine/child.ts';
import { isOwn, objectFor } from '../engine/ownership.ts';
import type { Scope } from '../engine/scope.ts';

/** Why a child is not wanted: a word for the condition, a sentence for a person. */
export interface NotWanted {
  /** `NotNeeded` is not worth telling once all is done; any other is. */
  readonly reason: string;
  readonly message: string;
}

/** The child, but where there is a reason against it: then it is taken away, and its step is done without it. */
export function optional<Spec>(
  child: Child<Spec>,
  against: (scope: Scope<Spec>) => NotWanted | undefined,
): Child<Spec> {
  return {
    ...child,
    look: (scope) => {
      const reason = against(scope);
      return reason === undefined ? child.look(scope) : unwanted(scope, child, reason);
    },
  };
}

function unwanted<Spec>(scope: Scope<Spec>, child: Child<Spec>, { reason, message }: NotWanted): Finding {
  const name = child.nameIn(scope);
  const by = { kind: child.type.kind, name };
  const live = scope.lookup.get(child.type, { namespace: scope.namespace, name });
  const isThere =
    live?.metadata.deletionTimestamp === undefined &&
    live !== undefined &&
    isOwn(live, objectFor(scope, child, child.id));
  // What holds data stays, as it does when its resource goes.
  if (!isThere || child.holds === 'data') return { is: 'ready', settled: true, reason, message, by };
  const due: Due = {
    verb: 'delete',
    type: child.type,
    ref: refOf(live),
    uid: live.metadata.uid ?? '',
    propagation: 'Background',
    why: message,
  };
  return { is: 'ready', settled: true, reason, message, by, due };
}
