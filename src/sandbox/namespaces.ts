import { Builtin } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller, own } from './controller.ts';
import { recordsAt } from './json.ts';

/**
 * Gives each namespace its default ServiceAccount and root CA, and empties one that is deleted: everything in it goes
 * with background propagation, finalizers honoured, then the namespace itself.
 */
export function startNamespaces(api: SandboxApi, delayMs: () => number): Controller {
  const controller = new Controller({ api, delayMs, reconcile: (key) => reconcile(api, key.slice(1)) })
    .on(Builtin.Namespace, own)
    .on(undefined, ({ type, object }) => {
      const { namespace } = object.metadata;
      const isFurniture = type === 'DELETED' && (object.kind === 'ServiceAccount' || object.kind === 'ConfigMap');
      return namespace !== undefined && (isFurniture || isTerminating(api, namespace)) ? [`/${namespace}`] : [];
    });
  for (const namespace of api.store.list(Builtin.Namespace)) furnish(api, namespace.metadata.name);
  return controller;
}

function reconcile(api: SandboxApi, name: string): void {
  const namespace = api.find(Builtin.Namespace, { name });
  if (namespace === undefined) return;
  if (namespace.metadata.deletionTimestamp === undefined) {
    furnish(api, name);
    return;
  }
  for (const { resource, object } of api.store.contents(name)) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    // One delete may have taken another object with it.
    if (api.find(resource, object.metadata) === undefined) continue;
    api.delete(resource, object.metadata, { propagationPolicy: 'Background' });
  }
  if (api.store.contents(name).length > 0 || recordsAt(namespace, 'spec', 'finalizers').length === 0) return;
  api.update(Builtin.Namespace, { name }, (live) => ({ ...live, spec: { finalizers: [] } }));
}

function furnish(api: SandboxApi, namespace: string): void {
  const account = { name: 'default', namespace };
  if (api.find(Builtin.ServiceAccount, account) === undefined) {
    api.create(Builtin.ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  }
  const root = { name: 'kube-root-ca.crt', namespace };
  if (api.find(Builtin.ConfigMap, root) === undefined) {
    const data = { 'ca.crt': 'the sandbox has no certificate authority\n' };
    api.create(Builtin.ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: root, data });
  }
}

function isTerminating(api: SandboxApi, name: string): boolean {
  return api.find(Builtin.Namespace, { name })?.metadata.deletionTimestamp !== undefined;
}
