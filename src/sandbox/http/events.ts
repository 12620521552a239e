import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { recordAt } from '../json.ts';

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

/** The fields that a selector on a core Event may name, with their values; the metadata's are those of every object. */
export function coreEventFields(event: KubeObject): Readonly<Record<string, string>> {
  const { involvedObject, reason, source, reportingComponent, type } = eventAsCore(event);
  const about = recordAt(involvedObject);
  const from = recordAt(source)['component'] ?? reportingComponent;
  const fields: Record<string, string> = { reason: text(reason), source: text(from), type: text(type) };
  for (const name of OBJECT_FIELDS) fields[`involvedObject.${name}`] = text(about[name]);
  return { ...fields, reportingComponent: text(reportingComponent) };
}

const OBJECT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function withoutUndefined(object: object): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as KubeObject;
}
