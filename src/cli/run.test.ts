import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isReady, testCloud, type TestCloud } from '../../test/support/cloud.ts';
import { ApiError } from '../kube/errors.ts';
import { kinds } from '../machines/index.ts';
import { loadDiagrams } from '../web/diagrams.ts';
import { run, usage, type Cli } from './run.ts';

let cloud: TestCloud;
let out: string;
let err: string;
let called: string[];
let cli: Cli;

beforeEach(async () => {
  cloud = await testCloud();
  [out, err, called] = ['', '', []];
  cli = {
    kinds,
    diagrams: loadDiagrams(kinds, join(import.meta.dirname, '..', '..', 'visualizations')),
    connect: () => Promise.resolve({ client: cloud.admin, namespace: 'default' }),
    kubectl: (args) => {
      called = [...args];
      return Promise.resolve(0);
    },
    clock: cloud.clock,
    print: (text) => void (out += text),
    complain: (text) => void (err += text),
  };
});

async function say(...args: string[]): Promise<number> {
  [out, err] = ['', ''];
  return run(args, cli);
}

async function bringUp(): Promise<void> {
  await cloud.start();
  for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await cloud.apply(kind, kind.toLowerCase());
  await cloud.clock.until(() => isReady(cloud.cr('Keystone', 'keystone')), 600_000);
}

