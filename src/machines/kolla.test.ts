import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { isReady, testCloud } from '../../test/support/cloud.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { kinds } from './index.ts';

/** What docs/kolla.md says of an image. */
interface Facts {
  readonly uid: number;
  readonly programs: readonly string[];
  readonly ports: readonly number[];
}

interface Sample {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** The rows of its table: image → uid, programs, ports. */
async function documented(): Promise<Map<string, Facts>> {
  const text = await readFile('docs/kolla.md', 'utf8');
  const rows = text.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\| (.+?) +\| (.*?) *\|$/gm);
  const numbers = (list: string): number[] => (list.match(/\d+/g) ?? []).map(Number);
  return new Map(
    [...rows].map(([, image = '', uid = '', programs = '', ports = '']) => [
      image,
      {
        uid: Number(uid),
        programs: [...programs.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one),
        ports: numbers(ports),
      },
    ]),
  );
}

interface Rendered {
  readonly makers: readonly KubeObject[];
  /** By the name of what makes it. */
  readonly pods: readonly (readonly [string, V1PodSpec])[];
  /** Secret → key → text. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Every Pod that the samples of the kinds alone are made of, and what it may read. */
async function rendered(): Promise<Rendered> {
  const cloud = await testCloud();
  const operator = await cloud.start();
  const files = (await readdir('samples')).filter((file) => !/^(controlplane-.*|kustomization)\.yaml$/.test(file));
  const resources = await Promise.all(
    files.map(async (file) => parse(await readFile(join('samples', file), 'utf8')) as Sample),
  );
  const alone = kinds.map(({ type }) => type.kind).filter((kind) => kind !== 'OpenStackControlPlane');
  expect(resources.map(({ kind }) => kind).toSorted()).toEqual(alone.toSorted());
  for (const { kind, metadata, spec } of resources) await cloud.apply(kind, metadata.name, spec);
  const isUp = () => resources.every(({ kind, metadata }) => isReady(cloud.cr(kind, metadata.name)));
  expect(await cloud.clock.until(isUp, 1_200_000)).toBe(true);
  const makers = await Promise.all(
    [Builtin.Deployment, Builtin.StatefulSet, Builtin.Job].map(async (type) => (await cloud.admin.list(type)).items),
  );
  const secrets = (await cloud.admin.list(Builtin.Secret)).items.map(({ metadata, ...rest }) => {
    const data = Object.entries((rest['data'] ?? {}) as Record<string, string>);
    return [metadata.name, Object.fromEntries(data.map(([key, value]) => [key, atob(value)]))] as const;
  });
  operator.kill();
  cloud.world.stop();
  const pods = makers.flat().map((maker) => {
    const { template } = maker['spec'] as { template: { spec: V1PodSpec } };
    return [`${maker.kind}/${maker.metadata.name}`, template.spec] as const;
  });
  return { makers: makers.flat(), pods, secrets: new Map(secrets) };
}

/** Path → text of every file that a container has of Secrets; a whole Secret is a directory besides. */
function filesOf(container: V1Container, { volumes = [] }: V1PodSpec, { secrets }: Rendered): Map<string, string> {
  const files = (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }): [string, string][] => {
    const secret = volumes.find((volume) => volume.name === name)?.secret?.secretName;
    const data = secrets.get(secret ?? '') ?? {};
    if (secret === undefined) return [];
    if (subPath !== undefined) return [[mountPath, data[subPath] ?? '']];
    return [
      [mountPath, ''],
      ...Object.entries(data).map(([key, text]): [string, string] => [`${mountPath}/${key}`, text]),
    ];
  });
  return new Map(files);
}

const login = 'auth_type auth_url username password project_name user_domain_id project_domain_id region_name';
const authtoken = `${login} www_authenticate_uri memcached_servers memcache_security_strategy memcache_secret_key service_token_roles_required`;
const cache = 'enabled backend memcache_servers';
const messages = { oslo_messaging_rabbit: 'rabbit_quorum_queue rabbit_transient_quorum_queue' };
const asItself = { placement: `${login} valid_interfaces`, service_user: `${login} send_service_user_token` };

