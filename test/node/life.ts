import { expect } from 'vitest';
import { containerOf, endContainer, runs } from './cloud.ts';
import { get, kubectl, list, until } from './kubectl.ts';
import { answering, asked, outages, replies, type Asked } from './requests.ts';
import { unsettled } from './settled.ts';
import { cloud, name } from './whole-cloud.ts';

/** How long after all is Ready again a request may still fail: addresses reach kube-proxy, and clients ask again. */
const allowance = 5;

export interface Disturbance {
  /** What a person would call it. */
  readonly what: string;
  /** Begins it, and waits until it can be seen to have begun. */
  readonly change: () => Promise<unknown>;
  /** Whose requests may fail until all is Ready again; of all others none may. */
  readonly mayFail?: readonly Asked[];
  /** The Jobs that run anew for it, and no others. */
  readonly reruns?: readonly string[];
  /** How long it may take until all is Ready again. */
  readonly seconds?: number;
}

/** What is there for good: whatever is done to Pods, it stays. */
interface Standing {
  readonly jobs: Readonly<Record<string, string>>;
  /** Catalog, users, images, cells and computes, as the databases have them. */
  readonly data: string;
}

/** Each workload, by name and component, and whose requests may fail while its only Pod is away. */
export const workloads = {
  daemons: {
    'ovnnetwork northd': [],
    'neutron periodic-workers': [],
    'neutron ovn-maintenance-worker': [],
    'nova conductor': [],
    'nova scheduler': [],
    'nova metadata': [],
    'nova novncproxy': [],
    'nova compute': [],
  },
  apis: {
    'keystone api': asked,
    'glance api': ['glance', 'image bytes'],
    'placement api': ['placement'],
    'neutron server': ['neutron'],
    'nova api': ['nova'],
  },
  stores: {
    'memcached server': asked,
    'rabbitmq server': [],
    'ovnnetwork nb-db': [],
    'ovnnetwork sb-db': [],
    'mariadb server': asked,
  },
} satisfies Record<string, Record<string, readonly Asked[]>>;

const rows: string[] = [];

/** Does it to the whole cloud under load, and looks at all of it when it is over. */
export async function disturb({ what, change, mayFail = [], reruns = [], seconds = 180 }: Disturbance): Promise<void> {
  const before = await standing();
  const start = Date.now();
  await change();
  for (const job of reruns.map((each) => `${name}-${each}`)) await rerun(job, before.jobs[job]);
  const ready = await readyAgain(seconds);
  await answering(cloud, ready, 60);
  const found = outages(await replies(cloud, start));
  rows.push(row(what, start, ready, found));
  console.log(rows.at(-1));
  const outside = [...found].filter(
    ([service, { last }]) => !mayFail.includes(service) || last > ready + allowance * 1000,
  );
  expect(outside.map(([service, { errors }]) => `${service}: ${errors.join(', ')}`)).toEqual([]);
  const after = await standing();
  expect(changed(before.jobs, after.jobs)).toEqual(reruns.map((each) => `${name}-${each}`).toSorted());
  expect(after.data).toBe(before.data);
  expect((await runs(cloud)).filter(({ pods }) => pods !== 1)).toEqual([]);
}

/** All that was done so far: seconds until Ready again, and for each service how long requests failed. */
export function table(): string {
  return rows.join('\n');
}

export async function standing(): Promise<Standing> {
  const jobs = Object.fromEntries((await runs(cloud)).map((run) => [run.name, run.uid]));
  return { jobs, data: await sql(kept) };
}

/** What the root of the database is told. */
export function sql(statements: string): Promise<string> {
  const mariadb = ['mariadb', '--defaults-file=/etc/mariadb/local.cnf', '--batch', '--skip-column-names'];
  return kubectl(['exec', '-i', '-n', cloud, `${name}-mariadb-0`, '--', ...mariadb], statements);
}

