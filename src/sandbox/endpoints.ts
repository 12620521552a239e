import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller, own, ownedBy, refFrom } from './controller.ts';
import { isSame, type JsonObject, recordAt, recordsAt } from './json.ts';
import { isFinished, isReady, isTerminating } from './pods.ts';
import { hasLabels } from './selector.ts';
import { keyOf, type StoreEvent } from './store.ts';

const SERVICE = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const CONTROLLER = 'endpointslice-controller.k8s.io';
const MAX_ENDPOINTS = 100;

interface Content {
  readonly endpoints: readonly JsonObject[] | null;
  readonly ports: readonly JsonObject[] | null;
}

/**
 * The addresses behind each Service with a selector, in EndpointSlices: one for each set of ports that its Pods have,
 * and another for every hundred of them. There are no Endpoints of old, and no notes of when a change began.
 */
export function startEndpointSlices(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (key) => reconcile(api, key) })
    .on(Builtin.Service, own)
    .on(Builtin.Pod, ({ object, previous }) =>
      api.store
        .list(Builtin.Service, object.metadata.namespace)
        .filter((service) => isSelected(service, object) || (previous !== undefined && isSelected(service, previous)))
        .map(keyOf),
    )
    .on(Builtin.EndpointSlice, serviceOf);
}

function serviceOf({ object: { metadata } }: StoreEvent): string[] {
  const name = metadata.labels?.[SERVICE];
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`];
}

function reconcile(api: SandboxApi, key: string): void {
  const service = api.find(Builtin.Service, refFrom(key));
  // The slices go with their Service: it owns them.
  if (service === undefined || isTerminating(service) || !hasSelector(service)) return;
  const slices = api.store
    .dependents(service.metadata.uid ?? '')
    .filter((object) => object.kind === 'EndpointSlice' && object.metadata.labels?.[MANAGED_BY] === CONTROLLER)
    .filter((slice) => !isTerminating(slice));
  const pods = api.store.list(Builtin.Pod, service.metadata.namespace).filter((pod) => isSelected(service, pod));
  for (const content of contentsOf(service, pods)) {
    const same = slices.findIndex(({ ports = null }) => isSame(ports, content.ports));
    const [slice] = slices.splice(Math.max(0, same), 1);
    if (slice === undefined) create(api, service, content);
    else update(api, service, slice, content);
  }
  for (const { metadata } of slices) api.delete(Builtin.EndpointSlice, metadata);
}

/** What the slices have to say: at least one, if only that there is nothing. */
function contentsOf(service: KubeObject, pods: readonly KubeObject[]): Content[] {
  const served = pods.filter((pod) => !isFinished(pod) && recordAt(pod, 'status')['podIP'] !== undefined);
  const groups = Map.groupBy(served, (pod) => JSON.stringify(portsOf(service, pod)));
  const contents = [...groups.values()].flatMap((group) => {
    const ports = portsOf(service, group[0]!);
    const endpoints = group.map((pod) => endpointOf(service, pod));
    return chunks(endpoints).map((chunk) => ({ endpoints: chunk, ports: ports.length === 0 ? null : ports }));
  });
  return contents.length === 0 ? [{ endpoints: null, ports: null }] : contents;
}

function chunks(list: readonly JsonObject[]): JsonObject[][] {
  const count = Math.ceil(list.length / MAX_ENDPOINTS);
  return Array.from({ length: count }, (_, i) => list.slice(i * MAX_ENDPOINTS, (i + 1) * MAX_ENDPOINTS));
}

function create(api: SandboxApi, service: KubeObject, content: Content): void {
  const { name, namespace } = service.metadata;
  const metadata = { generateName: `${name}-`, namespace, labels: labelsFor(service) };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, ownerReferences: [ownedBy(Builtin.Service, service)] },
    addressType: 'IPv4',
    ...content,
  };
  api.create(Builtin.EndpointSlice, slice as unknown as KubeObject, WRITER);
}

function update(api: SandboxApi, service: KubeObject, slice: KubeObject, content: Content): void {
  const change = (live: KubeObject): KubeObject => ({
    ...live,
    ...content,
    metadata: { ...live.metadata, labels: labelsFor(service) },
  });
  api.update(Builtin.EndpointSlice, slice.metadata, change, WRITER);
}

const WRITER = { manager: 'kube-controller-manager' };

function labelsFor(service: KubeObject): Record<string, string> {
  const { name, labels } = service.metadata;
  const isHeadless = recordAt(service, 'spec')['clusterIP'] === 'None';
  const headless = isHeadless ? { 'service.kubernetes.io/headless': '' } : {};
  return { ...labels, [MANAGED_BY]: CONTROLLER, [SERVICE]: name, ...headless };
}

function endpointOf(service: KubeObject, pod: KubeObject): JsonObject {
  const { name, namespace, uid } = pod.metadata;
  const { hostname, subdomain, nodeName } = recordAt(pod, 'spec');
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = recordAt(service, 'spec')['publishNotReadyAddresses'] === true || (serving && !terminating);
  return {
    addresses: [recordAt(pod, 'status')['podIP']],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
    nodeName,
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}

/** A port that the Pod has no name for is not there. */
function portsOf(service: KubeObject, pod: KubeObject): JsonObject[] {
  return recordsAt(service, 'spec', 'ports').flatMap(({ name = '', targetPort, protocol, appProtocol }) => {
    const port = typeof targetPort === 'string' ? portNamed(targetPort, protocol, pod) : targetPort;
    const application = appProtocol === undefined ? {} : { appProtocol };
    return port === undefined ? [] : [{ name, port, protocol, ...application }];
  });
}

function portNamed(name: string, protocol: unknown, pod: KubeObject): unknown {
  return recordsAt(pod, 'spec', 'containers')
    .flatMap((container) => recordsAt(container, 'ports'))
    .find((port) => port['name'] === name && port['protocol'] === protocol)?.['containerPort'];
}

function hasSelector(service: KubeObject): boolean {
  return Object.keys(recordAt(service, 'spec', 'selector')).length > 0;
}

function isSelected(service: KubeObject, pod: KubeObject): boolean {
  return hasSelector(service) && hasLabels(pod, { matchLabels: recordAt(service, 'spec', 'selector') });
}