/** Secret/key → section → options without which the service does not start, cannot be reached, or is not safe. */
const options: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'keystone-config/keystone.conf': {
    database: 'connection',
    token: 'provider expiration allow_expired_window',
    fernet_tokens: 'key_repository max_active_keys',
    credential: 'key_repository',
    cache,
  },
  'glance-config/glance-api.conf': {
    DEFAULT: 'bind_host bind_port enabled_backends',
    glance_store: 'default_backend',
    file: 'filesystem_store_datadir',
    os_glance_tasks_store: 'filesystem_store_datadir',
    os_glance_staging_store: 'filesystem_store_datadir',
    paste_deploy: 'flavor',
    database: 'connection',
    keystone_authtoken: authtoken,
    cache,
  },
  'placement-config/placement.conf': { placement_database: 'connection', keystone_authtoken: authtoken, cache },
  'barbican-config/barbican.conf': { keystone_authtoken: authtoken },
  'neutron-config/neutron.conf': {
    DEFAULT:
      'core_plugin service_plugins transport_url notify_nova_on_port_status_changes notify_nova_on_port_data_changes',
    database: 'connection',
    nova: `${login} endpoint_type`,
    placement: `${login} endpoint_type`,
    keystone_authtoken: authtoken,
    cache,
    oslo_concurrency: 'lock_path',
    ...messages,
  },
  'neutron-config/ml2_conf.ini': {
    ml2: 'type_drivers tenant_network_types mechanism_drivers extension_drivers',
    ml2_type_flat: 'flat_networks',
    ml2_type_geneve: 'vni_ranges max_header_size',
    ovn: 'ovn_nb_connection ovn_sb_connection ovn_metadata_enabled',
  },
  'nova-config/nova.conf': {
    DEFAULT: 'transport_url state_path',
    api_database: 'connection',
    database: 'connection',
    keystone_authtoken: authtoken,
    neutron: `${login} valid_interfaces service_metadata_proxy metadata_proxy_shared_secret`,
    glance: 'region_name valid_interfaces',
    wsgi: 'api_paste_config',
    vnc: 'novncproxy_host novncproxy_port',
    oslo_concurrency: 'lock_path',
    ...asItself,
    ...messages,
  },
  'nova-config/nova-compute.conf': {
    DEFAULT: 'transport_url state_path compute_driver',
    neutron: `${login} valid_interfaces`,
    glance: 'region_name valid_interfaces',
    oslo_concurrency: 'lock_path',
    ...asItself,
    ...messages,
  },
};

/** `section.option` of each line of an ini file that sets one. */
function optionsIn(text: string): Set<string> {
  let section = '';
  const lines = text.split('\n').flatMap((line) => {
    if (line.startsWith('[')) section = line.slice(1, -1);
    const [, option, value] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
    return option === undefined || value === '' ? [] : [`${section}.${option}`];
  });
  return new Set(lines);
}

