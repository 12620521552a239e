import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import { GROUP } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';
import { at, conditionOf, Scene, type Bench } from './bench.ts';
import { problemsOf } from './pods.ts';
import { isTold, secretsOf } from './secrets.ts';

const minimal = { ovnNetwork: {}, nova: { virtType: 'fake' } };

/** What the control plane called `cloud` makes, phase by phase. */
const phases = [
  ['MariaDB/cloud-mariadb', 'RabbitMQ/cloud-rabbitmq', 'Memcached/cloud-memcached', 'OVNNetwork/cloud-ovn'],
  ['Keystone/cloud-keystone'],
  ['Glance/cloud-glance', 'Placement/cloud-placement', 'Neutron/cloud-neutron', 'Nova/cloud-nova'],
] as const;

const childKinds = ['Secret', 'Service', 'Deployment', 'StatefulSet', 'PersistentVolumeClaim', 'Job'];

/** What must hold of whole clouds on any cluster. Written once; run on the sandbox and on a real kube-apiserver. */
export function cloudScenarios(name: string, open: () => Promise<Bench & { end(): void | Promise<void> }>): void {
  describe(name, { timeout: 300_000 }, () => {
    let bench: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => void (bench = await open()), 120_000);
    afterAll(() => bench.end());

    const cloud = async (spec: object = {}, name = 'cloud'): Promise<Scene> => {
      const it = new Scene(bench, await bench.namespace());
      await it.create('OpenStackControlPlane', name, { spec: { ...minimal, ...spec } });
      return it;
    };
    const ready = (it: Scene, name = 'cloud'): Promise<void> => it.ready('OpenStackControlPlane', name, 300);
    const ours = async (it: Scene, ...of: readonly string[]): Promise<KubeObject[]> => {
      const found = await Promise.all(
        (of.length === 0 ? childKinds : of).map((kind) =>
          it.list(kind, 'app.kubernetes.io/managed-by=openstack-operator'),
        ),
      );
      return found.flat();
    };

    it('comes up phase by phase: no resource before all of the phase before have been Ready', async () => {
      const it = await cloud();
      await ready(it);
      const control = await it.need('OpenStackControlPlane', 'cloud');
      expect(at(control, 'status')).toMatchObject({ phase: 'Ready', progress: '9/9', state: 'Ready' });
      const story = await Promise.all(
        phases.map(async (names) => {
          const crs = await Promise.all(names.map((ref) => it.need(...(ref.split('/') as [string, string]))));
          return {
            made: Math.min(...crs.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''))),
            // A condition has whole seconds only.
            ready: Math.max(...crs.map((cr) => Date.parse(conditionOf(cr, 'Ready')?.lastTransitionTime ?? ''))),
          };
        }),
      );
      expect(story[1]!.made).toBeGreaterThanOrEqual(story[0]!.ready);
      expect(story[2]!.made).toBeGreaterThanOrEqual(story[1]!.ready);
      const creations = (await bench.writes(it.namespace)).filter((write) => {
        const [, resource = ''] = write.split(' ');
        return phases.flat().some((ref) => sameObject(resource, ref));
      });
      const first = phases
        .flat()
        .map((ref) => creations.findIndex((write) => sameObject(write.split(' ')[1] ?? '', ref)));
      const [infrastructure, identity, core] = [first.slice(0, 4), first.slice(4, 5), first.slice(5)];
      expect(Math.max(...infrastructure)).toBeLessThan(Math.min(...identity));
      expect(Math.max(...identity)).toBeLessThan(Math.min(...core));
    });

    it('makes only Pods whose every Secret, key, claim and account exists, and that are restricted', async () => {
      const it = await cloud();
      await ready(it);
      const pods = await it.list('Pod');
      expect(pods.length).toBeGreaterThanOrEqual(30);
      const problems = await Promise.all(pods.map((pod) => problemsOf(pod, (kind, of) => it.get(kind, of))));
      expect(problems.flat()).toEqual([]);
    });

    it('tells no password in any object but Secrets, in no Event, no line of its log and no metric', async () => {
      const it = await cloud();
      await ready(it);
      const secrets = secretsOf(await it.list('Secret'));
      expect(secrets.length).toBeGreaterThanOrEqual(20);
      const everything = await Promise.all(
        [...kinds.map(({ declaration }) => declaration.kind), ...childKinds, 'ConfigMap', 'Pod', 'Event']
          .filter((kind) => kind !== 'Secret')
          .map((kind) => it.list(kind)),
      );
      expect(
        everything
          .flat()
          .filter((object) => isTold(JSON.stringify(object), secrets))
          .map(label),
      ).toEqual([]);
      const texts = (await bench.texts?.()) ?? [];
      expect(texts.filter((text) => isTold(text, secrets))).toEqual([]);
      // Of Secrets themselves neither the name nor an annotation.
      const metadata = (await it.list('Secret')).map((secret) => ({ ...secret, data: {} }));
      expect(metadata.filter((object) => isTold(JSON.stringify(object), secrets)).map(label)).toEqual([]);
    });

    it('writes nothing in rest, and nothing after a crash', async () => {
      const it = await cloud();
      await ready(it);
      await bench.rest(3);
      const before = (await bench.writes(it.namespace)).length;
      await bench.rest(5);
      await bench.crash();
      await bench.rest(5);
      expect((await bench.writes(it.namespace)).slice(before)).toEqual([]);
    });

    it('repairs every child that is edited or deleted, without running a Job or making a password anew', async () => {
      const it = await cloud();
      await ready(it);
      const [jobs, secrets] = [await it.jobs(), await it.generated()];
      const victims = await ours(it, 'Service', 'Deployment', 'StatefulSet');
      expect(victims.length).toBeGreaterThanOrEqual(25);
      for (const { kind, metadata } of victims)
        await it.patch(kind, metadata.name, { metadata: { labels: { 'app.kubernetes.io/instance': 'somebody' } } });
      await it.until('every label is back', async () => {
        const now = await ours(it, 'Service', 'Deployment', 'StatefulSet');
        return (
          now.length === victims.length &&
          now.every(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] !== 'somebody')
        );
      });
      for (const { kind, metadata } of victims) await it.delete(kind, metadata.name);
      await it.until('everything is made again', async () => {
        const now = await ours(it, 'Service', 'Deployment', 'StatefulSet');
        const old = new Set(victims.map(({ metadata }) => metadata.uid));
        return now.length === victims.length && now.every(({ metadata }) => !old.has(metadata.uid));
      });
      await it.until(
        'every service is well again',
        async () => {
          const control = await it.need('OpenStackControlPlane', 'cloud');
          return at(control, 'status.progress') === '9/9';
        },
        300,
      );
      await ready(it);
      expect(await it.jobs()).toEqual(jobs);
      expect(await it.generated()).toEqual(secrets);
    });

    it('makes a resource again that somebody deleted, with its data, and runs nothing', async () => {
      const it = await cloud();
      await ready(it);
      const secrets = await it.generated();
      const before = (await it.need('Nova', 'cloud-nova')).metadata.uid;
      await it.delete('Nova', 'cloud-nova');
      await it.until('there is another Nova', async () => {
        const uid = (await it.get('Nova', 'cloud-nova'))?.metadata.uid;
        return uid !== undefined && uid !== before;
      });
      await ready(it);
      expect(await it.generated()).toEqual(secrets);
      expect(Object.keys(await it.jobs()).filter((job) => job.startsWith('cloud-nova'))).toEqual([]);
    });

    it('runs nothing again when every status is lost, and every Job, and the operator is killed', async () => {
      const it = await cloud();
      await ready(it);
      const secrets = await it.generated();
      const uuid = at(await it.need('Nova', 'cloud-nova'), 'status.cellUUID');
      for (const { metadata } of await it.list('Job')) await it.delete('Job', metadata.name);
      await it.until('the Jobs are gone', async () => (await it.list('Job')).length === 0);
      for (const ref of [...phases.flat(), 'OpenStackControlPlane/cloud'])
        await it.wipeStatus(...(ref.split('/') as [string, string]));
      await bench.crash();
      await ready(it);
      await bench.rest(3);
      expect(await it.jobs()).toEqual({});
      expect(await it.generated()).toEqual(secrets);
      expect(at(await it.need('Nova', 'cloud-nova'), 'status.cellUUID')).toBe(uuid);
    });

    it('comes up though the operator is killed again and again on the way', async () => {
      const it = await cloud();
      for (let crash = 0; crash < 6; crash++) {
        await bench.rest(0.7);
        await bench.crash();
      }
      await ready(it);
      const twice = (await it.list('Job')).filter(
        ({ metadata }) => metadata.annotations?.['openstack.k8s.io/attempt'] !== '1',
      );
      expect(twice.map(label)).toEqual([]);
    });

    it('lets a change flow to the services in every phase, and runs no Job for it', async () => {
      const it = await cloud();
      await bench.fault(it.namespace, 'bootstrap', { hang: true });
      await it.until('Keystone is being brought up', async () => {
        const control = await it.get('OpenStackControlPlane', 'cloud');
        return at(control, 'status.phase') === 'Identity';
      });
      const limits = { resources: { limits: { memory: '1Gi' } } };
      await it.patch('OpenStackControlPlane', 'cloud', { spec: { memcached: limits } });
      await it.until(
        'Memcached has it',
        async () => at(await it.get('Memcached', 'cloud-memcached'), 'spec.resources.limits.memory') === '1Gi',
      );
      await bench.fault(it.namespace, 'bootstrap', undefined);
      await ready(it);
      // Also while an earlier phase is not well: what is there is kept as it should be.
      await bench.fault(it.namespace, 'api', { neverReady: true });
      const jobs = await it.jobs();
      await it.patch('OpenStackControlPlane', 'cloud', {
        spec: { placement: { replicas: 2 }, glance: { extraConfig: [{ ...debug, file: 'glance-api.conf' }] } },
      });
      await it.until('both have it', async () => {
        const [placement, glance] = await Promise.all([
          it.get('Placement', 'cloud-placement'),
          it.get('Glance', 'cloud-glance'),
        ]);
        return at(placement, 'spec.replicas') === 2 && at(glance, 'spec.extraConfig.0.key') === 'debug';
      });
      await bench.fault(it.namespace, 'api', undefined);
      await ready(it);
      expect(await it.jobs()).toEqual(jobs);
    });

    it('names what holds it: the service, its object and the cause without any password in it, and heals by itself', async () => {
      const it = await cloud();
      await it.until(
        'there is a broker',
        async () => (await it.get('Secret', 'cloud-rabbitmq-credentials')) !== undefined,
      );
      const { data } = (await it.need('Secret', 'cloud-rabbitmq-credentials')) as { data?: { password?: string } };
      const password = Buffer.from(data?.password ?? '', 'base64').toString();
      const log = `no such cell, and no way in with ${password}`;
      await bench.fault(it.namespace, 'cell-setup', { fail: { exitCode: 2, log } });
      const cause = ['Nova/cloud-nova', 'Job/cloud-nova-cell-setup', 'exit code 2', 'no way in with ***'];
      await it.says('OpenStackControlPlane', 'cloud', 'Ready', ...cause);
      await it.says('OpenStackControlPlane', 'cloud', 'CoreServicesReady', 'no such cell');
      expect(JSON.stringify(await it.list('Nova'))).not.toContain(password);
      await bench.fault(it.namespace, 'cell-setup', undefined);
      await ready(it);
    });

    it('waits for a Secret of the user by name, and goes on when it is there', async () => {
      const it = await cloud({ nova: { virtType: 'fake', messageQueue: { secretName: 'site-queue' } } });
      await it.says('Nova', 'cloud-nova', 'Ready', 'Secret/site-queue', "create it with the key 'transport_url'");
      await it.create('Secret', 'site-queue', {
        data: { transport_url: Buffer.from('rabbit://me:p%40ss@queue.example:5672/cloud').toString('base64') },
      });
      await ready(it);
      const conf = at(await it.need('Secret', 'cloud-nova-config'), 'data') as Record<string, string>;
      expect(Buffer.from(conf['nova.conf'] ?? '', 'base64').toString()).toContain(
        'transport_url = rabbit://me:p%40ss@queue.example:5672/cloud\n',
      );
    });

    it('maps a compute that is added before it is Ready again, and runs no Job when one is taken away', async () => {
      const it = await cloud();
      await ready(it);
      const before = await it.jobs();
      const say = (computeReplicas: number) =>
        it.patch('OpenStackControlPlane', 'cloud', { spec: { nova: { computeReplicas } } });
      await bench.fault(it.namespace, 'discover-hosts', { hang: true });
      await say(2);
      await it.says('Nova', 'cloud-nova', 'Ready', 'False', 'discover-hosts');
      await bench.fault(it.namespace, 'discover-hosts', undefined);
      await ready(it);
      const after = await it.jobs();
      expect(Object.keys(after).filter((job) => after[job] !== before[job])).toEqual(['cloud-nova-discover-hosts']);
      await say(1);
      await ready(it);
      expect(await it.jobs()).toEqual(after);
    });

    it('takes OVN of its own away when another is named, and makes it again when not', async () => {
      const it = new Scene(bench, await bench.namespace());
      await it.create('OVNNetwork', 'shared');
      await it.create('OpenStackControlPlane', 'cloud', { spec: minimal });
      await ready(it);
      await it.patch('OpenStackControlPlane', 'cloud', { spec: { ovnNetwork: null, neutron: { ovnRef: 'shared' } } });
      await it.gone('OVNNetwork', 'cloud-ovn');
      await ready(it);
      expect(at(await it.need('OpenStackControlPlane', 'cloud'), 'status.progress')).toBe('8/8');
      expect(at(await it.need('Neutron', 'cloud-neutron'), 'spec.ovnRef')).toBe('shared');
      await it.patch('OpenStackControlPlane', 'cloud', { spec: { ovnNetwork: {}, neutron: { ovnRef: null } } });
      await it.ready('OVNNetwork', 'cloud-ovn');
      await it.until(
        'Neutron uses it',
        async () => at(await it.need('Neutron', 'cloud-neutron'), 'spec.ovnRef') === 'cloud-ovn',
      );
      await ready(it);
    });

    it('goes in the reverse of its order and leaves nothing with Delete', async () => {
      const it = await cloud({ deletionPolicy: 'Delete' });
      await ready(it);
      await bench.fault(it.namespace, 'endpoint-remove', { hang: true });
      await it.delete('OpenStackControlPlane', 'cloud');
      await it.says('OpenStackControlPlane', 'cloud', 'Ready', 'is still there');
      // Services hang in their clean-up; nothing that they build on is touched.
      expect((await it.need('Keystone', 'cloud-keystone')).metadata.deletionTimestamp).toBeUndefined();
      expect((await it.need('MariaDB', 'cloud-mariadb')).metadata.deletionTimestamp).toBeUndefined();
      await bench.fault(it.namespace, 'endpoint-remove', undefined);
      await it.until('it is gone', async () => (await it.get('OpenStackControlPlane', 'cloud')) === undefined, 300);
      for (const kind of [...kinds.map(({ declaration }) => declaration.kind), ...childKinds])
        await it.until(`no ${kind} is left`, async () => (await it.list(kind)).length === 0);
    });

    it('leaves data with Retain, and a new one of its name takes it back', async () => {
      const it = await cloud();
      await ready(it);
      const secrets = await it.generated();
      const claims = (await it.list('PersistentVolumeClaim')).map(({ metadata }) => metadata.uid).sort();
      await it.delete('OpenStackControlPlane', 'cloud');
      await it.until('it is gone', async () => (await it.get('OpenStackControlPlane', 'cloud')) === undefined, 300);
      expect((await it.list('Keystone')).length).toBe(0);
      expect(await it.generated()).toEqual(secrets);
      await it.create('OpenStackControlPlane', 'cloud', { spec: minimal });
      await ready(it);
      expect(await it.generated()).toEqual(secrets);
      expect((await it.list('PersistentVolumeClaim')).map(({ metadata }) => metadata.uid).sort()).toEqual(claims);
      expect(await it.jobs()).toEqual({});
    });

    it('has a namesake beside it in the same namespace, and neither touches the other', async () => {
      const it = await cloud();
      await it.create('OpenStackControlPlane', 'other', { spec: minimal });
      await ready(it);
      await ready(it, 'other');
      const owners = (await ours(it)).map(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] ?? '');
      const of = (name: string): number => owners.filter((owner) => owner.startsWith(`${name}-`)).length;
      expect(of('cloud')).toBe(of('other'));
      expect(of('cloud') + of('other')).toBe(owners.length);
      // A cloud is Ready by the Pods of its Jobs; the Job controller writes a second later.
      await it.until('every Job is complete', async () =>
        (await it.list('Job')).every((job) => conditionOf(job, 'Complete')?.status === 'True'),
      );
      const before = (await ours(it)).filter(({ metadata }) => metadata.name.startsWith('cloud-')).map(version);
      await it.delete('OpenStackControlPlane', 'other');
      await it.until(
        'the other is gone',
        async () => (await it.get('OpenStackControlPlane', 'other')) === undefined,
        300,
      );
      expect((await ours(it)).filter(({ metadata }) => metadata.name.startsWith('cloud-')).map(version)).toEqual(
        before,
      );
    });

    it('shares a MariaDB between two Keystones without a shared database or user', async () => {
      const it = new Scene(bench, await bench.namespace());
      await it.cloud();
      await it.create('Keystone', 'second');
      await it.ready('Keystone', 'second');
      const sql = async (name: string): Promise<string> => {
        const data = at(await it.need('Secret', `${name}-config`), 'data') as Record<string, string>;
        return Buffer.from(data['database.sql'] ?? '', 'base64').toString();
      };
      const named = (text: string): string[] =>
        [...text.matchAll(/`([a-z_]+)`|'([a-z_]+)'@/g)].map((hit) => hit[1] ?? hit[2] ?? '');
      const [one, two] = [new Set(named(await sql('keystone'))), new Set(named(await sql('second')))];
      expect([...one].filter((word) => two.has(word))).toEqual([]);
      expect(one).toContain('keystone');
      expect(two).toContain('second__keystone');
    });
  });
}

const debug = { section: 'DEFAULT', key: 'debug', value: 'true' };

function label({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

function version({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}@${metadata.resourceVersion}`;
}

/** `keystones/cloud-keystone` of an audit log, or `Keystone/cloud-keystone`, is that resource. */
function sameObject(written: string, ref: string): boolean {
  const [kind = '', name = ''] = ref.split('/');
  const plural = kinds.find(({ declaration, type }) => declaration.kind === kind && type.group === GROUP)?.type.plural;
  return written === ref || written === `${plural}/${name}`;
}
