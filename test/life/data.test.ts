import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { begun, children, condition, secret } from '../node/cloud.ts';
import { dump } from '../node/dump.ts';
import { get, kubectl, list, until } from '../node/kubectl.ts';
import { changed, readyAgain, sql, standing } from '../node/life.ts';
import { answering, stopRequests } from '../node/requests.ts';
import { applyControlPlane, cloud, controlPlane, lines, name } from '../node/whole-cloud.ts';
import { annotate, bringUp, patch } from './cloud.ts';

const withDatabase = ['keystone', 'glance', 'placement', 'neutron', 'nova'];

/** One story: each test begins where the one before it ended. */
describe('Data of a whole cloud', () => {
  beforeAll(bringUp, 600_000);

  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.log(await dump([cloud])), 120_000);
  });

  it('stops at a replaced volume of MariaDB, and is the same cloud when the dump is put back', async () => {
    const before = await standing();
    const saved = await dumpOfAll();
    const lost = Date.now();
    await kubectl(['delete', 'persistentvolumeclaim', '-n', cloud, `data-${name}-mariadb-0`, '--wait=false']);
    await kubectl(['delete', 'pod', '-n', cloud, `${name}-mariadb-0`, '--timeout=90s']);
    await condition(cloud, `mariadb/${name}-mariadb`, 'Stalled', 120);
    for (const service of withDatabase) await condition(cloud, `${service}/${name}-${service}`, 'Stalled', 60);
    expect(await Promise.all(withDatabase.map((service) => reason(service, `${name}-${service}`)))).toEqual(
      withDatabase.map(() => 'DataReplaced'),
    );
    expect(await reason('mariadb', `${name}-mariadb`)).toBe('DataReplaced');
    await condition(cloud, controlPlane, 'Ready=false', 60);
    // Told to look again, nobody makes an empty database of it.
    for (const service of withDatabase) await annotate(`${service}/${name}-${service}`, `reconcile-at=${lost}`);
    await condition(cloud, `pod/${name}-mariadb-0`, 'Ready', 60);
    expect(await databases()).toEqual([]);
    expect(changed(before.jobs, await jobs())).toEqual([]);
    const restoring = Date.now();
    await sql(saved);
    const dataID = (
      await kubectl(['get', '-n', cloud, `mariadb/${name}-mariadb`, '-o', 'jsonpath={.status.dataID}'])
    ).trim();
    await annotate(`mariadb/${name}-mariadb`, `accept-data=${dataID}=restored`);
    await condition(cloud, controlPlane, 'Ready', 180);
    const ready = await readyAgain(180);
    await answering(cloud, ready, 60);
    console.log(
      `the volume of MariaDB replaced: stopped after ${seconds(lost, restoring)} s, Ready again ${seconds(restoring, ready)} s after the dump`,
    );
    const after = await standing();
    expect(after.data).toBe(before.data);
    expect(changed(before.jobs, after.jobs)).toEqual(
      withDatabase.map((each) => `${name}-${each}-db-create`).toSorted(),
    );
  }, 600_000);

  it('comes back as it was when it is deleted with Retain and applied again', async () => {
    const before = await standing();
    const secrets = await generated();
    const { spec } = (await get(cloud, 'openstackcontrolplane', name)) as { spec?: object };
    await removed();
    expect((await children(cloud)).map(({ kind }) => kind).filter((kind) => !keptKinds.includes(kind))).toEqual([]);
    const applied = Date.now();
    await applyControlPlane(spec);
    await condition(cloud, controlPlane, 'Ready', 420);
    const ready = await readyAgain(60);
    await answering(cloud, ready, 60);
    console.log(`applied again after Retain: Ready after ${seconds(applied, ready)} s`);
    const after = await standing();
    expect(after.data).toBe(before.data);
    expect(after.jobs).toEqual({});
    expect(await generated()).toEqual(secrets);
  }, 600_000);

  it('forgets Glance alone when only Glance has deletionPolicy Delete', async () => {
    await stopRequests(cloud);
    const endpoints = await endpointsOf();
    await patch({ glance: { deletionPolicy: 'Delete' } });
    await until('Glance to be told', 30, async () => {
      const spec = (await get(cloud, 'glance', `${name}-glance`))?.['spec'] as { deletionPolicy: string };
      return spec.deletionPolicy === 'Delete';
    });
    await removed();
    const left = (await list(cloud, 'secrets,persistentvolumeclaims')).map(({ metadata }) => metadata.name);
    expect(left.filter((each) => each.includes('glance'))).toEqual([]);
    await applyControlPlane();
    await condition(cloud, controlPlane, 'Ready', 420);
    const { image: old, ...others } = endpoints;
    const { image, ...same } = await endpointsOf();
    expect(same).toEqual(others);
    expect(image).toHaveLength(2);
    expect(image?.filter((id) => old?.includes(id))).toEqual([]);
    expect(await lines('openstack image list -f value -c Name | wc -l')).toEqual(['0']);
    expect(await begun(cloud)).toEqual(
      expect.arrayContaining([`${name}-glance-db-drop`, `${name}-glance-endpoint-remove`]),
    );
  }, 600_000);

  it('leaves nothing when it is deleted with deletionPolicy Delete', async () => {
    await patch({ deletionPolicy: 'Delete', glance: { deletionPolicy: null } });
    await until('Nova to be told', 30, async () => {
      const spec = (await get(cloud, 'nova', `${name}-nova`))?.['spec'] as { deletionPolicy: string };
      return spec.deletionPolicy === 'Delete';
    });
    await removed();
    await until('the last child to go', 90, async () => (await children(cloud)).length === 0);
    expect((await list(cloud, 'secrets,persistentvolumeclaims')).map(({ metadata }) => metadata.name)).toEqual([]);
  }, 420_000);
});

