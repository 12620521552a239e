import { each, fill, within } from './fill.ts';
import { isRecord, type JsonObject } from './json.ts';

/** The API server's defaults of a Pod template. */
export function templateWithDefaults(template: JsonObject): JsonObject {
  return within(template, 'spec', podSpecWithDefaults);
}

export function podSpecWithDefaults(spec: JsonObject): JsonObject {
  const account = spec['serviceAccountName'] ?? spec['serviceAccount'];
  const filled = fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...(account === undefined ? {} : { serviceAccountName: account, serviceAccount: account }),
  });
  return each(each(each(filled, 'containers', container), 'initContainers', container), 'volumes', volume);
}

function container(record: JsonObject): JsonObject {
  let filled = fill(record, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest(String(record['image'] ?? '')) ? 'Always' : 'IfNotPresent',
    resources: {},
  });
  filled = within(filled, 'resources', requestsFromLimits);
  filled = each(filled, 'ports', (port) => fill(port, { protocol: 'TCP' }));
  filled = each(filled, 'env', variable);
  for (const name of ['readinessProbe', 'startupProbe', 'livenessProbe']) filled = within(filled, name, probe);
  return filled;
}

function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

function requestsFromLimits(resources: JsonObject): JsonObject {
  const limits = resources['limits'];
  if (!isRecord(limits)) return resources;
  return within(fill(resources, { requests: {} }), 'requests', (requests) => fill(requests, limits));
}

function variable(env: JsonObject): JsonObject {
  return within(env, 'valueFrom', (source) => within(source, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })));
}

function probe(record: JsonObject): JsonObject {
  const filled = fill(record, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const http = within(filled, 'httpGet', (get) => fill(get, { path: '/', scheme: 'HTTP' }));
  return within(http, 'grpc', (grpc) => fill(grpc, { service: '' }));
}

function volume(record: JsonObject): JsonObject {
  let filled = record;
  for (const name of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    filled = within(filled, name, (source) => fieldRefs(fill(source, { defaultMode: 420 })));
  }
  filled = within(filled, 'hostPath', (path) => fill(path, { type: '' }));
  return within(filled, 'projected', (projected) =>
    each(projected, 'sources', (source) =>
      within(within(source, 'downwardAPI', fieldRefs), 'serviceAccountToken', (token) =>
        fill(token, { expirationSeconds: 3600 }),
      ),
    ),
  );
}

function fieldRefs(source: JsonObject): JsonObject {
  return each(source, 'items', (item) => within(item, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })));
}
