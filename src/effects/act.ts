import type { Due } from '../machines/engine/child.ts';
import { apply } from './apply.ts';
import { create } from './create.ts';
import { generate } from './generate.ts';
import type { Hands } from './ports.ts';
import { reclaim } from './reclaim.ts';
import { remove } from './remove.ts';
import { rotate } from './rotate.ts';

/** Does one thing that is due. Safe to repeat; throws an ApiError, or a TerminalError where a person is needed. */
export function act(due: Due, hands: Hands): Promise<void> {
  switch (due.verb) {
    case 'create':
      return create(due, hands);
    case 'apply':
      return apply(due, hands);
    case 'generate':
      return generate(due, hands);
    case 'reclaim':
      return reclaim(due, hands);
    case 'rotate':
      return rotate(due, hands);
    case 'delete':
      return remove(due, hands);
    case 'patch':
      return patch(due, hands);
  }
}

async function patch(due: Extract<Due, { verb: 'patch' }>, { client, remember, signal }: Hands): Promise<void> {
  remember(due.type, await client.mergePatch(due.type, due.ref, due.patch, { signal }));
}
