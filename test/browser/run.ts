/** Takes the pictures of the documentation: `node test/browser/run.ts [FOLDER]`; docs/pictures unless said otherwise. */
import { join } from 'node:path';
import type { KubeObject } from '../../src/kube/object.ts';
import { openBrowser, pageOn, Stage, stateOf, until } from './stage.ts';

const folder = process.argv[2] ?? 'docs/pictures';
const stage = await Stage.open();
const browser = await openBrowser();
const cloud = { ovnNetwork: {}, nova: { virtType: 'fake' } };
const statusOf = (cr: KubeObject | undefined) => (cr?.['status'] ?? {}) as { waitingFor?: string; progress?: string };

async function shoot(name: string, path: string, colorScheme: 'light' | 'dark', height: number): Promise<void> {
  const { page, context } = await pageOn(browser, { colorScheme, viewport: { width: 1280, height } });
  await page.goto(stage.url + path);
  await page.locator('#live', { hasText: 'live' }).waitFor();
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

try {
  stage.world.faults.begin('image-missing:cloud-neutron-server');
  await stage.apply('OpenStackControlPlane', 'cloud', cloud);
  await until(
    'all but Neutron is Ready',
    () => {
      const { waitingFor = '', progress } = statusOf(stage.cr('OpenStackControlPlane', 'cloud'));
      return /^Neutron.*BackOff/.test(waitingFor) && progress === '8/9';
    },
    100_000,
  );
  await shoot('control-plane', '/instances/OpenStackControlPlane/openstack/cloud', 'light', 900);
  stage.world.faults.begin('image-missing:cloud-keystone-db-sync');
  const image = 'registry.example/keystone:2025.1-next';
  await stage.apply('OpenStackControlPlane', 'cloud', { ...cloud, keystone: { image } });
  await until('Keystone is back', () => stateOf(stage.cr('Keystone', 'cloud-keystone')) === 'DBCreated');
  await until('its image is missed, and Nova says so', () =>
    /BackOff/.test(statusOf(stage.cr('Nova', 'cloud-nova')).waitingFor ?? ''),
  );
  await shoot('overview', '/', 'light', 560);
  await shoot('resource', '/instances/Keystone/openstack/cloud-keystone', 'light', 800);
  await shoot('machine', '/machines/Keystone', 'dark', 900);
} finally {
  await browser.close();
  await stage.close();
}
