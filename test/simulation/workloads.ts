import { Builtin } from '../../src/kube/object.ts';
import { Annotation } from '../../src/machines/engine/annotations.ts';
import { hasCondition } from './truth.ts';
import type { Stage, Workload } from './workload.ts';

const newer = 'registry.example/other:2025.1-newer';

export interface Cast {
  readonly kind: string;
  readonly kinds: readonly string[];
  /** There and Ready, undisturbed, before the story begins. */
  readonly given?: readonly string[];
  /** Names of all resources of the story, the one of interest last. */
  readonly resources: readonly string[];
  readonly name: string;
  /** What the one of interest has to say at least. */
  readonly spec?: object;
  /** Another image; one of no service we know unless said otherwise. */
  readonly newer?: string;
  /** A change of the spec that is no other image. */
  readonly change: object;
}

const casts: readonly Cast[] = [
  {
    kind: 'Memcached',
    kinds: ['Memcached'],
    resources: ['Memcached/memcached'],
    name: 'memcached',
    change: { spec: { replicas: 0 } },
  },
  {
    kind: 'MariaDB',
    kinds: ['MariaDB'],
    resources: ['MariaDB/mariadb'],
    name: 'mariadb',
    change: { spec: { resources: { limits: { memory: '1Gi' } } } },
  },
  {
    kind: 'Keystone',
    kinds: ['MariaDB', 'Memcached', 'Keystone'],
    resources: ['MariaDB/mariadb', 'Memcached/memcached', 'Keystone/keystone'],
    name: 'keystone',
    change: { spec: { extraConfig: [{ file: 'keystone.conf', section: 'DEFAULT', key: 'debug', value: 'true' }] } },
  },
];

/** What is given, and then all the others. */
const bringUp =
  (cast: Cast, spec: object = {}) =>
  async (stage: Stage): Promise<void> => {
    await giving(cast)?.(stage);
    await making(cast, spec)(stage);
  };

export const giving = ({ given = [] }: Cast): Workload['before'] =>
  given.length === 0 ? undefined : (stage) => made(stage, given, () => ({}));

const making =
  ({ resources, kind, name, spec: own }: Cast, spec: object = {}) =>
  (stage: Stage): Promise<void> =>
    made(stage, resources, (resource) => ({ ...(resource === `${kind}/${name}` ? own : {}), ...spec }));

async function made(stage: Stage, resources: readonly string[], specOf: (resource: string) => object): Promise<void> {
  for (const resource of resources) {
    const [kind = '', name = ''] = resource.split('/');
    await stage.apply(kind, name, specOf(resource));
  }
  await stage.ready(...resources);
}

/** What is done to every kind. */
export function common(cast: Cast): Workload[] {
  const { kind, kinds, name, resources, change, given = [] } = cast;
  const before = giving(cast);
  const named = (what: string, rest: Omit<Workload, 'name' | 'kinds'>): Workload => ({
    name: `${kind.toLowerCase()} ${what}`,
    kinds,
    ...rest,
  });
  const self = `${kind}/${name}`;
  return [
    named('bring-up', { ...(before === undefined ? {} : { before }), story: making(cast) }),
    named('upgrade', {
      before: bringUp(cast),
      story: async (stage) => {
        await stage.patch(kind, name, { spec: { image: cast.newer ?? newer } });
        await stage.ready(self);
      },
    }),
    named('change', {
      before: bringUp(cast),
      story: async (stage) => {
        await stage.patch(kind, name, change);
        await stage.ready(self);
      },
    }),
    named('deletion, Retain', {
      before: bringUp(cast),
      story: async (stage) => {
        await stage.remove(stage.typeOf(kind), name);
        await stage.gone(self);
      },
    }),
    named('deletion, Delete', {
      before: bringUp(cast, { deletionPolicy: 'Delete' }),
      story: async (stage) => {
        await stage.remove(stage.typeOf(kind), name);
        await stage.gone(self);
      },
    }),
    named('deletion, namespace', {
      before: bringUp(cast, { deletionPolicy: 'Delete' }),
      story: async (stage) => {
        await stage.remove(Builtin.Namespace, 'cloud');
        await stage.gone(...given, ...resources);
        await stage.until('the namespace is gone', () => stage.find(Builtin.Namespace, 'cloud') === undefined);
      },
    }),
    named('status lost', {
      before: bringUp(cast),
      story: async (stage) => {
        const found = stage.find(stage.typeOf(kind), name);
        if (found !== undefined)
          await stage.person.replace(stage.typeOf(kind), { ...found, status: {} }, { subresource: 'status' });
        await stage.ready(self);
      },
    }),
  ];
}