describe('kubectl openstack', () => {
  it('status tells how all stand, and ends with 0 where all is Ready', async () => {
    await bringUp();
    expect(await say('status')).toBe(0);
    expect(out).toMatch(/^all 3 resources are Ready\n\n {2}RESOURCE +STATE +FOR +WAITS FOR\n✓ MariaDB\/mariadb +Ready/);
  });

  it('says what nobody has looked at, with no operator at all', async () => {
    await cloud.apply('Keystone', 'keystone');
    expect(await say('status')).toBe(1);
    expect(out).toContain('0 of 1 resources are Ready');
    expect(await say('why', 'keystone/keystone')).toBe(1);
    expect(out).toContain('the operator has not looked at it yet');
  });

  it('why alone is said of all that are not Ready, those that hold up others first', async () => {
    await cloud.start();
    cloud.world.faults.begin('image-missing:mariadb-server');
    for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await cloud.apply(kind, kind.toLowerCase());
    const waits = (name: string) =>
      String((cloud.cr(name, name.toLowerCase())?.['status'] as { waitingFor?: string })?.waitingFor);
    await cloud.clock.until(
      () =>
        waits('MariaDB').includes('BackOff') &&
        waits('Keystone').includes('MariaDB') &&
        isReady(cloud.cr('Memcached', 'memcached')),
      600_000,
    );
    expect(await say('why')).toBe(2);
    const heads = out.split('\n').filter((line) => / {2}(waits|failed|at work), in state /.test(line));
    expect(heads.map((line) => line.split(' ')[1])).toEqual(['MariaDB/mariadb', 'Keystone/keystone']);
    expect(await say('why', '-o', 'json')).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ items: [{ name: 'mariadb' }, { name: 'keystone' }] });
    expect(await say('why', 'keystone')).toBe(1);
    expect(out).toContain('held by   MariaDB/mariadb');
    expect(out).toMatch(/✕ DBCreated +MariaDB\/mariadb is not Ready.*\n {2}✕ DBSynced +the same\n/);
    await say('why', 'mariadb');
    expect(out).toContain('held by   Pod/mariadb-0');
    expect(out).toContain('kubectl -n default describe pod/mariadb-0');
    cloud.world.faults.end('image-missing:mariadb-server');
    await cloud.clock.until(() => isReady(cloud.cr('Keystone', 'keystone')), 600_000);
    expect(await say('why')).toBe(0);
    expect(out).toBe('all 3 resources are Ready\n');
  });

  it('why is the sentence of the status, the steps, who is held by whom, and what to do', async () => {
    await cloud.start();
    cloud.world.faults.begin('job-fail:db-sync');
    for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await cloud.apply(kind, kind.toLowerCase());
    const waits = () =>
      (cloud.cr('Keystone', 'keystone')?.['status'] as { waitingFor?: string } | undefined)?.waitingFor ?? '';
    await cloud.clock.until(() => waits().includes('failed'), 600_000);
    expect(await say('why', 'keystone/keystone')).toBe(2);
    expect(out.split('\n')[0]).toMatch(
      /^✕ Keystone\/keystone {2}failed, in state DBCreated for \d+s {3}failed tries: 1, next in \d+s$/,
    );
    expect(out.split('\n')[1]).toBe(waits());
    expect(out).toMatch(/✓ DBCreated +Job\/keystone-db-create has succeeded/);
    expect(out).toMatch(/✕ DBSynced +Job\/keystone-db-sync failed/);
    expect(out).toContain('held by   Job/keystone-db-sync');
    expect(out).toContain('kubectl -n default logs job/keystone-db-sync');
    expect(await say('why', 'keystones', 'keystone')).toBe(2);
    await say('why', 'keystone/keystone', '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ sentence: waits(), failures: 1, blockedBy: 'Job/keystone-db-sync' });
  });

  it('trace tells what a resource is built on, and what of it is not there', async () => {
    await cloud.start();
    await cloud.apply('Keystone', 'keystone');
    await cloud.apply('Memcached', 'memcached');
    await cloud.clock.advance(30_000);
    expect(await say('trace', 'keystone/keystone')).toBe(1);
    expect(out.split('\n')).toEqual([
      '◷ Keystone/keystone  SecretsReady  MariaDB/mariadb does not exist',
      '   ✕ MariaDB/mariadb  does not exist',
      '   ✓ Memcached/memcached  Ready',
      '',
    ]);
  });

  it('history tells every arrow with its cause', async () => {
    await bringUp();
    expect(await say('history', 'keystone/keystone')).toBe(0);
    expect(out).toMatch(/Keystone\/keystone +DBCreated +DBSynced +Job\/keystone-db-sync has succeeded/);
    expect(out).not.toContain('MariaDB/mariadb');
  });

  it('history without a name is that of all, the newest last, and --since leaves out what is older', async () => {
    await bringUp();
    await cloud.clock.advance(3_600_000);
    await cloud.apply('Memcached', 'another');
    await cloud.clock.until(() => isReady(cloud.cr('Memcached', 'another')), 60_000);
    expect(await say('history')).toBe(0);
    const times = out.split('\n').slice(1, -1);
    expect(times).toEqual([...times].sort((a, b) => a.slice(0, 24).localeCompare(b.slice(0, 24))));
    expect(times.at(-1)).toMatch(/Memcached\/another +Deployed +Ready +every step is done/);
    expect(out).toContain('MariaDB/mariadb');
    await say('history', '--since', '30m', '-A');
    expect(out).toMatch(/^AT +NAMESPACE +RESOURCE/);
    expect(out).toMatch(/default +Memcached\/another/);
    expect(out).not.toContain('MariaDB/mariadb');
    await say('history', 'mariadb', '--since', '30m');
    expect(out).toBe('nothing has moved\n');
  });

  it('status -w tells what changes, and ends as soon as all is Ready', async () => {
    await cloud.start();
    for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await cloud.apply(kind, kind.toLowerCase());
    cloud.world.faults.begin('image-missing:mariadb-server');
    const ended = say('status', '-w');
    await cloud.clock.advance(20_000);
    cloud.world.faults.end('image-missing:mariadb-server');
    await cloud.clock.until(() => isReady(cloud.cr('Keystone', 'keystone')), 600_000);
    await cloud.clock.advance(2000);
    expect(await ended).toBe(0);
    expect(out).toContain('0 of 3 resources are Ready');
    expect(out).toMatch(
      /^\d\d:\d\d:\d\d ◷ Keystone\/keystone {2}SecretsReady {2}MariaDB\/mariadb is not Ready: .*BackOff/m,
    );
    expect(out).toMatch(/^\d\d:\d\d:\d\d ✓ Keystone\/keystone {2}Ready$/m);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/ all 3 resources are Ready$/);
    const lines = out.split('\n').map((line) => line.slice(9));
    expect(lines.filter((line, index) => line !== '' && line === lines[index - 1])).toEqual([]);
  });

  it('status -w tells what is gone', async () => {
    await cloud.apply('Keystone', 'keystone');
    await cloud.apply('Memcached', 'memcached');
    await cloud.start();
    const ended = say('status', '-w');
    await cloud.clock.until(() => isReady(cloud.cr('Memcached', 'memcached')), 60_000);
    await cloud.admin.delete(cloud.typeOf('Keystone'), { namespace: 'default', name: 'keystone' });
    await cloud.clock.until(() => cloud.cr('Keystone', 'keystone') === undefined, 60_000);
    await cloud.clock.advance(2000);
    expect(await ended).toBe(0);
    expect(out).toMatch(/^\S+ {3}Keystone\/keystone {2}is gone$/m);
    expect(out).toMatch(/ {3}the one resource is Ready\n$/);
  });

  it('graph draws the machine with where it is', async () => {
    await bringUp();
    await say('graph', 'keystone/keystone', '-o', 'svg');
    expect(out).toContain('data-state="Ready"');
    await say('graph', 'keystone/keystone');
    expect(out).toContain('class Ready here');
    expect(await say('graph', 'keystone/keystone', '-o', 'png')).toBe(3);
    expect(err).toContain('svg, mermaid or json');
  });

  it('pause, resume and retry are annotations, and act', async () => {
    await bringUp();
    expect(await say('pause', 'memcached/memcached')).toBe(0);
    await cloud.clock.until(() => state('Memcached') === 'Paused', 60_000);
    expect(out).toBe('Memcached/memcached is paused: nothing of it is changed until it is resumed\n');
    await say('resume', 'memcached/memcached');
    await cloud.clock.until(() => state('Memcached') === 'Ready', 60_000);
    await say('retry', 'keystone/keystone');
    expect(cloud.cr('Keystone', 'keystone')?.metadata.annotations?.['openstack.k8s.io/retry']).toMatch(/^\d{4}-/);
  });

  it.each([
    [['wy', 'x/y'], "there is no command 'wy'"],
    [['trace'], 'say which resource'],
    [['why', 'cinder/x'], "there is no kind 'cinder'; there are mariadb, rabbitmq, memcached"],
    [['why', 'keystone/nobody'], "there is no Keystone 'nobody' here; there is keystone"],
    [['why', 'keystone/keystone', '-o', 'yaml'], "-o is text or json, not 'yaml'"],
    [['status', '--nonsense'], 'nonsense'],
    [['history', '--since', 'noon'], "--since wants a span such as 90s, 30m, 1h or 2d, not 'noon'"],
    [['why', '-w'], '-w goes with status, as text'],
  ])('says what is wrong with %j', async (args, said) => {
    await cloud.apply('Keystone', 'keystone');
    expect(await say(...args)).toBe(3);
    expect(err).toContain(said);
    expect(out).toBe('');
  });

  it('says what right is missing, and that a server is away', async () => {
    const failing = (trouble: Error): Cli => ({
      ...cli,
      connect: () =>
        Promise.resolve({ client: { ...cloud.admin, list: () => Promise.reject(trouble) }, namespace: 'x' }),
    });
    expect(await run(['status'], failing(new ApiError('Forbidden', 'keystones is forbidden')))).toBe(3);
    expect(err).toContain('it needs the right to get, list');
    expect(await run(['status'], failing(new ApiError('Network', 'connect ECONNREFUSED')))).toBe(3);
    expect(err).toContain('ECONNREFUSED');
  });

  it('lets nothing in a message steer the terminal', async () => {
    await cloud.apply('Keystone', 'keystone');
    const evil = '\u001b[2Jgone\u0007\u009b31m';
    await cloud.admin.mergePatch(
      cloud.typeOf('Keystone'),
      { namespace: 'default', name: 'keystone' },
      { status: { waitingFor: evil } },
      { subresource: 'status' },
    );
    for (const args of [['status'], ['why', 'keystone/keystone'], ['trace', 'keystone/keystone']]) {
      await say(...args);
      expect(out).toContain('gone');
      // eslint-disable-next-line no-control-regex
      expect(out).not.toMatch(/[\u001b\u0007\u009b]/);
    }
  });

  it('ui leads to the pages through kubectl, and says how to sign in', async () => {
    expect(await say('ui', '--context', 'site', '--port', '9000')).toBe(0);
    expect(out).toContain('http://127.0.0.1:9000');
    expect(called.join(' ')).toBe(
      '--context site -n openstack-operator port-forward deployment/openstack-operator 9000:8081',
    );
    expect(await say('ui', '--port', 'x')).toBe(3);
  });

  it('tells how it is used', async () => {
    expect(await say('--help')).toBe(0);
    expect(out).toBe(usage);
    expect(await say()).toBe(0);
  });
});

function state(kind: string): string | undefined {
  return (cloud.cr(kind, kind.toLowerCase())?.['status'] as { state?: string } | undefined)?.state;
}
