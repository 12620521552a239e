import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { loadKubeConfig } from './config.ts';

let dir: string;
const clock = new VirtualClock();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  await writeFile(join(dir, name), content);
  return join(dir, name);
}

const kubeconfig = `
current-context: one
contexts:
- {name: one, context: {cluster: c, user: u, namespace: openstack}}
- {name: other, context: {cluster: other, user: u}}
clusters:
- {name: c, cluster: {server: 'https://one:6443/', certificate-authority: ca.pem, proxy-url: 'http://proxy:3128'}}
- {name: other, cluster: {server: 'http://other'}}
users:
- {name: u, user: {token: t1}}
`;

describe('loadKubeConfig', () => {
  it('reads the current context, with paths relative to the file', async () => {
    await write('ca.pem', 'CA');
    const access = await loadKubeConfig({ clock, kubeconfig: await write('config', kubeconfig), env: {} });
    expect(access).toMatchObject({ server: 'https://one:6443', namespace: 'openstack', proxy: 'http://proxy:3128' });
    expect(await access.credentials.get()).toEqual({ headers: { Authorization: 'Bearer t1' }, tls: { ca: 'CA' } });
  });

  it('takes another context when told so', async () => {
    const access = await loadKubeConfig({
      clock,
      kubeconfig: await write('config', kubeconfig),
      context: 'other',
      env: {},
    });
    expect([access.server, access.namespace, access.proxy]).toEqual(['http://other', undefined, undefined]);
  });

  it('joins the files of KUBECONFIG; the first to define a name wins', async () => {
    const first = await write('first', `current-context: other\nusers: [{name: u, user: {token: mine}}]`);
    const files = [first, await write('second', kubeconfig)].join(delimiter);
    const access = await loadKubeConfig({ clock, env: { KUBECONFIG: files } });
    expect(access.server).toBe('http://other');
    expect((await access.credentials.get()).headers).toEqual({ Authorization: 'Bearer mine' });
  });

  it('prefers a given file to KUBECONFIG, that to the Pod, and the Pod to the home directory', async () => {
    await write('config', kubeconfig.replaceAll('https://one:6443/', 'http://given'));
    await write('env', kubeconfig.replaceAll('https://one:6443/', 'http://env'));
    for (const [name, text] of Object.entries({ 'ca.crt': 'CA', token: 'T', namespace: 'ns\n' }))
      await write(name, text);
    const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const given = { clock, kubeconfig: join(dir, 'config'), serviceAccountDir: dir };
    const env = { ...pod, KUBECONFIG: join(dir, 'env') };

    expect((await loadKubeConfig({ ...given, env })).server).toBe('http://given');
    expect((await loadKubeConfig({ clock, serviceAccountDir: dir, env })).server).toBe('http://env');
    expect((await loadKubeConfig({ clock, serviceAccountDir: dir, env: pod })).server).toBe('https://10.0.0.1:443');
    await expect(loadKubeConfig({ clock, env: { HOME: dir } })).rejects.toThrow(join(dir, '.kube', 'config'));
  });

  it('uses the ServiceAccount of the Pod, also over IPv6', async () => {
    for (const [name, text] of Object.entries({ 'ca.crt': 'CA', token: 'T\n', namespace: 'ns\n' }))
      await write(name, text);
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    const access = await loadKubeConfig({ clock, env, serviceAccountDir: dir });
    expect(access).toMatchObject({ server: 'https://[fd00::1]:6443', namespace: 'ns' });
    expect(await access.credentials.get()).toEqual({ headers: { Authorization: 'Bearer T' }, tls: { ca: 'CA' } });
  });

  it.each([
    { what: 'the context', from: 'current-context: one', to: 'current-context: absent', message: 'no context absent' },
    { what: 'the cluster', from: 'cluster: c,', to: 'cluster: gone,', message: 'no cluster gone' },
    { what: 'the user', from: 'name: u,', to: 'name: v,', message: 'no user u' },
    { what: 'any context', from: 'current-context: one', to: '', message: 'no current-context' },
  ])('names the file and what is missing: $what', async ({ from, to, message }) => {
    const file = await write('config', kubeconfig.replace(from, to));
    await expect(loadKubeConfig({ clock, kubeconfig: file, env: {} })).rejects.toThrow(
      `kubeconfig ${file}: ${message}`,
    );
  });
});
