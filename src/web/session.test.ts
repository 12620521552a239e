import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '../machines/index.ts';
import { servePages, type HttpServer } from '../runtime/http.ts';
import { systemClock } from '../runtime/system.ts';
import type { OperatorView } from '../runtime/view.ts';
import { Problem } from './api/problem.ts';
import { tokenOf } from './session.ts';
import { mountWeb } from './web.ts';

let server: HttpServer;
let close: () => void;

beforeEach(async () => {
  const view = { kinds, all: () => [], subscribe: () => () => {}, now: () => 0 } as unknown as OperatorView;
  server = await servePages({
    clock: systemClock,
    port: 0,
    mount: (app) => {
      const folder = join(import.meta.dirname, '..', '..', 'visualizations');
      ({ close } = mountWeb(app, {
        view,
        clock: systemClock,
        epoch: 'e',
        folder,
        signsIn: true,
        access: (request) =>
          tokenOf(request) === 'good'
            ? Promise.resolve({ sees: () => true })
            : Promise.reject(new Problem(401, 'Who are you?', 'nobody knows')),
      }));
    },
  });
});
afterEach(async () => {
  close();
  await server.close(0);
});

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return fetch(server.url + path, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { Origin: server.url, ...type, ...headers },
  });
}

describe('signing in', () => {
  it('is asked of who opens a page, and said to who asks the API', async () => {
    const page = await fetch(`${server.url}/`, { redirect: 'manual' });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in']);
    const api = await fetch(`${server.url}/api/v1/instances`);
    expect([api.status, api.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8']);
    expect((await fetch(`${server.url}/sign-in`)).status).toBe(200);
  });

  it('gives a cookie that no script reads and no other site sends; with it, and with a header, one is let in', async () => {
    const answer = await post('/sign-in', 'token=good');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const [pair = ''] = cookie.split(';');
    expect((await fetch(`${server.url}/`, { headers: { Cookie: pair } })).status).toBe(200);
    expect((await fetch(`${server.url}/api/v1/instances`, { headers: { Authorization: 'Bearer good' } })).status).toBe(
      200,
    );
  });

  it.each([
    ['token=bad', {}, 401, 'nobody knows'],
    ['token=', {}, 400, 'That is no token'],
    ['token=a%0d%0aSet-Cookie:x', {}, 400, 'That is no token'],
    ['token=good', { Origin: 'http://elsewhere.example' }, 403, 'on this page itself'],
  ])('refuses %s with %j', async (body, headers, status, said) => {
    const answer = await post('/sign-in', body, headers);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([status, null]);
    expect(await answer.text()).toContain(said);
  });

  it('ends with the cookie', async () => {
    const answer = await post('/sign-out', '');
    expect(answer.headers.get('set-cookie')).toMatch(/^openstack-operator-token=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect((await post('/sign-out', '', { Origin: 'http://elsewhere.example' })).status).toBe(403);
  });
});
