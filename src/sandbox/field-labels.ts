import type { KubeObject } from '../kube/object.ts';
import { eventFields } from './http/events.ts';
import { recordAt } from './json.ts';

/** The fields that a selector may name, besides the name and the namespace, as the server has them by kind. */
export function fieldLabel(object: KubeObject, field: string): string | undefined {
  const of = LABELS[object.kind];
  if (of === undefined) return undefined;
  const value = typeof of === 'function' ? of(object)[field] : of[field]?.reduce<unknown>(at, object);
  if (typeof of !== 'function' && of[field] === undefined) return undefined;
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether a selector on objects of this kind may name the field. */
export function hasFieldLabel(kind: string, field: string): boolean {
  const of = LABELS[kind];
  if (of === undefined) return false;
  return typeof of === 'function' ? EVENT_FIELDS.test(field) : field in of;
}

type Paths = Readonly<Record<string, readonly string[]>>;

const path = (...names: string[]): readonly string[] => names;
const EVENT_FIELDS = /^(involvedObject\.\w+|regarding\.\w+|reason|source|type|reportingComponent|reportingController)$/;

const LABELS: Readonly<Record<string, Paths | ((object: KubeObject) => Readonly<Record<string, string>>)>> = {
  Pod: {
    'spec.nodeName': path('spec', 'nodeName'),
    'spec.restartPolicy': path('spec', 'restartPolicy'),
    'spec.schedulerName': path('spec', 'schedulerName'),
    'spec.serviceAccountName': path('spec', 'serviceAccountName'),
    'status.phase': path('status', 'phase'),
    'status.podIP': path('status', 'podIP'),
    'status.nominatedNodeName': path('status', 'nominatedNodeName'),
  },
  Secret: { type: path('type') },
  Namespace: { 'status.phase': path('status', 'phase') },
  ReplicaSet: { 'status.replicas': path('status', 'replicas') },
  Job: { 'status.successful': path('status', 'succeeded') },
  Event: eventFields,
};

function at(value: unknown, name: string): unknown {
  return recordAt({ value }, 'value')[name];
}
