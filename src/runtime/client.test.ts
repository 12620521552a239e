import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WatchEvent } from '../kube/client.ts';
import type { ApiError } from '../kube/errors.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { HttpKubeClient, type HttpKubeClientOptions, type RequestInfo } from './client.ts';
import { Credentials, type User } from './credentials.ts';
import { systemClock } from './system.ts';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: unknown;
}

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let seen: Seen[];
let requests: RequestInfo[];
let connections: number;
let open: HttpKubeClient[];

beforeEach(async () => {
  [seen, requests, open, connections] = [[], [], [], 0];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
      answer(request, response);
    });
  });
  server.on('connection', () => connections++);
  answer = (_request, response) => json(response, 200, deployment);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await Promise.all(open.map((client) => client.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function clientFor(options: Partial<HttpKubeClientOptions> = {}, user: User = {}, path = ''): HttpKubeClient {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const access = {
    server: url,
    namespace: undefined,
    proxy: undefined,
    credentials: new Credentials({ server: url }, user, systemClock),
  };
  const client = new HttpKubeClient(access, {
    clock: systemClock,
    onRequest: (info) => requests.push(info),
    ...options,
  });
  open.push(client);
  return client;
}

function json(response: ServerResponse, code: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const ref = { namespace: 'openstack', name: 'keystone' };
const deployment: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: ref };
const failure = async (promise: Promise<unknown>) => (await promise.catch((error: unknown) => error)) as ApiError;

describe('HttpKubeClient, requests', () => {
  const base = '/apis/apps/v1/namespaces/openstack/deployments';
  const manager = 'fieldManager=openstack-operator';

  it.each([
    {
      verb: 'get',
      call: (c: HttpKubeClient) => c.get(Builtin.Deployment, ref),
      method: 'GET',
      url: `${base}/keystone`,
    },
    {
      verb: 'create',
      call: (c: HttpKubeClient) => c.create(Builtin.Deployment, deployment),
      method: 'POST',
      url: `${base}?fieldValidation=Strict&${manager}`,
      type: 'application/json',
    },
    {
      verb: 'apply',
      call: (c: HttpKubeClient) => c.apply(Builtin.Deployment, deployment),
      method: 'PATCH',
      url: `${base}/keystone?fieldValidation=Strict&force=true&${manager}`,
      type: 'application/apply-patch+yaml',
    },
    {
      verb: 'apply',
      call: (c: HttpKubeClient) => c.apply(Builtin.Deployment, deployment, { subresource: 'status', dryRun: true }),
      method: 'PATCH',
      url: `${base}/keystone/status?fieldValidation=Strict&force=true&${manager}&dryRun=All`,
      type: 'application/apply-patch+yaml',
    },
    {
      verb: 'replace',
      call: (c: HttpKubeClient) => c.replace(Builtin.Deployment, deployment),
      method: 'PUT',
      url: `${base}/keystone?${manager}`,
      type: 'application/json',
    },
    {
      verb: 'mergePatch',
      call: (c: HttpKubeClient) => c.mergePatch(Builtin.Deployment, ref, deployment),
      method: 'PATCH',
      url: `${base}/keystone?${manager}`,
      type: 'application/merge-patch+json',
    },
  ])('sends $verb as $method $url', async ({ verb, call, method, url, type }) => {
    expect(await call(clientFor())).toEqual(deployment);
    expect(seen).toMatchObject([{ method, url, ...(type && { body: deployment }) }]);
    expect(seen[0]?.headers['content-type']).toBe(type);
    expect(requests).toMatchObject([{ verb, method, resource: 'deployments.apps', code: 200 }]);
  });

  it('sends the options of a delete in its body', async () => {
    answer = (_request, response) => json(response, 200, { kind: 'Status', status: 'Success' });
    const options = { propagationPolicy: 'Foreground', preconditions: { uid: 'u1' } } as const;
    expect(await clientFor().delete(Builtin.Namespace, { name: 'x' }, options)).toBeUndefined();
    expect(seen).toMatchObject([{ method: 'DELETE', url: '/api/v1/namespaces/x', body: options }]);
  });

  it('lists with selectors and pages, and gives items the kind that the server leaves out', async () => {
    const item = { metadata: { name: 'a' }, data: {} };
    answer = (_request, response) =>
      json(response, 200, { metadata: { resourceVersion: '7', continue: 'c' }, items: [item] });
    const list = await clientFor().list(Builtin.Secret, { labelSelector: 'a=b,c', limit: 5, continue: 'x y' });
    expect(seen[0]?.url).toBe('/api/v1/secrets?labelSelector=a%3Db%2Cc&limit=5&continue=x+y');
    expect(list).toEqual({
      metadata: { resourceVersion: '7', continue: 'c' },
      items: [{ apiVersion: 'v1', kind: 'Secret', ...item }],
    });
  });

  it('keeps the path of the server URL, says who it is and shows its token', async () => {
    await clientFor({ userAgent: 'test/1' }, { token: 'abc' }, '/k8s/clusters/c1').get(Builtin.Deployment, ref);
    expect(seen[0]?.url).toBe(`/k8s/clusters/c1${base}/keystone`);
    expect(seen[0]?.headers).toMatchObject({ 'user-agent': 'test/1', authorization: 'Bearer abc' });
  });

  it('keeps its connections: 200 requests in a row need no new one after the second', async () => {
    const client = clientFor();
    for (let i = 0; i < 200; i++) await client.get(Builtin.Deployment, ref);
    expect(seen).toHaveLength(200);
    // undici's pool opens a second one when the first has not been noted as free yet, and no more.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('opens no more connections than allowed for many requests at once', async () => {
    const client = clientFor({ connections: 4 });
    await Promise.all(Array.from({ length: 60 }, () => client.get(Builtin.Deployment, ref)));
    expect([seen.length, connections]).toEqual([60, 4]);
  });
});

describe('HttpKubeClient, failures', () => {
  it.each([
    { code: 400, status: 'BadRequest', reason: 'BadRequest' },
    { code: 401, status: 'Unauthorized', reason: 'Unauthorized' },
    { code: 403, status: 'Forbidden', reason: 'Forbidden' },
    { code: 404, status: 'NotFound', reason: 'NotFound' },
    { code: 409, status: 'AlreadyExists', reason: 'AlreadyExists' },
    { code: 409, status: 'Conflict', reason: 'Conflict' },
    { code: 410, status: 'Expired', reason: 'Expired' },
    { code: 415, status: 'UnsupportedMediaType', reason: 'Unsupported' },
    { code: 422, status: 'Invalid', reason: 'Invalid' },
    { code: 429, status: 'TooManyRequests', reason: 'TooManyRequests' },
    { code: 500, status: 'InternalError', reason: 'ServerError' },
    { code: 504, status: 'Timeout', reason: 'Timeout' },
  ])('maps $code $status to $reason, with the words of the Status', async ({ code, status, reason }) => {
    answer = (_request, response) =>
      json(response, code, { kind: 'Status', code, reason: status, message: 'as you see' });
    expect(await failure(clientFor().get(Builtin.Deployment, ref))).toMatchObject({
      name: 'ApiError',
      reason,
      code,
      message: 'get deployments.apps openstack/keystone: as you see',
    });
    expect(requests).toMatchObject([{ code }]);
  });

  it('reads its credentials again when the server has refused them', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'token-'));
    await writeFile(join(dir, 'token'), 'old');
    answer = (request, response) =>
      json(response, request.headers.authorization === 'Bearer new' ? 200 : 401, deployment);
    const client = clientFor({}, { tokenFile: join(dir, 'token') });
    expect(await failure(client.get(Builtin.Deployment, ref))).toMatchObject({ reason: 'Unauthorized' });
    await writeFile(join(dir, 'token'), 'new');
    expect(await client.get(Builtin.Deployment, ref)).toEqual(deployment);
    await rm(dir, { recursive: true });
  });

  it('says which fields are wrong and why', async () => {
    const causes = [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message: 'must be positive' }];
    answer = (_request, response) => json(response, 422, { kind: 'Status', message: 'no', details: { causes } });
    expect((await failure(clientFor().apply(Builtin.Deployment, deployment))).causes).toEqual([
      { field: 'spec.replicas', message: 'must be positive' },
    ]);
  });

  it.each([
    { where: 'the header', headers: { 'Retry-After': '3' }, body: { kind: 'Status' } },
    { where: 'the Status', headers: {}, body: { kind: 'Status', details: { retryAfterSeconds: 3 } } },
  ])('passes on how long to wait from $where', async ({ headers, body }) => {
    answer = (_request, response) => json(response, 429, body, headers);
    expect(await failure(clientFor().get(Builtin.Deployment, ref))).toMatchObject({ retryAfterMs: 3_000 });
  });

  it('repeats nothing that the server says about the contents of a Secret', async () => {
    const causes = [{ field: 'data[password]', message: 'Invalid value: "hunter2"' }];
    answer = (_request, response) =>
      json(response, 422, { kind: 'Status', reason: 'Invalid', message: 'bad data "hunter2"', details: { causes } });
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: ref, data: { password: 'hunter2' } };
    const error = await failure(clientFor().apply(Builtin.Secret, object));
    expect(error.message).toBe('apply secrets openstack/keystone: 422 Invalid data[password]');
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('hunter2');
  });

  it.each([{ code: 200 }, { code: 403 }, { code: 502 }])(
    'never quotes a body that is not a Status: $code',
    async ({ code }) => {
      answer = (_request, response) => response.writeHead(code).end('<html>hunter2');
      const error = await failure(clientFor().get(Builtin.Deployment, ref));
      expect(error.name).toBe('ApiError');
      expect(JSON.stringify([error, error.message, error.stack, String(error.cause)])).not.toContain('hunter2');
    },
  );

  it('gives up with Timeout when the head of the answer does not come', async () => {
    answer = () => {};
    expect(await failure(clientFor({ timeoutMs: 30 }).get(Builtin.Deployment, ref))).toMatchObject({
      reason: 'Timeout',
    });
    expect(requests).toMatchObject([{ code: 0 }]);
  });

  it('gives up with Timeout when the body does not end', async () => {
    answer = (_request, response) => response.writeHead(200).write('{');
    expect(await failure(clientFor({ timeoutMs: 30 }).get(Builtin.Deployment, ref))).toMatchObject({
      reason: 'Timeout',
    });
  });

  it('fails with Network when nobody listens, when the server hangs up, and when the caller gives up', async () => {
    const client = clientFor();
    answer = (request) => request.socket.destroy();
    expect(await failure(client.get(Builtin.Deployment, ref))).toMatchObject({ reason: 'Network', code: 0 });

    const abort = new AbortController();
    answer = () => abort.abort();
    expect(await failure(client.get(Builtin.Deployment, ref, { signal: abort.signal }))).toMatchObject({
      reason: 'Network',
    });
    expect(await failure(client.get(Builtin.Deployment, ref, { signal: abort.signal }))).toMatchObject({
      reason: 'Network',
    });

    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    expect((await failure(client.get(Builtin.Deployment, ref))).message).toContain('ECONNREFUSED');
  });
});

