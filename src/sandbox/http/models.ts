import type { ResourceType } from '../../kube/object.ts';

/** The classes of the client library that tell the fields of built-in kinds, and their types. */
export type Models = ReadonlyMap<string, Model>;

interface Model {
  getAttributeTypeMap(): readonly { baseName: string; type: string; format: string }[];
}

let loaded: Promise<Models> | undefined;

// The library is large: only who serves HTTP pays for it.
export function modelsOf(): Promise<Models> {
  loaded ??= import('@kubernetes/client-node').then(modelsIn);
  return loaded;
}

function modelsIn(library: object): Models {
  const isModel = (entry: [string, unknown]): entry is [string, Model] =>
    typeof entry[1] === 'function' && 'getAttributeTypeMap' in entry[1];
  return new Map(Object.entries(library).filter(isModel));
}

/** The library sets the group before a name that more than one group has. */
export function modelFor({ group, version, kind }: ResourceType, models: Models): string | undefined {
  const [first = ''] = group.split('.');
  const prefix = group === '' ? 'Core' : first.charAt(0).toUpperCase() + first.slice(1);
  const name = version.toUpperCase() + kind;
  return [prefix + name, name].find((candidate) => models.has(candidate));
}

/** Fields that hold quantities: to the library they are text. */
export const QUANTITIES = new Set([
  'allocatable',
  'allocatedResources',
  'capacity',
  'divisor',
  'limits',
  'overhead',
  'requests',
  'sizeLimit',
]);
