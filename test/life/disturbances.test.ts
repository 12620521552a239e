import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { condition, crash, leader, secret } from '../node/cloud.ts';
import { dump } from '../node/dump.ts';
import { kubectl, list, until } from '../node/kubectl.ts';
import {
  crashPod,
  disturb,
  killPods,
  readyAgain,
  rotate,
  sql,
  standing,
  table,
  workloads,
  type Disturbance,
} from '../node/life.ts';
import { asked, type Asked } from '../node/requests.ts';
import { again, cloud, name } from '../node/whole-cloud.ts';
import { annotate, bringUp, patch, tagImages, uids } from './cloud.ts';

const images = ['glance', 'image bytes'] as const;
/** The services with a database, and whose requests may fail while theirs is out. */
const apis: Readonly<Record<string, readonly Asked[]>> = {
  keystone: asked,
  glance: images,
  placement: ['placement'],
  neutron: ['neutron'],
  nova: ['nova'],
};

/** One cloud under requests that go on; each test ends with all of it Ready, and the next begins there. */
describe('Life of a whole cloud', () => {
  beforeAll(bringUp, 600_000);

  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.log(await dump([cloud])), 120_000);
  });

  afterAll(() => console.log(table()));

  const each = Object.entries({ ...workloads.daemons, ...workloads.apis, ...workloads.stores });
  it.each(each)('loses the Pod of %s, and nothing else', async (component, mayFail) => {
    await disturb({ what: `Pod killed: ${component}`, change: () => killPods(component), mayFail });
  });

  it('loses every Pod at once', async () => {
    await disturb({ what: 'every Pod killed', change: () => killPods(), mayFail: asked, seconds: 300 });
  }, 480_000);

  it.each([
    { pod: 'mariadb-0', mayFail: asked },
    { pod: 'rabbitmq-0', mayFail: [] },
  ])('goes through a crash of $pod', async ({ pod, mayFail }) => {
    await disturb({ what: `crash of ${pod}`, change: () => crashPod(`${name}-${pod}`), mayFail });
  });

  it('is as it was when the Pod of each Job is run once more', async () => {
    const said: string[] = [];
    await disturb({
      what: 'the Pod of each Job run once more',
      change: async () => {
        for (const job of await list(cloud, 'jobs')) {
          const { ok, text } = await again(job.metadata.name);
          if (!ok) said.push(`${job.metadata.name}: ${text}`);
        }
      },
      seconds: 60,
    });
    expect(said).toEqual([]);
  }, 480_000);

  it.each(rotations())('rotates $what', async ({ change, reruns = [], mayFail = [], what }) => {
    await disturb({ what: `rotated: ${what}`, change, reruns, mayFail });
  });

  it('rotates the token keys by the clock, without another Pod', async () => {
    const before = await uids('pods', '-l', 'app.kubernetes.io/name=keystone,app.kubernetes.io/component=api');
    const keys = async () => Object.keys(await secret(cloud, `${name}-keystone-fernet-keys`)).length;
    const had = await keys();
    await disturb({
      what: 'fernet-keys, as if a day had gone',
      change: async () => {
        const yesterday = new Date(Date.now() - 25 * 3_600_000).toISOString();
        const annotation = `openstack.k8s.io/rotated-at=${yesterday}`;
        const wanted = ['secret', `${name}-keystone-fernet-keys`, '--overwrite', annotation];
        await kubectl(['annotate', '-n', cloud, ...wanted]);
        await until('another token key', 60, async () => (await keys()) > had);
      },
    });
    expect(await uids('pods', '-l', 'app.kubernetes.io/name=keystone,app.kubernetes.io/component=api')).toEqual(before);
  });

  it.each([
    { service: 'glance', names: ['glance-api'], reruns: ['glance-db-sync'], mayFail: images },
    {
      service: 'nova',
      names: ['nova-api', 'nova-conductor', 'nova-scheduler', 'nova-novncproxy', 'nova-compute'],
      reruns: ['nova-db-sync', 'nova-online-migrations'],
      mayFail: [],
    },
  ])(
    'rolls another image of $service out, schema first',
    async ({ service, names: [first = '', ...more], ...rest }) => {
      const tag = `2025.1-of-${Date.now()}`;
      tagImages(tag, first, ...more);
      await disturb({
        what: `another image: ${service}`,
        change: () => patch({ [service]: { image: `quay.io/openstack.kolla/${first}:${tag}` } }),
        ...rest,
      });
    },
  );

  it.each([2, 1])('scales Keystone, Placement, Neutron and Nova to %i', async (replicas) => {
    const services = ['keystone', 'placement', 'neutron', 'nova'];
    await disturb({
      what: `scaled to ${replicas}`,
      change: () => patch(Object.fromEntries(services.map((service) => [service, { replicas }]))),
    });
    expect(await list(cloud, 'pods', '-l', 'app.kubernetes.io/component=api')).toHaveLength(1 + 3 * replicas);
  });

  it('changes nothing while it is paused, and goes on when it may', async () => {
    const placement = `placement/${name}-placement`;
    const replicas = async (resource: string) => {
      return Number(await kubectl(['get', '-n', cloud, resource, '-o', 'jsonpath={.spec.replicas}']));
    };
    await annotate(placement, 'paused=true');
    try {
      await patch({ placement: { replicas: 2 } });
      await until('Placement to be told', 30, async () => (await replicas(placement)) === 2);
      await condition(cloud, placement, 'Ready=false', 30);
      expect(await replicas(`deployment/${name}-placement-api`)).toBe(1);
    } finally {
      await annotate(placement, 'paused-');
    }
    await readyAgain(90);
    expect(await replicas(`deployment/${name}-placement-api`)).toBe(2);
    await disturb({ what: 'scaled back', change: () => patch({ placement: { replicas: 1 } }) });
  });

  it('tries a failed Job again when it is told to', async () => {
    const placement = `placement/${name}-placement`;
    const job = `job/${name}-placement-db-create`;
    await disturb({
      what: 'a Job failed, and was told to retry',
      change: async () => {
        await sql(`RENAME USER 'root'@'%' TO 'root'@'10.255.255.255'`);
        try {
          await rotate('placement', 'placement', 'db-password', 'placement-db-password');
          await condition(cloud, job, 'Failed', 120);
        } finally {
          await sql(`RENAME USER 'root'@'10.255.255.255' TO 'root'@'%'`);
        }
        await annotate(placement, `retry=${Date.now()}`);
        await condition(cloud, job, 'Complete', 60);
      },
      reruns: ['placement-db-create'],
      mayFail: ['placement'],
    });
  });

  it.each(rotations().filter(({ onLeader }) => onLeader === true))(
    'loses the leader in the middle of $what',
    async ({ change, what, ...rest }) => {
      const leads = await leader();
      await disturb({
        what: `leader crashed: ${what}`,
        change: async () => {
          await change();
          await crash(leads);
          await leader(leads);
        },
        reruns: rest.reruns ?? [],
        mayFail: rest.mayFail ?? [],
      });
    },
  );

  it('runs no Job again because Jobs were deleted', async () => {
    await kubectl(['delete', 'jobs', '-n', cloud, '--all']);
    await disturb({
      what: 'Jobs deleted',
      change: () => annotate(`openstackcontrolplane/${name}`, `reconcile-at=${Date.now()}`),
    });
    expect((await standing()).jobs).toEqual({});
  });
});