const kept = `
SELECT id, interface, url FROM ${name}_keystone__keystone.endpoint ORDER BY id;
SELECT user_id, name FROM ${name}_keystone__keystone.local_user ORDER BY id;
SELECT id, status, checksum FROM ${name}_glance__glance.images ORDER BY id;
SELECT uuid, name FROM ${name}_nova__nova_api.cell_mappings ORDER BY id;
SELECT cell_id, host FROM ${name}_nova__nova_api.host_mappings ORDER BY id;
SELECT uuid, host FROM ${name}_nova__nova.compute_nodes WHERE deleted = 0 ORDER BY id;
`;

/** Asks for another of what a service has generated: `keystone`, `db-password`. */
export async function rotate(type: string, service: string, what: string, secret: string): Promise<void> {
  const before = (await get(cloud, 'secret', `${name}-${secret}`))?.metadata.resourceVersion;
  const annotation = `openstack.k8s.io/rotate=${what}=${Date.now()}`;
  await kubectl(['annotate', '-n', cloud, type, `${name}-${service}`, '--overwrite', annotation]);
  await until(`Secret/${name}-${secret} to change`, 30, async () => {
    return (await get(cloud, 'secret', `${name}-${secret}`))?.metadata.resourceVersion !== before;
  });
}

/** Takes Pods of these components away with a second's notice, and waits until they are gone. */
export async function killPods(...components: string[]): Promise<void> {
  const pods = await podsOf(...components);
  expect(pods.length).toBeGreaterThanOrEqual(components.length);
  await kubectl(['delete', 'pod', '-n', cloud, ...pods, '--grace-period=1', '--timeout=60s']);
}

/** Pods of workloads: `keystone api` is the component api of Keystone. */
export async function podsOf(...components: string[]): Promise<string[]> {
  const pods = await list(cloud, 'pods', '-l', 'app.kubernetes.io/managed-by=openstack-operator');
  return pods
    .filter(({ metadata: { labels = {}, ownerReferences: [owner] = [] } }) => {
      const called = `${labels['app.kubernetes.io/name']} ${labels['app.kubernetes.io/component']}`;
      return owner?.kind !== 'Job' && (components.length === 0 || components.includes(called));
    })
    .map(({ metadata }) => metadata.name);
}

/** Ends what runs in a Pod of the cloud; the kubelet starts it again in the same Pod. */
export async function crashPod(pod: string): Promise<void> {
  const id = await containerOf(cloud, pod);
  endContainer(id ?? '');
  await until(`another container in Pod/${pod}`, 60, async () => {
    const now = await containerOf(cloud, pod);
    return now !== undefined && now !== id;
  });
}

/** Until this Job is another one than before. */
export async function rerun(job: string, before: string | undefined): Promise<void> {
  await until(`another run of Job/${job}`, 90, async () => {
    const uid = (await get(cloud, 'job', job))?.metadata.uid;
    return uid !== undefined && uid !== before;
  });
}

/** When all was Ready with nothing on its way, and stayed so for three seconds. */
export async function readyAgain(seconds: number): Promise<number> {
  let since: number | undefined;
  let open: readonly string[] = [];
  try {
    return await until(
      'all to be Ready again',
      seconds,
      async () => {
        const looked = Date.now();
        open = await unsettled();
        since = open.length === 0 ? (since ?? looked) : undefined;
        return since !== undefined && looked - since >= 3000 && since;
      },
      1000,
    );
  } catch (error) {
    throw new Error(`not done after ${seconds} s: ${open.join(', ')}`, { cause: error });
  }
}

/** Names of the Jobs that are not the same ones. */
export function changed(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((job) => before[job] !== after[job])
    .toSorted();
}

function row(what: string, start: number, ready: number, found: ReturnType<typeof outages>): string {
  const after = (at: number): string => ((at - start) / 1000).toFixed(1);
  const windows = [...found].map(
    ([service, { from, to, failed, errors }]) =>
      `${service} ${((to - from) / 1000).toFixed(1)} s from ${after(from)} (${failed}: ${errors.join(', ')})`,
  );
  const ended = `Ready again after ${after(ready)} s`;
  return `${what.padEnd(44)} ${ended.padEnd(28)} ${windows.length === 0 ? 'no request failed' : windows.join('; ')}`;
}
