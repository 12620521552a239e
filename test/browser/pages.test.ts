import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mermaidScript } from './mermaid.ts';
import { axe, crowd, openBrowser, pageOn, serve, Stage, stateOf, until } from './stage.ts';

let browser: Browser;
let stage: Stage;
const keystone = '/instances/Keystone/openstack/keystone';
const paths = [
  '/',
  '/machines',
  '/machines/Keystone',
  '/instances',
  keystone,
  `${keystone}?seq=2`,
  `${keystone}/whatif?spec=replicas:%202`,
  `${keystone}/events`,
  '/dependencies',
  '/help',
  '/nowhere',
];

beforeAll(async () => {
  browser = await openBrowser();
  stage = await Stage.open();
  await stage.bringUp();
});
afterAll(async () => {
  await stage.close();
  await browser.close();
});

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  it.each(paths)('A1, A2: %s asks nobody else, breaks no rule of its CSP or of accessibility', async (path) => {
    const { page, context, troubles } = await pageOn(browser, { colorScheme });
    await page.goto(stage.url + path);
    await page.locator('h1').waitFor();
    // The one page that is not there says so in its status, which the browser takes for an error.
    expect(troubles.filter((trouble) => !(path === '/nowhere' && trouble.includes('404')))).toEqual([]);
    expect(await axe(page)).toEqual([]);
    await context.close();
  });
});

it('A3: without a script the overview, a machine and a resource say what they have to', async () => {
  const { page, context } = await pageOn(browser, { javaScriptEnabled: false });
  await page.goto(`${stage.url}/`);
  expect(await page.locator('h1').textContent()).toBe('All 3 resources are Ready');
  await page.goto(`${stage.url}/machines/Keystone`);
  expect(await page.locator('a[data-state="Ready"]').getAttribute('aria-label')).toBe('Ready, ✓ 1');
  await page.goto(stage.url + keystone);
  expect(await page.locator('#sentence').innerText()).toBe('it is Ready and waits for nothing');
  expect(await page.locator('.diagram .here').getAttribute('data-state')).toBe('Ready');
  await context.close();
});

it('A4: in a diagram each state is drawn once, on the paper, with room for its text', async () => {
  const { page, context } = await pageOn(browser);
  for (const { kind } of (await stage.json<{ items: { kind: string }[] }>('/machines')).items) {
    await page.goto(`${stage.url}/machines/${kind}`);
    const found = await page.evaluate(() => {
      const svg = document.querySelector<SVGSVGElement>('svg.diagram')!;
      const { width, height } = svg.viewBox.baseVal;
      const names = [...svg.querySelectorAll('[data-state]')].map((state) => state.getAttribute('data-state'));
      const wrong: string[] = names.length === new Set(names).size ? [] : ['a state is drawn twice'];
      const texts: { name: string; box: DOMRect }[] = [];
      for (const group of svg.querySelectorAll<SVGGElement>('[data-state], [data-label]')) {
        const rect = group.querySelector<SVGRectElement>('rect')!.getBBox();
        const name = group.textContent?.trim().slice(0, 60) ?? '';
        for (const text of group.querySelectorAll<SVGTextElement>('text')) {
          const box = text.getBBox();
          if (box.width > rect.width || box.x < rect.x)
            wrong.push(`${name}: ${text.textContent} is ${box.width} wide in ${rect.width}`);
          texts.push({ name, box });
        }
        if (rect.x < 0 || rect.y < 0 || rect.x + rect.width > width || rect.y + rect.height > height)
          wrong.push(`${name} is off the paper`);
      }
      texts.forEach(({ name, box: a }, index) => {
        for (const { name: other, box: b } of texts.slice(index + 1))
          if (
            a.x < b.x + b.width &&
            b.x < a.x + a.width &&
            a.y < b.y + b.height &&
            b.y < a.y + a.height &&
            name !== other
          )
            wrong.push(`${name} lies on ${other}`);
      });
      return { wrong, count: names.length };
    });
    expect(found.wrong, kind).toEqual([]);
    expect(found.count).toBeGreaterThan(5);
  }
  await context.close();
});

it('A7: a count in a diagram, the list behind it and the API agree', async () => {
  const { page, context } = await pageOn(browser);
  await page.goto(`${stage.url}/machines/Keystone`);
  await page.locator('a[data-state="Ready"]').click();
  await page.locator('#rows').waitFor();
  expect(new URL(page.url()).search).toBe('?kind=Keystone&state=Ready');
  expect(await page.locator('#rows tr').count()).toBe(1);
  expect(await page.locator('#count').innerText()).toBe('1 resource');
  const { metadata } = await stage.json<{ metadata: { total: number } }>('/instances?kind=Keystone&state=Ready');
  expect(metadata.total).toBe(1);
  await context.close();
});

