import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';

/** What a person does with kubectl, in order, on one sandbox. */
let sandbox: Sandbox;
const folder = mkdtempSync(join(tmpdir(), 'kubectl-test-'));
const file = join(folder, 'cache.yaml');
const k = (...args: string[]): Promise<string> => sandbox.kubectl(...args);
const manifest = (spec: string): string =>
  `apiVersion: openstack.k8s.io/v1alpha1\nkind: Memcached\nmetadata: {name: cache}\nspec: ${spec}\n`;

beforeAll(async () => {
  sandbox = await Sandbox.start();
  await sandbox.allReady();
});
afterAll(async () => {
  expect(await sandbox.stop()).toBe(0);
  expect(await sandbox.leftovers()).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

it('gets: columns, wide, all, yaml, names', async () => {
  expect(await k('get', 'keystone')).toMatch(/^NAME +READY +STATE +WAITING-FOR +AGE\nkeystone +True +Ready +\d+s\n$/);
  expect(await k('get', 'keystone', '-o', 'wide')).toContain('http://keystone-api.openstack.svc:5000/v3');
  expect(await k('get', 'all')).toMatch(/deployment\.apps\/keystone-api +1\/1/);
  expect(await k('get', 'mariadb', 'mariadb', '-o', 'yaml')).toContain('kind: MariaDB');
  expect(await k('get', 'secrets', '-o', 'name')).toContain('secret/keystone-fernet-keys');
  expect(await k('get', 'nothing')).toContain(`the server doesn't have a resource type "nothing"`);
});

it('describes, with conditions and Events', async () => {
  const said = await k('describe', 'keystone', 'keystone');
  expect(said).toMatch(/→ Ready: .*every step is done/);
  expect(said).toMatch(/Type: +Ready/);
  expect(await k('describe', 'deployment', 'keystone-api')).toMatch(/Replicas: +1 desired/);
  expect(await k('events')).toContain('Keystone/keystone');
});

it('has the plugin: kubectl openstack, with its exit codes', async () => {
  const env = { PATH: `${join(import.meta.dirname, '..', '..', 'bin')}:${process.env['PATH']}` };
  const plugin = (...args: string[]): Promise<string> => sandbox.kubectlWith(env, 'openstack', ...args);
  expect(await plugin('status')).toContain('all 3 resources are Ready');
  expect(await plugin('why', 'keystone/keystone')).toContain('it is Ready and waits for nothing');
  expect(await plugin('trace', 'keystone/keystone')).toContain('   ✓ MariaDB/mariadb  Ready');
  expect(await plugin('why', 'keystone/nobody')).toContain(
    "error: there is no Keystone 'nobody' here; there is keystone",
  );
});

it('explains', async () => {
  expect(await k('explain', 'keystone.spec.mariadbRef')).toContain('Name of the MariaDB in this namespace.');
  expect(await k('api-resources', '--api-group', 'openstack.k8s.io')).toContain('memcacheds');
});

it('refuses a field that is not there, and a value that may not be', async () => {
  writeFileSync(file, manifest('{replica: 1}'));
  expect(await k('apply', '-f', file)).toContain('strict decoding error: unknown field "spec.replica"');
  writeFileSync(file, manifest('{replicas: 5}'));
  expect(await k('apply', '-f', file)).toContain('replicas above 1 are not done in this version');
});

it('applies, by the client and by the server, and tells conflicts', async () => {
  writeFileSync(file, manifest('{replicas: 1}'));
  expect(await k('apply', '-f', file)).toContain('created');
  expect(await k('apply', '-f', file)).toContain('unchanged');
  expect(await k('wait', '--for=condition=Ready', 'memcached/cache', '--timeout=30s')).toContain('condition met');
  writeFileSync(file, manifest('{replicas: 0}'));
  expect(await k('diff', '-f', file)).toContain('-  replicas: 1\n+  replicas: 0');
  expect(await k('apply', '-f', file)).toContain('configured');
  expect(await k('apply', '--server-side', '--field-manager', 'other', '-f', file)).toContain('serverside-applied');
  writeFileSync(file, manifest('{replicas: 1}'));
  expect(await k('apply', '--server-side', '--field-manager', 'third', '-f', file)).toContain('conflict');
  expect(await k('apply', '--server-side', '--field-manager', 'third', '--force-conflicts', '-f', file)).toContain(
    'serverside-applied',
  );
});

it('edits, labels, annotates, patches and scales', async () => {
  const editor = join(folder, 'editor.sh');
  writeFileSync(editor, '#!/bin/sh\nsed -i "s/replicas: 1/replicas: 0/" "$1"\n');
  chmodSync(editor, 0o755);
  expect(await sandbox.kubectlWith({ EDITOR: editor }, 'edit', 'memcached', 'cache')).toContain('edited');
  expect(await k('get', 'memcached', 'cache', '-o', 'jsonpath={.spec.replicas}')).toBe('0');
  expect(await k('label', 'memcached', 'cache', 'team=x')).toContain('labeled');
  expect(await k('annotate', 'memcached', 'cache', 'note=y')).toContain('annotated');
  expect(await k('patch', 'memcached', 'cache', '--type', 'merge', '-p', '{"spec":{"replicas":1}}')).toContain(
    'patched',
  );
  expect(await k('get', 'memcached', '-l', 'team=x', '-o', 'name')).toBe('memcached.openstack.k8s.io/cache\n');
  expect(await k('scale', 'deployment', 'keystone-api', '--replicas', '3')).toContain('scaled');
  await sandbox.until('the replicas of the spec are back', async () => {
    return (await k('get', 'deployment', 'keystone-api', '-o', 'jsonpath={.spec.replicas}')) === '1';
  });
  expect(await k('rollout', 'status', 'deployment/keystone-api', '--timeout=60s')).toContain('successfully rolled out');
});

it('watches, and deletes', async () => {
  const watched = sandbox.begin('get', 'memcached', '-w');
  try {
    await sandbox.until('the watch shows what there is', () => /^cache +/m.test(watched.printed()));
    const before = watched.printed().length;
    expect(await k('delete', 'memcached', 'cache', '--timeout=60s')).toContain('deleted');
    expect(await k('get', 'memcached', 'cache')).toContain('"cache" not found');
    await sandbox.until('the watch shows the change', () => /^cache +/m.test(watched.printed().slice(before)));
  } finally {
    watched.end();
  }
});
