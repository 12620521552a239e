import { firstDifference } from '../../kube/difference.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { Annotation } from '../engine/annotations.ts';
import type { Child, ChildVerb, Files, Finding } from '../engine/child.ts';
import { isOwn, strangerMessage } from '../engine/ownership.ts';
import type { Scope } from '../engine/scope.ts';
import { childName } from '../engine/scope.ts';

/** What a child looks like when all is well, and how its live object is judged. */
export interface Applied<Spec> {
  readonly id: string;
  /** `<cr>-<suffix>`; the id unless said otherwise. */
  readonly suffix?: string;
  readonly type: ResourceType;
  readonly verb?: ChildVerb;
  readonly holds?: 'data' | 'nothing';
  /** The object without status, or why it cannot be said yet. */
  readonly want: (scope: Scope<Spec>, self: Child<Spec>) => Want;
  /** How well the live object does; its existence is enough where this is absent. */
  readonly judge?: (scope: Scope<Spec>, live: KubeObject, want: Wanted) => Judgement;
}

export interface Wanted {
  readonly object: KubeObject;
  readonly files?: Files;
  /** The digest of `files` and the Secrets in them: their content is not in `object`. */
  readonly source?: string;
}

export type Want = Wanted | { readonly blocked: Reason } | Unknown;

type Reason = Omit<Finding, 'is' | 'settled' | 'due'>;

/** Why it cannot be said now what is wanted. */
export interface Unknown {
  readonly unknown: Reason;
}

export type Judgement = Pick<Finding, 'is' | 'settled' | 'reason' | 'message'> &
  Partial<Pick<Finding, 'by' | 'learned' | 'due' | 'wakeAt' | 'stalled' | 'troubled' | 'notes'>> & {
    /** Something is not as wanted that a comparison of the objects cannot see. */
    readonly differs?: string;
  };

/** A child kept by server-side apply: created when absent, brought back when it differs, never taken from a stranger. */
export function applied<Spec>(part: Applied<Spec>): Child<Spec> {
  const child: Child<Spec> = {
    id: part.id,
    type: part.type,
    verb: part.verb ?? 'apply',
    holds: part.holds ?? 'nothing',
    nameIn: (scope) => childName(scope, part.suffix ?? part.id),
    look: (scope) => look(scope, part, child),
  };
  return child;
}

function look<Spec>(scope: Scope<Spec>, part: Applied<Spec>, child: Child<Spec>): Finding {
  const name = child.nameIn(scope);
  const by = { kind: part.type.kind, name };
  const want = part.want(scope, child);
  const live = scope.lookup.get(part.type, { namespace: scope.namespace, name });
  // What is there stays as it is while nobody can say whether it should be otherwise.
  if ('unknown' in want) return { ...want.unknown, is: 'blocked', settled: live !== undefined };
  if ('blocked' in want) return { ...want.blocked, is: 'blocked', settled: false };
  const object = marked(scope, want);
  const files = want.files === undefined ? {} : { files: want.files };
  if (live === undefined) {
    return {
      is: 'absent',
      settled: false,
      reason: 'Absent',
      message: `${by.kind}/${name} is not there yet`,
      by,
      due: { verb: 'create', type: part.type, object, ...files },
    };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    return { is: 'absent', settled: false, reason: 'Terminating', message: `${by.kind}/${name} is being deleted`, by };
  }
  if (!isOwn(live, object)) {
    return { is: 'failed', settled: false, stalled: true, reason: 'NameConflict', message: strangerMessage(live), by };
  }
  const { differs, ...judged } = judgementOf(scope, part, live, want);
  const why = knownDifference(live, object) ?? differs;
  if (why === undefined || judged.due !== undefined) return { by, ...judged };
  const uid = live.metadata.uid ?? '';
  return { by, ...judged, due: { verb: 'apply', type: part.type, object, uid, why, ...files } };
}

function judgementOf<Spec>(scope: Scope<Spec>, part: Applied<Spec>, live: KubeObject, want: Wanted): Judgement {
  if (part.judge !== undefined) return part.judge(scope, live, want);
  return { is: 'ready', settled: true, reason: 'Exists', message: `${live.kind}/${live.metadata.name} exists` };
}

/** The object with the digest of everything we want of it, so that a field we want no more shows as a difference too. */
function marked<Spec>(scope: Scope<Spec>, want: Wanted): KubeObject {
  const digest = scope.digest(JSON.stringify([want.object, want.source]));
  const { metadata } = want.object;
  return {
    ...want.object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [Annotation.applied]: digest } },
  };
}

const compared = new WeakMap<KubeObject, { readonly wanted: string; readonly why: string | undefined }>();

/** What was found the last time that this very object was compared with what is wanted; its digest tells whether it was the same. */
function knownDifference(live: KubeObject, object: KubeObject): string | undefined {
  const wanted = object.metadata.annotations?.[Annotation.applied] ?? '';
  const known = compared.get(live);
  if (known?.wanted === wanted) return known.why;
  const why = differenceIn(live, object);
  compared.set(live, { wanted, why });
  return why;
}

/** Why the live object has to be applied again, in words; undefined when it has all we want. */
export function differenceIn(live: KubeObject, wanted: KubeObject): string | undefined {
  const found = firstDifference(withoutStatus(wanted), live);
  if (found === undefined) return undefined;
  if (found.path.includes(Annotation.applied)) return 'what is wanted has changed';
  return `${found.path} was ${found.found}, wanted ${found.wanted}`;
}

function withoutStatus(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return rest as KubeObject;
}
