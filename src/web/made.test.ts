import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testCloud, type TestCloud } from '../../test/support/cloud.ts';
import { openPages, type Pages } from '../../test/support/pages.ts';
import { run } from '../cli/run.ts';
import { kinds } from '../machines/index.ts';
import { everybody, type Access } from './access.ts';
import { loadDiagrams } from './diagrams.ts';

let cloud: TestCloud;
let pages: Pages;
let access: Access;
const ask: Pages['ask'] = (path) => pages.ask(path);

const whole = '/instances/OpenStackControlPlane/default/cloud';
const waitingFor = (kind: string, name: string): string =>
  String((cloud.cr(kind, name)?.['status'] as { waitingFor?: string } | undefined)?.waitingFor);
const bare = (text: string): string =>
  text
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** A control plane that a fault keeps from becoming Ready. */
async function holdUp(fault: string, name: RegExp): Promise<void> {
  cloud = await testCloud();
  const { view } = await cloud.start();
  access = everybody;
  pages = await openPages(cloud, view, (request) => access(request));
  cloud.world.faults.begin(fault);
  await cloud.apply('OpenStackControlPlane', 'cloud', { ovnNetwork: {}, nova: { virtType: 'fake' } });
  await cloud.clock.until(() => name.test(waitingFor('OpenStackControlPlane', 'cloud')), 600_000);
  await cloud.clock.advance(5_000);
}

async function printed(...args: string[]): Promise<string> {
  let text = '';
  await run(args, {
    kinds,
    diagrams: loadDiagrams(kinds, join(import.meta.dirname, '..', '..', 'visualizations')),
    connect: () => Promise.resolve({ client: cloud.admin, namespace: 'default' }),
    kubectl: () => Promise.resolve(0),
    clock: cloud.clock,
    print: (more) => void (text += more),
    complain: (more) => void (text += more),
  });
  return text;
}

it.each([
  [
    'image-missing:cloud-neutron-server',
    /^Neutron\/.*BackOff/,
    ['Neutron/cloud-neutron'],
    /^Pod\/cloud-neutron-server-/,
  ],
  [
    'job-fail:cloud-keystone-db-sync',
    /^Keystone\/.*failed/,
    ['Keystone/cloud-keystone'],
    /^Job\/cloud-keystone-db-sync$/,
  ],
])(
  'status, API, page and command line say one sentence under %s, and lead to its cause',
  async (fault, holds, way, object) => {
    await holdUp(fault, holds);
    const said = waitingFor('OpenStackControlPlane', 'cloud');
    const { body } = await ask(`/api/v1${whole}/why`);
    const { text } = await ask(whole);
    const why = await printed('why', 'oscp/cloud');
    expect(body['sentence']).toBe(said);
    expect(bare(/<p[^>]*id="sentence"[^>]*>(.*?)<\/p>/s.exec(text)?.[1] ?? '')).toBe(said);
    expect(why.split('\n')[1]).toBe(said);
    const cause = body['cause'] as {
      through: { kind: string; name: string }[];
      object: { kind: string; name: string };
    };
    const at = `${cause.object.kind}/${cause.object.name}`;
    expect(cause.through.map(({ kind, name }) => `${kind}/${name}`)).toEqual(way);
    expect(at).toMatch(object);
    expect(why).toContain(`held by   ${[...way, at].join(' → ')}\n`);
    const [kind = '', name = ''] = (way.at(-1) ?? '').split('/');
    expect(why).toContain(`kubectl openstack why -n default ${kind.toLowerCase()}/${name}\n`);
    const line = /<p id="cause">(.*?)<\/p>/s.exec(text)?.[1] ?? '';
    expect(line).toContain(`href="/instances/${kind}/default/${name}"`);
    expect(bare(line)).toContain(`→ ${at}`);
    expect(await printed('trace', 'oscp/cloud')).toMatch(new RegExp(`${kind}/${name} .*\n {9}. ${at}\n`));
  },
);

