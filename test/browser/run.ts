/** Takes the pictures of the documentation: `node test/browser/run.ts [FOLDER]`; docs/pictures unless said otherwise. */
import { join } from 'node:path';
import { openBrowser, pageOn, Stage, stateOf, until } from './stage.ts';

const folder = process.argv[2] ?? 'docs/pictures';
const stage = await Stage.open();
const browser = await openBrowser();
try {
  await stage.bringUp();
  stage.world.faults.begin('image-missing:db-sync');
  await stage.apply('Keystone', 'keystone', { image: 'registry.example/keystone:2025.1-next' });
  await until('it is back', () => stateOf(stage.cr('Keystone')) === 'DBCreated');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const shots = [
    ['overview', '/', 'light', 560],
    ['resource', '/instances/Keystone/openstack/keystone', 'light', 800],
    ['machine', '/machines/Keystone', 'dark', 900],
  ] as const;
  for (const [name, path, colorScheme, height] of shots) {
    const { page, context } = await pageOn(browser, { colorScheme, viewport: { width: 1280, height } });
    await page.goto(stage.url + path);
    await page.locator('#live', { hasText: 'live' }).waitFor();
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
  }
} finally {
  await browser.close();
  await stage.close();
}
