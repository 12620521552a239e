import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { World } from '../world.ts';
import { methodNotAllowed } from '../refusal.ts';
import { builtInShapes } from './built-in-shapes.ts';
import { control } from './controls.ts';
import { discoveryFor } from './discovery.ts';
import { disturbed } from './disturbance.ts';
import { bodyOf, targetOf } from './request.ts';
import { type Call, handle, type Reply } from './resources.ts';
import { statusFor } from './status.ts';

export interface HttpOptions {
  readonly world: World;
  /** 0: any that is free. */
  readonly port?: number;
}

/** The API of a world on loopback, for kubectl and the like. Whoever can reach the port may do everything. */
export interface HttpApi {
  readonly url: string;
  /** Ends every connection, watches too. */
  close(): Promise<void>;
}

export async function startHttp({ world, port = 0 }: HttpOptions): Promise<HttpApi> {
  const { registry } = world.api;
  registry.learn(await builtInShapes(registry.all().flatMap(({ type, custom }) => (custom ? [] : [type]))));
  const server = createServer((request, response) => {
    answer(world, request, response).catch((error: unknown) => fail(response, error));
  });
  // A watch may be silent for long.
  server.requestTimeout = 0;
  await listen(server, port);
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${chosen}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
  const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
  const accept = request.headers.accept;
  const { registry } = world.api;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && HEALTH.has(path)) return text(response, 200, 'ok');
  const found = isRead ? discoveryFor(path, accept ?? '', registry.all()) : undefined;
  if (found !== undefined) return json(response, 200, found.body, found.contentType);
  if (isRead && path.startsWith('/openapi/')) {
    // Reads the shapes of built-in kinds from a large library.
    const { openapiFor } = await import('./openapi.ts');
    const document = await openapiFor(path, accept ?? '', registry.all());
    if (document !== undefined) return json(response, 200, document.body, document.contentType);
  }
  const controlled = control(world.faults, request.method ?? 'GET', path);
  if (controlled !== undefined) return json(response, 200, controlled);
  const target = targetOf(path);
  if (target === undefined || !registry.all().some(({ type }) => type.group === target.group)) {
    if (!isRead && discoveryFor(path, accept ?? '', registry.all()) !== undefined) throw methodNotAllowed();
    return text(response, 404, '404 page not found\n');
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const warnings: string[] = [];
  const call: Call = {
    method: request.method ?? 'GET',
    target,
    query: searchParams,
    accept,
    contentType: request.headers['content-type'],
    userAgent: request.headers['user-agent'],
    body: isRead ? '' : await bodyOf(request),
    signal: gone.signal,
    warn: (warning) => void warnings.push(warning),
  };
  try {
    const reply = await disturbed(world.api, world.faults, call, () => handle(world.api, call));
    warn(response, warnings);
    await send(response, reply);
  } catch (error) {
    // What cannot be done is doubtful in other ways, too.
    if (!response.headersSent) warn(response, warnings);
    throw error;
  }
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if (reply.events === undefined) return json(response, reply.code, reply.body);
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  for await (const event of reply.events) {
    if (response.destroyed) return;
    if (!response.write(`${JSON.stringify(event)}\n`)) await new Promise((drained) => response.once('drain', drained));
  }
  response.end();
}

function warn(response: ServerResponse, warnings: readonly string[]): void {
  for (const warning of warnings) response.appendHeader('Warning', `299 - ${JSON.stringify(warning)}`);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, body } = statusFor(error);
  json(response, code, body);
}

function json(response: ServerResponse, code: number, body: object, contentType = 'application/json'): void {
  response.writeHead(code, { 'content-type': contentType }).end(JSON.stringify(body));
}

function text(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

const HEALTH = new Set(['/healthz', '/livez', '/readyz']);
