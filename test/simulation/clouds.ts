import type { KubeObject } from '../../src/kube/object.ts';
import { Builtin } from '../../src/kube/object.ts';
import { at } from './truth.ts';
import type { Stage, Workload } from './workload.ts';
import { common, isAtWork, type Cast } from './workloads.ts';

/** The other kinds, and whole clouds. They take longer, so they are a list of their own: `--clouds`. */

const identity = ['MariaDB/mariadb', 'Memcached/memcached', 'Keystone/keystone'];
const messages = ['RabbitMQ/rabbitmq', 'OVNNetwork/ovn'];
const debug = (file: string) => ({
  spec: { extraConfig: [{ file, section: 'DEFAULT', key: 'debug', value: 'true' }] },
});

function cast(
  kind: string,
  name: string,
  given: readonly string[],
  rest: Omit<Cast, 'kind' | 'kinds' | 'resources' | 'name'>,
): Cast {
  const kinds = [...given.map((resource) => resource.split('/')[0] ?? ''), kind];
  return { kind, kinds, name, resources: [`${kind}/${name}`], ...(given.length === 0 ? {} : { given }), ...rest };
}

const placement = cast('Placement', 'placement', identity, { change: debug('placement.conf') });

const casts: readonly Cast[] = [
  cast('RabbitMQ', 'rabbitmq', [], { change: { spec: { resources: { limits: { memory: '1Gi' } } } } }),
  cast('OVNNetwork', 'ovn', [], {
    newer: 'registry.example/ovn-nb-db-server:2025.1-newer',
    change: { spec: { northdReplicas: 2 } },
  }),
  cast('Glance', 'glance', identity, { change: debug('glance-api.conf') }),
  placement,
  cast('Neutron', 'neutron', [...identity, ...messages], { change: debug('ml2_conf.ini') }),
  cast('Nova', 'nova', [...identity, ...messages, 'Glance/glance', 'Placement/placement', 'Neutron/neutron'], {
    spec: { virtType: 'fake' },
    newer: 'registry.example/nova-api:2025.1-newer',
    change: { spec: { computeReplicas: 2 } },
  }),
];

const controlPlane = 'OpenStackControlPlane';
const cloud = `${controlPlane}/cloud`;
const least = { ovnNetwork: {}, nova: { virtType: 'fake' } };

const everyKind = [
  'MariaDB',
  'RabbitMQ',
  'Memcached',
  'OVNNetwork',
  'Keystone',
  'Glance',
  'Placement',
  'Neutron',
  'Nova',
];

async function risen(stage: Stage, spec: object = {}): Promise<void> {
  await stage.apply(controlPlane, 'cloud', { ...least, ...spec });
  await stage.ready(cloud);
}

/** A whole cloud, up and undisturbed; then what is asked of it. */
function asked(name: string, patch: object, until?: (stage: Stage) => Promise<void>): Workload {
  return whole(name, {
    before: risen,
    story: async (stage) => {
      await stage.patch(controlPlane, 'cloud', { spec: patch });
      await until?.(stage);
      await stage.ready(cloud);
    },
  });
}

function whole(name: string, rest: Omit<Workload, 'name' | 'kinds'>): Workload {
  return { name: `control plane ${name}`, kinds: [...everyKind, controlPlane], ...rest };
}

function deleted(name: string, spec: object): Workload {
  return whole(name, {
    before: (stage) => risen(stage, spec),
    story: async (stage) => {
      await stage.remove(stage.typeOf(controlPlane), 'cloud');
      await stage.gone(cloud);
    },
  });
}

const child = (stage: Stage, kind: string, name: string): KubeObject | undefined =>
  stage.find(stage.typeOf(kind), `cloud-${name}`);

