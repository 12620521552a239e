import { resourceName } from '../../../src/kube/object.ts';
import { writes, type Check, type Truth } from '../truth.ts';

/** Writes in one virtual minute. A bring-up, undisturbed, has about 60 in all; a whole cloud about 260 of nine services. */
const mostPerMinuteOf = ({ kinds }: Truth): number => Math.max(400, kinds.length * 100);
/** Each fault may make one write be sent again that had its effect already. */
const mostIdlePerFault = 3;

/** I12: requests are bounded, and a write changes something. */
export function traffic(truth: Truth): Check & { readonly count: () => number; readonly last: () => string } {
  const mostPerMinute = mostPerMinuteOf(truth);
  let count = 0;
  let last = '';
  let minute = -1;
  let inMinute = 0;
  const idle: string[] = [];
  return {
    count: () => count,
    last: () => last,
    sent: ({ verb, type, name, process }) => {
      if (!writes.includes(verb) || resourceName(type).startsWith('leases')) return;
      count += 1;
      last = `${process.identity}: ${verb} ${type.kind}/${name}`;
      const now = Math.floor(truth.clock.monotonic() / 60_000);
      inMinute = now === minute ? inMinute + 1 : 1;
      minute = now;
      if (inMinute === mostPerMinute) truth.breach('I12', `${mostPerMinute} writes in a minute, the last one ${last}`);
    },
    done: ({ verb, type, name }, changed, refused) => {
      if (!writes.includes(verb) || changed || refused !== undefined) return;
      // The answer to a delete is not an object: until an event shows that it goes, it may be asked for again.
      if (verb === 'delete') return;
      idle.push(`${verb} ${type.kind}/${name}`);
      if (idle.length > truth.faults() * mostIdlePerFault)
        truth.breach('I12', `${idle.length} writes changed nothing: ${idle.slice(-3).join(', ')}`);
    },
  };
}