describe('HttpKubeClient, watch', () => {
  const event = (type: string, version: string, extra = {}) =>
    `${JSON.stringify({ type, object: { ...deployment, metadata: { ...ref, resourceVersion: version }, ...extra } })}\n`;

  async function collect(client: HttpKubeClient, signal?: AbortSignal): Promise<string[]> {
    const got: string[] = [];
    for await (const { type, ...rest } of client.watch(Builtin.Deployment, {
      resourceVersion: '5',
      ...(signal && { signal }),
    })) {
      const { resourceVersion, object } = rest as { resourceVersion?: string; object?: KubeObject };
      got.push(`${type} ${resourceVersion ?? object?.metadata.resourceVersion}`);
    }
    return got;
  }

  it('asks for bookmarks, and ends when the server closes', async () => {
    answer = (_request, response) =>
      response.end(event('ADDED', '6') + event('BOOKMARK', '9') + event('DELETED', '10'));
    expect(await collect(clientFor())).toEqual(['ADDED 6', 'BOOKMARK 9', 'DELETED 10']);
    expect(seen[0]?.url).toBe('/apis/apps/v1/deployments?watch=true&allowWatchBookmarks=true&resourceVersion=5');
    expect(requests).toMatchObject([{ verb: 'watch', code: 200 }]);
  });

  it('puts together lines and characters that arrive byte by byte', async () => {
    const bytes = Buffer.from(event('MODIFIED', '6', { note: 'käsé 🧀' }) + event('ADDED', '7').trimEnd());
    answer = (_request, response) => {
      response.writeHead(200);
      let sent = 0;
      const sendOne = (): void => {
        if (sent === bytes.length) response.end();
        else response.write(bytes.subarray(sent, ++sent), () => setImmediate(sendOne));
      };
      sendOne();
    };
    const got: WatchEvent[] = [];
    for await (const each of clientFor().watch(Builtin.Deployment, { resourceVersion: '5' })) got.push(each);
    expect(got).toMatchObject([{ object: { note: 'käsé 🧀' } }, { object: { metadata: { resourceVersion: '7' } } }]);
  });

  it.each([
    { code: 410, status: 'Expired', reason: 'Expired' },
    { code: 429, status: 'TooManyRequests', reason: 'TooManyRequests' },
    { code: 500, status: 'InternalError', reason: 'ServerError' },
  ])('throws $reason for $code inside the stream, after the events before it', async ({ code, status, reason }) => {
    const object = { kind: 'Status', code, reason: status, message: 'sorry' };
    answer = (_request, response) =>
      response.end(`${event('ADDED', '6')}${JSON.stringify({ type: 'ERROR', object })}\n`);
    const got: string[] = [];
    const reading = (async () => {
      for await (const each of clientFor().watch(Builtin.Deployment, { resourceVersion: '5' })) got.push(each.type);
    })();
    expect(await failure(reading)).toMatchObject({
      name: 'ApiError',
      reason,
      message: 'watch deployments.apps: sorry',
    });
    expect(got).toEqual(['ADDED']);
  });

  it('throws Expired for a 410 before the stream', async () => {
    answer = (_request, response) => json(response, 410, { kind: 'Status', message: 'too old' });
    expect(await failure(collect(clientFor()))).toMatchObject({ reason: 'Expired' });
  });

  it('throws Network when the stream breaks off, and quotes no event', async () => {
    answer = (_request, response) => response.end(`${event('ADDED', '6')}{"type":"ADDED","object":{"data":"hunter2`);
    const error = await failure(collect(clientFor()));
    expect(error).toMatchObject({ reason: 'Network' });
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('hunter2');

    answer = (request, response) => response.write(event('ADDED', '6'), () => request.socket.destroy());
    expect(await failure(collect(clientFor()))).toMatchObject({ reason: 'Network' });
  });

  it('ends without an error when its signal aborts, and hangs up', async () => {
    const abort = new AbortController();
    const hungUp = new Promise((resolve) => {
      answer = (request, response) => {
        request.socket.on('close', resolve);
        response.write(event('ADDED', '6'), () => setTimeout(() => abort.abort(), 10));
      };
    });
    expect(await collect(clientFor(), abort.signal)).toEqual(['ADDED 6']);
    await hungUp;
    expect(await collect(clientFor(), abort.signal)).toEqual([]);
  });

  it('hangs up when its reader stops reading', async () => {
    const hungUp = new Promise((resolve) => {
      answer = (request, response) => {
        request.socket.on('close', resolve);
        response.write(event('ADDED', '6'));
      };
    });
    for await (const each of clientFor().watch(Builtin.Deployment, { resourceVersion: '5' })) {
      expect(each.type).toBe('ADDED');
      break;
    }
    await hungUp;
  });

  it('may be silent for longer than a request may take, but must begin in that time', async () => {
    const client = clientFor({ timeoutMs: 50 });
    answer = (_request, response) => {
      response.writeHead(200).flushHeaders();
      setTimeout(() => response.end(event('ADDED', '6')), 150);
    };
    expect(await collect(client)).toEqual(['ADDED 6']);
    answer = () => {};
    expect(await failure(collect(client))).toMatchObject({ reason: 'Timeout' });
  });

  it('leaves all connections for requests free, however many watches there are', async () => {
    const client = clientFor({ connections: 1 });
    const abort = new AbortController();
    answer = (request, response) =>
      request.url?.includes('watch=true') === true
        ? response.writeHead(200).flushHeaders()
        : json(response, 200, deployment);
    const watches = [1, 2, 3].map(() => collect(client, abort.signal));
    expect(await client.get(Builtin.Deployment, ref)).toEqual(deployment);
    abort.abort();
    await Promise.all(watches);
  });
});

