import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { Controller } from './controller.ts';
import { INSTANCES, timestamp } from './deletion.ts';
import { isRecord, recordAt } from './json.ts';
import { dropFinalizer } from './garbage.ts';
import { typeOf } from './registry.ts';

/** Tells that a CustomResourceDefinition is served. Deletes the objects of a definition that is deleted, and lets it go when none is left. */
export function startDefinitions(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (name) => reconcile(api, name) })
    .on(Builtin.CustomResourceDefinition, ({ object }) => [object.metadata.name])
    .on(undefined, ({ type, object }) => (type === 'DELETED' ? goingDefinitionOf(api, object) : []));
}

function reconcile(api: SandboxApi, name: string): void {
  const definition = api.find(Builtin.CustomResourceDefinition, { name });
  if (definition === undefined) return;
  if (definition.metadata.deletionTimestamp === undefined) return establish(api, definition);
  const type = typeOf(definition);
  for (const object of api.store.list(type)) {
    if (object.metadata.deletionTimestamp === undefined) api.delete(type, object.metadata, {});
  }
  if (api.store.list(type).length === 0) dropFinalizer(api, Builtin.CustomResourceDefinition, definition, INSTANCES);
}

/** It is served from the moment it is there; here it is said. */
function establish(api: SandboxApi, definition: KubeObject): void {
  const status = recordAt(definition, 'status');
  if (isRecord(status) && Array.isArray(status['conditions'])) return;
  const lastTransitionTime = timestamp(api.clock.now());
  const conditions = ESTABLISHED.map(({ type, ...rest }) => ({ type, status: 'True', lastTransitionTime, ...rest }));
  const acceptedNames = recordAt(definition, 'spec')['names'];
  api.update(
    Builtin.CustomResourceDefinition,
    definition.metadata,
    (live) => ({ ...live, status: { ...status, conditions, acceptedNames } }),
    { manager: 'kube-apiserver', subresource: 'status' },
  );
}

const ESTABLISHED = [
  { type: 'NamesAccepted', reason: 'NoConflicts', message: 'no conflicts found' },
  { type: 'Established', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
];

function goingDefinitionOf(api: SandboxApi, object: KubeObject): string[] {
  const type = api.registry.byKind(object.apiVersion, object.kind);
  if (type === undefined) return [];
  const name = `${type.plural}.${type.group}`;
  const definition = api.find(Builtin.CustomResourceDefinition, { name });
  return definition?.metadata.deletionTimestamp === undefined ? [] : [name];
}