describe('every Pod of every kind', () => {
  let all: Rendered;
  beforeAll(async () => void (all = await rendered()));

  it('has the uid, a program and the ports that docs/kolla.md gives for its image, and no row there is for nothing', async () => {
    const facts = await documented();
    const { pods } = all;
    const used = new Map<string, { programs: Set<string>; ports: Set<number> }>();
    for (const [name, { securityContext, containers }] of pods) {
      for (const { image = '', command = [], ports = [] } of containers) {
        const [, short = ''] = /\/([a-z-]+):2025\.1-/.exec(image) ?? [];
        const { uid } = facts.get(short) ?? {};
        const of = used.get(short) ?? { programs: new Set(), ports: new Set() };
        of.programs.add(command[0] ?? '');
        for (const { containerPort } of ports) of.ports.add(containerPort);
        used.set(short, of);
        expect({ name, image: short, uid: securityContext?.runAsUser }).toEqual({ name, image: short, uid });
      }
    }
    const seen = [...used].map(([image, { programs, ports }]) => [
      image,
      [...programs].toSorted(),
      [...ports].toSorted((a, b) => a - b),
    ]);
    const said = [...facts].map(([image, { programs, ports }]) => [image, programs.toSorted(), ports]);
    expect(seen.toSorted()).toEqual(said.toSorted());
  });

  it('has every file below /etc that its commands, or the files they read, name: mounted, or in the image', async () => {
    const inImages = await readFile('docs/kolla.md', 'utf8');
    const isThere = (path: string, files: Map<string, string>) => files.has(path) || inImages.includes(`\`${path}\``);
    const missing = all.pods.flatMap(([name, pod]) =>
      pod.containers.flatMap((container) => {
        const files = filesOf(container, pod, all);
        const read = [...(container.command ?? []), ...files.values()].join('\n');
        const named = new Set(read.match(/\/etc\/[-A-Za-z0-9._/]*[A-Za-z0-9]/g));
        return [...named].filter((path) => !isThere(path, files)).map((path) => `${name}: ${path}`);
      }),
    );
    // Who makes tables opens no token.
    expect(missing).toEqual([
      'Job/keystone-db-sync: /etc/keystone/fernet-keys',
      'Job/keystone-db-sync: /etc/keystone/credential-keys',
    ]);
  });

  it.each(Object.entries(options))('finds in Secret %s what its service cannot do without', (file, sections) => {
    const [secret = '', key = ''] = file.split('/');
    const has = optionsIn(all.secrets.get(secret)?.[key] ?? '');
    const needed = Object.entries(sections).flatMap(([section, names]) =>
      names.split(' ').map((name) => `${section}.${name}`),
    );
    expect(needed.filter((option) => !has.has(option))).toEqual([]);
  });

  it('stands in the catalog as clients look it up, with the roles that others ask of it', () => {
    const entries = [...all.secrets].flatMap(([, { 'catalog.json': text }]) =>
      text === undefined ? [] : [JSON.parse(text) as Record<string, unknown>],
    );
    const said = entries.map(({ type, name, roles, url }) => [type, name, roles, url]);
    expect(said.toSorted()).toEqual([
      ['compute', 'nova', ['admin', 'service'], 'http://nova-api.default.svc:8774/v2.1'],
      ['image', 'glance', ['admin'], 'http://glance-api.default.svc:9292'],
      ['key-manager', 'barbican', ['admin'], 'http://barbican-api.default.svc:9311'],
      ['network', 'neutron', ['admin', 'service'], 'http://neutron-server.default.svc:9696'],
      ['placement', 'placement', ['admin'], 'http://placement-api.default.svc:8778'],
    ]);
  });

  it('logs in to the project of the services, seals what it caches, and listens for others', () => {
    const texts = [...all.secrets].flatMap(([, data]) => Object.values(data)).join('\n');
    const valuesOf = (option: string) => [...new Set(texts.match(new RegExp(`^${option} = .*$`, 'gm')))];
    expect(valuesOf('project_name')).toEqual(['project_name = service']);
    expect(valuesOf('memcache_security_strategy')).toEqual(['memcache_security_strategy = ENCRYPT']);
    const listening = ['http-socket', 'bind_host', 'novncproxy_host', 'bind-address'].flatMap(valuesOf);
    expect(listening.length).toBeGreaterThan(4);
    for (const one of listening) expect(one).toMatch(/ = 0\.0\.0\.0(:|$)/);
  });

  it('may write wherever it is told to: its own root is read-only', () => {
    const barred = all.pods.flatMap(([name, pod]) =>
      pod.containers.flatMap((container) => {
        const own = (container.volumeMounts ?? []).filter(({ readOnly }) => readOnly !== true);
        const read = [...(container.command ?? []), ...filesOf(container, pod, all).values()].join('\n');
        const named = new Set(read.match(/(?<![\w/])\/(tmp|run|var)\b(?!\/lib\/kolla\/venv)[-\w./]*\w/g));
        return [...named]
          .filter((path) => own.every(({ mountPath }) => !isBelow(path, mountPath)))
          .map((path) => `${name}: ${path}`);
      }),
    );
    // Who makes tables stores no images.
    const stores = ['images', 'tasks_work_dir', 'staging'].map((name) => `Job/glance-db-sync: /var/lib/glance/${name}`);
    expect(barred).toEqual(stores);
  });

  it('is asked whether it is ready before anybody is sent to it, by a port or a program of its own', () => {
    const servers = all.pods.filter(([name]) => !name.startsWith('Job/'));
    const unasked = servers.filter(([, { containers }]) => containers.some((one) => one.readinessProbe === undefined));
    expect(unasked.map(([name]) => name)).toEqual([]);
    for (const [name, { containers }] of servers) {
      for (const { ports = [], readinessProbe, livenessProbe, startupProbe } of containers) {
        for (const probe of [readinessProbe, livenessProbe, startupProbe]) {
          const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
          if (port !== undefined)
            expect({ name, ports: ports.map((one) => one.containerPort) }).toEqual({
              name,
              ports: expect.arrayContaining([port]),
            });
        }
      }
    }
  });

  it('leaves its volume before the next one takes it', () => {
    const held = all.makers.filter(
      (maker) => maker.kind === 'Deployment' && JSON.stringify(maker['spec']).includes('persistentVolumeClaim'),
    );
    expect(
      held.map(({ metadata, ...rest }) => [metadata.name, (rest['spec'] as { strategy?: object }).strategy]),
    ).toEqual([['glance-api', { type: 'Recreate' }]]);
  });
});

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