describe('one that waits for Placement, and Nova with it', () => {
  beforeAll(() => holdUp('pod-not-ready:cloud-placement-api', /^Placement/), 60_000);
  afterAll(() => pages.close());

  it('follows the way over several resources', async () => {
    const { body } = await ask('/api/v1/instances/Nova/default/cloud-nova/why');
    expect(body).toMatchObject({
      sentence: 'Placement/cloud-placement is not Ready: Deployment/cloud-placement-api: 0 of 1 replicas available',
      cause: {
        through: [{ kind: 'Placement', name: 'cloud-placement' }],
        sentence: 'Deployment/cloud-placement-api: 0 of 1 replicas available',
        object: { kind: 'Deployment', name: 'cloud-placement-api' },
      },
    });
    expect(await printed('trace', 'oscp/cloud')).toMatch(
      /CoreServicesReady\n[^]*◷ Nova\/cloud-nova .*\n {9}▶ Placement\/cloud-placement {2}as above\n$/,
    );
    const { body: of } = await ask('/api/v1/instances/Placement/default/cloud-placement/why');
    expect(of['blocks']).toEqual([
      { kind: 'Nova', name: 'cloud-nova' },
      { kind: 'OpenStackControlPlane', name: 'cloud' },
    ]);
    expect(of).not.toHaveProperty('cause');
  });

  it('shows them step by step, with who waits for whom and what is not made yet', async () => {
    const services = async () => /id="services"(.*?)<div class="columns">/s.exec((await ask(whole)).text)?.[1] ?? '';
    const text = bare(await services());
    expect(text).toContain('7 of 9 Ready, in phase CoreServices');
    expect(text).toContain('1. InfrastructureReady ✓ 4 of 4');
    expect(text).toContain('3. CoreServicesReady ▶ 2 of 4');
    expect(text).toMatch(
      /Placement\/cloud-placement ▶ at work \w+ Deployment\/\S+ 0 of 1 replicas available holds up Nova/,
    );
    expect(text).toMatch(/Nova\/cloud-nova ◷ waits \w+ waits for Placement\/cloud-placement/);
    await cloud.apply('OpenStackControlPlane', 'other', { ovnNetwork: {}, mariadb: { replicas: 0 } });
    await cloud.clock.advance(10_000);
    const other = bare((await ask(whole.replace('/cloud', '/other'))).text);
    expect(other).toContain('2. IdentityReady not begun Keystone/other-keystone not made yet');
    expect(await printed('trace', 'oscp/other')).toContain(
      '   IdentityReady\n        Keystone/other-keystone  not made yet\n',
    );
  });

  it('says in its children what each says, and in the dependencies that it is made of them', async () => {
    const { items } = (await ask(`/api/v1${whole}/children`)).body as { items: object[] };
    expect(items).toHaveLength(9);
    expect(items).toContainEqual({
      kind: 'Nova',
      name: 'cloud-nova',
      standing: 'waiting',
      says: waitingFor('Nova', 'cloud-nova'),
    });
    const { uses } = (await ask('/api/v1/dependencies')).body as { uses: object[] };
    expect(uses).toContainEqual({
      from: 'OpenStackControlPlane/default/cloud',
      to: 'Placement/default/cloud-placement',
      waits: true,
      exists: true,
      made: true,
    });
  });

  it('names nobody whom the reader may not see', async () => {
    access = () => Promise.resolve({ sees: (kind) => kind !== 'Placement' });
    const { text } = await ask(whole);
    expect(text).not.toContain('/instances/Placement/');
    expect(bare(text)).toContain('7 of 8 Ready');
    expect((await ask(`/api/v1${whole}/why`)).body).not.toHaveProperty('cause');
    expect(JSON.stringify((await ask(`/api/v1${whole}/children`)).body)).not.toContain('"Placement"');
    expect(JSON.stringify((await ask('/api/v1/dependencies')).body)).not.toContain('Placement/default');
  });
});