const keptKinds = ['Secret', 'PersistentVolumeClaim'];

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(1);
}

/** All databases of the cloud, as SQL that makes them again; users and rights are not in it. */
async function dumpOfAll(): Promise<string> {
  const command = ['mariadb-dump', '--defaults-file=/etc/mariadb/local.cnf', '--single-transaction', '--databases'];
  return kubectl(['exec', '-n', cloud, `${name}-mariadb-0`, '--', ...command, ...(await databases())]);
}

async function databases(): Promise<string[]> {
  return (await sql(`SHOW DATABASES LIKE '${name}\\_%'`)).split('\n').filter((each) => each !== '');
}

async function jobs(): Promise<Record<string, string>> {
  return Object.fromEntries((await list(cloud, 'jobs')).map(({ metadata: { name: job, uid = '' } }) => [job, uid]));
}

async function reason(type: string, called: string): Promise<string> {
  return kubectl([
    'get',
    '-n',
    cloud,
    type,
    called,
    '-o',
    'jsonpath={.status.conditions[?(@.type=="Stalled")].reason}',
  ]);
}

/** Deletes the control plane and waits until its workloads are gone, too. */
async function removed(): Promise<void> {
  const began = Date.now();
  await kubectl(['delete', '-n', cloud, controlPlane, '--timeout=300s']);
  await until('the workloads to go', 90, async () => {
    return (await list(cloud, 'deployments,statefulsets,jobs,services')).length === 0;
  });
  console.log(`deleted after ${seconds(began, Date.now())} s`);
}

/** A digest of each Secret with passwords and keys: what is made once and for ever. */
async function generated(): Promise<Record<string, string>> {
  const names = (await list(cloud, 'secrets'))
    .map(({ metadata }) => metadata.name)
    .filter((each) => /-(password|keys|secret|credentials)$/.test(each));
  expect(names.length).toBeGreaterThan(10);
  const digest = async (each: string): Promise<[string, string]> => {
    const data = JSON.stringify(Object.entries(await secret(cloud, each)).toSorted());
    return [each, createHash('sha256').update(data).digest('hex')];
  };
  return Object.fromEntries(await Promise.all(names.map(digest)));
}

/** The identities of the endpoints, by the type of their service. */
async function endpointsOf(): Promise<Record<string, string[]>> {
  const keystone = `${name}_keystone__keystone`;
  const text = await sql(
    `SELECT s.type, e.id FROM ${keystone}.endpoint e JOIN ${keystone}.service s ON s.id = e.service_id ORDER BY e.id;`,
  );
  const found: Record<string, string[]> = {};
  for (const line of text.trim().split('\n')) {
    const [type = '', id = ''] = line.split('\t');
    found[type] = [...(found[type] ?? []), id];
  }
  return found;
}
