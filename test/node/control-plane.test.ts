import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import { condition, installOperator, makeNamespace, runs, statesOf } from './cloud.ts';
import { dump } from './dump.ts';
import { apply, get, kubectl, list, until } from './kubectl.ts';
import { ask, type Answer } from './openstack.ts';

const cloud = 'whole-cloud';
const name = 'cloud';
const controlPlane = `openstackcontrolplane/${name}`;
const spec = { ovnNetwork: {}, nova: { virtType: 'fake' } };

/** Every service of the control plane, in the order of its phases: its kind, and the end of its name. */
const services = [
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

const jobs = [
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

/** One story on one real node: each test begins where the one before it ended. */
describe('A whole cloud on a real node', () => {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.log(await dump([cloud])), 120_000);
  });

  it('comes to Ready from an empty namespace by one kubectl apply, and each Job runs once', async () => {
    await installOperator();
    await makeNamespace(cloud);
    const start = Date.now();
    await apply({
      apiVersion: 'openstack.k8s.io/v1alpha1',
      kind: 'OpenStackControlPlane',
      metadata: { name, namespace: cloud },
      spec,
    });
    await condition(cloud, controlPlane, 'Ready', 420);
    const end = (Date.now() - start) / 1000;
    console.log(await timeTable(start));
    console.log(`the whole cloud is Ready after ${end.toFixed(1)} s`);
    expect((await runs(cloud)).map(({ name: job, pods }) => ({ job, pods }))).toEqual(
      jobs.map((job) => ({ job, pods: 1 })),
    );
  }, 540_000);

  it('runs under Pod Security restricted: no Pod was refused, none was restarted', async () => {
    const events = (await list(cloud, 'events')) as unknown as { reason: string; message: string }[];
    expect(events.filter(({ reason }) => reason === 'FailedCreate')).toEqual([]);
    expect(await restarts()).toEqual([]);
  });

  it('gives a token, and a catalog with each endpoint once', async () => {
    const said = await lines(
      `openstack token issue -f value -c id | wc -l
       openstack endpoint list -f value -c 'Service Type' -c Interface -c URL | sort`,
    );
    const urls = {
      compute: `http://${name}-nova-api.${cloud}.svc:8774/v2.1`,
      identity: `http://${name}-keystone-api.${cloud}.svc:5000/v3`,
      image: `http://${name}-glance-api.${cloud}.svc:9292`,
      network: `http://${name}-neutron-server.${cloud}.svc:9696`,
      placement: `http://${name}-placement-api.${cloud}.svc:8778`,
    };
    const endpoints = Object.entries(urls).flatMap(([type, url]) => [
      `${type} internal ${url}`,
      `${type} public ${url}`,
    ]);
    expect(said).toEqual(['1', ...endpoints]);
  });

  it('keeps an image, byte for byte', async () => {
    expect(
      await lines(
        `cd /tmp; head -c 1048576 /dev/urandom >one
         openstack image create --disk-format raw --container-format bare --file one picture -f value -c status
         openstack image save --file two picture; cmp one two; stat -c %s two`,
      ),
    ).toEqual(['active', '1048576']);
  });

  it('has networks, which OVN knows of', async () => {
    const [network] = await lines(
      `openstack network create net -f value -c id
       openstack subnet create --network net --subnet-range 10.1.0.0/24 sub -f value -c cidr
       openstack port create --network net port -f value -c status`,
    );
    const northbound = ['ovn-nbctl', '--db=unix:/run/ovn/ovnnb_db.sock', 'show'];
    const show = await kubectl(['exec', '-n', cloud, `${name}-ovn-nb-db-0`, '--', ...northbound]);
    expect(show).toMatch(new RegExp(`^switch .*\\(neutron-${network}\\)`, 'm'));
    expect(show).toMatch(/^\s+port .*\n\s+addresses: \["fa:16:3e:/m);
  });

  it('has a compute, known to Placement, and every service of Nova is up', async () => {
    expect(await lines('openstack resource provider list -f value -c name')).toEqual([host(0)]);
    const up = await lines('openstack compute service list -f value -c Binary -c Host -c State');
    expect(
      up
        .map((line) => line.split(' '))
        .map(([binary, , state]) => `${binary} ${state}`)
        .toSorted(),
    ).toEqual(['nova-compute up', 'nova-conductor up', 'nova-scheduler up']);
  });

  it('runs a server, counts what it takes, and takes it away', async () => {
    const said = await lines(
      `openstack flavor create --ram 64 --disk 0 --vcpus 1 tiny -f value -c name
       openstack server create --image picture --flavor tiny --nic none --wait server -f value -c name
       openstack server show server -f value -c status
       openstack server show server -f value -c OS-EXT-SRV-ATTR:host
       openstack resource provider allocation show $(openstack server show server -f value -c id) -f value -c resources
       openstack server delete --wait server`,
    );
    // The client says a word or two of its own before, and the amounts in any order.
    const [status, on, taken = ''] = said.slice(-3);
    expect([status, on, ...(taken.match(/'\w+': \d+/g) ?? []).toSorted()]).toEqual([
      'ACTIVE',
      host(0),
      "'MEMORY_MB': 64",
      "'VCPU': 1",
    ]);
  });

  it('is not Ready again before a second compute is mapped, and then a server runs there', async () => {
    const unready = condition(cloud, controlPlane, 'Ready=false', 60);
    const started = Date.now();
    const two = JSON.stringify({ spec: { nova: { computeReplicas: 2 } } });
    await kubectl(['patch', '-n', cloud, controlPlane, '--type=merge', '-p', two]);
    await unready;
    await condition(cloud, controlPlane, 'Ready', 180);
    console.log(`a second compute after ${((Date.now() - started) / 1000).toFixed(1)} s`);
    const manage = ['/var/lib/kolla/venv/bin/nova-manage', '--config-file', '/etc/nova/nova.conf'];
    const conductor = ['exec', '-n', cloud, `deployment/${name}-nova-conductor`, '--'];
    const mapped = await kubectl([...conductor, ...manage, 'cell_v2', 'list_hosts']);
    expect([0, 1].map(host).filter((each) => !mapped.includes(` ${each} `))).toEqual([]);
    const said = await lines(
      `openstack --os-compute-api-version 2.74 server create --image picture --flavor tiny --nic none --host ${host(1)} --wait second -f value -c name
       openstack server show second -f value -c status
       openstack server show second -f value -c OS-EXT-SRV-ATTR:host
       openstack server delete --wait second`,
    );
    expect(said.slice(-2)).toEqual(['ACTIVE', host(1)]);
  });

  it('changes nothing when the entries of the catalog are made again', async () => {
    const said = await Promise.all(
      ['glance', 'placement', 'neutron', 'nova'].map(async (service) => {
        const job = await get(cloud, 'job', `${name}-${service}-endpoint-create`);
        const spec = job?.['spec'] as { template: { spec: object } } | undefined;
        return again(`${service}-again`, spec?.template.spec ?? {});
      }),
    );
    expect(said).toEqual(Array.from({ length: 4 }, () => ({ ok: true, text: '' })));
  });

  it('has restarted nothing by itself, and goes with its namespace', async () => {
    expect(await restarts()).toEqual([]);
    await kubectl(['delete', 'namespace', cloud, '--timeout=180s']);
  });
});

/** How Nova and Placement call a compute that pretends. */
function host(ordinal: number): string {
  return `${name}-nova-compute-${ordinal}`;
}

/** What the script writes, line by line; it has to end well. */
async function lines(script: string): Promise<string[]> {
  const { ok, text } = await ask(cloud, script, { keystone: `${name}-keystone` });
  expect({ ok, text }).toMatchObject({ ok: true });
  return text.trim().split('\n');
}

/** Containers that were started more than once. */
async function restarts(): Promise<string[]> {
  return (await list(cloud, 'pods')).flatMap((pod) => {
    const { containerStatuses = [] } = pod['status'] as { containerStatuses?: { restartCount: number }[] };
    return containerStatuses.some(({ restartCount }) => restartCount > 0) ? [pod.metadata.name] : [];
  });
}

/** Runs the Pod of a Job once more, by another name. */
async function again(pod: string, podSpec: object): Promise<Answer> {
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace: cloud },
    spec: podSpec,
  } as KubeObject);
  const phase = await until(`Pod/${pod} to end`, 90, async () => {
    const status = (await get(cloud, 'pod', pod))?.['status'] as { phase?: string } | undefined;
    return ['Succeeded', 'Failed'].includes(status?.phase ?? '') && status?.phase;
  });
  return { ok: phase === 'Succeeded', text: await kubectl(['logs', '-n', cloud, pod]) };
}

/** One line for each service: after how many seconds it came to each of its states. */
async function timeTable(start: number): Promise<string> {
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
