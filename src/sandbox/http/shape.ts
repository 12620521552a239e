import type { KubeList } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { Served } from '../registry.ts';
import type { Form } from './negotiation.ts';
import { type IncludeObject, tableFor } from './table.ts';

/** An object as the client asked for it. */
export function shapeObject(
  served: Served,
  object: KubeObject,
  form: Form,
  query: URLSearchParams,
  now: number,
  withoutColumns = false,
): object {
  const { resourceVersion = '' } = object.metadata;
  if (form === 'table') {
    const includeObject = includedBy(query);
    return tableFor(served, [object], { includeObject, now, metadata: { resourceVersion }, withoutColumns });
  }
  return form === 'metadata' ? partial(object) : object;
}

/** A list as the client asked for it. The server leaves out what kind the items of built-in types are. */
export function shapeList(
  served: Served,
  asked: ResourceType,
  list: KubeList,
  form: Form,
  query: URLSearchParams,
  now: number,
): object {
  const { metadata, items } = list;
  if (form === 'table') return tableFor(served, items, { includeObject: includedBy(query), now, metadata });
  if (form === 'metadata') {
    const kind = 'PartialObjectMetadataList';
    return { kind, apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partial) };
  }
  return {
    kind: `${asked.kind}List`,
    apiVersion: apiVersionOf(asked),
    metadata: served.custom ? { continue: '', ...metadata } : metadata,
    items: served.custom ? items : items.map(({ kind: _1, apiVersion: _2, ...rest }) => rest),
  };
}

function partial({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function includedBy(query: URLSearchParams): IncludeObject {
  const asked = query.get('includeObject');
  return asked === 'Object' || asked === 'None' ? asked : 'Metadata';
}
