import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Builtin, type KubeObject } from '../../src/kube/object.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { at, conditionOf, Scene, type Bench } from './bench.ts';
import { problemsOf } from './pods.ts';

const folder = join(import.meta.dirname, '..', '..', 'samples');
const isWhole = (file: string): boolean => file.startsWith('controlplane-');
const files = readdirSync(folder).filter((file) => file !== 'kustomization.yaml');
/** Control planes each alone, the kinds alone all together. */
const samples = [
  ...files.filter(isWhole).map((file) => ({ name: file, files: [file] })),
  { name: 'every kind alone', files: files.filter((file) => !isWhole(file)) },
];

/** What must hold on any cluster. Written once; run on the sandbox and on a real kube-apiserver. */
export function scenarios(name: string, open: () => Promise<Bench & { end(): void | Promise<void> }>): void {
  describe(name, () => {
    let bench: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => void (bench = await open()), 120_000);
    afterAll(() => bench.end());
    const scene = async (): Promise<Scene> => new Scene(bench, await bench.namespace());
    const keystoneJobs = ['keystone-bootstrap', 'keystone-db-create', 'keystone-db-sync'];

    describe('bring-up', () => {
      it('brings a MariaDB, a Memcached and a Keystone to Ready with every child of the contract', async () => {
        const it = await scene();
        await it.cloud();
        const names = async (kind: string) => (await it.list(kind)).map((object) => object.metadata.name).sort();
        expect(await names('Secret')).toEqual([
          'keystone-admin-password',
          'keystone-config',
          'keystone-credential-keys',
          'keystone-db-password',
          'keystone-fernet-keys',
          'mariadb-config',
          'mariadb-root-password',
        ]);
        expect(await names('Service')).toEqual(['keystone-api', 'mariadb', 'memcached']);
        expect(await names('Deployment')).toEqual(['keystone-api', 'memcached']);
        expect(await names('StatefulSet')).toEqual(['mariadb']);
        expect(await names('PersistentVolumeClaim')).toEqual(['data-mariadb-0']);
        expect(await names('Job')).toEqual(keystoneJobs);
        const keystone = await it.need('Keystone', 'keystone');
        expect(at(keystone, 'status.apiEndpoint')).toBe(`http://keystone-api.${it.namespace}.svc:5000/v3`);
        expect(at(keystone, 'status.state')).toBe('Ready');
        expect(at(keystone, 'status.waitingFor')).toBeUndefined();
        const claim = await it.need('PersistentVolumeClaim', 'data-mariadb-0');
        expect(at(await it.need('MariaDB', 'mariadb'), 'status.dataID')).toBe(claim.metadata.uid);
      });

      it('makes only Pods whose every Secret, key, ConfigMap, claim and account exists, and that are restricted', async () => {
        const it = await scene();
        await it.cloud();
        const pods = await it.list('Pod');
        expect(pods.length).toBeGreaterThanOrEqual(6);
        const problems = await Promise.all(pods.map((pod) => problemsOf(pod, (kind, of) => it.get(kind, of))));
        expect(problems.flat()).toEqual([]);
      });

      it('writes nothing in rest, and nothing after a crash', async () => {
        const it = await scene();
        await it.cloud();
        await bench.rest(2);
        const before = [...(await bench.writes(it.namespace))];
        await bench.rest(5);
        await bench.crash();
        await bench.rest(5);
        expect((await bench.writes(it.namespace)).slice(before.length)).toEqual([]);
      });

      it('says which object it waits for, from the first second', async () => {
        const it = await scene();
        await it.create('Keystone', 'keystone');
        await it.says('Keystone', 'keystone', 'Ready', 'False', 'DependencyNotReady', 'MariaDB/mariadb does not exist');
        const keystone = await it.need('Keystone', 'keystone');
        expect(at(keystone, 'status.waitingFor')).toBe('MariaDB/mariadb does not exist');
        for (const step of ['SecretsReady', 'DBCreated', 'DBSynced', 'Deployed', 'Bootstrapped']) {
          expect(conditionOf(keystone, step), step).toBeDefined();
        }
        await it.create('MariaDB', 'mariadb');
        await it.create('Memcached', 'memcached');
        await it.ready('Keystone', 'keystone');
      });

      it('keeps two clouds in one namespace apart', async () => {
        const it = await scene();
        await it.cloud();
        await it.create('Keystone', 'second-keystone', { spec: {} });
        await it.ready('Keystone', 'second-keystone');
        const record = at(await it.need('Keystone', 'second-keystone'), 'status.machine.record.jobs.db-create.user');
        expect(record).toBe('second_keystone__keystone');
      });
    });

    describe('samples', () => {
      it.each(samples)(
        'brings $name to Ready, with Pods that are restricted and lack nothing',
        async ({ files }) => {
          const it = await scene();
          const objects = files.map((file) => parse(readFileSync(join(folder, file), 'utf8')) as KubeObject);
          for (const { kind, metadata, ...rest } of objects) await it.create(kind, metadata.name, rest);
          for (const { kind, metadata } of objects) await it.ready(kind, metadata.name, 300);
          const pods = await it.list('Pod');
          expect(pods.length).toBeGreaterThan(10);
          expect(
            (await Promise.all(pods.map((pod) => problemsOf(pod, (kind, of) => it.get(kind, of))))).flat(),
          ).toEqual([]);
        },
        240_000,
      );
    });

    describe('drift', () => {
      const damages: {
        what: string;
        harm: (it: Scene) => Promise<unknown>;
        repaired: (it: Scene) => Promise<boolean>;
      }[] = [
        ...(
          [
            ['Deployment', 'keystone-api'],
            ['Service', 'keystone-api'],
            ['Secret', 'keystone-config'],
            ['Deployment', 'memcached'],
            ['Service', 'memcached'],
            ['StatefulSet', 'mariadb'],
            ['Service', 'mariadb'],
            ['Secret', 'mariadb-config'],
          ] as const
        ).map(([kind, of]) => ({
          what: `${kind}/${of} is deleted`,
          harm: (it: Scene) => it.delete(kind, of),
          repaired: async (it: Scene) => {
            const live = await it.get(kind, of);
            return live !== undefined && live.metadata.deletionTimestamp === undefined;
          },
        })),
        ...(
          [
            ['Deployment', 'keystone-api'],
            ['StatefulSet', 'mariadb'],
            ['Service', 'memcached'],
            ['Secret', 'keystone-fernet-keys'],
            ['Secret', 'keystone-db-password'],
            ['Job', 'keystone-db-sync'],
          ] as const
        ).map(([kind, of]) => ({
          what: `the labels of ${kind}/${of} are taken away`,
          harm: (it: Scene) => it.patch(kind, of, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }),
          repaired: async (it: Scene) => {
            // A finished Job is not needed any more: its success is on record.
            if (kind === 'Job') return true;
            return (await it.get(kind, of))?.metadata.labels?.['app.kubernetes.io/managed-by'] === 'openstack-operator';
          },
        })),
        ...(
          [
            ['Deployment', 'keystone-api'],
            ['Service', 'mariadb'],
            ['StatefulSet', 'mariadb'],
          ] as const
        ).map(([kind, of]) => ({
          what: `the owner reference of ${kind}/${of} is taken away`,
          harm: (it: Scene) => it.patch(kind, of, { metadata: { ownerReferences: null } }),
          repaired: async (it: Scene) => (await it.get(kind, of))?.metadata.ownerReferences?.length === 1,
        })),
        {
          what: 'the replicas of Deployment/keystone-api are changed',
          harm: (it) => it.patch('Deployment', 'keystone-api', { spec: { replicas: 5 } }),
          repaired: async (it) => at(await it.get('Deployment', 'keystone-api'), 'spec.replicas') === 1,
        },
        {
          what: 'the replicas of StatefulSet/mariadb are changed',
          harm: (it) => it.patch('StatefulSet', 'mariadb', { spec: { replicas: 0 } }),
          repaired: async (it) => at(await it.get('StatefulSet', 'mariadb'), 'spec.replicas') === 1,
        },
        {
          what: 'the port of Service/memcached is changed',
          harm: (it) =>
            it.patch('Service', 'memcached', { spec: { selector: { 'app.kubernetes.io/component': 'nobody' } } }),
          repaired: async (it) =>
            (at(await it.get('Service', 'memcached'), 'spec.selector') as Record<string, string> | undefined)?.[
              'app.kubernetes.io/component'
            ] === 'server',
        },
        {
          what: 'the data of Secret/keystone-config is changed',
          harm: (it) => it.patch('Secret', 'keystone-config', { data: { 'keystone.conf': 'eA==' } }),
          repaired: async (it) =>
            at(await it.get('Secret', 'keystone-config'), 'data') !== undefined &&
            (at(await it.get('Secret', 'keystone-config'), 'data') as Record<string, string>)['keystone.conf'] !==
              'eA==',
        },
        {
          what: 'the finalizer of the Keystone is taken away',
          harm: (it) => it.patch('Keystone', 'keystone', { metadata: { finalizers: null } }),
          repaired: async (it) => (await it.get('Keystone', 'keystone'))?.metadata.finalizers?.length === 1,
        },
      ];

      it('repairs every child that is deleted or edited, without running a Job or making a key anew', async () => {
        const it = await scene();
        await it.cloud();
        const jobs = await it.jobs();
        const secrets = await it.generated();
        for (const { what, harm, repaired } of damages) {
          await harm(it);
          await it.until(`repaired: ${what}`, () => repaired(it));
          await it.ready('Keystone', 'keystone');
          await it.ready('MariaDB', 'mariadb');
        }
        expect(await it.jobs()).toEqual(jobs);
        expect(await it.generated()).toEqual(secrets);
      });

      it('repairs the image of a Deployment and ends Ready', async () => {
        const it = await scene();
        await it.cloud();
        const live = await it.need('Deployment', 'keystone-api');
        const template = at(live, 'spec.template') as { spec: { containers: { image: string }[] } };
        const image = template.spec.containers[0]?.image;
        const containers = template.spec.containers.map((container) => ({
          ...container,
          image: 'example.com/other:1',
        }));
        await it.patch('Deployment', 'keystone-api', { spec: { template: { spec: { containers } } } });
        await it.until('the image is back', async () => {
          const now = at(await it.need('Deployment', 'keystone-api'), 'spec.template.spec.containers') as {
            image: string;
          }[];
          return now[0]?.image === image;
        });
        await it.ready('Keystone', 'keystone');
      });

      it.each(['status', 'jobs', 'both'] as const)('runs nothing again when this is deleted: %s', async (what) => {
        const it = await scene();
        await it.cloud();
        const before = await it.jobs();
        const secrets = await it.generated();
        if (what !== 'status') for (const job of keystoneJobs) await it.delete('Job', job);
        if (what !== 'status') await it.until('the Jobs are gone', async () => (await it.list('Job')).length === 0);
        if (what !== 'jobs') {
          for (const [kind, of] of [
            ['Keystone', 'keystone'],
            ['MariaDB', 'mariadb'],
            ['Memcached', 'memcached'],
          ] as const) {
            await it.wipeStatus(kind, of);
          }
        }
        await bench.crash();
        await it.ready('Keystone', 'keystone');
        await bench.rest(3);
        expect(await it.jobs()).toEqual(what === 'status' ? before : {});
        expect(await it.generated()).toEqual(secrets);
        expect(at(await it.need('Keystone', 'keystone'), 'status.state')).toBe('Ready');
      });

      it('makes a lost database password anew and gives it to the database, and stalls on a lost token key', async () => {
        const it = await scene();
        await it.cloud();
        const jobs = await it.jobs();
        await it.delete('Secret', 'keystone-db-password');
        await it.until(
          'the password is made anew',
          async () => (await it.get('Secret', 'keystone-db-password')) !== undefined,
        );
        await it.until('the user gets it', async () => {
          const now = (await it.jobs())['keystone-db-create'];
          return now !== undefined && now !== jobs['keystone-db-create'];
        });
        await it.ready('Keystone', 'keystone');
        const after = await it.jobs();
        expect(after['keystone-db-sync']).toBe(jobs['keystone-db-sync']);
        expect(after['keystone-bootstrap']).toBe(jobs['keystone-bootstrap']);
        const keys = await it.need('Secret', 'keystone-fernet-keys');
        await it.delete('Secret', 'keystone-fernet-keys');
        await it.says('Keystone', 'keystone', 'Stalled', 'True', 'SecretLost', 'keystone-fernet-keys', 'restore it');
        expect(await it.get('Secret', 'keystone-fernet-keys')).toBeUndefined();
        const { labels, annotations } = keys.metadata;
        await it.create('Secret', 'keystone-fernet-keys', { metadata: { labels, annotations }, data: keys['data'] });
        await it.ready('Keystone', 'keystone');
      });

      it('leaves a stranger of the same name alone and says so', async () => {
        const it = await scene();
        await it.create('Service', 'memcached', { spec: { ports: [{ port: 1 }], selector: { app: 'mine' } } });
        await it.create('Memcached', 'memcached');
        await it.says('Memcached', 'memcached', 'Ready', 'Service/memcached', 'delete or rename it');
        expect(at(await it.need('Service', 'memcached'), 'spec.selector')).toEqual({ app: 'mine' });
        await it.delete('Service', 'memcached');
        await it.patch('Memcached', 'memcached', {
          metadata: { annotations: { 'openstack.k8s.io/reconcile-at': '1' } },
        });
        await it.ready('Memcached', 'memcached');
      });
    });

    describe('change', () => {
      const changed = (before: Record<string, string | undefined>, after: Record<string, string | undefined>) =>
        Object.keys(after)
          .filter((job) => after[job] !== before[job])
          .sort();
      const podOf = async (it: Scene, component: string) =>
        (await it.list('Pod', `app.kubernetes.io/component=${component},app.kubernetes.io/name=keystone`))
          .map((pod) => pod.metadata.uid)
          .sort();

      it('runs the schema Job again for another image and then rolls the API, and nothing else', async () => {
        const it = await scene();
        await it.cloud();
        const jobs = await it.jobs();
        await it.patch('Keystone', 'keystone', { spec: { image: 'example.com/keystone:2025.1-next' } });
        await it.ready('Keystone', 'keystone');
        expect(changed(jobs, await it.jobs())).toEqual(['keystone-db-sync']);
        const deployment = await it.need('Deployment', 'keystone-api');
        expect(JSON.stringify(deployment['spec'])).toContain('example.com/keystone:2025.1-next');
      });

      it('runs no Job for replicas, resources or a setting, and restarts Pods for the setting only', async () => {
        const it = await scene();
        await it.cloud();
        const jobs = await it.jobs();
        const pods = await podOf(it, 'api');
        await it.patch('Keystone', 'keystone', { spec: { replicas: 3 } });
        await it.ready('Keystone', 'keystone');
        expect(await podOf(it, 'api')).toEqual(expect.arrayContaining(pods));
        expect(await podOf(it, 'api')).toHaveLength(3);
        await it.patch('Keystone', 'keystone', {
          spec: {
            replicas: 1,
            extraConfig: [{ file: 'keystone.conf', section: 'DEFAULT', key: 'debug', value: 'true' }],
          },
        });
        await it.ready('Keystone', 'keystone');
        await it.until('one new Pod is left', async () => (await podOf(it, 'api')).length === 1);
        expect(pods).not.toEqual(await podOf(it, 'api'));
        expect(changed(jobs, await it.jobs())).toEqual([]);
        const conf = at(await it.need('Secret', 'keystone-config'), 'data') as Record<string, string>;
        expect(Buffer.from(conf['keystone.conf'] ?? '', 'base64').toString()).toContain('debug = true');
      });

      it('runs bootstrap again for another region, and nothing else', async () => {
        const it = await scene();
        await it.cloud();
        const jobs = await it.jobs();
        await it.patch('Keystone', 'keystone', { spec: { region: 'RegionTwo' } });
        await it.ready('Keystone', 'keystone');
        expect(changed(jobs, await it.jobs())).toEqual(['keystone-bootstrap']);
      });

      it('grows a volume without ending the Pod', async () => {
        const it = await scene();
        await it.create('MariaDB', 'mariadb', { spec: { storage: { size: '2Gi' } } });
        await it.ready('MariaDB', 'mariadb');
        const pod = (await it.need('Pod', 'mariadb-0')).metadata.uid;
        await it.patch('MariaDB', 'mariadb', { spec: { storage: { size: '3Gi' } } });
        await it.until(
          'the claim asks for more',
          async () =>
            at(await it.get('PersistentVolumeClaim', 'data-mariadb-0'), 'spec.resources.requests.storage') === '3Gi',
        );
        await it.until('the set asks for more', async () => {
          const set = await it.get('StatefulSet', 'mariadb');
          return JSON.stringify(at(set, 'spec.volumeClaimTemplates') ?? '').includes('3Gi');
        });
        await it.ready('MariaDB', 'mariadb');
        expect((await it.need('Pod', 'mariadb-0')).metadata.uid).toBe(pod);
      });

      it('refuses a release that it does not know, leaves the API as it is, and goes on when that is taken back', async () => {
        const it = await scene();
        await it.cloud();
        const before = at(await it.need('Deployment', 'keystone-api'), 'spec');
        await it.patch('Keystone', 'keystone', { spec: { image: 'example.com/keystone:2024.1' } });
        await it.says('Keystone', 'keystone', 'Stalled', 'True', 'ReleaseRefused', '2024.1');
        expect(at(await it.need('Deployment', 'keystone-api'), 'spec')).toEqual(before);
        await it.patch('Keystone', 'keystone', { spec: { image: null } });
        await it.ready('Keystone', 'keystone');
      });

      it('changes nothing while paused, and catches up after', async () => {
        const it = await scene();
        await it.cloud();
        await it.patch('Keystone', 'keystone', {
          metadata: { annotations: { 'openstack.k8s.io/paused': 'true' } },
          spec: { replicas: 2 },
        });
        await it.until(
          'it is paused',
          async () => at(await it.get('Keystone', 'keystone'), 'status.state') === 'Paused',
        );
        await bench.rest(2);
        expect(at(await it.need('Deployment', 'keystone-api'), 'spec.replicas')).toBe(1);
        await it.patch('Keystone', 'keystone', { metadata: { annotations: { 'openstack.k8s.io/paused': null } } });
        await it.until(
          'it catches up',
          async () => at(await it.get('Deployment', 'keystone-api'), 'spec.replicas') === 2,
        );
        await it.ready('Keystone', 'keystone');
      });

      it('rotates what it is asked to, once for each nonce', async () => {
        const it = await scene();
        await it.cloud();
        const before = await it.generated();
        await it.patch('Keystone', 'keystone', {
          metadata: { annotations: { 'openstack.k8s.io/rotate': 'fernet-keys=1' } },
        });
        await it.until(
          'a third key is there',
          async () => Object.keys((await it.generated())['keystone-fernet-keys'] as object).length === 3,
        );
        await it.ready('Keystone', 'keystone');
        await bench.rest(2);
        const [old, now] = [before['keystone-fernet-keys'], (await it.generated())['keystone-fernet-keys']] as Record<
          string,
          string
        >[];
        expect(now?.['2']).toBe(old?.['0']);
        expect(now?.['1']).toBe(old?.['1']);
        await it.patch('Keystone', 'keystone', {
          metadata: { annotations: { 'openstack.k8s.io/rotate': 'db-password=1' } },
        });
        await it.until(
          'the password is another',
          async () =>
            JSON.stringify((await it.generated())['keystone-db-password']) !==
            JSON.stringify(before['keystone-db-password']),
        );
        const jobs = await it.jobs();
        await it.until('the user gets it', async () => (await it.jobs())['keystone-db-create'] !== undefined);
        await it.ready('Keystone', 'keystone');
        expect((await it.jobs())['keystone-bootstrap']).toBe(jobs['keystone-bootstrap']);
      });
    });

    describe('failure', () => {
      it('names a Job that fails with its exit code and the end of its log, secrets replaced, and heals by itself', async () => {
        const it = await scene();
        const log = 'cannot connect to mysql+pymysql://keystone:s3cretpassword@mariadb/keystone';
        await bench.fault(it.namespace, 'db-sync', { fail: { exitCode: 7, log } });
        await it.create('MariaDB', 'mariadb');
        await it.create('Memcached', 'memcached');
        await it.create('Keystone', 'keystone');
        await it.says(
          'Keystone',
          'keystone',
          'DBSynced',
          'JobFailed',
          'Job/keystone-db-sync',
          'exit code 7',
          'mysql+pymysql://***@mariadb/keystone',
        );
        const status = JSON.stringify((await it.need('Keystone', 'keystone'))['status']);
        expect(status).not.toContain('s3cretpassword');
        await bench.fault(it.namespace, 'db-sync', undefined);
        await it.ready('Keystone', 'keystone');
      });

      it('retries at once when asked by annotation', async () => {
        const it = await scene();
        await bench.fault(it.namespace, 'db-create', { fail: { exitCode: 1, log: 'no' } });
        await it.create('MariaDB', 'mariadb');
        await it.create('Memcached', 'memcached');
        await it.create('Keystone', 'keystone');
        await it.says('Keystone', 'keystone', 'DBCreated', 'JobFailed', 'next try');
        await bench.fault(it.namespace, 'db-create', undefined);
        await it.patch('Keystone', 'keystone', { metadata: { annotations: { 'openstack.k8s.io/retry': 'now' } } });
        await it.ready('Keystone', 'keystone');
      });

      it('names a Job whose image cannot be pulled, and replaces it when the image is corrected', async () => {
        const it = await scene();
        await it.create('MariaDB', 'mariadb');
        await it.create('Memcached', 'memcached');
        await it.create('Keystone', 'keystone', { spec: { image: 'example.com/keystone:missing' } });
        await it.says(
          'Keystone',
          'keystone',
          'Ready',
          'Job/keystone-db-sync',
          'ImagePull',
          'example.com/keystone:missing',
        );
        await it.patch('Keystone', 'keystone', { spec: { image: 'example.com/keystone:2025.1' } });
        await it.ready('Keystone', 'keystone');
      });

      it('names a Job that hangs, waits for it, and goes on when it ends', async () => {
        const it = await scene();
        await bench.fault(it.namespace, 'bootstrap', { hang: true });
        await it.create('MariaDB', 'mariadb');
        await it.create('Memcached', 'memcached');
        await it.create('Keystone', 'keystone');
        await it.says('Keystone', 'keystone', 'Ready', 'Job/keystone-bootstrap is running');
        await bench.fault(it.namespace, 'bootstrap', undefined);
        for (const pod of await it.list('Pod', 'app.kubernetes.io/component=bootstrap'))
          await it.delete('Pod', pod.metadata.name);
        await it.ready('Keystone', 'keystone');
      });

      it('recovers a database whose image was wrong, though a StatefulSet waits for its broken Pod', async () => {
        const it = await scene();
        await it.create('MariaDB', 'mariadb', { spec: { image: 'example.com/mariadb:missing' } });
        await it.says('MariaDB', 'mariadb', 'Ready', 'ImagePull');
        await it.patch('MariaDB', 'mariadb', { spec: { image: 'example.com/mariadb:2025.1' } });
        await it.ready('MariaDB', 'mariadb');
      });

      it('names a Secret, a key and a StorageClass that do not exist, and heals when they appear', async () => {
        const it = await scene();
        await it.create('MariaDB', 'mariadb', { spec: { storage: { storageClassName: `later-${it.namespace}` } } });
        await it.says('MariaDB', 'mariadb', 'Ready', 'StorageClassNotFound', `StorageClass/later-${it.namespace}`);
        const classes = await bench.client.list(Builtin.StorageClass);
        const provisioner = classes.items.find((each) => each.metadata.name === 'standard')?.['provisioner'];
        await it.create('StorageClass', `later-${it.namespace}`, {
          metadata: { namespace: undefined },
          provisioner,
          allowVolumeExpansion: true,
        });
        await it.ready('MariaDB', 'mariadb');
        await it.create('Memcached', 'memcached');
        await it.create('Keystone', 'keystone', {
          spec: { database: { secretName: 'my-database' }, adminPasswordSecretName: 'my-admin' },
        });
        await it.says('Keystone', 'keystone', 'Ready', 'SecretNotFound', 'Secret/my-database');
        await it.create('Secret', 'my-database', { data: { wrong: 'eA==' } });
        await it.says('Keystone', 'keystone', 'Ready', 'SecretKeyNotFound', 'password');
        await it.patch('Secret', 'my-database', { data: { password: Buffer.from('a$b"c\'d').toString('base64') } });
        await it.says('Keystone', 'keystone', 'Ready', 'Secret/my-admin');
        await it.create('Secret', 'my-admin', { data: { password: 'c2VjcmV0' } });
        await it.ready('Keystone', 'keystone');
        const conf = at(await it.need('Secret', 'keystone-config'), 'data') as Record<string, string>;
        expect(Buffer.from(conf['keystone.conf'] ?? '', 'base64').toString()).toContain('a%24b%22c%27d@mariadb');
      });
    });

    describe('data', () => {
      it('runs nothing on replaced data until a person accepts it, and then only what that asks for', async () => {
        const it = await scene();
        await it.cloud();
        const jobs = await it.jobs();
        const old = (await it.need('PersistentVolumeClaim', 'data-mariadb-0')).metadata.uid;
        await it.delete('PersistentVolumeClaim', 'data-mariadb-0');
        await it.says('MariaDB', 'mariadb', 'Ready', 'False', 'VolumeTerminating', 'data-mariadb-0');
        await it.delete('Pod', 'mariadb-0');
        await it.until('another claim is there', async () => {
          const uid = (await it.get('PersistentVolumeClaim', 'data-mariadb-0'))?.metadata.uid;
          return uid !== undefined && uid !== old;
        });
        await it.says('MariaDB', 'mariadb', 'Stalled', 'True', 'DataReplaced', 'accept-data');
        await it.says('Keystone', 'keystone', 'Stalled', 'True', 'DataReplaced', 'accept-data');
        expect(await it.jobs()).toEqual(jobs);
        expect(await it.get('Deployment', 'keystone-api')).toBeDefined();
        const uid = (await it.need('PersistentVolumeClaim', 'data-mariadb-0')).metadata.uid;
        await it.patch('MariaDB', 'mariadb', {
          metadata: { annotations: { 'openstack.k8s.io/accept-data': `${uid}=restored` } },
        });
        await it.ready('MariaDB', 'mariadb');
        await it.until('the user gets its password', async () => {
          const now = (await it.jobs())['keystone-db-create'];
          return now !== undefined && now !== jobs['keystone-db-create'];
        });
        await it.ready('Keystone', 'keystone');
        const after = await it.jobs();
        expect(after['keystone-db-sync']).toBe(jobs['keystone-db-sync']);
        expect(after['keystone-bootstrap']).toBe(jobs['keystone-bootstrap']);
      });

      it('says that nothing is called so when asked to rotate it', async () => {
        const it = await scene();
        await it.create('MariaDB', 'mariadb');
        await it.ready('MariaDB', 'mariadb');
        await it.patch('MariaDB', 'mariadb', { metadata: { annotations: { 'openstack.k8s.io/rotate': 'moon=1' } } });
        await it.until('an Event tells it', async () => {
          const events = await it.list('Event');
          return events.some(
            (event) => event['reason'] === 'UnknownRotation' && String(event['note']).includes("'moon=1'"),
          );
        });
      });
    });

    describe('deletion', () => {
      it('leaves data and keys with Retain, and takes them back for a new resource of that name', async () => {
        const it = await scene();
        await it.cloud();
        const secrets = await it.generated();
        await it.delete('Keystone', 'keystone');
        await it.gone('Keystone', 'keystone');
        await it.gone('Deployment', 'keystone-api');
        await it.until('the Jobs are gone', async () => (await it.list('Job')).length === 0);
        expect(await it.generated()).toEqual(secrets);
        await it.create('Keystone', 'keystone');
        await it.ready('Keystone', 'keystone');
        expect(await it.generated()).toEqual(secrets);
        expect(await it.jobs()).toEqual({});
      });

      it('waits while another resource refers to it, and says which', async () => {
        const it = await scene();
        await it.cloud();
        await it.delete('MariaDB', 'mariadb');
        await it.says('MariaDB', 'mariadb', 'Ready', 'StillReferenced', 'Keystone/keystone');
        expect(await it.get('StatefulSet', 'mariadb')).toBeDefined();
        await it.delete('Keystone', 'keystone');
        await it.gone('MariaDB', 'mariadb');
        expect(await it.get('PersistentVolumeClaim', 'data-mariadb-0')).toBeDefined();
      });

      it('drops the database and removes everything with Delete, in any order', async () => {
        const it = await scene();
        const spec = { deletionPolicy: 'Delete' };
        await it.cloud({ mariadb: spec, memcached: spec, keystone: spec });
        for (const [kind, of] of [
          ['MariaDB', 'mariadb'],
          ['Memcached', 'memcached'],
          ['Keystone', 'keystone'],
        ] as const)
          await it.delete(kind, of);
        for (const [kind, of] of [
          ['Keystone', 'keystone'],
          ['MariaDB', 'mariadb'],
          ['Memcached', 'memcached'],
        ] as const)
          await it.gone(kind, of);
        for (const kind of ['Deployment', 'StatefulSet', 'Service', 'Job', 'Secret', 'PersistentVolumeClaim']) {
          await it.until(`no ${kind} is left`, async () => (await it.list(kind)).length === 0);
        }
      });

      it.each([0, 1, 3, 6])('ends with its namespace, begun %i s after the resources were made', async (seconds) => {
        const it = await scene();
        await it.create('MariaDB', 'mariadb', { spec: { deletionPolicy: 'Delete' } });
        await it.create('Memcached', 'memcached');
        await it.create('Keystone', 'keystone', { spec: { deletionPolicy: 'Delete' } });
        await bench.rest(seconds);
        await it.delete('Namespace', it.namespace);
        await it.gone('Namespace', it.namespace);
      });
    });
  });
}
