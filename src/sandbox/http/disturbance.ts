import { sleep } from '../../kube/ports.ts';
import type { SandboxApi } from '../api.ts';
import type { FaultName, Faults } from '../faults.ts';
import { Refusal } from '../refusal.ts';
import type { Call, Reply } from './resources.ts';

/** Clients whose User-Agent begins so suffer from the faults of the API; a person with kubectl does not. */
const VICTIM = 'openstack-operator/';

/** Answers a call, or what the faults make of it. */
export async function disturbed(
  api: SandboxApi,
  faults: Faults,
  call: Call,
  answer: () => Promise<Reply>,
): Promise<Reply> {
  if (call.userAgent?.startsWith(VICTIM) !== true) return answer();
  const strikes = (name: FaultName): boolean => api.random.fraction() < faults.shareOf(name);
  if (strikes('api-timeout-before')) return never(call);
  if (strikes('api-500'))
    throw new Refusal('ServerError', 'Internal error occurred: the sandbox was asked to fail', 500);
  if (strikes('api-429')) {
    const why = 'the sandbox was asked to be busy';
    throw new Refusal('TooManyRequests', why, 429, { retryAfterSeconds: 1 });
  }
  const isWrite = call.method === 'PUT' || call.method === 'PATCH' || call.method === 'POST';
  if (isWrite && strikes('api-409')) {
    throw new Refusal('Conflict', 'Operation cannot be fulfilled: the sandbox was asked for a conflict', 409, {});
  }
  const reply = await answer();
  if (reply.events !== undefined) return { ...reply, events: disturbedEvents(api, faults, call, reply.events) };
  return strikes('api-timeout-after') ? never(call) : reply;
}

async function* disturbedEvents(
  api: SandboxApi,
  faults: Faults,
  { signal }: Call,
  events: AsyncIterable<object>,
): AsyncGenerator<object, void> {
  const iterator = events[Symbol.asyncIterator]();
  const ended = new AbortController();
  const cut = async (): Promise<'cut'> => {
    do await sleep(api.clock, 2000, AbortSignal.any([signal, ended.signal]));
    while (faults.shareOf('watch-drop') === 0 && !signal.aborted && !ended.signal.aborted);
    return 'cut';
  };
  const dropped = cut();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), dropped]);
      if (next === 'cut' || next.done === true) return;
      // Silent until the client has had enough: what it missed is not said later either.
      if (faults.shareOf('watch-stop') > 0) return void (await never({ signal }));
      yield next.value as object;
      if (faults.shareOf('watch-repeat') > 0) yield next.value as object;
    }
  } finally {
    ended.abort();
    await iterator.return?.();
  }
}

/** Until the client has gone. */
function never({ signal }: Pick<Call, 'signal'>): Promise<never> {
  return new Promise((_, reject) => {
    const gone = (): void => reject(new Refusal('Timeout', 'the client has gone', 504));
    if (signal.aborted) gone();
    else signal.addEventListener('abort', gone, { once: true });
  });
}