const [memcached, , keystone] = casts as [Cast, Cast, Cast];

const special: readonly Workload[] = [
  {
    name: 'memcached stranger',
    kinds: memcached.kinds,
    before: async (stage) => {
      const metadata = { name: 'memcached', namespace: 'cloud' };
      const spec = { ports: [{ port: 80 }], selector: { app: 'other' } };
      await stage.person.create(Builtin.Service, { apiVersion: 'v1', kind: 'Service', metadata, spec });
    },
    story: async (stage) => {
      await stage.apply('Memcached', 'memcached');
      await stage.pass(30_000);
      await stage.remove(Builtin.Service, 'memcached');
      await stage.ready('Memcached/memcached');
    },
  },
  {
    // Its Job fails twice, and says what it should not.
    name: 'keystone trouble',
    // How often a Job that fails is tried, and which try it was: the count of a failure can be lost with a status.
    loose: /Job\/(cloud\/)?keystone-db-sync /,
    kinds: keystone.kinds,
    story: async (stage) => {
      for (const resource of keystone.resources) {
        const [kind = '', name = ''] = resource.split('/');
        await stage.apply(kind, name);
      }
      await stage.until('there is a password', () => stage.find(Builtin.Secret, 'keystone-db-password') !== undefined);
      const data = stage.find(Builtin.Secret, 'keystone-db-password')?.['data'] as { password: string } | undefined;
      const password = Buffer.from(data?.password ?? '', 'base64').toString();
      const end = stage.behave('db-sync', { exitCode: 1, log: `denied: keystone identified by ${password}` });
      await stage.until('the Job failed for the second time', () => {
        const job = stage.find(Builtin.Job, 'keystone-db-sync');
        return job?.metadata.annotations?.[Annotation.attempt] === '2' && hasCondition(job, 'Failed');
      });
      end();
      await stage.ready(...keystone.resources);
    },
  },
  {
    name: 'keystone deletion, everything at once',
    kinds: keystone.kinds,
    before: bringUp(keystone, { deletionPolicy: 'Delete' }),
    story: async (stage) => {
      for (const resource of keystone.resources) {
        const [kind = '', name = ''] = resource.split('/');
        await stage.remove(stage.typeOf(kind), name);
      }
      await stage.gone(...keystone.resources);
    },
  },
  {
    name: 'keystone rotation',
    kinds: keystone.kinds,
    before: bringUp(keystone),
    story: async (stage) => {
      await stage.patch('Keystone', 'keystone', {
        metadata: { annotations: { [Annotation.rotate]: 'db-password=1' } },
      });
      await stage.until('the password is set', () => {
        const secret = stage.find(Builtin.Secret, 'keystone-db-password');
        return secret?.metadata.annotations?.[Annotation.rotatedFor] !== undefined;
      });
      await stage.pass(60_000);
      await stage.ready('Keystone/keystone');
    },
  },
];

/** The Job has a Pod that has begun. */
export function isAtWork(stage: Stage, job: string): boolean {
  return ((stage.find(Builtin.Job, job)?.['status'] ?? {}) as { active?: number; ready?: number }).ready === 1;
}

export const workloads: readonly Workload[] = [...casts.flatMap(common), ...special];
