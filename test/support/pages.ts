import { join } from 'node:path';
import { Registry } from 'prom-client';
import { serveHttp } from '../../src/runtime/http.ts';
import { systemClock } from '../../src/runtime/system.ts';
import type { OperatorView } from '../../src/runtime/view.ts';
import type { Access } from '../../src/web/access.ts';
import { mountWeb } from '../../src/web/web.ts';
import type { TestCloud } from './cloud.ts';

/** The pages and the API of a cloud on virtual time, as HTTP gives them. */
export interface Pages {
  readonly url: string;
  ask(path: string, init?: RequestInit): Promise<Answer>;
  /** And the cloud with them. */
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export async function openPages(cloud: TestCloud, view: OperatorView, access: Access): Promise<Pages> {
  const folder = join(import.meta.dirname, '..', '..', 'visualizations');
  let mounted = { close: (): void => {} };
  const server = await serveHttp({
    clock: systemClock,
    port: 0,
    health: {},
    readiness: {},
    metrics: new Registry(),
    mount: (app) => (mounted = mountWeb(app, { view, clock: cloud.clock, access, epoch: 'e', folder })),
  });
  return {
    url: server.url,
    ask: async (path, init = {}) => {
      const response = await fetch(server.url + path, init);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
      };
    },
    close: async () => {
      mounted.close();
      await server.close(0);
      cloud.world.stop();
    },
  };
}
