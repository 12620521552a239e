import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { axe, openBrowser, pageOn, Stage, stateOf, until } from './stage.ts';

let browser: Browser;
let stage: Stage;
const fault = 'image-missing:cloud-neutron-server';
const path = '/instances/OpenStackControlPlane/openstack/cloud';
const status = (): { waitingFor?: string; progress?: string } =>
  (stage.cr('OpenStackControlPlane', 'cloud')?.['status'] ?? {}) as { waitingFor?: string; progress?: string };

beforeAll(async () => {
  browser = await openBrowser();
  stage = await Stage.open();
  stage.world.faults.begin(fault);
  await stage.apply('OpenStackControlPlane', 'cloud', { ovnNetwork: {}, nova: { virtType: 'fake' } });
  const isHeld = (): boolean => /^Neutron.*BackOff/.test(status().waitingFor ?? '') && status().progress === '8/9';
  await until('all but Neutron is Ready', isHeld, 100_000);
});
afterAll(async () => {
  await stage.close();
  await browser.close();
});

it.each(['light', 'dark'] as const)(
  'all services are seen without scrolling, in %s, and break no rule',
  async (colorScheme) => {
    const { page, context, troubles } = await pageOn(browser, { colorScheme });
    await page.goto(stage.url + path);
    const box = await page.locator('#services').boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 10_000)).toBeLessThan(900);
    expect(await page.locator('#services .card').count()).toBe(9);
    expect(await page.locator('#services .card.failed').innerText()).toMatch(/^Neutron\/cloud-neutron/);
    expect(await axe(page)).toEqual([]);
    expect(troubles).toEqual([]);
    await context.close();
  },
);

it.each([
  ['320 pixels', { viewport: { width: 320, height: 640 } }],
  ['200 %', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
])('at %s it has not to be pushed sideways', async (_, options) => {
  const { page, context } = await pageOn(browser, options);
  await page.goto(stage.url + path);
  const { wide, shown } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    shown: innerWidth,
  }));
  expect(wide).toBeLessThanOrEqual(shown);
  await context.close();
});

it('the root cause is one click away, and when it is mended the page follows to Ready', async () => {
  const { page, context, troubles } = await pageOn(browser);
  await page.goto(stage.url + path);
  await page.locator('#cause a').click();
  await page.waitForURL(/Neutron\/openstack\/cloud-neutron$/);
  expect(await page.locator('#sentence').innerText()).toMatch(/^Deployment\/cloud-neutron-server: .*BackOff/);
  await page.goto(stage.url + path);
  stage.world.faults.end(fault);
  await until('it is Ready', () => stateOf(stage.cr('OpenStackControlPlane', 'cloud')) === 'Ready', 60_000);
  await page.locator('#services .card.done').nth(8).waitFor();
  expect(await page.locator('#services h2').innerText()).toContain('9 of 9 Ready');
  expect(await page.locator('#sentence').innerText()).toBe('it is Ready and waits for nothing');
  expect(await page.locator('#cause').count()).toBe(0);
  expect(troubles).toEqual([]);
  await context.close();
});