describe('HttpKubeClient, TLS', () => {
  it('trusts the server by its CA, keeps its connection, and opens a new one when the CA has changed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tls-'));
    const tls = createTlsServer({ cert: certificate, key: certificateKey }, (_request, response) =>
      json(response, 200, deployment),
    );
    let handshakes = 0;
    tls.on('secureConnection', () => handshakes++);
    try {
      await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
      const ca = join(dir, 'ca.pem');
      await writeFile(ca, certificate);
      const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
      const credentials = new Credentials({ server: url, 'certificate-authority': ca }, {}, systemClock);
      const access = { server: url, namespace: undefined, proxy: undefined, credentials };
      const client = new HttpKubeClient(access, { clock: systemClock, connections: 1 });
      open.push(client);
      const rotate = async (to: string): Promise<void> => {
        await writeFile(ca, to);
        credentials.expire();
      };

      for (let i = 0; i < 20; i++) await client.get(Builtin.Deployment, ref);
      expect(handshakes).toBe(1);

      await rotate(certificateOfAnother);
      const error = await failure(client.get(Builtin.Deployment, ref));
      expect(error).toMatchObject({
        reason: 'Network',
        message: expect.stringContaining('self-signed certificate') as string,
      });

      await rotate(certificate + certificateOfAnother);
      expect(await client.get(Builtin.Deployment, ref)).toEqual(deployment);
      const count = (): Promise<number> => new Promise((resolve) => tls.getConnections((_error, all) => resolve(all)));
      await expect.poll(count).toBe(1);
    } finally {
      tls.closeAllConnections();
      tls.close();
      await rm(dir, { recursive: true });
    }
  });
});

