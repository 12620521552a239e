import type { KubeObject } from '../../kube/object.ts';
import { recordAt, recordsAt } from '../json.ts';
import { AGE, age, column, count, NAME, NONE, type Printers, text, wide } from './table-printer.ts';

export const NETWORK_PRINTERS: Printers = {
  Node: {
    columns: [
      NAME,
      column('Status'),
      column('Roles'),
      AGE,
      column('Version'),
      wide('Internal-IP'),
      wide('External-IP'),
      wide('OS-Image'),
      wide('Kernel-Version'),
      wide('Container-Runtime'),
    ],
    cells: (node, now) => {
      const info = recordAt(node, 'status', 'nodeInfo');
      const wides = [addressOf(node, 'InternalIP'), addressOf(node, 'ExternalIP')];
      const system = ['osImage', 'kernelVersion', 'containerRuntimeVersion'].map((key) => text(info[key]));
      return [
        node.metadata.name,
        statusOf(node),
        rolesOf(node),
        age(node, now),
        text(info['kubeletVersion']),
        ...wides,
        ...system,
      ];
    },
  },
  EndpointSlice: {
    columns: [NAME, column('AddressType'), column('Ports'), column('Endpoints'), AGE],
    cells: (slice, now) => {
      const ports = some(
        recordsAt(slice, 'ports').map(({ port }) => String(count(port))),
        '<unset>',
      );
      const addresses = some(
        recordsAt(slice, 'endpoints').flatMap((endpoint) => endpoint['addresses'] as string[]),
        '<unset>',
      );
      return [slice.metadata.name, text(slice['addressType']), ports, addresses, age(slice, now)];
    },
  },
};

function statusOf(node: KubeObject): string {
  const ready = recordsAt(node, 'status', 'conditions').find(({ type }) => type === 'Ready');
  const said = ready?.['status'] === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
  return recordAt(node, 'spec')['unschedulable'] === true ? `${said},SchedulingDisabled` : said;
}

function rolesOf({ metadata: { labels = {} } }: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(labels).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  return roles.sort().join() || NONE;
}

function addressOf(node: KubeObject, type: string): string {
  return text(recordsAt(node, 'status', 'addresses').find((address) => address['type'] === type)?.['address'] ?? NONE);
}

/** Three of them, and how many there are besides. */
function some(list: readonly string[], none: string): string {
  if (list.length === 0) return none;
  const rest = list.length > 3 ? ` + ${list.length - 3} more...` : '';
  return list.slice(0, 3).join() + rest;
}
