import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, pageOn, Stage, stateOf, until } from './stage.ts';

let browser: Browser;
const keystone = '/instances/Keystone/openstack/keystone';

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

it('A5, A6: a bring-up is followed live: each state as it comes, with no reload, focus and scroll kept', async () => {
  const stage = await Stage.open(4);
  const { page, context, troubles } = await pageOn(browser, { viewport: { width: 900, height: 400 } });
  for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await stage.apply(kind);
  await until('it is seen', () => stateOf(stage.cr('Keystone')) !== undefined);
  await page.goto(stage.url + keystone);
  await page.evaluate(() => {
    const seen: string[] = [];
    const look = (): void => {
      const state = document.querySelector('.diagram .here')?.getAttribute('data-state') ?? '';
      if (seen.at(-1) !== state) seen.push(state);
    };
    new MutationObserver(look).observe(document.querySelector('main')!, {
      subtree: true,
      childList: true,
      attributes: true,
    });
    look();
    Object.assign(globalThis, { seen, isSame: true });
    window.scrollTo(0, 150);
    document.querySelector<HTMLElement>('a[href$="/whatif"]')!.focus({ preventScroll: true });
  });
  await until('it is Ready', () => stateOf(stage.cr('Keystone')) === 'Ready');
  await page.locator('.diagram .here[data-state="Ready"]').waitFor();
  const after = await page.evaluate(() => ({
    seen: (globalThis as unknown as { seen: string[] }).seen,
    isSame: (globalThis as unknown as { isSame?: boolean }).isSame,
    scroll: window.scrollY,
    focus: document.activeElement?.textContent,
  }));
  expect(after.isSame).toBe(true);
  // The browser keeps what is seen in its place as lines come and go above it.
  expect(after.scroll).toBeGreaterThan(100);
  expect(after.focus).toBe('What if?');
  const { items } = await stage.json<{ items: { to: string }[] }>(`${keystone}/history`);
  // What is seen is in order, and the end is reached; a state may pass in less than a look.
  const order = ['Pending', ...items.map(({ to }) => to)];
  const places = after.seen.filter((state) => state !== '').map((state) => order.indexOf(state));
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(places.length).toBeGreaterThan(2);
  expect(await page.locator('#sentence').innerText()).toBe('it is Ready and waits for nothing');
  expect(troubles).toEqual([]);
  await context.close();
  await stage.close();
});

it('A8: why names the term that is false, the fact, its value and the object; and tells when it holds', async () => {
  const stage = await Stage.open();
  const { page, context } = await pageOn(browser);
  await stage.apply('Keystone');
  await until('it waits', () => stateOf(stage.cr('Keystone')) === 'SecretsReady');
  await page.goto(stage.url + keystone);
  const no = page.locator('.card .terms .no').first();
  await until('the page says so', async () =>
    ((await no.textContent()) ?? '').includes('MariaDB/mariadb does not exist'),
  );
  expect(((await no.textContent()) ?? '').replaceAll(/\s+/g, ' ')).toContain(
    'done(DBCreated): DBCreated.is is blocked, wanted done · MariaDB/mariadb does not exist',
  );
  const link = page.locator('.card a', { hasText: 'MariaDB/mariadb' });
  expect(await link.getAttribute('href')).toBe('/instances/MariaDB/openstack/mariadb');
  expect(await page.locator('#sentence').innerText()).toBe(
    (await stage.json<{ sentence: string }>(`${keystone}/why`)).sentence,
  );
  expect(await page.locator('[data-edge="SecretsReady>DBCreated"]').getAttribute('class')).toContain('held');
  await stage.apply('MariaDB');
  await stage.apply('Memcached');
  await page.locator('.diagram .here[data-state="Ready"]').waitFor();
  expect(await page.locator('[data-edge="SecretsReady>DBCreated"]').getAttribute('class')).toContain('taken');
  await context.close();
  await stage.close();
});

it('A9: the next try is counted down, and its number is the one of the status', async () => {
  const stage = await Stage.open();
  const { page, context } = await pageOn(browser);
  stage.world.faults.begin('job-fail:db-sync');
  for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await stage.apply(kind);
  type Machine = { attempts?: Record<string, { failures: number }>; retryAt?: string };
  const machine = (): Machine => (stage.cr('Keystone')?.['status'] as { machine?: Machine } | undefined)?.machine ?? {};
  await until('it has failed', () => machine().retryAt !== undefined);
  await page.goto(stage.url + keystone);
  const left = async (): Promise<string> => (await page.locator('time[data-until]').textContent()) ?? '';
  await until('it is counted', async () => /^in \d+ s$/.test(await left()));
  const first = Number(/\d+/.exec(await left())?.[0]);
  await until('it counts down', async () => Number(/\d+/.exec(await left())?.[0] ?? first) < first);
  expect(await page.locator('main').innerText()).toContain(
    `Failed tries: ${machine().attempts?.['db-sync']?.failures}`,
  );
  await context.close();
  await stage.close();
});

it('A10: a server that goes away is said to be, and nothing is lost when it comes back', async () => {
  const stage = await Stage.open();
  await stage.bringUp();
  const { page, context } = await pageOn(browser);
  await page.goto(`${stage.url}/instances`);
  await page.locator('#live', { hasText: 'live' }).waitFor();
  const port = await stage.closeHttp();
  await page.locator('#stale', { hasText: 'Live updates are lost' }).waitFor({ timeout: 30_000 });
  await stage.apply('Memcached', 'meanwhile');
  await until('it is Ready', () => stateOf(stage.cr('Memcached', 'meanwhile')) === 'Ready');
  await stage.openHttp(port, true);
  await page.locator('tr', { hasText: 'Memcached/meanwhile' }).waitFor({ timeout: 30_000 });
  await page.locator('#stale').waitFor({ state: 'hidden' });
  await stage.apply('Memcached', 'later');
  await page.locator('tr', { hasText: 'Memcached/later' }).waitFor();
  await context.close();
  await stage.close();
});
