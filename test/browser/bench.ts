/** `npm run bench:web`: what the pages cost with many resources, in Chromium; counts and ratios, printed, never asserted. */
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { kinds } from '../../src/machines/index.ts';
import { servePages } from '../../src/runtime/http.ts';
import { systemClock } from '../../src/runtime/system.ts';
import type { OperatorView } from '../../src/runtime/view.ts';
import { everybody } from '../../src/web/access.ts';
import { diagramFolder, loadDiagrams } from '../../src/web/diagrams.ts';
import { renderSvg } from '../../src/web/diagram/svg.ts';
import { style } from '../../src/web/pages/style.ts';
import { mountWeb } from '../../src/web/web.ts';
import { crowd, openBrowser, pageOn } from './stage.ts';

const folder = diagramFolder();
const say = (line: string): void => console.log(line);
const spread = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(0);
  return `${at(0)} at least, ${at(0.5)} in the median, ${at(1)} at most`;
};
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

async function serving<T>(
  count: number,
  use: (url: string, tell: (key: string) => void, view: OperatorView) => Promise<T>,
): Promise<T> {
  let tell = (_key: string): void => {};
  const view: OperatorView = {
    ...crowd(count),
    subscribe: (told) => {
      tell = told;
      return () => {};
    },
  };
  let close = (): void => {};
  const http = await servePages({
    clock: systemClock,
    port: 0,
    mount: (app) => ({ close } = mountWeb(app, { view, clock: systemClock, access: everybody, epoch: 'b', folder })),
  });
  try {
    return await use(http.url, (key) => tell(key), view);
  } finally {
    close();
    await http.close(0);
  }
}

const browser = await openBrowser();
try {
  for (const count of [0, 1_000, 10_000]) {
    await serving(count, async (url) => {
      const { page, context } = await pageOn(browser);
      for (const path of ['/', '/instances']) {
        const times: number[] = [];
        for (let turn = 0; turn < 7; turn++) {
          await page.goto(url + path);
          times.push(
            await page.evaluate(
              () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now(),
            ),
          );
        }
        const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
        say(`${count} resources, ${path}: painted after ms ${spread(times.slice(1))}; ${nodes} elements`);
      }
      const list = await fetch(`${url}/api/v1/instances?limit=10000`, { headers: { 'Accept-Encoding': 'identity' } });
      const plain = (await list.arrayBuffer()).byteLength;
      const packed = await wireBytes(url, '/api/v1/instances?limit=10000');
      say(`${count} resources, the whole list as JSON: ${kib(plain)}, on the wire ${kib(packed)}`);
      await context.close();
    });
  }

  await serving(1_000, async (url, tell, view) => {
    const { page, context } = await pageOn(browser);
    await page.goto(`${url}/instances`);
    await page.locator('#live', { hasText: 'live' }).waitFor();
    await page.evaluate(() => {
      const seen: number[] = [];
      const frames: number[] = [];
      Object.assign(globalThis, { seen, frames });
      new MutationObserver((records) => {
        for (const { target } of records) {
          const text = target.textContent ?? '';
          const [, sent] = /sent (\d+)/.exec(text) ?? [];
          if (sent !== undefined) seen.push(Date.now() - Number(sent));
        }
      }).observe(document.querySelector('#rows')!, { subtree: true, characterData: true, childList: true });
      let before = performance.now();
      const frame = (now: number): void => {
        frames.push(now - before);
        before = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    const crs = kinds.flatMap((kind) => view.all(kind)).filter(({ metadata }) => metadata.namespace === 'ns-0');
    let sent = 0;
    const until = Date.now() + 6_000;
    while (Date.now() < until) {
      for (let each = 0; each < 5; each++) {
        const cr = crs[sent++ % crs.length]!;
        Object.assign(cr['status'] as object, { waitingFor: `sent ${Date.now()} as number ${sent}` });
        tell(`Memcached/${cr.metadata.namespace}/${cr.metadata.name}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { seen, frames } = await page.evaluate(() => {
      const { seen, frames } = globalThis as unknown as { seen: number[]; frames: number[] };
      return { seen, frames };
    });
    const sorted = [...seen].sort((a, b) => a - b);
    const frame = [...frames].sort((a, b) => a - b)[Math.floor(frames.length / 2)] ?? 0;
    const last = await page.locator('#rows tr').allInnerTexts();
    const newest = last.filter((text) => /number/.test(text)).length;
    say(
      `stream: ${sent} changes in 6 s, ${seen.length} seen in the DOM, ${newest} of the ${crs.length} resources show a word of it at the end; ms from change to DOM: p50 ${sorted[Math.floor(sorted.length / 2)]}, p99 ${sorted[Math.floor(sorted.length * 0.99)]}; a frame is ${frame.toFixed(0)} ms`,
    );
    await context.close();
  });
} finally {
  await browser.close();
}

await serving(1_000, async (url, tell) => {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  globalThis.gc?.();
  const held = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = held();
  for (let count = 0; count < 200_000; count++) {
    tell(`Memcached/ns-${count % 20}/cache-${String(count % 1_000).padStart(5, '0')}`);
    if (count % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  globalThis.gc?.();
  const grown = held() - before;
  say(`a client that reads nothing while 200,000 changes come (1,000 resources): the process holds ${kib(grown)} more`);
  socket.destroy();
});

const [geometry] = loadDiagrams(kinds, folder).values();
if (geometry !== undefined) {
  const begun = process.cpuUsage();
  for (let count = 0; count < 1_000; count++) renderSvg(geometry);
  const { user, system } = process.cpuUsage(begun);
  say(`renderSvg: ${((user + system) / 1_000 / 1_000).toFixed(2)} ms of CPU`);
}
const script = readFileSync(`${folder}/client.js`);
say(
  `script ${kib(gzipSync(script).byteLength)}, style ${kib(gzipSync(style).byteLength)}, a diagram ${kib(gzipSync(readFileSync(`${folder}/keystone.svg`)).byteLength)}, all gzipped`,
);

/** What travels, with gzip. */
function wireBytes(url: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.on('end', () => resolve(bytes));
    socket.on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n`);
  });
}
