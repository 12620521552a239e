import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keystone as keystoneKind } from '../../src/machines/keystone.ts';
import { placement } from '../../src/machines/placement.ts';
import { Keystone } from './keystone.ts';
import { run } from './program.ts';
import { programOf, type Given } from './written.ts';

/** Jobs that write into Keystone: run as the Pod runs them, by what OpenStack itself speaks to Keystone with. */
const python = process.env['TEST_PYTHON'] ?? '';
const worst = `'; -- "\\' \\" $x %(y)s # ü 😀 \t\``;
const admin = `${worst}\n`;
let keystone: Keystone;
let folder: string;

beforeEach(async () => {
  keystone = await new Keystone().start();
  folder = mkdtempSync(join(tmpdir(), 'values-'));
});
afterEach(async () => {
  await keystone.stop();
  rmSync(folder, { recursive: true });
});

const place = (text: string): string =>
  text
    .replaceAll('/var/lib/kolla/venv/bin/python3', python)
    .replaceAll('/var/lib/kolla/venv/bin', folder)
    .replaceAll(/\/etc\/(catalog|keystone)/g, folder)
    .replaceAll(/\b(mariadb|keystone)-api\.ns\.svc:5000/g, keystone.address);

async function job(given: Given, id: string) {
  const { command, env, files } = await programOf(given, id, place);
  for (const [path, content] of files()) writeFileSync(path, content);
  return run(command, '', env);
}

describe('the entry of a service', () => {
  const given = (password = 'pw', ofAdmin = admin): Given => ({
    kind: placement,
    name: 'placement',
    secrets: {
      'placement-db-password': { password: 'x' },
      'placement-service-password': { password, 'cache-key': 'x' },
      'mariadb-admin-password': { password: ofAdmin },
    },
  });
  const made = (password?: string) => job(given(password), 'endpoint-create');
  const url = 'http://placement-api.ns.svc:8778';

  beforeEach(() => {
    keystone.bootstrap(admin, `http://${keystone.address}/v3`, 'RegionOne');
    keystone.projects.push({ id: 'service', name: 'service', domain_id: 'default' });
  });

  it('is one user with its role, one service, and one endpoint for each interface, however often it is made', async () => {
    for (const _ of ['first', 'again', 'and again']) expect(await made(worst)).toMatchObject({ code: 0, stderr: '' });
    expect(keystone.users.map(({ name }) => name)).toEqual(['admin', 'placement']);
    expect([...keystone.grants]).toEqual(['admin/admin/admin', 'service/placement/admin']);
    expect(keystone.services.map(({ type }) => type)).toEqual(['identity', 'placement']);
    const { id } = keystone.services[1] ?? {};
    const endpoints = keystone.endpoints.filter((endpoint) => endpoint['service_id'] === id);
    expect(endpoints.map((endpoint) => [endpoint['interface'], endpoint['region_id'], endpoint['url']])).toEqual([
      ['internal', 'RegionOne', url],
      ['public', 'RegionOne', url],
    ]);
  });

  it('lets the service log in as itself, with the new password after a rotation and with that only', async () => {
    for (const password of ['old', worst]) {
      expect(await made(password)).toMatchObject({ code: 0 });
      expect(keystone.users.find(({ name }) => name === 'placement')?.['password']).toBe(password);
    }
  });

  it('is put right where somebody changed it, and freed of what is there twice', async () => {
    await made();
    const mine = keystone.services.find(({ type }) => type === 'placement')!;
    mine['enabled'] = false;
    const [first, ...others] = keystone.endpoints.filter((endpoint) => endpoint['service_id'] === mine.id);
    keystone.endpoints.push({ ...first, id: 'double' }, { ...first, id: 'elsewhere', region_id: 'RegionTwo' });
    others.forEach((endpoint) => (endpoint['url'] = 'http://old'));
    expect(await made()).toMatchObject({ code: 0 });
    expect(mine['enabled']).toBe(true);
    const now = keystone.endpoints.filter((endpoint) => endpoint['service_id'] === mine.id);
    expect(now.map((endpoint) => [endpoint['interface'], endpoint['region_id'], endpoint['url']])).toEqual([
      ['internal', 'RegionOne', url],
      ['public', 'RegionOne', url],
      ['internal', 'RegionTwo', url],
    ]);
  });

  it.each([
    { what: 'the password of admin is another', ofAdmin: 'x', harm: () => {}, says: 'requires authentication' },
    {
      what: 'the project of services is missing',
      harm: () => keystone.projects.pop(),
      says: "Keystone has no project 'service'",
    },
    { what: 'a role is missing', harm: () => keystone.roles.splice(0), says: "Keystone has no role 'admin'" },
    {
      what: 'another resource has the entry',
      harm: () => keystone.services.push({ id: 's', type: 'placement', description: 'openstack-operator: A ns/other' }),
      says: 'the service of type placement in this Keystone belongs to A ns/other',
    },
    {
      what: 'there are two of the service',
      harm: () => ['1', '2'].map((id) => keystone.services.push({ id, type: 'placement' })),
      says: 'expected one service with type=placement, found 2',
    },
  ])('ends with an error where $what', async ({ ofAdmin, harm, says }) => {
    harm();
    const { code, stderr } = await job(given('pw', ofAdmin), 'endpoint-create');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(says) });
    expect(keystone.endpoints).toHaveLength(2);
  });

  it('goes with its user when it is removed, and nothing else does', async () => {
    await made();
    for (const _ of ['first', 'again']) expect(await job(given(), 'endpoint-remove')).toMatchObject({ code: 0 });
    expect(keystone.users.map(({ name }) => name)).toEqual(['admin']);
    expect(keystone.services.map(({ type }) => type)).toEqual(['identity']);
    expect(keystone.endpoints).toHaveLength(2);
  });
});

describe('the bootstrap of Keystone', () => {
  const given: Given = {
    kind: keystoneKind,
    name: 'keystone',
    secrets: { 'keystone-db-password': { password: 'x' }, 'keystone-admin-password': { password: admin } },
  };
  const url = () => `http://${keystone.address}/v3`;

  beforeEach(() => {
    const manage = join(folder, 'keystone-manage');
    writeFileSync(
      manage,
      `#!${python}
import json, os, sys, urllib.request
assert "bootstrap" in sys.argv, sys.argv
said = {name: os.environ["OS_BOOTSTRAP_" + of] for name, of in
        [("password", "PASSWORD"), ("url", "INTERNAL_URL"), ("region", "REGION_ID")]}
urllib.request.urlopen(urllib.request.Request("http://${keystone.address}/bootstrap", json.dumps(said).encode()))
`,
    );
    chmodSync(manage, 0o755);
  });

  it('leaves the project in which the users of the services are, and one identity service, however often it runs', async () => {
    for (const _ of ['first', 'again']) expect(await job(given, 'bootstrap')).toMatchObject({ code: 0, stderr: '' });
    expect(keystone.projects.map(({ name }) => name)).toEqual(['admin', 'service']);
    expect(keystone.services.map(({ type }) => type)).toEqual(['identity']);
    expect(keystone.users[0]?.['password']).toBe(admin);
  });

  it('moves the endpoints to another URL, which keystone-manage leaves as they are', async () => {
    keystone.bootstrap(admin, 'http://old/v3', 'RegionOne');
    expect(await job(given, 'bootstrap')).toMatchObject({ code: 0 });
    expect(keystone.endpoints.map((endpoint) => endpoint['url'])).toEqual([url(), url()]);
  });
});
