import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { recordAt } from './json.ts';

/** Records a Warning about `object`, once: the same reason and note again only count up. */
export function warn(api: SandboxApi, object: KubeObject, reason: string, note: string, from: string): void {
  const { name, namespace = 'default', uid = '' } = object.metadata;
  const event = { name: `${name}.${hash(`${uid}${reason}${note}`)}`, namespace };
  const now = new Date(api.clock.now()).toISOString().replace('Z', '000Z');
  const known = api.find(Builtin.Event, event);
  if (known !== undefined) {
    const count = Number(recordAt(known, 'series')['count'] ?? 1) + 1;
    api.update(Builtin.Event, event, (live) => ({ ...live, series: { count, lastObservedTime: now } }));
    return;
  }
  const found = api.find(Builtin.Namespace, { name: namespace });
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
  api.create(Builtin.Event, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: event,
    eventTime: now,
    type: 'Warning',
    reason,
    note,
    action: reason,
    reportingController: from,
    reportingInstance: `${from}-sandbox`,
    regarding: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid },
  });
}

/** FNV-1a, 32 bits, in the letters that Kubernetes uses for generated names. */
export function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return [...value.toString(10)].map((digit) => LETTERS.charAt(Number(digit))).join('');
}

const LETTERS = 'bcdf456789';
