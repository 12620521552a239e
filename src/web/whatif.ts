import { z } from 'zod';
import type { KubeObject } from '../kube/object.ts';
import { decide } from '../machines/engine/decide.ts';
import { lifecycles, progresses, type Facts, type StepFact } from '../machines/engine/facts.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { storedStatus } from '../machines/engine/status.ts';
import type { Look, OperatorView } from '../runtime/view.ts';
import { Step, stepsOf, Way, waysOf } from './why.ts';

/** A question: what would happen with this spec, or if these facts were so? */
export const Question = z.strictObject({
  spec: z.record(z.string(), z.unknown()).optional().describe('Fields of the spec, laid over the present ones'),
  lifecycle: z.enum(lifecycles).optional(),
  steps: z.record(z.string(), z.enum(progresses)).optional().describe('Step → how far it is taken to be'),
});
export type Question = z.infer<typeof Question>;

export const Prediction = z.object({
  from: z.string(),
  to: z.string(),
  crossed: z.array(z.object({ from: z.string(), to: z.string() })),
  ways: z.array(Way),
  steps: z.array(Step.extend({ before: z.string() })).describe('Steps whose fact would change'),
  requests: z
    .array(z.object({ verb: z.string(), object: z.string(), why: z.string().optional() }))
    .describe('What would be asked of the cluster first'),
});
export type Prediction = z.infer<typeof Prediction>;

/** Thrown where the question makes no sense; says what to ask instead. */
export class BadQuestion extends Error {}

/** Decides on a copy; nothing is written, nothing is kept. */
export async function predict(
  view: OperatorView,
  kind: Kind,
  cr: KubeObject,
  question: Question,
  signal: AbortSignal,
): Promise<Prediction> {
  const now = await looked(view, kind, cr, signal);
  const changed: KubeObject = {
    ...cr,
    spec: { ...(cr['spec'] as object), ...question.spec },
    metadata: { ...cr.metadata, generation: (cr.metadata.generation ?? 0) + (question.spec === undefined ? 0 : 1) },
  };
  const then = question.spec === undefined ? now : await looked(view, kind, changed, signal);
  const facts = supposed(kind, then.facts, question);
  const decision = decide(kind, storedStatus(cr)?.machine, facts);
  const look: Look = { facts, decision, dues: then.dues };
  const before = new Map(stepsOf(kind, now).map((step) => [step.name, step]));
  return {
    from: now.decision.state,
    to: decision.state,
    crossed: decision.crossed.map(({ from, to }) => ({ from, to })),
    ways: waysOf(kind, look),
    steps: stepsOf(kind, look).flatMap((step) => {
      const old = before.get(step.name);
      return old?.is === step.is && old.message === step.message ? [] : [{ ...step, before: old?.is ?? 'todo' }];
    }),
    requests: then.dues.map((due) => ({
      verb: due.verb,
      object: `${due.type.kind}/${'ref' in due ? due.ref.name : due.object.metadata.name}`,
      ...('why' in due ? { why: due.why } : {}),
    })),
  };
}

async function looked(view: OperatorView, kind: Kind, cr: KubeObject, signal: AbortSignal): Promise<Look> {
  const look = await view.look(kind, cr, signal);
  if (typeof look === 'string') throw new BadQuestion(look);
  return look;
}

function supposed(kind: Kind, facts: Facts, { lifecycle, steps = {} }: Question): Facts {
  for (const name of Object.keys(steps)) {
    if (facts.steps[name] === undefined && !Object.hasOwn(facts.deletion, name))
      throw new BadQuestion(
        `${kind.declaration.kind} has no step '${name}'; it has ${[...kind.stepNames, ...Object.keys(facts.deletion)].join(', ')}`,
      );
  }
  const over = <T extends Readonly<Record<string, StepFact>>>(known: T): T =>
    Object.fromEntries(
      Object.entries(known).map(([name, fact]) => {
        const is = steps[name];
        return [
          name,
          is === undefined ? fact : { is, healthy: is === 'done', reason: 'Supposed', message: `taken to be ${is}` },
        ];
      }),
    ) as T;
  return { lifecycle: lifecycle ?? facts.lifecycle, steps: over(facts.steps), deletion: over(facts.deletion) };
}
