import type { Served } from '../registry.ts';
import { CoreEvent } from './events.ts';

/** Events are one kind of object under two groups. */
export function withCoreEvents(served: readonly Served[]): Served[] {
  const event = served.find(({ type }) => type.kind === 'Event' && type.group === 'events.k8s.io');
  const known = served.some(({ type }) => type.group === '' && type.plural === CoreEvent.plural);
  const all = event === undefined || known ? [...served] : [...served, { ...event, type: CoreEvent }];
  return all.sort((a, b) => (a.type.plural < b.type.plural ? -1 : 1));
}

/** The named groups, in the order of a real server. */
export function groupsOf(types: readonly Served[]): string[] {
  const groups = new Set(types.map(({ type }) => type.group).filter((group) => group !== ''));
  const others = [...groups].filter((group) => !FIRST_GROUPS.includes(group)).sort();
  return [...FIRST_GROUPS.filter((group) => groups.has(group)), ...others];
}

export function versionsOf(types: readonly Served[], group: string): string[] {
  return [...new Set(types.filter(({ type }) => type.group === group).map(({ type }) => type.version))].sort();
}

export function inVersion(types: readonly Served[], group: string, version: string): Served[] {
  return types.filter(({ type }) => type.group === group && type.version === version);
}

/** Where two groups have a kind of the same name, kubectl takes the one that is listed first. */
const FIRST_GROUPS = [
  'apps',
  'events.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'apiextensions.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];
