import type { KubeObject } from '../../kube/object.ts';
import { isRecord, type JsonObject, recordAt, recordsAt } from '../json.ts';
import { ageOf } from './duration.ts';
import { eventAsCore } from './events.ts';
import { AGE, age, column, count, labelText, NAME, NONE, type Printers, strings, text, wide } from './table-printer.ts';

export const CORE_PRINTERS: Printers = {
  Namespace: {
    columns: [NAME, column('Status'), AGE],
    cells: (object, now) => [object.metadata.name, text(recordAt(object, 'status')['phase']), age(object, now)],
  },
  Secret: {
    columns: [NAME, column('Type'), column('Data'), AGE],
    cells: (object, now) => [object.metadata.name, text(object['type']), sizeOf(object['data']), age(object, now)],
  },
  ConfigMap: {
    columns: [NAME, column('Data'), AGE],
    cells: (object, now) => {
      const size = sizeOf(object['data']) + sizeOf(object['binaryData']);
      return [object.metadata.name, size, age(object, now)];
    },
  },
  ServiceAccount: { columns: [NAME, AGE], cells: (object, now) => [object.metadata.name, age(object, now)] },
  Lease: {
    columns: [NAME, column('Holder'), AGE],
    cells: (object, now) => [object.metadata.name, text(recordAt(object, 'spec')['holderIdentity']), age(object, now)],
  },
  Service: {
    columns: [
      NAME,
      column('Type'),
      column('Cluster-IP'),
      column('External-IP'),
      column('Port(s)'),
      AGE,
      wide('Selector'),
    ],
    cells: serviceCells,
  },
  Event: {
    columns: [
      column('Last Seen'),
      column('Type'),
      column('Reason'),
      column('Object'),
      wide('Subobject'),
      wide('Source'),
      column('Message'),
      wide('First Seen'),
      wide('Count'),
      { ...NAME, priority: 1 },
    ],
    cells: eventCells,
  },
};

function sizeOf(map: unknown): number {
  return isRecord(map) ? Object.keys(map).length : 0;
}

function serviceCells(object: KubeObject, now: number): unknown[] {
  const spec = recordAt(object, 'spec');
  return [
    object.metadata.name,
    text(spec['type']),
    strings(spec['clusterIPs'])[0] ?? NONE,
    externalAddress(object),
    recordsAt(spec, 'ports').map(portText).join() || NONE,
    age(object, now),
    labelText(spec['selector']),
  ];
}

function externalAddress(service: KubeObject): string {
  const spec = recordAt(service, 'spec');
  const given = strings(spec['externalIPs']);
  switch (spec['type']) {
    case 'ClusterIP':
    case 'NodePort':
      return given.join() || NONE;
    case 'ExternalName':
      return text(spec['externalName']);
    case 'LoadBalancer': {
      const ingress = recordsAt(service, 'status', 'loadBalancer', 'ingress');
      const balanced = ingress.map((entry) => text(entry['ip']) || text(entry['hostname']));
      return [...new Set(balanced.filter((address) => address !== ''))].sort().concat(given).join() || '<pending>';
    }
    default:
      return '<unknown>';
  }
}

function portText({ port, nodePort, protocol }: JsonObject): string {
  return `${count(port)}${count(nodePort) > 0 ? `:${count(nodePort)}` : ''}/${text(protocol)}`;
}

function eventCells(object: KubeObject, now: number): unknown[] {
  const event = 'involvedObject' in object ? object : eventAsCore(object);
  const first = ageOf(event['firstTimestamp'] ?? event['eventTime'], now);
  const { count: repeated, lastObservedTime } = recordAt(event, 'series');
  const isSeries = isRecord(event['series']);
  const last = (event['lastTimestamp'] ?? null) === null ? first : ageOf(event['lastTimestamp'], now);
  const { kind, name, fieldPath } = recordAt(event, 'involvedObject');
  const source = recordAt(event, 'source');
  return [
    isSeries ? ageOf(lastObservedTime, now) : last,
    text(event['type']),
    text(event['reason']),
    [text(kind).toLowerCase(), text(name)].filter((part) => part !== '').join('/'),
    text(fieldPath),
    sourceText(
      text(source['component']) || text(event['reportingComponent']),
      text(source['host']) || text(event['reportingInstance']),
    ),
    text(event['message']).trim(),
    first,
    isSeries ? count(repeated) : count(event['count']) || 1,
    event.metadata.name,
  ];
}

function sourceText(component: string, instance: string): string {
  return instance === '' ? component : `${component}, ${instance}`;
}
