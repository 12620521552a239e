import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Response } from 'express';
import helmet from 'helmet';
import type { Registry } from 'prom-client';
import type { Clock } from '../kube/ports.ts';
import { sleep } from '../kube/ports.ts';
import type { Check } from './checks.ts';

/** Serves /healthz, /readyz and /metrics, and whatever else is mounted. Resolves when it listens. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const app = emptyApp();
  app.get('/healthz', (_request, response) => answer(response, options.health));
  app.get('/readyz', (_request, response) => answer(response, options.readiness));
  app.get('/metrics', async (_request, response) => {
    response.type(options.metrics.contentType).send(await options.metrics.metrics());
  });
  options.mount?.(app);
  return serve(app, options);
}

/** Serves what is mounted and nothing else. Resolves when it listens. */
export async function servePages(options: Place & { readonly mount: (app: Express) => void }): Promise<HttpServer> {
  const app = emptyApp();
  options.mount(app);
  return serve(app, options);
}

function emptyApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({ contentSecurityPolicy: { useDefaults: false, directives: policy }, strictTransportSecurity: false }),
  );
  return app;
}

async function serve(app: Express, { clock, host = '127.0.0.1', port: wanted = 8080 }: Place): Promise<HttpServer> {
  const server = createServer(app);
  await listen(server, wanted, host);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: (graceMs = 1_000) => close(server, clock, graceMs),
  };
}

export interface Place {
  readonly clock: Clock;
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** 8080 unless said otherwise; 0: any that is free. */
  readonly port?: number;
}

export interface HttpOptions extends Place {
  /** Restart this process when one of them fails. */
  readonly health: Checks;
  /** Send this process no traffic while one of them fails. */
  readonly readiness: Checks;
  readonly metrics: Pick<Registry, 'contentType' | 'metrics'>;
  /** Adds routes of others. */
  readonly mount?: (app: Express) => void;
}

export type Checks = Readonly<Record<string, Check>>;

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Takes no more connections, ends idle ones at once and the others when they have answered or the grace is over. */
  close(graceMs?: number): Promise<void>;
}

/** Nothing from elsewhere, nothing inline. */
const policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/** The form of kube-apiserver: a line for each check, 503 when one fails. */
function answer(response: Response, checks: Checks): void {
  const results = Object.entries(checks).map(([name, check]) => ({ name, reason: check() }));
  const lines = results.map(({ name, reason }) =>
    reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason}`,
  );
  response.status(results.some(({ reason }) => reason !== undefined) ? 503 : 200);
  response
    .set('Cache-Control', 'no-store')
    .type('text/plain')
    .send(`${lines.join('\n')}\n`);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const advice =
        error.code === 'EADDRINUSE'
          ? 'another process has this port; choose one with --http-port or --web-port'
          : error.message;
      reject(new Error(`cannot listen on ${host}:${port} (${error.code}): ${advice}`, { cause: error }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

async function close(server: Server, clock: Clock, graceMs: number): Promise<void> {
  const closed = new AbortController();
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  void done.then(() => closed.abort());
  // Ends by itself when all are closed before.
  await Promise.race([done, sleep(clock, graceMs, closed.signal)]);
  server.closeAllConnections();
  await done;
}
