import { z } from 'zod';
import { sentenceOf, type Summary } from './instances.ts';
import { keyFor } from './keys.ts';
import { standings } from './standing.ts';

export const Ref = z.object({ kind: z.string(), name: z.string() });
export type Ref = z.infer<typeof Ref>;

/** Where the way ends that begins with what a resource waits for. */
export const Cause = z.object({
  through: z.array(Ref).describe('Resources, each of which waits for the next one; where the way ends comes last'),
  standing: z.enum(standings).describe('How that last one stands'),
  sentence: z.string().describe('What its status says'),
  object: Ref.optional().describe('The object that its status names'),
});
export type Cause = z.infer<typeof Cause>;

/**
 * Follows what each status says that it waits for. Undefined where that is no resource of ours, so that there is nothing
 * behind it. `find` knows the resources of the namespace that may be told of. Pure.
 */
export function causeOf(summary: Summary, find: (ref: Ref) => Summary | undefined): Cause | undefined {
  const seen = new Set([keyFor(summary)]);
  const way: Summary[] = [];
  for (let last = summary; ;) {
    const object = last.ready === 'True' ? undefined : namedIn(last.waitingFor ?? '');
    const next = object === undefined ? undefined : find(object);
    if (next !== undefined && next.ready !== 'True' && !seen.has(keyFor(next))) {
      seen.add(keyFor(next));
      way.push(next);
      last = next;
      continue;
    }
    if (way.length === 0) return undefined;
    const through = way.map(({ kind, name }) => ({ kind, name }));
    const { standing } = last;
    return { through, standing, sentence: sentenceOf(last), ...(object === undefined ? {} : { object }) };
  }
}

/** The name of an object in a sentence. */
export const named = /\b[A-Z][A-Za-z]+\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/g;

/** What a sentence names first; of a workload the Pod that it names after it, for that one tells more. */
export function namedIn(sentence: string): Ref | undefined {
  const [first, second] = sentence.match(named) ?? [];
  const most = /^(Deployment|StatefulSet|DaemonSet)\//.test(first ?? '') && second?.startsWith('Pod/') === true;
  const [kind, name] = (most ? second : first)?.split('/') ?? [];
  return kind === undefined || name === undefined ? undefined : { kind, name };
}
