import type { Finding } from './child.ts';

/** How far a step is. The one word a guard may look at. */
export type Progress = 'todo' | 'working' | 'done' | 'failed' | 'lost' | 'blocked';

export const progresses = ['todo', 'working', 'done', 'failed', 'lost', 'blocked'] as const satisfies Progress[];

/** All children of a step as one fact, with the object that decides it. */
export interface StepFact {
  readonly is: Progress;
  /** False where the step is done but something of it does not work right now. */
  readonly healthy: boolean;
  readonly reason: string;
  readonly message: string;
  readonly by?: { readonly kind: string; readonly name: string };
  readonly stalled?: boolean;
}

export type Lifecycle = 'live' | 'paused' | 'deleting';

export const lifecycles = ['live', 'paused', 'deleting'] as const satisfies Lifecycle[];

/** What deletion goes through; the names say what is true. */
export const deletionSteps = ['Unreferenced', 'Stopped', 'CleanedUp', 'Removed'] as const;
export type DeletionStep = (typeof deletionSteps)[number];

/** Everything a machine may know about the cluster, read once per decision. */
export interface Facts {
  readonly lifecycle: Lifecycle;
  readonly steps: Readonly<Record<string, StepFact>>;
  readonly deletion: Readonly<Record<DeletionStep, StepFact>>;
}

const gravity = ['failed', 'lost', 'blocked', 'progressing', 'absent', 'ready'] as const;

/**
 * One fact from the findings of a step's children. `need` is the first unmet need, if any: it blocks a step that is
 * not done, and makes a done one unhealthy. A step is done when every child is settled; the gravest child decides
 * what is said.
 */
export function fold(findings: readonly Finding[], need: StepFact | undefined): StepFact {
  const open = gravest(findings.filter((finding) => !finding.settled));
  if (open === undefined) {
    const ill = gravest(findings.filter((finding) => finding.is !== 'ready' || finding.due !== undefined));
    if (ill !== undefined && ill.is !== 'ready') return { ...said(ill), is: 'done', healthy: false };
    if (need !== undefined) return { ...need, is: 'done', healthy: false };
    if (ill !== undefined) {
      const why = ill.due !== undefined && 'why' in ill.due ? `; ${ill.due.why}` : '';
      return { ...said(ill), is: 'done', healthy: false, reason: 'Drifted', message: `${ill.message}${why}` };
    }
    const messages = findings.filter((finding) => finding.reason !== 'NotNeeded').map((finding) => finding.message);
    return { is: 'done', healthy: true, reason: 'Done', message: messages.join('; ') };
  }
  if (open.is === 'failed' || open.is === 'lost') return { ...said(open), is: open.is, healthy: false };
  // What only a person can mend is said before what may mend itself.
  if (need !== undefined && open.stalled !== true) return need;
  if (open.is === 'blocked') return { ...said(open), is: 'blocked', healthy: false };
  return { ...said(open), is: open.is === 'absent' ? 'todo' : 'working', healthy: false };
}

/** The first of the gravest; of those, one that needs a person, or with which something went wrong. */
function gravest(findings: readonly Finding[]): Finding | undefined {
  for (const is of gravity) {
    const found = findings.filter((finding) => finding.is === is);
    if (found.length > 0) return found.find((each) => each.stalled) ?? found.find((each) => each.troubled) ?? found[0];
  }
  return undefined;
}

function said(finding: Finding): Pick<StepFact, 'reason' | 'message' | 'by' | 'stalled'> {
  return {
    reason: finding.reason,
    message: finding.message,
    by: finding.by,
    ...(finding.stalled === true ? { stalled: true } : {}),
  };
}

/** A fact for tests and for steps that need no work. */
export function fact(is: Progress, message = is as string): StepFact {
  return { is, healthy: is === 'done', reason: is === 'done' ? 'Done' : 'Waiting', message };
}
