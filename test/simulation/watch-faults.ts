import type { KubeClient, WatchEvent, WatchOptions } from '../../src/kube/client.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { resourceName, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { sleep } from '../../src/kube/ports.ts';
import { refusalOf } from './faults.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';

interface Through {
  readonly process: Process;
  readonly network: Network;
  readonly server: KubeClient;
  /** Stream → the oldest version that the server still remembers for it. */
  readonly resume: Map<string, number>;
}

/**
 * A watch as it arrives at a process. What an API server promises is kept: events in order, none left out between two of
 * one stream, none twice but after a list that had them. What goes wrong is the connection, and the server's memory.
 */
export async function* watchThrough<T extends KubeObject>(
  { process, network, server, resume }: Through,
  type: ResourceType,
  { signal, ...options }: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const what = resourceName(type);
  const stream = `${what}?${options.labelSelector ?? ''}&${options.fieldSelector ?? ''}`;
  if (process.isDead) await never();
  const { request, fault } = network.send({ process, verb: 'watch', type, namespace: '', name: '', body: undefined });
  await process.answer(sleep(process.clock, network.weather?.latencyMs() ?? 1, signal));
  if (fault === 'crash before') {
    process.kill();
    await never();
  }
  if (fault !== undefined && isRefusal(fault)) throw refusalOf(fault, `watch ${what} (${request.number})`);
  if (Number(options.resourceVersion) < (resume.get(stream) ?? 0)) throw refusalOf('expired', `watch ${what}`);
  const given = new AbortController();
  const stop = (): void => given.abort();
  if (signal?.aborted === true) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  const events = server.watch<T>(type, { ...options, signal: given.signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await process.answer(events.next());
      if (next.done === true) return;
      const event = next.value;
      if (event.type === 'BOOKMARK') {
        yield event;
        continue;
      }
      const { name, resourceVersion } = event.object.metadata;
      switch (network.deliver(process.identity, `${event.type} ${type.kind}/${name}`)) {
        case 'cut':
          throw new ApiError('Network', `watch ${what}: the connection was reset`);
        case 'lost':
          resume.set(stream, Number(resourceVersion));
          return;
        case 'delayed':
          await sleep(process.clock, 3_000, signal);
          break;
        case 'duplicated':
          yield event;
          break;
        case 'silent':
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
          return;
        case 'crash':
          process.kill();
          await never();
          break;
        case undefined:
      }
      yield event;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

function isRefusal(fault: string): fault is Parameters<typeof refusalOf>[0] {
  return ['unsent', 'forbidden', 'invalid', 'throttled', 'broken', 'unavailable', 'expired', 'conflict'].includes(
    fault,
  );
}

/** A dead process waits for ever. */
function never(): Promise<never> {
  return new Promise(() => {});
}
