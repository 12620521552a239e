import { Builtin, resourceName, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { Annotation } from '../../src/machines/engine/annotations.ts';
import { kinds } from '../../src/machines/index.ts';
import type { Operator } from '../../src/runtime/operator.ts';
import { seeded } from '../../src/sandbox/test-world.ts';
import { isReady, namespace, testCloud, type TestCloud } from '../support/cloud.ts';
import { chaotic, type Chaos } from './chaos.ts';
import { succeededJob } from './truth.ts';

/** What one random run did, and what was wrong with it. */
export interface Report {
  readonly seed: number;
  readonly crashes: number;
  readonly disturbances: readonly string[];
  readonly requests: number;
  readonly violations: readonly string[];
}

const resources = [
  ['MariaDB', 'mariadb'],
  ['Memcached', 'memcached'],
  ['Keystone', 'keystone'],
] as const;

/** The fewer kinds the operator knows, the quicker. */
const involved = kinds.filter(({ declaration }) => resources.some(([kind]) => kind === declaration.kind));

const hour = 3_600_000;

/**
 * Brings three resources up in a world where requests fail, watches lag and break, the operator crashes at any request
 * and people do damage; then leaves it in peace. It has to end Ready with nothing run twice, nothing generated twice,
 * and then be quiet. The same seed gives the same run.
 */
export async function interleave(seed: number): Promise<Report> {
  const random = seeded(seed);
  const chance = (share: number): boolean => random.fraction() < share;
  const lag = [0, 5, 50, 2000][Math.floor(random.fraction() * 4)] ?? 0;
  const cloud = await testCloud({ seed, kinds: involved });
  const seen = watchWorld(cloud);
  const chaos: Chaos = {
    rate: [0, 0.05, 0.2][Math.floor(random.fraction() * 3)] ?? 0,
    writes: [],
    beforeRequest: () => {},
  };
  const violations: string[] = [];
  let requests = 0;
  let crashes = 0;
  let operator: Operator | undefined;
  let fuse = Math.floor(random.fraction() * 60);
  let peace = false;
  const mostCrashes = Math.floor(random.fraction() * 6);
  chaos.beforeRequest = () => {
    requests += 1;
    if (!peace && crashes < mostCrashes && --fuse <= 0) {
      fuse = Math.floor(random.fraction() * 60);
      crashes += 1;
      operator?.kill();
      operator = undefined;
    }
  };
  const start = async (): Promise<void> => {
    const client = chaotic(
      cloud.world.client({ watchLagMs: () => Math.round(random.fraction() * lag) }),
      cloud.clock,
      random,
      chaos,
    );
    const booting = cloud.start({ client }).then(
      (made) => (operator = made),
      () => undefined,
    );
    await settleWith(cloud, booting);
  };

  for (const [kind, name] of [...resources].sort(() => random.fraction() - 0.5)) await cloud.apply(kind, name);
  const disturbances: string[] = [];
  const storms = 3 + Math.floor(random.fraction() * 12);
  for (let storm = 0; storm < storms; storm++) {
    if (operator === undefined) await start();
    await cloud.clock.advance(Math.floor(random.fraction() * (chance(0.3) ? 30_000 : 40)));
    if (chance(0.6)) disturbances.push(await disturb(cloud, random, seen));
  }
  chaos.rate = 0;
  peace = true;
  if (operator === undefined) await start();
  const all = () => resources.every(([kind, name]) => isReady(cloud.cr(kind, name)));
  await cloud.clock.until(all, 2 * hour);
  if (!all()) {
    for (const [kind, name] of resources) {
      const status = cloud.cr(kind, name)?.['status'] as { waitingFor?: string; state?: string } | undefined;
      violations.push(`${kind}/${name} rests in ${status?.state}, waiting for: ${status?.waitingFor}`);
    }
  } else {
    await cloud.clock.advance(2 * 60_000);
    chaos.writes.length = 0;
    await cloud.clock.advance(hour / 2);
    if (chaos.writes.length > 0)
      violations.push(`it is Ready and does not rest: ${chaos.writes.slice(0, 5).join(', ')}`);
    if (!all()) violations.push('it was Ready and is no more');
    violations.push(...missing(cloud));
  }
  violations.push(...seen.violations);
  operator?.kill();
  cloud.world.stop();
  return { seed, crashes, disturbances, requests, violations };
}

async function settleWith(cloud: TestCloud, promise: Promise<unknown>): Promise<void> {
  let settled = false;
  void promise.finally(() => (settled = true));
  await cloud.clock.until(() => settled, 60_000);
}

interface Seen {
  readonly violations: string[];
  /** Jobs whose success is recorded: from then on nothing may run them again. */
  isRecorded(job: string): boolean;
}

const generated = [
  'mariadb-root-password',
  'keystone-db-password',
  'keystone-admin-password',
  'keystone-fernet-keys',
  'keystone-credential-keys',
];

/** Safety, looked at after every single change of the world. */
function watchWorld(cloud: TestCloud): Seen {
  const violations: string[] = [];
  const data = new Map<string, string>();
  const runs = new Map<string, number>();
  const succeeded = new Set<string>();
  const recorded = () => {
    const keeper = cloud.get(Builtin.Secret, 'keystone-db-password');
    return keeper?.metadata.annotations?.[Annotation.record] ?? '';
  };
  cloud.world.api.store.subscribe(undefined, ({ type, object }) => {
    const name = object.metadata.name;
    if (object.kind === 'Secret' && generated.includes(name)) {
      const now = JSON.stringify(object['data']);
      const before = data.get(name);
      if (type !== 'DELETED' && before !== undefined && before !== now)
        violations.push(`Secret/${name} was generated twice`);
      data.set(name, now);
    }
    if (object.kind === 'Job' && type === 'ADDED') {
      if (succeeded.has(name) && recorded().includes(`"${name.replace('keystone-', '')}"`))
        violations.push(`Job/${name} ran again`);
      runs.set(name, (runs.get(name) ?? 0) + 1);
    }
    const done = succeededJob(cloud.world, object);
    if (done !== undefined) succeeded.add(done.metadata.name);
    if (
      object.kind === 'Deployment' &&
      type === 'ADDED' &&
      name === 'keystone-api' &&
      !succeeded.has('keystone-db-sync')
    ) {
      violations.push('the API was deployed before its schema');
    }
    if (isReady(object) && object.kind === 'Keystone') {
      if (!succeeded.has('keystone-bootstrap')) violations.push('Keystone was Ready before bootstrap');
    }
  });
  return {
    violations,
    isRecorded: (job) => succeeded.has(job) && recorded().includes(`"${job.replace('keystone-', '')}"`),
  };
}

function missing(cloud: TestCloud): string[] {
  const wanted: [ResourceType, string][] = [
    [Builtin.StatefulSet, 'mariadb'],
    [Builtin.Service, 'mariadb'],
    [Builtin.Secret, 'mariadb-config'],
    [Builtin.Deployment, 'memcached'],
    [Builtin.Service, 'memcached'],
    [Builtin.Deployment, 'keystone-api'],
    [Builtin.Service, 'keystone-api'],
    [Builtin.Secret, 'keystone-config'],
    ...generated.map((name): [ResourceType, string] => [Builtin.Secret, name]),
  ];
  return wanted
    .filter(([type, name]) => cloud.get(type, name) === undefined)
    .map(([type, name]) => `${resourceName(type)}/${name} is missing`);
}

type Damage = (cloud: TestCloud, seen: Seen) => Promise<string>;

const harms: readonly Damage[] = [
  ...(['keystone-api', 'memcached'] as const).flatMap((name) => [
    remove(Builtin.Deployment, name),
    remove(Builtin.Service, name),
    edit(Builtin.Deployment, name, 'replicas', { spec: { replicas: 7 } }),
    edit(Builtin.Deployment, name, 'ownerReferences', { metadata: { ownerReferences: [] } }),
    edit(Builtin.Service, name, 'labels', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }),
  ]),
  remove(Builtin.StatefulSet, 'mariadb'),
  remove(Builtin.Secret, 'keystone-config'),
  edit(Builtin.Secret, 'mariadb-config', 'data', { data: { 'my.cnf': 'eA==' } }),
  ...generated.map((name) => edit(Builtin.Secret, name, 'labels', { metadata: { labels: null } })),
  async (cloud, seen) => {
    for (const job of ['keystone-db-create', 'keystone-db-sync', 'keystone-bootstrap']) {
      if (seen.isRecorded(job)) await remove(Builtin.Job, job)(cloud, seen);
    }
    return 'delete the finished Jobs';
  },
  async (cloud) => {
    for (const [kind, name] of resources) {
      const cr = cloud.cr(kind, name);
      if (cr !== undefined) {
        const { status: _, ...rest } = cr;
        await cloud.admin.replace(cloud.typeOf(kind), { ...rest, status: {} } as KubeObject, { subresource: 'status' });
      }
    }
    return 'delete every status';
  },
  async (cloud) => {
    const type = cloud.typeOf('Keystone');
    await cloud.admin.mergePatch(type, { namespace, name: 'keystone' }, { metadata: { finalizers: null } });
    return 'take the finalizer away';
  },
];

function remove(type: ResourceType, name: string): Damage {
  return async (cloud) => {
    await cloud.admin.delete(type, { namespace, name }, { propagationPolicy: 'Background' });
    return `delete ${type.kind}/${name}`;
  };
}

function edit(type: ResourceType, name: string, what: string, patch: object): Damage {
  return async (cloud) => {
    await cloud.admin.mergePatch(type, { namespace, name }, patch);
    return `edit ${what} of ${type.kind}/${name}`;
  };
}

/** One thing a person might do to the children; none where it is not there yet. */
async function disturb(cloud: TestCloud, random: { fraction(): number }, seen: Seen): Promise<string> {
  const harm = harms[Math.floor(random.fraction() * harms.length)];
  try {
    return (await harm?.(cloud, seen)) ?? '';
  } catch {
    return 'nothing (it was not there)';
  }
}
