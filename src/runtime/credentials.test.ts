import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { Credentials, type User } from './credentials.ts';

let dir: string;
let clock: VirtualClock;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'credentials-'));
  clock = new VirtualClock();
});
afterEach(() => rm(dir, { recursive: true }));

const server = 'https://server';
const file = (name: string) => join(dir, name);
const authorization = async (credentials: Credentials) => (await credentials.get()).headers['Authorization'];
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('Credentials', () => {
  it.each<{ what: string; user: User; headers: Record<string, string> }>([
    { what: 'a token', user: { token: 't' }, headers: { Authorization: 'Bearer t' } },
    { what: 'a password', user: { username: 'a', password: 'b' }, headers: { Authorization: 'Basic YTpi' } },
    {
      what: 'another name',
      user: { token: 't', as: 'x' },
      headers: { Authorization: 'Bearer t', 'Impersonate-User': 'x' },
    },
    { what: 'nothing', user: {}, headers: {} },
  ])('shows $what', async ({ user, headers }) => {
    expect(await new Credentials({ server }, user, clock).get()).toEqual({ headers, tls: {} });
  });

  it('reads certificates from data and from files', async () => {
    await writeFile(file('key.pem'), 'KEY');
    const cluster = {
      server,
      'certificate-authority-data': base64('CA'),
      'tls-server-name': 'kubernetes',
      'insecure-skip-tls-verify': true,
    };
    const user = { 'client-certificate-data': base64('CERT'), 'client-key': file('key.pem') };
    const { tls } = await new Credentials(cluster, user, clock).get();
    expect(tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'kubernetes', rejectUnauthorized: false });
  });

  it('reads a token file again after a minute', async () => {
    await writeFile(file('token'), 'one');
    const credentials = new Credentials({ server }, { tokenFile: file('token') }, clock);
    expect(await authorization(credentials)).toBe('Bearer one');
    await writeFile(file('token'), 'two');
    await clock.advance(59_999);
    expect(await authorization(credentials)).toBe('Bearer one');
    await clock.advance(1);
    expect(await authorization(credentials)).toBe('Bearer two');
  });

  it('reads again at once when the server has refused', async () => {
    await writeFile(file('token'), 'one');
    const credentials = new Credentials({ server }, { tokenFile: file('token') }, clock);
    await credentials.get();
    await writeFile(file('token'), 'two');
    credentials.expire();
    expect(await authorization(credentials)).toBe('Bearer two');
  });

  it('uses the last token on while the file cannot be read, but fails when there never was one', async () => {
    await writeFile(file('token'), 'one');
    const credentials = new Credentials({ server }, { tokenFile: file('token') }, clock);
    await credentials.get();
    await rm(file('token'));
    await clock.advance(60_000);
    expect(await authorization(credentials)).toBe('Bearer one');
    await writeFile(file('token'), 'two');
    expect(await authorization(credentials)).toBe('Bearer two');
    await expect(new Credentials({ server }, { tokenFile: file('absent') }, clock).get()).rejects.toThrow('ENOENT');
  });

  it('gives the same tls object until a certificate changes', async () => {
    await writeFile(file('ca'), 'one');
    const credentials = new Credentials({ server, 'certificate-authority': file('ca') }, {}, clock);
    const { tls } = await credentials.get();
    credentials.expire();
    expect((await credentials.get()).tls).toBe(tls);
    await writeFile(file('ca'), 'two');
    credentials.expire();
    expect((await credentials.get()).tls).toEqual({ ca: 'two' });
  });

  it('asks a program, as client-node does', async () => {
    const status = { token: 'from-exec', clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify({ status }))})`],
    };
    expect(await new Credentials({ server }, { exec }, clock).get()).toEqual({
      headers: { Authorization: 'Bearer from-exec' },
      tls: { cert: 'CERT', key: 'KEY' },
    });
  });

  it('leaves legacy auth providers to client-node', async () => {
    const user = { 'auth-provider': { name: 'gcp', config: { 'access-token': 'from-provider' } } };
    expect(await authorization(new Credentials({ server }, user, clock))).toBe('Bearer from-provider');
  });
});
