import { FIELD_MANAGER, type KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { SandboxApi } from './api.ts';
import { WatchStream } from './watch.ts';

export interface ClientOptions {
  /** How much later than the write a watch event arrives; order is kept. */
  watchLagMs?: number | (() => number);
  /** Whose fields its writes are. */
  manager?: string;
}

/** The `KubeClient` of a sandbox: each request takes effect when it is called. */
export function clientFor(api: SandboxApi, { watchLagMs = 0, manager = FIELD_MANAGER }: ClientOptions): KubeClient {
  const lag = typeof watchLagMs === 'function' ? watchLagMs : () => watchLagMs;
  const answer = async (signal: AbortSignal | undefined, run: () => unknown): Promise<never> => {
    if (signal?.aborted === true) throw new ApiError('Network', 'the request was aborted', { cause: signal.reason });
    return run() as never;
  };
  const write = (options: { subresource?: 'status'; dryRun?: boolean } | undefined) => ({
    manager,
    subresource: options?.subresource,
    dryRun: options?.dryRun,
  });
  return {
    get: (type, ref, options) => answer(options?.signal, () => api.get(type, ref)),
    list: (type, options) => answer(options?.signal, () => api.list(type, options)),
    watch: (type, options) => new WatchStream(api, type, options, lag) as never,
    create: (type, object, options) => answer(options?.signal, () => api.create(type, object, write(options))),
    apply: (type, object, options) => answer(options?.signal, () => api.apply(type, object, write(options))),
    replace: (type, object, options) => answer(options?.signal, () => api.replace(type, object, write(options))),
    mergePatch: (type, ref, patch, options) =>
      answer(options?.signal, () => api.mergePatch(type, ref, patch, write(options))),
    delete: (type, ref, options) => answer(options?.signal, () => api.delete(type, ref, options)),
  };
}
