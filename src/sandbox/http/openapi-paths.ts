import type { Served } from '../registry.ts';
import { subresourcesOf } from './discovery-resource.ts';

type Paths = Record<string, object>;

/** The addresses of a type with its verbs, and the query parameters that each of them understands. */
export function pathsFor(served: Served): Paths {
  const { type } = served;
  const { group, version, kind, plural, namespaced } = type;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const all = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const one = `${all}/{name}`;
  const verb = (action: string, parameters: readonly Parameter[], body = false): object => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
    parameters: parameters.map(([name, kindOfValue]) => parameter(name, 'query', kindOfValue)),
    ...(body ? { requestBody: requestBody(action) } : {}),
    responses: { 200: { description: 'OK' } },
  });
  const place = namespaced ? ['namespace'] : [];
  const object = {
    get: verb('get', [['resourceVersion', 'string']]),
    put: verb('put', WRITE, true),
    patch: verb('patch', [...WRITE, ['force', 'boolean']], true),
  };
  const paths: Paths = {
    ...(namespaced ? { [`${root}/${plural}`]: { get: verb('list', LIST) } } : {}),
    [all]: {
      get: verb('list', LIST),
      post: verb('post', WRITE, true),
      // A Namespace goes one at a time only.
      ...(kind === 'Namespace' && group === '' ? {} : { delete: verb('deletecollection', LIST) }),
      parameters: inPath(place),
    },
    [one]: { ...object, delete: verb('delete', DELETE), parameters: inPath(['name', ...place]) },
  };
  for (const subresource of subresourcesOf(served)) {
    paths[`${one}/${subresource}`] = { ...object, parameters: inPath(['name', ...place]) };
  }
  return paths;
}

type Parameter = readonly [name: string, type: 'string' | 'boolean' | 'integer'];

/** kubectl lets the server find unknown fields where a verb understands `fieldValidation`. */
const WRITE: readonly Parameter[] = [
  ['dryRun', 'string'],
  ['fieldManager', 'string'],
  ['fieldValidation', 'string'],
];
const LIST: readonly Parameter[] = [
  ['allowWatchBookmarks', 'boolean'],
  ['continue', 'string'],
  ['fieldSelector', 'string'],
  ['labelSelector', 'string'],
  ['limit', 'integer'],
  ['resourceVersion', 'string'],
  ['resourceVersionMatch', 'string'],
  ['sendInitialEvents', 'boolean'],
  ['timeoutSeconds', 'integer'],
  ['watch', 'boolean'],
];
const DELETE: readonly Parameter[] = [
  ['dryRun', 'string'],
  ['gracePeriodSeconds', 'integer'],
  ['orphanDependents', 'boolean'],
  ['propagationPolicy', 'string'],
];

function parameter(name: string, place: 'query' | 'path', type: string): object {
  return { name, in: place, ...(place === 'path' ? { required: true } : {}), schema: { type } };
}

function inPath(names: readonly string[]): object[] {
  return names.map((name) => parameter(name, 'path', 'string'));
}

// Strategic merge patches are understood, but not told of: kubectl would look here for the keys of lists, which the
// schemas do not have. It falls back to those it was built with.
const PATCHES = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];

function requestBody(action: string): object {
  const types = action === 'patch' ? PATCHES : ['application/json', 'application/yaml'];
  const schema = { type: 'object' };
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])), required: true };
}
