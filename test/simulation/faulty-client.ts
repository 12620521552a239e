import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import type { Request, Verb } from './faults.ts';
import type { Network } from './network.ts';
import type { Process } from './process.ts';
import { watchThrough } from './watch-faults.ts';

/** The client of one process: what it sends goes over the network, and so does what it gets. */
export function clientOf(process: Process, network: Network, server: KubeClient): KubeClient {
  const resume = new Map<string, number>();
  const through = async <T>(
    what: Omit<Request, 'number' | 'process'>,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> => {
    if (process.isDead) return new Promise(() => {});
    return network.carry({ process, ...what }, run, signal);
  };
  const about = (verb: Verb, type: ResourceType, object: KubeObject, sub: string | undefined) => ({
    verb,
    type,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name + (sub === undefined ? '' : `/${sub}`),
    body: object,
  });
  const at = (verb: Verb, type: ResourceType, ref: { namespace?: string; name: string }, body: unknown) => ({
    verb,
    type,
    namespace: ref.namespace ?? '',
    name: ref.name,
    body,
  });
  return {
    get: (type, ref, { signal, ...rest } = {}) =>
      through(at('get', type, ref, undefined), signal, () => server.get(type, ref, rest)),
    list: (type, { signal, ...rest } = {}) =>
      through(at('list', type, { name: '' }, undefined), signal, () => server.list(type, rest)),
    watch: (type, options) => watchThrough({ process, network, server, resume }, type, options),
    create: (type, object, { signal, ...rest } = {}) =>
      through(about('create', type, object, rest.subresource), signal, () => server.create(type, object, rest)),
    apply: (type, object, { signal, ...rest } = {}) =>
      through(about('apply', type, object, rest.subresource), signal, () => server.apply(type, object, rest)),
    replace: (type, object, { signal, ...rest } = {}) =>
      through(about('replace', type, object, rest.subresource), signal, () => server.replace(type, object, rest)),
    mergePatch: (type, ref, patch, { signal, ...rest } = {}) =>
      through(at('mergePatch', type, ref, patch), signal, () => server.mergePatch(type, ref, patch, rest)),
    delete: (type, ref, { signal, ...rest } = {}) =>
      through(at('delete', type, ref, rest), signal, () => server.delete(type, ref, rest)),
  };
}
