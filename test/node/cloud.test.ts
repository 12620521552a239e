import { beforeEach, describe, expect, it } from 'vitest';
import { besides, byHand } from './by-hand.ts';
import {
  begun,
  children,
  condition,
  crash,
  installOperator,
  kill,
  leader,
  makeNamespace,
  operatorNamespace,
  reconciles,
  runs,
  secret,
  statesOf,
  versions,
} from './cloud.ts';
import { dump } from './dump.ts';
import { forwarded, get, kubectl, list, until } from './kubectl.ts';
import { ask, token } from './openstack.ts';

const cloud = 'openstack';
/** A second cloud, for what is broken on the way. */
const other = 'openstack-crash';
const three = ['mariadb', 'memcached', 'keystone'].flatMap((kind) => ['-f', `samples/${kind}.yaml`]);
const jobs = ['keystone-bootstrap', 'keystone-db-create', 'keystone-db-sync'];

/** One story on one real node: each test begins where the one before it ended. */
describe('A cloud on a real node', () => {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => console.log(await dump([cloud, other])), 120_000);
  });

  it('gets its operator by one kubectl apply', async () => {
    await installOperator();
    expect(await list(operatorNamespace, 'pods')).toHaveLength(2);
  });

  it('comes to a token by the operator alone, about as fast as by hand', async () => {
    const hand = byHand();
    await makeNamespace(cloud);
    const start = Date.now();
    await kubectl(['apply', ...three, '-n', cloud]);
    await condition(cloud, 'keystone/keystone', 'Ready');
    const issued = await ask(
      cloud,
      'openstack token issue -f value -c expires; openstack endpoint list -f value -c Interface -c URL',
    );
    const end = (Date.now() - start) / 1000;
    expect(issued).toMatchObject({ ok: true });
    const times: Record<string, number> = { token: end };
    for (const [kind, type, name] of resources) {
      await condition(cloud, `${type}/${name}`, 'Ready', 1);
      for (const [state, at] of Object.entries(await statesOf(cloud, type, name, start)))
        times[`${kind} ${state}`] = at;
    }
    console.log(besides(times, hand));
    expect((await runs(cloud)).map(({ name, pods }) => ({ name, pods }))).toEqual(
      jobs.map((name) => ({ name, pods: 1 })),
    );
  });

  it('answers its user: one endpoint for each interface, and the project service', async () => {
    const { ok, text } = await ask(
      cloud,
      `openstack token issue -f value -c id | wc -l
       openstack endpoint list --service identity -f value -c Interface -c URL | sort
       openstack project show service -f value -c name -c domain_id -c enabled`,
    );
    const url = `http://keystone-api.${cloud}.svc:5000/v3`;
    expect({ ok, text: text.trim().split('\n') }).toEqual({
      ok: true,
      text: ['1', `internal ${url}`, `public ${url}`, 'default', 'True', 'service'],
    });
  });

  it('shows itself, through kubectl port-forward, to those who may list it and to nobody else', async () => {
    await kubectl(['create', 'serviceaccount', 'looker', '-n', cloud]);
    const list = ['--verb=list', '--resource=keystones.openstack.k8s.io'];
    await kubectl(['create', 'role', 'looker', '-n', cloud, ...list]);
    await kubectl([
      'create',
      'rolebinding',
      'looker',
      '-n',
      cloud,
      '--role=looker',
      `--serviceaccount=${cloud}:looker`,
    ]);
    const bearer = (await kubectl(['create', 'token', 'looker', '-n', cloud])).trim();
    const [stranger, why, seen] = await forwarded(
      operatorNamespace,
      'deployment/openstack-operator',
      8081,
      async (url) => {
        const ask = async (path: string, headers = {}): Promise<string> => {
          const response = await fetch(`${url}/api/v1${path}`, { headers });
          return `${response.status} ${await response.text()}`;
        };
        const headers = { Authorization: `Bearer ${bearer}` };
        return [
          await ask('/instances'),
          await ask(`/instances/Keystone/${cloud}/keystone/why`, headers),
          await ask('/instances', headers),
        ];
      },
    );
    expect(stranger).toMatch(/^401 /);
    expect(why).toMatch(/^200 .*"sentence":"it is Ready and waits for nothing"/);
    expect(seen).toMatch(/^200 .*"total":1/);
    await kubectl(['delete', 'rolebinding,role,serviceaccount', 'looker', '-n', cloud]);
  });

  it('ends Ready with each Job run once when the leader crashes at DBCreated', async () => {
    await makeNamespace(other);
    await kubectl(['apply', ...three, '-n', other]);
    const first = await leader();
    await condition(other, 'keystone/keystone', 'DBCreated');
    await crash(first);
    const crashed = Date.now();
    const before = await runs(other);
    await leader(first);
    console.log(`another leads ${((Date.now() - crashed) / 1000).toFixed(1)} s after the leader crashed`);
    await condition(other, 'keystone/keystone', 'Ready');
    const after = await runs(other);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.map(({ name, pods }) => ({ name, pods }))).toEqual(jobs.map((name) => ({ name, pods: 1 })));
    expect(await begun(other)).toEqual(jobs);
    expect(await token(other)).toMatch(/^gAAAA/);
  });

  it('goes with its namespace, and nobody has to help', async () => {
    await kubectl(['delete', 'namespace', other, '--timeout=120s']);
  });

  it('runs under Pod Security restricted, and no Pod was ever refused', async () => {
    for (const name of [cloud, operatorNamespace]) {
      const namespace = await get(name, 'namespace', name);
      expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      const events = (await list(name, 'events')) as unknown as { reason: string; message: string }[];
      expect(events.filter(({ reason }) => reason === 'FailedCreate')).toEqual([]);
    }
  });

  it('stays untouched by a second apply and new operators', async () => {
    await kubectl(['rollout', 'status', '-n', operatorNamespace, 'deployment/openstack-operator', '--timeout=90s']);
    const before = await versions(cloud);
    await kubectl(['apply', ...three, '-n', cloud]);
    const old = (await list(operatorNamespace, 'pods')).map(({ metadata }) => metadata.name);
    await kill(...old);
    const next = await leader(...old);
    for (const [kind] of resources) {
      await until(`${next} to reconcile ${kind}`, 60, async () => (await reconciles(next, kind)) >= 1);
    }
    expect(await versions(cloud)).toEqual(before);
  });

  it('lets its user in with a new admin password within a minute of asking for one', async () => {
    const old = (await secret(cloud, 'keystone-admin-password'))['password'];
    const begunAt = Date.now();
    await rerun('keystone-bootstrap', () => rotate('admin-password=1'));
    expect((await secret(cloud, 'keystone-admin-password'))['password']).not.toBe(old);
    expect(await token(cloud)).toMatch(/^gAAAA/);
    const seconds = (Date.now() - begunAt) / 1000;
    console.log(`a token with the new admin password after ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(60);
    const refused = await ask(cloud, 'openstack token issue', { password: old });
    expect(refused).toMatchObject({ ok: false, text: expect.stringContaining('HTTP 401') });
  });

  it('gets a new database password and serves on', async () => {
    const old = (await secret(cloud, 'keystone-db-password'))['password'];
    const pods = await apiPods();
    const begunAt = Date.now();
    await rerun('keystone-db-create', () => rotate('db-password=1'));
    const { password = '' } = await secret(cloud, 'keystone-db-password');
    expect(password).not.toBe(old);
    await until('new Pods of the API alone', 60, async () => {
      const now = await apiPods();
      return now.length === pods.length && !now.some((uid) => pods.includes(uid));
    });
    expect(await token(cloud)).toMatch(/^gAAAA/);
    console.log(`a token with the new database password after ${((Date.now() - begunAt) / 1000).toFixed(1)} s`);
    expect((await secret(cloud, 'keystone-config'))['keystone.conf']).toContain(password);
  });

  it('still takes an old token when the token keys were rotated', async () => {
    const old = await token(cloud);
    const keys = Object.keys(await secret(cloud, 'keystone-fernet-keys')).length;
    const pods = await apiPods();
    await rotate('fernet-keys=1');
    await until('the new key to be there', 30, async () => {
      return Object.keys(await secret(cloud, 'keystone-fernet-keys')).length > keys;
    });
    // The kubelet brings a changed Secret into a running Pod when it next comes by.
    await until('the new key to reach the API', 180, async () => {
      const args = ['exec', '-n', cloud, 'deployment/keystone-api', '--', 'ls', '/etc/keystone/fernet-keys'];
      return (await kubectl(args)).trim().split('\n').length > keys;
    });
    await condition(cloud, 'keystone/keystone', 'Ready');
    expect(await apiPods()).toEqual(pods);
    // Without the cache, which would know the old token by heart.
    const { ok, text } = await ask(
      cloud,
      `exec 3<>/dev/tcp/memcached.${cloud}.svc/11211; printf 'flush_all\\r\\n' >&3; head -n 1 <&3
       new=$(openstack token issue -f value -c id)
       curl -s -o /dev/null -w '%{http_code}' -H "X-Auth-Token: $new" -H 'X-Subject-Token: ${old}' $OS_AUTH_URL/auth/tokens`,
    );
    expect({ ok, text: text.replaceAll('\r', '') }).toEqual({ ok: true, text: 'OK\n200' });
  });

  it('comes back as it was when Keystone is deleted with Retain and applied again', async () => {
    const password = await secret(cloud, 'keystone-admin-password');
    await kubectl(['delete', '-n', cloud, 'keystone/keystone', '--timeout=90s']);
    await until('the children of Keystone to go', 90, async () => {
      return (await list(cloud, 'jobs,deployments', '-l', 'app.kubernetes.io/name=keystone')).length === 0;
    });
    const before = await begun(cloud);
    await kubectl(['apply', ...three, '-n', cloud]);
    await condition(cloud, 'keystone/keystone', 'Ready');
    expect(await begun(cloud)).toEqual(before);
    expect(await secret(cloud, 'keystone-admin-password')).toEqual(password);
    expect(await token(cloud)).toMatch(/^gAAAA/);
  });

  it('leaves nothing when it is deleted with deletionPolicy Delete', async () => {
    for (const [, type, name] of resources) {
      await kubectl(['patch', '-n', cloud, type, name, '--type=merge', '-p', '{"spec":{"deletionPolicy":"Delete"}}']);
    }
    expect(await databases()).toContain('keystone');
    await kubectl(['delete', '-n', cloud, 'keystone/keystone', '--timeout=120s']);
    expect(await databases()).not.toContain('keystone');
    expect(await databases('SELECT User FROM mysql.global_priv')).not.toContain('keystone');
    await kubectl(['delete', '-n', cloud, 'mariadb/mariadb', 'memcached/memcached', '--timeout=120s']);
    await until('the last child to go', 90, async () => (await children(cloud)).length === 0);
    expect((await list(cloud, 'secrets,persistentvolumeclaims')).map(({ metadata }) => metadata.name)).toEqual([]);
  });
});

const resources = [
  ['MariaDB', 'mariadbs', 'mariadb'],
  ['Memcached', 'memcacheds', 'memcached'],
  ['Keystone', 'keystones', 'keystone'],
] as const;

async function rotate(what: string): Promise<void> {
  await kubectl(['annotate', '-n', cloud, 'keystone/keystone', '--overwrite', `openstack.k8s.io/rotate=${what}`]);
}

/** Until the Job has run anew for what `change` does, and Keystone is Ready with all of it. */
async function rerun(job: string, change: () => Promise<void>): Promise<void> {
  const old = (await get(cloud, 'job', job))?.metadata.uid;
  await change();
  await until(`another run of Job/${job}`, 60, async () => {
    const uid = (await get(cloud, 'job', job))?.metadata.uid;
    return uid !== undefined && uid !== old;
  });
  await condition(cloud, `job/${job}`, 'Complete', 90);
  await settled();
}

/** Ready, and nothing on its way any more: a rollout that was only just asked for leaves Ready for a moment. */
async function settled(): Promise<void> {
  await kubectl(['rollout', 'status', '-n', cloud, 'deployment/keystone-api', '--timeout=120s']);
  await condition(cloud, 'keystone/keystone', 'Ready');
}

async function apiPods(): Promise<(string | undefined)[]> {
  const pods = await list(cloud, 'pods', '-l', 'app.kubernetes.io/name=keystone,app.kubernetes.io/component=api');
  return pods.map(({ metadata }) => metadata.uid);
}

async function databases(sql = 'SHOW DATABASES'): Promise<string[]> {
  const client = ['mariadb', '--defaults-file=/etc/mariadb/local.cnf', '--batch', '--skip-column-names', '-e', sql];
  return (await kubectl(['exec', '-n', cloud, 'mariadb-0', '--', ...client])).trim().split('\n');
}
