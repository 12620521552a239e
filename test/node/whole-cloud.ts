import type { KubeObject } from '../../src/kube/object.ts';
import { statesOf } from './cloud.ts';
import { apply, get, kubectl, list } from './kubectl.ts';
import { ask, runPod, type Answer } from './openstack.ts';

/** The namespace of the cloud, and the name of its control plane. */
export const cloud = 'whole-cloud';
export const name = 'cloud';
export const controlPlane = `openstackcontrolplane/${name}`;

/** Every service of the control plane, in the order of its phases: its kind, and the end of its name. */
export const services = [
  ['mariadbs', 'mariadb'],
  ['rabbitmqs', 'rabbitmq'],
  ['memcacheds', 'memcached'],
  ['ovnnetworks', 'ovn'],
  ['keystones', 'keystone'],
  ['glances', 'glance'],
  ['placements', 'placement'],
  ['neutrons', 'neutron'],
  ['novas', 'nova'],
] as const;

export const jobs = [
  ...['glance', 'neutron', 'nova', 'placement'].flatMap((each) => [
    `${each}-db-create`,
    `${each}-db-sync`,
    `${each}-endpoint-create`,
  ]),
  'keystone-bootstrap',
  'keystone-db-create',
  'keystone-db-sync',
  'nova-cell-setup',
  'nova-discover-hosts',
  'nova-online-migrations',
]
  .map((each) => `${name}-${each}`)
  .toSorted();

/** The smallest control plane, with computes that pretend. Where it is there already, nothing happens. */
export function applyControlPlane(spec: object = { ovnNetwork: {}, nova: { virtType: 'fake' } }): Promise<string> {
  return apply({
    apiVersion: 'openstack.k8s.io/v1alpha1',
    kind: 'OpenStackControlPlane',
    metadata: { name, namespace: cloud },
    spec,
  });
}

/** How Nova and Placement call a compute that pretends. */
export function host(ordinal: number): string {
  return `${name}-nova-compute-${ordinal}`;
}

/** What the script writes, line by line; it has to end well. */
export async function lines(script: string): Promise<string[]> {
  const { ok, text } = await ask(cloud, script, { keystone: `${name}-keystone` });
  if (!ok) throw new Error(`a script of the client failed: ${text}`);
  return text.trim().split('\n');
}

/** What `nova-manage` says. */
export function manage(...args: string[]): Promise<string> {
  const command = ['/var/lib/kolla/venv/bin/nova-manage', '--config-file', '/etc/nova/nova.conf', ...args];
  return kubectl(['exec', '-n', cloud, `deployment/${name}-nova-conductor`, '--', ...command]);
}

/** Containers that were started more than once. */
export async function restarts(): Promise<string[]> {
  return (await list(cloud, 'pods')).flatMap((pod) => {
    const { containerStatuses = [] } = pod['status'] as { containerStatuses?: { restartCount: number }[] };
    return containerStatuses.some(({ restartCount }) => restartCount > 0) ? [pod.metadata.name] : [];
  });
}

/** Runs the Pod of a Job once more, by another name. */
export async function again(job: string): Promise<Answer> {
  const spec = (await get(cloud, 'job', job))?.['spec'] as { template: { spec: object } } | undefined;
  const metadata = { name: `${job}-again`, namespace: cloud };
  return runPod({ apiVersion: 'v1', kind: 'Pod', metadata, spec: spec?.template.spec ?? {} } as KubeObject);
}

/** One line for each service: after how many seconds it came to each of its states. */
export async function timeTable(start: number): Promise<string> {
  const rows = await Promise.all(
    services.map(async ([type, id]) => {
      const states = Object.entries(await statesOf(cloud, type, `${name}-${id}`, start));
      return `${id.padEnd(10)} ${states.map(([state, at]) => `${state} ${at.toFixed(1)}`).join(', ')}`;
    }),
  );
  const phases = Object.entries(await statesOf(cloud, 'openstackcontrolplanes', name, start));
  return [
    ...rows,
    `${'the cloud'.padEnd(10)} ${phases.map(([state, at]) => `${state} ${at.toFixed(1)}`).join(', ')}`,
  ].join('\n');
}
