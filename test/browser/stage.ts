import { existsSync } from 'node:fs';
import { join } from 'node:path';
import axeCore from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { Registry } from 'prom-client';
import { Builtin, type KubeObject } from '../../src/kube/object.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import { GROUP, VERSION, type Kind } from '../../src/machines/engine/kind.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { kinds } from '../../src/machines/index.ts';
import { createOperator, type Operator } from '../../src/runtime/operator.ts';
import { serveHttp, type HttpServer } from '../../src/runtime/http.ts';
import { systemClock, systemRandom } from '../../src/runtime/system.ts';
import type { OperatorView } from '../../src/runtime/view.ts';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { everybody, type Access } from '../../src/web/access.ts';
import { mountWeb } from '../../src/web/web.ts';
import { silent } from '../support/cloud.ts';

const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const folder = join(import.meta.dirname, '..', '..', 'visualizations');

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(chromiumPath))
    throw new Error(`there is no ${chromiumPath}; apt-get install chromium, or set CHROMIUM`);
  return chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** A page that remembers what went wrong on it. */
export async function pageOn(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; context: BrowserContext; troubles: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  // Not subject to the page's CSP, as a tag with the script would be.
  await context.addInitScript({ content: axeCore.source });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.hostname !== '127.0.0.1' && url.protocol !== 'data:') troubles.push(`a request to ${request.url()}`);
  });
  return { page, context, troubles };
}

/** axe-core's findings, in a line each. */
export async function axe(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary ?? ''}`),
    );
  });
}

/** The real operator on a simulated cluster, with its pages, in this process. */
export class Stage {
  readonly world: World;
  readonly operator: Operator;
  #http: HttpServer;
  #pages: { close: () => void };
  #epoch = 1;
  access: Access = everybody;

  private constructor(world: World, operator: Operator, http: HttpServer, pages: { close: () => void }) {
    this.world = world;
    this.operator = operator;
    this.#http = http;
    this.#pages = pages;
  }

  static async open(speed = 20): Promise<Stage> {
    const world = startWorld({ clock: systemClock, random: systemRandom, delays: 'real-looking', speed: () => speed });
    const admin = world.client({ manager: 'kubectl' });
    for (const name of ['openstack', 'operator'])
      await admin.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const kind of kinds) await admin.create(Builtin.CustomResourceDefinition, crdFor(kind));
    const operator = await createOperator({
      client: world.client(),
      clock: systemClock,
      random: systemRandom,
      kinds,
      settings: defaultSettings,
      identity: 'stage',
      ownNamespace: 'operator',
      log: silent,
    });
    void operator.lead();
    const served = await serve(operator.view, 0, 'e1', (request) => stage.access(request));
    const stage: Stage = new Stage(world, operator, served.http, served.pages);
    return stage;
  }

  get url(): string {
    return this.#http.url;
  }

  apply(kind: string, name = kind.toLowerCase(), spec: object = {}, metadata: object = {}): Promise<KubeObject> {
    return this.world.client({ manager: 'kubectl' }).apply(typeOf(kind), {
      apiVersion: `${GROUP}/${VERSION}`,
      kind,
      metadata: { namespace: 'openstack', name, ...metadata },
      spec,
    });
  }

  cr(kind: string, name = kind.toLowerCase()): KubeObject | undefined {
    return this.world.api.find(typeOf(kind), { namespace: 'openstack', name });
  }

  async bringUp(): Promise<void> {
    for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await this.apply(kind);
    await until('all is Ready', () =>
      ['MariaDB', 'Memcached', 'Keystone'].every((kind) => stateOf(this.cr(kind)) === 'Ready'),
    );
  }

  async json<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`);
    return (await response.json()) as T;
  }

  /** As if the process had ended. */
  async closeHttp(): Promise<number> {
    const { port } = this.#http;
    this.#pages.close();
    await this.#http.close(0);
    return port;
  }

  async openHttp(port: number, isNew: boolean): Promise<void> {
    if (isNew) this.#epoch += 1;
    const served = await serve(this.operator.view, port, `e${this.#epoch}`, (request) => this.access(request));
    this.#http = served.http;
    this.#pages = served.pages;
  }

  async close(): Promise<void> {
    await this.closeHttp();
    this.operator.kill();
    this.world.stop();
  }
}

export async function serve(
  view: OperatorView,
  port: number,
  epoch: string,
  access: Access,
): Promise<{ http: HttpServer; pages: { close: () => void } }> {
  let pages = { close: (): void => {} };
  const http = await serveHttp({
    clock: systemClock,
    port,
    health: {},
    readiness: {},
    metrics: new Registry(),
    mount: (app) => (pages = mountWeb(app, { view, clock: systemClock, access, epoch, folder })),
  });
  return { http, pages };
}

/** So many Memcacheds, each a little different. */
export function crowd(count: number): OperatorView {
  const [first] = kinds.filter(({ declaration }) => declaration.kind === 'Memcached') as [Kind];
  const states = ['Ready', 'Deployed', 'Pending'];
  const crs = Array.from({ length: count }, (_, index): KubeObject => {
    const state = states[index % 7 === 0 ? 1 + (index % 2) : 0] ?? 'Ready';
    const isReady = state === 'Ready';
    const message = isReady ? 'every step is done and works' : `Deployment/cache-${index}: 0 of 1 replicas available`;
    return {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: 'Memcached',
      metadata: {
        name: `cache-${String(index).padStart(5, '0')}`,
        namespace: `ns-${index % 20}`,
        uid: String(index),
        generation: 1,
      },
      spec: {},
      status: {
        observedGeneration: 1,
        state,
        ...(isReady ? {} : { waitingFor: message }),
        conditions: [
          {
            type: 'Ready',
            status: isReady ? 'True' : 'False',
            reason: isReady ? 'Ready' : 'RollingOut',
            message,
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
        machine: { version: 1, state, since: '2026-01-01T00:00:00.000Z', record: {}, history: [] },
      },
    };
  });
  return {
    kinds,
    now: () => systemClock.now(),
    all: (kind) => (kind === first ? crs : []),
    find: (kind, { name }) => (kind === first ? crs.find(({ metadata }) => metadata.name === name) : undefined),
    children: () => [],
    events: () => Promise.resolve([]),
    look: () => Promise.resolve('nobody looks here'),
    subscribe: () => () => {},
  };
}

function typeOf(name: string) {
  const kind = kinds.find(({ declaration }) => declaration.kind === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind.type;
}

export function stateOf(cr: KubeObject | undefined): string | undefined {
  return (cr?.['status'] as { machine?: { state?: string } } | undefined)?.machine?.state;
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const last = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > last) throw new Error(`it never came that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
