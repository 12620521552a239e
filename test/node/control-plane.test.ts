import { beforeEach, describe, expect, it } from 'vitest';
import { condition, crash, installOperator, leader, makeNamespace, runs } from './cloud.ts';
import { shareOf, tellShare } from '../support/share.ts';
import { dump } from './dump.ts';
import { cluster, kubectl, list } from './kubectl.ts';
import { crashPod, disturb, killPods, rotate, table, workloads } from './life.ts';
import { asked, startRequests } from './requests.ts';
import {
  again,
  applyControlPlane,
  cloud,
  controlPlane,
  host,
  jobs,
  lines,
  manage,
  name,
  restarts,
  timeTable,
} from './whole-cloud.ts';

/** One story on one real node: each test begins where the one before it ended. */
describe('A whole cloud on a real node', () => {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.log(await dump([cloud])), 120_000);
  });

  it('comes to Ready from an empty namespace by one kubectl apply, and each Job runs once', async () => {
    await installOperator();
    await makeNamespace(cloud);
    const start = Date.now();
    await applyControlPlane();
    await condition(cloud, controlPlane, 'Ready', 420);
    const end = (Date.now() - start) / 1000;
    console.log(await timeTable(start));
    console.log(`the whole cloud is Ready after ${end.toFixed(1)} s`);
    console.log(tellShare(shareOf(cluster().auditLog, cloud, name)));
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
    const mapped = await manage('cell_v2', 'list_hosts');
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
    const said = await Promise.all(catalogJobs.map((job) => again(`${name}-${job}`)));
    expect(said).toEqual(catalogJobs.map(() => ({ ok: true, text: '' })));
  });

  it('has restarted nothing by itself', async () => {
    expect(await restarts()).toEqual([]);
  });

  it('serves on while Pods are killed that no request waits for', async () => {
    await startRequests(cloud, `${name}-keystone`);
    await disturb({ what: 'daemons killed', change: () => killPods(...Object.keys(workloads.daemons)) });
  });

  it('is out by its API alone while the only Pod of an API is killed', async () => {
    await disturb({ what: 'APIs killed', change: () => killPods(...Object.keys(workloads.apis)), mayFail: asked });
  });

  it('comes back by itself when all that holds data is killed, and when MariaDB crashes', async () => {
    const change = () => killPods(...Object.keys(workloads.stores));
    await disturb({ what: 'cache, broker and databases killed', change, mayFail: asked });
    await disturb({ what: 'MariaDB crashed', change: () => crashPod(`${name}-mariadb-0`), mayFail: asked });
    expect(await restarts()).toEqual([`${name}-mariadb-0`]);
  });

  it('gets a new database password for Glance, though the leader crashes on the way', async () => {
    const leads = await leader();
    await disturb({
      what: 'db-password of Glance, leader crashed',
      change: async () => {
        await rotate('glance', 'glance', 'db-password', 'glance-db-password');
        await crash(leads);
        await leader(leads);
      },
      mayFail: ['glance', 'image bytes'],
      reruns: ['glance-db-create'],
    });
  });

  it('gets another token key, and nobody notices', async () => {
    await disturb({
      what: 'fernet-keys',
      change: () => rotate('keystone', 'keystone', 'fernet-keys', 'keystone-fernet-keys'),
    });
  });

  it('has the cells, the computes and the server that it had', async () => {
    const cells = await manage('cell_v2', 'list_cells');
    expect(cells.match(/ (cell0|cell1) /g)).toEqual([' cell0 ', ' cell1 ']);
    const mapped = await manage('cell_v2', 'list_hosts');
    expect([0, 1].map(host).filter((each) => !mapped.includes(` ${each} `))).toEqual([]);
    expect(
      (
        await lines(
          `openstack server create --image picture --flavor tiny --nic none --wait third -f value -c name
       openstack server show third -f value -c status
       openstack server delete --wait third`,
        )
      ).slice(-1),
    ).toEqual(['ACTIVE']);
  });

  it('goes with its namespace', async () => {
    console.log(table());
    await kubectl(['delete', 'namespace', cloud, '--timeout=180s']);
  });
});

const catalogJobs = ['glance', 'placement', 'neutron', 'nova'].map((each) => `${each}-endpoint-create`);
