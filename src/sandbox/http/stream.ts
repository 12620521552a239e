import type { WatchEvent } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { SandboxApi } from '../api.ts';
import type { Served } from '../registry.ts';
import { badRequest } from '../refusal.ts';
import { WatchStream } from '../watch.ts';
import { CoreEvent, eventAsCore } from './events.ts';
import type { Form } from './negotiation.ts';
import { shapeObject } from './shape.ts';
import { statusFor } from './status.ts';

export interface StreamOptions {
  readonly api: SandboxApi;
  readonly served: Served;
  readonly asked: ResourceType;
  readonly form: Form;
  readonly query: URLSearchParams;
  readonly namespace: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * A watch as it goes over the wire. Without a version, or with `0`, it begins with what there is; with
 * `sendInitialEvents` a bookmark tells where that ends. A failure is the last event.
 */
export async function* eventsFor(options: StreamOptions): AsyncGenerator<object, void> {
  const { api, served, asked, form, query, namespace, signal } = options;
  const selection = {
    ...(namespace === undefined ? {} : { namespace }),
    ...given(query, 'labelSelector'),
    ...given(query, 'fieldSelector'),
  };
  const asksBookmarks = query.get('allowWatchBookmarks') === 'true';
  let isFirst = true;
  const show = (event: WatchEvent): object => {
    if (event.type === 'BOOKMARK') return bookmark(asked, event.resourceVersion);
    const object = asked === CoreEvent ? eventAsCore(event.object) : event.object;
    const shaped = shapeObject(served, object, form, query, api.clock.now(), !isFirst);
    isFirst = false;
    return { type: event.type, object: shaped };
  };
  const version = query.get('resourceVersion') ?? '';
  const asksInitial = query.get('sendInitialEvents');
  if (asksInitial !== null && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw badRequest(
      'resourceVersionMatch: Forbidden: resourceVersionMatch must be set to NotOlderThan with sendInitialEvents',
    );
  }
  let from = version;
  if (asksInitial === 'true' || (asksInitial === null && (version === '' || version === '0'))) {
    const list = api.list(served.type, selection);
    from = list.metadata.resourceVersion;
    for (const object of list.items) yield show({ type: 'ADDED', object });
    if (asksInitial === 'true' && asksBookmarks) {
      yield bookmark(asked, from, { 'k8s.io/initial-events-end': 'true' });
    }
  } else if (version === '' || version === '0') {
    from = String(api.store.version);
  }
  const seconds = Number(query.get('timeoutSeconds') ?? Number.NaN);
  const stream = new WatchStream(
    api,
    served.type,
    { ...selection, resourceVersion: from, signal, ...(seconds > 0 ? { timeoutSeconds: seconds } : {}) },
    () => 0,
  );
  try {
    for await (const event of stream) if (event.type !== 'BOOKMARK' || asksBookmarks) yield show(event);
  } catch (error) {
    yield { type: 'ERROR', object: statusFor(error).body };
  }
}

function bookmark(type: ResourceType, resourceVersion: string, annotations?: Record<string, string>): object {
  const metadata = { resourceVersion, ...(annotations === undefined ? {} : { annotations }) };
  const object = { kind: type.kind, apiVersion: apiVersionOf(type), metadata } as KubeObject | object;
  return { type: 'BOOKMARK', object };
}

function given(query: URLSearchParams, name: 'labelSelector' | 'fieldSelector'): Record<string, string> {
  const value = query.get(name);
  return value === null || value === '' ? {} : { [name]: value };
}