/** Everything that can be rotated, what runs anew for it, and whose requests may fail meanwhile. */
function rotations(): (Disturbance & { onLeader?: boolean })[] {
  const passwords = Object.entries(apis).flatMap(([service, mayFail]) => [
    {
      what: `db-password of ${service}`,
      change: () => rotate(service, service, 'db-password', `${service}-db-password`),
      reruns: [`${service}-db-create`],
      mayFail,
      onLeader: service === 'keystone' || service === 'nova',
    },
    ...(service === 'keystone'
      ? []
      : [
          {
            what: `service-password of ${service}`,
            change: () => rotate(service, service, 'service-password', `${service}-service-password`),
            reruns: [`${service}-endpoint-create`],
            mayFail,
            onLeader: service === 'nova',
          },
        ]),
  ]);
  return [
    ...passwords,
    {
      what: 'admin-password',
      change: () => rotate('keystone', 'keystone', 'admin-password', 'keystone-admin-password'),
      reruns: ['keystone-bootstrap'],
      onLeader: true,
    },
    { what: 'fernet-keys', change: () => rotate('keystone', 'keystone', 'fernet-keys', 'keystone-fernet-keys') },
    {
      what: 'password of RabbitMQ',
      change: () => rotate('rabbitmq', 'rabbitmq', 'password', 'rabbitmq-credentials'),
      onLeader: true,
    },
    {
      what: 'metadata-secret',
      change: () => rotate('neutron', 'neutron', 'metadata-secret', 'neutron-metadata-secret'),
    },
  ];
}
