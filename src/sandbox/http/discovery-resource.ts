import { createHash } from 'node:crypto';
import type { ResourceType } from '../../kube/object.ts';
import { isRecord, recordAt, recordsAt } from '../json.ts';
import type { Served } from '../registry.ts';

/** A type and its subresources, as the document of its group and version lists them. */
export function plainResources(served: Served): object[] {
  const { type, names } = served;
  const resource = {
    name: type.plural,
    singularName: names.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: verbsOf(served),
    ...nicknames(served),
    storageVersionHash: storageHash(type),
  };
  const subresources = subresourcesOf(served).map((name) => ({
    name: `${type.plural}/${name}`,
    singularName: '',
    namespaced: type.namespaced,
    ...(name === 'scale' ? SCALE : { kind: type.kind }),
    verbs: SUBRESOURCE_VERBS,
  }));
  return [resource, ...subresources];
}

/** The same, as the document of all groups lists it. */
export function aggregatedResource(served: Served): object {
  const { type, names, custom } = served;
  // A real server leaves the group and version of its own kinds empty here.
  const responseKind = { group: custom ? type.group : '', version: custom ? type.version : '', kind: type.kind };
  const subresources = subresourcesOf(served).map((name) => ({
    subresource: name,
    responseKind: name === 'scale' ? SCALE : responseKind,
    verbs: SUBRESOURCE_VERBS,
  }));
  return {
    resource: type.plural,
    responseKind,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: names.singular,
    verbs: verbsOf(served),
    ...nicknames(served),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function nicknames({ names: { shortNames, categories } }: Served): object {
  return { ...(shortNames.length === 0 ? {} : { shortNames }), ...(categories.length === 0 ? {} : { categories }) };
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const NAMESPACE_VERBS = VERBS.filter((verb) => verb !== 'deletecollection');
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const SCALABLE = new Set(['Deployment', 'ReplicaSet', 'StatefulSet']);

function verbsOf({ type, custom }: Served): readonly string[] {
  if (custom) return CUSTOM_VERBS;
  return type.kind === 'Namespace' ? NAMESPACE_VERBS : VERBS;
}

type Subresource = 'scale' | 'status';

/** In the order of a real server. */
export function subresourcesOf({ type, custom, hasStatus, definition }: Served): Subresource[] {
  const [version] = recordsAt(definition, 'spec', 'versions');
  const scales = custom ? isRecord(recordAt(version, 'subresources')['scale']) : SCALABLE.has(type.kind);
  const scale: Subresource[] = scales ? ['scale'] : [];
  const status: Subresource[] = hasStatus ? ['status'] : [];
  return custom ? [...status, ...scale] : [...scale, ...status];
}

/** Tells a storage migration whether objects lie in another version than before. */
function storageHash({ group, version, kind }: ResourceType): string {
  const stored = STORED_AS[kind] ?? `${group}/${version}/${kind}`;
  return createHash('sha256').update(stored).digest().subarray(0, 8).toString('base64');
}

/** Kinds whose version in storage is not the one they are served in. */
const STORED_AS: Readonly<Record<string, string>> = {
  Event: '/v1/Event',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1beta1/CustomResourceDefinition',
};
