import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';

/**
 * The same client, but no write leaves it unless `mayWrite` says yes at that moment. Reads always pass.
 * A write that was sent in time may still arrive after the lead is lost; what others do by then must allow for it.
 */
export function fenced(client: KubeClient, mayWrite: () => boolean): KubeClient {
  return {
    get: (type, ref, options) => client.get(type, ref, options),
    list: (type, options) => client.list(type, options),
    watch: (type, options) => client.watch(type, options),
    create: async (type, object, options) => guarded().create(type, object, options),
    apply: async (type, object, options) => guarded().apply(type, object, options),
    replace: async (type, object, options) => guarded().replace(type, object, options),
    mergePatch: async (type, ref, patch, options) => guarded().mergePatch(type, ref, patch, options),
    delete: async (type, ref, options) => guarded().delete(type, ref, options),
  };

  function guarded(): KubeClient {
    if (mayWrite()) return client;
    throw new ApiError('Forbidden', 'not the leader: this process must not write');
  }
}
