import { GROUP } from '../definitions.ts';

/** Where things are, in the scenario's namespace. */
export const core = (rest: string): string => `/api/v1/namespaces/{ns}/${rest}`;
export const apps = (rest: string): string => `/apis/apps/v1/namespaces/{ns}/${rest}`;
export const leases = (rest = ''): string => `/apis/coordination.k8s.io/v1/namespaces/{ns}/leases${rest}`;
export const custom = (rest: string): string => `/apis/${GROUP}/v1/namespaces/{ns}/${rest}`;
export const ours = (rest: string): string => `/apis/openstack.k8s.io/v1alpha1/namespaces/{ns}/${rest}`;

/** Objects, with no more than a name unless `rest` has more. */
export const configMap = (name: string, rest: object = {}): object => objectOf('v1', 'ConfigMap', name, rest);
export const secret = (name: string, rest: object = {}): object => objectOf('v1', 'Secret', name, rest);
export const service = (name: string, rest: object = {}): object => objectOf('v1', 'Service', name, rest);
export const lease = (name: string, rest: object = {}): object =>
  objectOf('coordination.k8s.io/v1', 'Lease', name, rest);
export const widget = (name: string, rest: object = {}): object => objectOf(`${GROUP}/v1`, 'Widget', name, rest);
export const rule = (name: string, rest: object = {}): object => objectOf(`${GROUP}/v1`, 'Rule', name, rest);
export const thing = (name: string, rest: object = {}): object => objectOf(`${GROUP}/v1`, 'Thing', name, rest);
export const memcached = (name: string, rest: object = {}): object =>
  objectOf('openstack.k8s.io/v1alpha1', 'Memcached', name, rest);

/** A Deployment that runs nothing. */
export function deployment(name: string, containers: readonly object[], rest: object = {}): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers } };
  return objectOf('apps/v1', 'Deployment', name, {
    spec: { replicas: 0, selector: { matchLabels: labels }, template, ...rest },
  });
}

export function objectOf(apiVersion: string, kind: string, name: string, rest: object = {}): object {
  const { metadata, ...fields } = rest as { metadata?: object };
  return { apiVersion, kind, metadata: { name, ...metadata }, ...fields };
}
