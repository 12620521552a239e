import { Agent, get, type IncomingMessage } from 'node:http';
import { Registry, Gauge } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from './checks.ts';
import { serveHttp, type HttpServer } from './http.ts';
import { systemClock } from './system.ts';

let server: HttpServer;
let health: Record<string, Check>;
let readiness: Record<string, Check>;

beforeEach(async () => {
  health = { 'event-loop': () => undefined, watches: () => undefined };
  readiness = { caches: () => undefined };
  const metrics = new Registry();
  new Gauge({ name: 'answer', help: 'x', registers: [metrics] }).set(42);
  server = await serveHttp({
    clock: systemClock,
    port: 0,
    health,
    readiness,
    metrics,
    mount: (app) => {
      app.get('/hello', (_request, response) => void response.send('hello'));
      app.get('/stream', (_request, response) => void response.writeHead(200).write('first'));
    },
  });
});
afterEach(() => server.close(0));

async function read(path: string): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(server.url + path);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('the HTTP server', () => {
  it('listens on loopback', () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  });

  it('is healthy when every check is', async () => {
    expect(await read('/healthz')).toMatchObject({ status: 200, text: '[+]event-loop ok\n[+]watches ok\n' });
  });

  it('says which check failed and why', async () => {
    health['watches'] = () => 'no word for 300 s of pods';
    const text = '[+]event-loop ok\n[-]watches failed: no word for 300 s of pods\n';
    expect(await read('/healthz')).toMatchObject({ status: 503, text });
    expect((await read('/readyz')).status).toBe(200);
  });

  it('is ready apart from being healthy', async () => {
    readiness['caches'] = () => 'not listed yet: pods';
    expect(await read('/readyz')).toMatchObject({ status: 503, text: '[-]caches failed: not listed yet: pods\n' });
    expect((await read('/healthz')).status).toBe(200);
  });

  it('shows the metrics', async () => {
    const { text, headers } = await read('/metrics');
    expect(text).toContain('answer 42');
    expect(headers.get('content-type')).toContain('text/plain');
  });

  it('serves what is mounted, with the headers that browsers want', async () => {
    const { text, headers } = await read('/hello');
    expect(text).toBe('hello');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('says why it cannot listen', async () => {
    const options = { clock: systemClock, port: server.port, health, readiness, metrics: new Registry() };
    await expect(serveHttp(options)).rejects.toThrow(
      'EADDRINUSE): another process has this port; choose one with --http-port or --web-port',
    );
  });
});

describe('the HTTP server, closing', () => {
  const open = (path: string, agent: Agent) =>
    new Promise<IncomingMessage>((resolve, reject) => get(server.url + path, { agent }, resolve).on('error', reject));

  it('ends kept connections at once', async () => {
    const agent = new Agent({ keepAlive: true });
    const response = await open('/hello', agent);
    const { socket } = response;
    const ended = new Promise((resolve) => socket.on('close', resolve));
    await response.resume().toArray();
    await server.close(60_000);
    await ended;
    await expect(read('/hello')).rejects.toThrow();
  });

  it('cuts what has not ended when the grace is over', async () => {
    const response = await open('/stream', new Agent());
    const failed = new Promise((resolve) => response.on('error', resolve));
    response.resume();
    await server.close(50);
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });
});
