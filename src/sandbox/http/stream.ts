import type { WatchEvent } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { SandboxApi } from '../api.ts';
import type { Served } from '../registry.ts';
import { selectorFor } from '../selector.ts';
import { WatchStream } from '../watch.ts';
import { CoreEvent, eventAsCore } from './events.ts';
import type { Form } from './negotiation.ts';
import { type ListParameters, listParameters } from './options.ts';
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
 * `sendInitialEvents` a bookmark tells where that ends. Throws for what is asked in a wrong way; a later failure is the
 * last event.
 */
export function eventsFor(options: StreamOptions): AsyncGenerator<object, void> {
  const { served, query } = options;
  const parameters = listParameters(query, true);
  selectorFor(served.type.kind, { ...given(query, 'labelSelector'), ...given(query, 'fieldSelector') });
  return events(options, parameters);
}

async function* events(options: StreamOptions, parameters: ListParameters): AsyncGenerator<object, void> {
  const { api, served, asked, form, query, namespace, signal } = options;
  const selection = {
    ...(namespace === undefined ? {} : { namespace }),
    ...given(query, 'labelSelector'),
    ...given(query, 'fieldSelector'),
  };
  const asksBookmarks = query.get('allowWatchBookmarks') === 'true';
  let isFirst = true;
  const show = (event: WatchEvent): object => {
    if (event.type === 'BOOKMARK') return bookmark(served, asked, event.resourceVersion);
    const object = asked === CoreEvent ? eventAsCore(event.object) : event.object;
    const shaped = shapeObject(served, object, form, query, api.clock.now(), !isFirst);
    isFirst = false;
    return { type: event.type, object: shaped };
  };
  const { resourceVersion: version = '', sendInitialEvents } = parameters;
  const isFromNow = version === '' || version === '0';
  let from = version;
  if (sendInitialEvents === true || (sendInitialEvents === undefined && isFromNow)) {
    const list = api.list(served.type, selection);
    from = list.metadata.resourceVersion;
    for (const object of list.items) yield show({ type: 'ADDED', object });
    if (asksBookmarks && version !== '0') {
      yield bookmark(served, asked, from, { 'k8s.io/initial-events-end': 'true' });
    }
  } else if (isFromNow) {
    from = String(api.store.version);
  }
  const seconds = Number(query.get('timeoutSeconds') ?? Number.NaN);
  const stream = new WatchStream(
    api,
    served.type,
    { ...selection, resourceVersion: from, signal, ...(seconds > 0 ? { timeoutSeconds: seconds } : {}) },
    () => 0,
    true,
  );
  try {
    for await (const event of stream) if (event.type !== 'BOOKMARK' || asksBookmarks) yield show(event);
  } catch (error) {
    yield { type: 'ERROR', object: statusFor(error).body };
  }
}

function bookmark(
  { blank }: Served,
  type: ResourceType,
  resourceVersion: string,
  annotations?: Record<string, string>,
): object {
  const metadata = { resourceVersion, ...(annotations === undefined ? {} : { annotations }) };
  const object = { kind: type.kind, apiVersion: apiVersionOf(type), metadata, ...blank } as KubeObject | object;
  return { type: 'BOOKMARK', object };
}

function given(query: URLSearchParams, name: 'labelSelector' | 'fieldSelector'): Record<string, string> {
  const value = query.get(name);
  return value === null || value === '' ? {} : { [name]: value };
}
