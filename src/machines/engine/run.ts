import { createActor, fromPromise, toPromise } from 'xstate';
import type { Effect } from './machine.ts';

/** What an effect does: one request, safe to repeat; stops early when the signal says so. */
export type EffectBody = (input: Effect, context: { readonly signal: AbortSignal }) => Promise<void>;

/**
 * Runs one effect as a one-shot XState actor and resolves when it is done. Its result moves nothing: the machine only
 * learns what is observed afterwards. Rejects with what the body threw.
 */
export async function runEffect(effect: Effect, body: EffectBody, signal: AbortSignal): Promise<void> {
  const actor = createActor(
    fromPromise<void, Effect>(({ input, signal: stopped }) =>
      body(input, { signal: AbortSignal.any([signal, stopped]) }),
    ),
    { input: effect },
  );
  // Without an observer XState throws an actor's error from a timer, which would end the process.
  actor.subscribe({ error: () => {} });
  actor.start();
  await toPromise(actor);
}
