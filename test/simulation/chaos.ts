import type { KubeClient } from '../../src/kube/client.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { sleep, type Clock, type Random } from '../../src/kube/ports.ts';

export interface Chaos {
  /** Share of the requests that fail, 0 to 1; changed as the run goes on. */
  rate: number;
  /** Called at each request; what it does may end the operator. */
  beforeRequest: () => void;
  /** Writes that had an effect, since the last reset. */
  writes: string[];
}

/**
 * A client whose requests fail as they do in real life: before the effect, after it with the answer lost, late, with a
 * conflict, or with the server's refusal. Watches fail and end.
 */
export function chaotic(client: KubeClient, clock: Clock, random: Random, chaos: Chaos): KubeClient {
  const strike = (): boolean => random.fraction() < chaos.rate;
  async function through<T>(name: string, isWrite: boolean, run: () => Promise<T>): Promise<T> {
    chaos.beforeRequest();
    await sleep(clock, Math.round(random.fraction() * 2));
    const fate = strike() ? Math.floor(random.fraction() * 6) : -1;
    switch (fate) {
      case 0:
        throw new ApiError('Network', `${name}: the connection was reset`);
      case 1:
        throw new ApiError('TooManyRequests', `${name}: too many requests`, { code: 429, retryAfterMs: 1000 });
      case 2:
        throw new ApiError('ServerError', `${name}: internal error`, { code: 500 });
      case 3:
        if (isWrite) throw new ApiError('Conflict', `${name}: the object has been modified`, { code: 409 });
        break;
      case 4: {
        // The effect is there, the answer is not.
        await run();
        chaos.writes.push(name);
        throw new ApiError('Timeout', `${name}: no answer in time`);
      }
      case 5:
        await sleep(clock, Math.round(random.fraction() * 5000));
        break;
      default:
    }
    const result = await run();
    if (isWrite) chaos.writes.push(name);
    return result;
  }
  return {
    get: (type, ref, options) => through(`get ${type.kind}/${ref.name}`, false, () => client.get(type, ref, options)),
    list: (type, options) => through(`list ${type.kind}`, false, () => client.list(type, options)),
    watch: async function* (type, options) {
      if (strike()) throw new ApiError(random.fraction() < 0.5 ? 'Network' : 'Expired', `watch ${type.kind} failed`);
      for await (const event of client.watch(type, options)) {
        yield event as never;
        if (random.fraction() < chaos.rate / 4) throw new ApiError('Network', `watch ${type.kind}: cut`);
      }
    },
    create: (type, object, options) =>
      through(`create ${type.kind}/${object.metadata.name}`, true, () => client.create(type, object, options)),
    apply: (type, object, options) =>
      through(`apply ${type.kind}/${object.metadata.name}`, true, () => client.apply(type, object, options)),
    replace: (type, object, options) =>
      through(`replace ${type.kind}/${object.metadata.name}`, true, () => client.replace(type, object, options)),
    mergePatch: (type, ref, patch, options) =>
      through(`patch ${type.kind}/${ref.name}`, true, () => client.mergePatch(type, ref, patch, options)),
    delete: (type, ref, options) =>
      through(`delete ${type.kind}/${ref.name}`, true, () => client.delete(type, ref, options)),
  };
}
