import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { recordAt } from '../json.ts';
import { badRequest } from '../refusal.ts';

/** The older form in which the API serves Events; kubectl reads this one only. */
export const CoreEvent: ResourceType = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true };

/** The core form of an Event of events.k8s.io/v1. */
export function eventAsCore(event: KubeObject): KubeObject {
  const {
    metadata,
    regarding,
    reason,
    note,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    type,
    eventTime,
    series,
    action,
    related,
    reportingController,
    reportingInstance,
  } = event;
  return withoutUndefined({
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: regarding ?? {},
    reason,
    message: note,
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    count: deprecatedCount,
    type,
    eventTime: eventTime ?? null,
    series,
    action,
    related,
    reportingComponent: reportingController ?? '',
    reportingInstance: reportingInstance ?? '',
  });
}

/** The form of events.k8s.io/v1 of a core Event. What the one cannot say is in its `deprecated…` fields. */
export function eventAsNew(event: KubeObject): KubeObject {
  const { metadata, involvedObject, reason, message, source, firstTimestamp, lastTimestamp, count, type } = event;
  const { eventTime, series, action, related, reportingComponent, reportingInstance } = event;
  return withoutUndefined({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata,
    eventTime: eventTime ?? null,
    series,
    reportingController: reportingComponent || undefined,
    reportingInstance: reportingInstance || undefined,
    action,
    reason,
    regarding: involvedObject ?? {},
    related,
    note: message,
    type,
    deprecatedSource: source ?? {},
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    deprecatedCount: count,
  });
}

/** The fields that a selector on an Event may name, in either form; the metadata's are those of every object. */
export function eventFields(event: KubeObject): Readonly<Record<string, string>> {
  const { involvedObject, reason, source, reportingComponent, type } = eventAsCore(event);
  const about = recordAt(involvedObject);
  const from = recordAt(source)['component'] ?? reportingComponent;
  const fields: Record<string, string> = { reason: text(reason), source: text(from), type: text(type) };
  for (const name of OBJECT_FIELDS) {
    fields[`involvedObject.${name}`] = text(about[name]);
    fields[`regarding.${name}`] = text(about[name]);
  }
  return { ...fields, reportingComponent: text(reportingComponent), reportingController: text(reportingComponent) };
}

/** Each of the two forms selects by fields of its own; throws the server's words for one of the other. */
export function checkEventFields(group: string, fieldSelector: string): void {
  for (const term of fieldSelector.split(',')) {
    const field = /^[\w.]+/.exec(term)?.[0];
    if (field !== undefined && !isEventField(group, field)) throw badRequest(`field label not supported: ${field}`);
  }
}

function isEventField(group: string, field: string): boolean {
  if (['metadata.name', 'metadata.namespace', 'reason', 'type'].includes(field)) return true;
  const [about, name = ''] = field.split('.');
  if (OBJECT_FIELDS.includes(name)) return about === (group === '' ? 'involvedObject' : 'regarding');
  return group === '' ? field === 'source' || field === 'reportingComponent' : field === 'reportingController';
}

const OBJECT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function withoutUndefined(object: object): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as KubeObject;
}
