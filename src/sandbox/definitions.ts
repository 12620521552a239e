import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller } from './controller.ts';
import { INSTANCES } from './deletion.ts';
import { dropFinalizer } from './garbage.ts';
import { typeOf } from './registry.ts';

/** Deletes the objects of a CustomResourceDefinition that is deleted, and lets it go when none is left. */
export function startDefinitions(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (name) => reconcile(api, name) })
    .on(Builtin.CustomResourceDefinition, ({ object }) => [object.metadata.name])
    .on(undefined, ({ type, object }) => (type === 'DELETED' ? goingDefinitionOf(api, object) : []));
}

function reconcile(api: SandboxApi, name: string): void {
  const definition = api.find(Builtin.CustomResourceDefinition, { name });
  if (definition?.metadata.deletionTimestamp === undefined) return;
  const type = typeOf(definition);
  for (const object of api.store.list(type)) {
    if (object.metadata.deletionTimestamp === undefined) api.delete(type, object.metadata, {});
  }
  if (api.store.list(type).length === 0) dropFinalizer(api, Builtin.CustomResourceDefinition, definition, INSTANCES);
}

function goingDefinitionOf(api: SandboxApi, object: KubeObject): string[] {
  const type = api.registry.byKind(object.apiVersion, object.kind);
  if (type === undefined) return [];
  const name = `${type.plural}.${type.group}`;
  const definition = api.find(Builtin.CustomResourceDefinition, { name });
  return definition?.metadata.deletionTimestamp === undefined ? [] : [name];
}
