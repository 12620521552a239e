import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/system.ts';
import { run } from '../../src/cli/run.ts';
import { Builtin } from '../../src/kube/object.ts';
import { kinds } from '../../src/machines/index.ts';
import { loadDiagrams } from '../../src/web/diagrams.ts';
import { openBrowser, pageOn, Stage, until } from './stage.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const everything = async (stage: Stage): Promise<void> => {
  for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await stage.apply(kind);
};
const fault =
  (name: string) =>
  async (stage: Stage): Promise<void> => {
    stage.world.faults.begin(name);
    await everything(stage);
  };

/** What holds a resource, and the true cause: the object, and what is the matter with it. Of a Keystone unless said. */
const causes: readonly [
  what: string,
  hold: (stage: Stage) => Promise<unknown>,
  cause: RegExp,
  kind?: string,
  name?: string,
][] = [
  [
    'an image that is not there',
    fault('image-missing:db-sync'),
    /^Job\/keystone-db-sync waits: Pod\/keystone-db-sync-\w+: (ErrImagePull|ImagePullBackOff) /,
  ],
  [
    'an API that crashes',
    fault('pod-crash:api'),
    /^Deployment\/keystone-api: .*Pod\/keystone-api-\S+.*CrashLoopBackOff/,
  ],
  ['an API that does not answer', fault('pod-not-ready:api'), /^Deployment\/keystone-api: 0 of 1 replicas available/],
  [
    'a Job that fails',
    fault('job-fail:db-sync'),
    /^Job\/keystone-db-sync failed \(try \d+\): Pod\/keystone-db-sync-\w+ ended with exit code 1/,
  ],
  ['a Job that hangs', fault('job-hang:db-create'), /^Job\/keystone-db-create is running/],
  ['a MariaDB that is not there', (stage) => stage.apply('Keystone'), /^MariaDB\/mariadb does not exist$/],
  [
    'a Memcached that is not there',
    async (stage) => {
      await stage.apply('MariaDB');
      await stage.apply('Keystone');
    },
    /^Memcached\/memcached does not exist$/,
  ],
  [
    'a MariaDB whose image is not there',
    fault('image-missing:server'),
    /^MariaDB\/mariadb is not Ready: StatefulSet\/mariadb: .*(ErrImagePull|ImagePullBackOff)/,
  ],
  [
    'a Secret that nobody has made',
    async (stage) => {
      await stage.apply('MariaDB');
      await stage.apply('Memcached');
      await stage.apply('Keystone', 'keystone', { adminPasswordSecretName: 'site-admin' });
    },
    /^Secret\/site-admin, named in spec\.adminPasswordSecretName, does not exist; create it with the key 'password'$/,
  ],
  [
    'a Secret without its key',
    async (stage) => {
      const metadata = { namespace: 'openstack', name: 'site-admin' };
      await stage.world
        .client({ manager: 'kubectl' })
        .create(Builtin.Secret, { apiVersion: 'v1', kind: 'Secret', metadata, data: { other: 'eA==' } });
      await stage.apply('MariaDB');
      await stage.apply('Memcached');
      await stage.apply('Keystone', 'keystone', { adminPasswordSecretName: 'site-admin' });
    },
    /^Secret\/site-admin.* has no key 'password'/,
  ],
  [
    'a service of a control plane whose image is not there',
    async (stage) => {
      stage.world.faults.begin('image-missing:cloud-neutron-server');
      await stage.apply('OpenStackControlPlane', 'cloud', { ovnNetwork: {}, nova: { virtType: 'fake' } });
    },
    /^Neutron\/cloud-neutron is not Ready: Deployment\/cloud-neutron-server: .*Pod\/\S+ (ErrImagePull|ImagePullBackOff)/,
    'OpenStackControlPlane',
    'cloud',
  ],
];

it.each(causes)(
  'page, API and command line say the same of %s, and it is the cause',
  async (_, hold, cause, kind = 'Keystone', name = 'keystone') => {
    const stage = await Stage.open();
    const { page, context } = await pageOn(browser);
    try {
      await hold(stage);
      const status = (): string =>
        (stage.cr(kind, name)?.['status'] as { waitingFor?: string } | undefined)?.waitingFor ?? '';
      await until(`it waits for ${String(cause)}, not for: ${status()}`, () => cause.test(status()), 90_000);
      const path = `/instances/${kind}/openstack/${name}`;
      await page.goto(stage.url + path);
      const said = async (): Promise<string[]> => {
        let printed = '';
        await run(['why', kind, name], {
          kinds,
          diagrams: loadDiagrams(kinds, join(import.meta.dirname, '..', '..', 'visualizations')),
          connect: () => Promise.resolve({ client: stage.world.client(), namespace: 'openstack' }),
          kubectl: () => Promise.resolve(0),
          clock: systemClock,
          print: (text) => void (printed += text),
          complain: (text) => void (printed += text),
        });
        const { sentence } = await stage.json<{ sentence: string }>(`${path}/why`);
        return [status(), sentence, await page.locator('#sentence').innerText(), printed.split('\n')[1] ?? ''];
      };
      // A back-off changes the words from time to time: they have to agree, and to be of the cause, at one and the same moment.
      let last: string[] = [];
      await until(
        'all say the same',
        async () => new Set((last = await said())).size === 1 && cause.test(last[0] ?? ''),
      ).catch(() => expect(last).toEqual(last.map(() => last[0])));
      expect(last[0]).toMatch(cause);
    } finally {
      await context.close();
      await stage.close();
    }
  },
);