it('A11: replay ends where the resource is, and each step back shows the state of then', async () => {
  const { page, context } = await pageOn(browser);
  const { items } = await stage.json<{ items: { to: string }[] }>('/instances/Keystone/openstack/keystone/history');
  for (const [seq, { to }] of items.entries()) {
    await page.goto(`${stage.url}${keystone}?seq=${seq}`);
    expect(await page.locator('.diagram .here').getAttribute('data-state')).toBe(to);
  }
  expect(items.at(-1)?.to).toBe(stateOf(stage.cr('Keystone')));
  expect(await page.locator('.history').textContent()).not.toContain('no such arrow');
  // A passage of an older machine, which today's does not have.
  const admin = stage.world.client({ manager: 'kubectl' });
  const cr = await stage.apply('Memcached', 'old');
  await until('it is Ready', () => stateOf(stage.cr('Memcached', 'old')) === 'Ready');
  const { machine } = stage.cr('Memcached', 'old')!['status'] as { machine: { history: object[] } };
  const history = [
    ...machine.history,
    { at: '2026-01-01T00:00:00.000Z', from: 'Pending', to: 'Elsewhere', why: 'it was so' },
  ];
  const type = stage.operator.view.kinds.find(({ declaration }) => declaration.kind === 'Memcached')!.type;
  await admin.mergePatch(
    type,
    { namespace: 'openstack', name: 'old' },
    { status: { machine: { history } } },
    { subresource: 'status' },
  );
  await page.goto(`${stage.url}/instances/Memcached/openstack/old`);
  expect(await page.locator('.history').textContent()).toContain("today's machine has no such arrow");
  expect(cr.metadata.name).toBe('old');
  await context.close();
});

it('A12: to ask what if writes nothing', async () => {
  const { page, context } = await pageOn(browser);
  await until('all is quiet', async () => {
    const before = stage.world.api.store.version;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return stage.world.api.store.version === before;
  });
  const before = stage.world.api.store.version;
  await page.goto(`${stage.url}${keystone}/whatif`);
  await page.locator('textarea').fill('image: registry.example/keystone:new');
  await page.locator('form button').click();
  await page.getByText('Job/keystone-db-sync', { exact: false }).first().waitFor();
  expect(await page.locator('.card').first().textContent()).toContain('DBCreated');
  expect(stage.world.api.store.version).toBe(before);
  await context.close();
});

it('A13: an address shows the same again', async () => {
  const { page, context } = await pageOn(browser);
  for (const path of ['/instances?kind=Keystone&standing=done', `${keystone}?seq=1`, '/machines/MariaDB']) {
    await page.goto(stage.url + path);
    const seen = (): Promise<string> => page.locator('main').innerText();
    const shape = (text: string): string => text.replaceAll(/\d+ (s|min) ago/g, 'ago');
    await page.locator('h1').waitFor();
    const first = shape(await seen());
    await page.reload();
    expect(shape(await seen())).toBe(first);
  }
  await context.close();
});

it('A14: everything is reached with the keyboard alone', async () => {
  const { page, context } = await pageOn(browser);
  await page.goto(`${stage.url}/instances`);
  await page.keyboard.press('/');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('search');
  await page.keyboard.type('keystone');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=keystone/);
  await page.keyboard.press('?');
  await page.waitForURL(/help/);
  await page.goto(`${stage.url}/machines/Keystone`);
  await page.locator('a[data-state="Pending"]').focus();
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-state'))).toBe('SecretsReady');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineWidth);
  expect(outline).toBe('3px');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/state=DBCreated/);
  await page.goto(stage.url + keystone);
  await page.locator('.diagram .here').focus();
  expect(await page.locator('#live').getAttribute('aria-live')).toBe('polite');
  const focused = () => page.evaluate(() => document.activeElement?.textContent.trim().split(' (')[0]);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Other ways out of Ready');
  await page.locator('a[download$=".svg"]').focus();
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Mermaid');
  await context.close();
});

it('A15: a diagram goes along as SVG and PNG', async () => {
  const { page, context } = await pageOn(browser);
  for (const kind of ['MariaDB', 'Memcached', 'Keystone']) {
    const text = await (await fetch(`${stage.url}/api/v1/machines/${kind}/diagram.svg`)).text();
    expect(text).toBe(readFileSync(`visualizations/${kind.toLowerCase()}.svg`, 'utf8'));
    const parsed = await page.evaluate(
      (svg) => new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement.nodeName,
      text,
    );
    expect(parsed).toBe('svg');
  }
  await page.goto(stage.url + keystone);
  const [drawing] = await Promise.all([page.waitForEvent('download'), page.getByText('SVG', { exact: true }).click()]);
  expect(drawing.suggestedFilename()).toBe('Keystone-keystone.svg');
  expect(readFileSync(await drawing.path(), 'utf8')).toMatch(/class="state done here"\s+data-state="Ready"/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('[data-png]').click()]);
  expect(download.suggestedFilename()).toBe('Keystone-keystone.png');
  const png = readFileSync(await download.path());
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const inks = await page.evaluate(
    async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4) seen.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
      return seen.size;
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  expect(inks).toBeGreaterThan(20);
  await context.close();
});

