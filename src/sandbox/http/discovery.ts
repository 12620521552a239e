import { apiVersionOf } from '../../kube/object.ts';
import type { Served } from '../registry.ts';
import { aggregatedResource, plainResources } from './discovery-resource.ts';
import { groupsOf, inVersion, versionsOf, withCoreEvents } from './groups.ts';

export interface Discovery {
  readonly contentType: string;
  readonly body: object;
}

/**
 * What the documents that tell which types there are say about those `served`; undefined for a path that is none of
 * them, and for a group or version nobody serves.
 */
export function discoveryFor(path: string, accept: string, served: readonly Served[]): Discovery | undefined {
  const plain = (body: object | undefined) => body && { contentType: 'application/json', body };
  const types = withCoreEvents(served);
  const [root, first, second, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return undefined;
  if (root === 'version' && first === undefined) return plain(VERSION);
  if (root === 'api') {
    if (second !== undefined) return undefined;
    if (first !== undefined) return plain(resourceList(types, '', first));
    return isAggregated(accept) ? aggregated(types, ['']) : plain(CORE_VERSIONS);
  }
  if (root !== 'apis') return undefined;
  const groups = groupsOf(types);
  if (first === undefined) {
    return isAggregated(accept) ? aggregated(types, groups) : plain(groupList(types, groups));
  }
  if (second !== undefined) return plain(resourceList(types, first, second));
  return plain(groups.includes(first) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(types, first) } : undefined);
}

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3',
  gitCommit: 'unknown',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};

const CORE_VERSIONS = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

// A real server gives this form whenever it is acceptable at all, whatever stands before it.
function isAggregated(accept: string): boolean {
  return accept.split(',').some((clause) => {
    const [type, ...parameters] = clause.split(';').map((part) => part.trim());
    return (
      type === 'application/json' &&
      ['g=apidiscovery.k8s.io', 'v=v2', 'as=APIGroupDiscoveryList'].every((wanted) => parameters.includes(wanted))
    );
  });
}

function groupOf(types: readonly Served[], name: string): object {
  const versions = versionsOf(types, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function groupList(types: readonly Served[], groups: readonly string[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupOf(types, group)) };
}

function resourceList(types: readonly Served[], group: string, version: string): object | undefined {
  const found = inVersion(types, group, version);
  const [first] = found;
  if (first === undefined) return undefined;
  return {
    kind: 'APIResourceList',
    // The core list says no version of its own on a real server either.
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(first.type),
    resources: found.flatMap(plainResources),
  };
}

function aggregated(types: readonly Served[], groups: readonly string[]): Discovery {
  const items = groups.map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(types, group).map((version) => ({
      version,
      resources: inVersion(types, group, version).map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  return { contentType: AGGREGATED, body };
}