const special: readonly Workload[] = [
  whole('bring-up', { story: risen }),
  asked('upgrade', { keystone: { image: 'registry.example/keystone:2025.1-newer' } }),
  asked('change', { memcached: { resources: { limits: { memory: '1Gi' } } }, placement: { replicas: 2 } }),
  asked('computes', { nova: { virtType: 'fake', computeReplicas: 2 } }),
  whole('networks', {
    before: async (stage) => {
      await stage.apply('OVNNetwork', 'shared');
      await risen(stage);
    },
    story: async (stage) => {
      await stage.patch(controlPlane, 'cloud', { spec: { ovnNetwork: null, neutron: { ovnRef: 'shared' } } });
      await stage.gone('OVNNetwork/cloud-ovn');
      await stage.ready(cloud);
      // Back again; meanwhile what has come after it is kept as it should be.
      const end = stage.behave('nb-db', { neverReady: true });
      const back = { ovnNetwork: {}, neutron: { ovnRef: null }, placement: { replicas: 2 } };
      await stage.patch(controlPlane, 'cloud', { spec: back });
      await stage.until(
        'Neutron uses it',
        () => at(child(stage, 'Neutron', 'neutron'), 'spec', 'ovnRef') === 'cloud-ovn',
      );
      await stage.until(
        'Placement has two',
        () => at(child(stage, 'Placement', 'placement'), 'spec', 'replicas') === 2,
      );
      end();
      await stage.ready(cloud);
    },
  }),
  deleted('deletion, Retain', {}),
  deleted('deletion, Delete', { deletionPolicy: 'Delete' }),
  whole('deletion, namespace', {
    before: (stage) => risen(stage, { deletionPolicy: 'Delete' }),
    story: async (stage) => {
      await stage.remove(Builtin.Namespace, 'cloud');
      await stage.gone(cloud);
      await stage.until('the namespace is gone', () => stage.find(Builtin.Namespace, 'cloud') === undefined);
    },
  }),
  whole('every status lost', {
    before: risen,
    story: async (stage) => {
      for (const kind of [...everyKind, controlPlane]) {
        const name = kind === controlPlane ? 'cloud' : `cloud-${kind === 'OVNNetwork' ? 'ovn' : kind.toLowerCase()}`;
        const found = stage.find(stage.typeOf(kind), name);
        if (found !== undefined)
          await stage.person.replace(stage.typeOf(kind), { ...found, status: {} }, { subresource: 'status' });
      }
      await stage.ready(cloud);
    },
  }),
  {
    // Two identity services on one MariaDB, at the same time.
    name: 'two clouds on one MariaDB',
    kinds: ['MariaDB', 'Memcached', 'Keystone', 'Placement'],
    before: async (stage) => {
      await stage.apply('MariaDB', 'mariadb');
      await stage.apply('Memcached', 'memcached');
      await stage.ready('MariaDB/mariadb', 'Memcached/memcached');
    },
    story: async (stage) => {
      for (const name of ['keystone', 'second']) {
        await stage.apply('Keystone', name);
        await stage.apply('Placement', `${name}-placement`, { keystoneRef: name });
      }
      await stage.ready(
        'Keystone/keystone',
        'Keystone/second',
        'Placement/keystone-placement',
        'Placement/second-placement',
      );
    },
  },
  {
    name: 'placement deletion on the way',
    kinds: placement.kinds,
    // How far it came is up to the weather.
    loose: /placement/,
    before: async (stage) => common(placement)[0]?.before?.(stage),
    story: async (stage) => {
      await stage.apply('Placement', 'placement', { deletionPolicy: 'Delete' });
      await stage.until(
        'its database is being made',
        () => stage.find(Builtin.Job, 'placement-db-create') !== undefined,
      );
      await stage.remove(stage.typeOf('Placement'), 'placement');
      await stage.gone('Placement/placement');
    },
  },
];

const nova = casts.find(({ kind }) => kind === 'Nova')!;

const betweenImages: Workload = {
  name: 'nova upgrade while data is migrated',
  kinds: nova.kinds,
  before: async (stage) => common(nova)[1]?.before?.(stage),
  story: async (stage) => {
    const image = (tag: string) => ({ spec: { image: `registry.example/nova-api:2025.1-${tag}` } });
    const end = stage.behave('online-migrations', { runMs: 60_000 });
    await stage.patch('Nova', 'nova', image('newer'));
    await stage.until('data is being migrated', () => isAtWork(stage, 'nova-online-migrations'));
    await stage.patch('Nova', 'nova', image('newest'));
    await stage.until('that has ended', () => !isAtWork(stage, 'nova-online-migrations'));
    end();
    await stage.ready('Nova/nova');
  },
};

export const clouds: readonly Workload[] = [...casts.flatMap(common), ...special, betweenImages];