it('A15: Mermaid reads what is exported for it', async () => {
  const { page, context } = await pageOn(browser);
  await page.addScriptTag({ content: mermaidScript() });
  const read = (text: string): Promise<string> =>
    page.evaluate(async (source) => {
      const { mermaid } = globalThis as unknown as {
        mermaid: { parse: (text: string) => Promise<{ diagramType: string }> };
      };
      return mermaid.parse(source).then(
        ({ diagramType }) => diagramType,
        (failure: unknown) => String(failure),
      );
    }, text);
  expect(await read('stateDiagram-v2\n  a --> --> b')).toContain('Parse error');
  for (const path of ['machines/MariaDB/diagram', 'machines/Memcached/diagram', `${keystone.slice(1)}/graph`]) {
    const text = await (await fetch(`${stage.url}/api/v1/${path}.mmd`)).text();
    expect(await read(text), path).toMatch(/^stateDiagram/);
  }
  await context.close();
});

it('A16: who may not see a kind finds nothing of it', async () => {
  const { page, context } = await pageOn(browser);
  stage.access = () => Promise.resolve({ sees: (kind) => kind !== 'MariaDB' });
  try {
    for (const path of ['/', '/instances', '/dependencies', keystone]) {
      await page.goto(stage.url + path);
      expect(await page.locator('main').innerText(), path).not.toContain('MariaDB/mariadb');
    }
    expect((await page.goto(`${stage.url}/instances/MariaDB/openstack/mariadb`))?.status()).toBe(404);
  } finally {
    stage.access = () => Promise.resolve({ sees: () => true });
  }
  await context.close();
});

it('A17: a message that wants to be markup is text', async () => {
  const { page, context, troubles } = await pageOn(browser);
  const evil = `<img src=x onerror="document.title='taken'">\u0007${'x'.repeat(60_000)}`;
  const admin = stage.world.client({ manager: 'kubectl' });
  const type = stage.operator.view.kinds.find(({ declaration }) => declaration.kind === 'Memcached')!.type;
  await stage.apply('Memcached', 'evil', {}, { annotations: { 'openstack.k8s.io/paused': 'true', evil } });
  await until('it is seen', () => stateOf(stage.cr('Memcached', 'evil')) === 'Paused');
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'X',
    message: evil.slice(0, 20_000),
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  await admin.mergePatch(
    type,
    { namespace: 'openstack', name: 'evil' },
    { status: { waitingFor: evil.slice(0, 900), conditions: [condition] } },
    { subresource: 'status' },
  );
  for (const path of [
    '/',
    '/instances',
    '/instances/Memcached/openstack/evil',
    `/instances?q=${encodeURIComponent(evil.slice(0, 100))}`,
  ]) {
    await page.goto(stage.url + path);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).not.toBe('taken');
  }
  expect(troubles).toEqual([]);
  await stage.world.client({ manager: 'kubectl' }).delete(type, { namespace: 'openstack', name: 'evil' });
  await context.close();
});

it('A18: without colours a state is told by glyph, word and border', async () => {
  const { page, context } = await pageOn(browser);
  await page.goto(`${stage.url}/help`);
  const pills = await page.evaluate(() =>
    [...document.querySelectorAll('main .pill')].map((pill) => ({
      text: pill.textContent,
      border: `${getComputedStyle(pill).borderStyle} ${getComputedStyle(pill).borderWidth}`,
    })),
  );
  expect(pills).toHaveLength(5);
  expect(new Set(pills.map(({ text }) => text?.trim()[0])).size).toBe(5);
  expect(new Set(pills.map(({ text }) => text)).size).toBe(5);
  expect(new Set(pills.map(({ border }) => border)).size).toBeGreaterThanOrEqual(4);
  await context.close();
});

it.each([
  ['320 pixels', { viewport: { width: 320, height: 640 } }],
  ['200 %', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
])('A19: at %s no page has to be pushed sideways', async (_, options) => {
  const { page, context } = await pageOn(browser, options);
  for (const path of paths) {
    await page.goto(stage.url + path);
    const { wide, shown } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      shown: innerWidth,
    }));
    expect(wide, path).toBeLessThanOrEqual(shown);
  }
  await context.close();
});

it('A20: with 10,000 resources every page stays small', async () => {
  const { http, pages } = await serve(crowd(10_000), 0, 'crowd', () => Promise.resolve({ sees: () => true }));
  const { page, context } = await pageOn(browser);
  for (const path of [
    '/',
    '/instances',
    '/instances?q=cache-09',
    '/machines/Memcached',
    '/dependencies',
    '/dependencies?namespace=ns-0',
  ]) {
    await page.goto(http.url + path);
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    expect(nodes, path).toBeLessThanOrEqual(1_500);
  }
  await page.goto(`${http.url}/instances`);
  expect(await page.locator('#count').innerText()).toBe('10000 resources');
  await page.locator('[rel=next]').click();
  expect(await page.locator('#rows tr').first().textContent()).toContain('cache-');
  await context.close();
  pages.close();
  await http.close(0);
});