/** Of 127.0.0.1, signed by itself, valid until 2120; used nowhere else. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBTzCB9qADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA29uZTAgFw0y
MDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDb25lMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENYPm9JZdUMM1D9yKHvghF9i9tgppWvc0
+YUvPHbcVNjuzlKVaofAPFD1Whyhes6PyLFGKOvsf4gxOXW9rrwA7KNDMEEwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMB0GA1UdDgQWBBR/JypPEKbG
Y0zLUlmtHBIQ6UdSADAKBggqhkjOPQQDAgNIADBFAiBdWJI+vxXtu+R6O0EvzvmI
TDfUXH8C1NENf6/UoVlH4AIhAPGJbfulqROtvOBC+NjWCDIsLgH0JF1tJWDDWxp3
yd3M
-----END CERTIFICATE-----
`;

/** Made for this test; opens nothing. */
const certificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6gtflHECQSK4XCRL
pJ28C7/M4I5ZSL8gOKTRE0Pfu/WhRANCAAQ1g+b0ll1QwzUP3Ioe+CEX2L22Cmla
9zT5hS88dtxU2O7OUpVqh8A8UPVaHKF6zo/IsUYo6+x/iDE5db2uvADs
-----END PRIVATE KEY-----
`;

/** Of the same address, signed by itself. */
const certificateOfAnother = `-----BEGIN CERTIFICATE-----
MIIBTjCB9qADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA3R3bzAgFw0y
MDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowDjEMMAoGA1UEAwwDdHdvMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGLRnQEB7wUFOi9Pjjjxlbja9vYHfvYEw
9BvbVO7U6W43QeZEkuG1g/UbElzzCJGVSohEXeKBW4rD8uMmuidqN6NDMEEwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMB0GA1UdDgQWBBQgtUgPvc82
g9s/dnnIV2qdBHYljTAKBggqhkjOPQQDAgNHADBEAiBiaJOOfga0Hf7C6TVelAzw
AmkVxaN60P3zLiNVZWfHRgIgINF+GBs+W315NUWlEcVPPhDL6FrIPHHxc0SHs0u7
zBM=
-----END CERTIFICATE-----
`;
