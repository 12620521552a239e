import { describe, expect, it } from 'vitest';
import { scopeWith } from '../../../test/support/scope.ts';
import type { Text } from '../engine/text.ts';
import { kollaFiles, kollaPod, type KollaPod, type KollaProgram } from './kolla-pod.ts';

const compute: KollaProgram = {
  name: 'compute',
  image: 'compute:1',
  command: ['compute', '--config-file', '/etc/x.conf'],
  files: [{ key: 'x.conf', dest: '/etc/x.conf', owner: 'nova' }],
  owned: { '/var/lib/x': 'nova:nova' },
  env: { OS_DEFAULT__HOST: { of: 'spec.nodeName' } },
  privileged: true,
  mounts: [{ at: '/lib/modules', readOnly: true }, { at: '/run/netns', shared: true }, { at: '/run/x' }],
};
const server: KollaProgram = {
  name: 'server',
  image: 'server:1',
  command: ['server'],
  mounts: [{ at: '/run/x' }, { at: '/run/y', empty: true }],
};
const nodeSelector = { 'openstack.k8s.io/compute': 'ns.a' };
const pod = (more: Partial<KollaPod> = {}) =>
  kollaPod(scopeWith(), { programs: [compute, server], nodeSelector, ...more });
const configOf = (program: KollaProgram) =>
  JSON.parse((kollaFiles([program])[`${program.name}.json`] as Text).join('')) as Record<string, unknown>;

describe('config.json', () => {
  it('has the keys that Kolla knows, and no others', () => {
    expect(configOf(compute)).toEqual({
      command: 'compute --config-file /etc/x.conf',
      config_files: [
        { source: '/var/lib/kolla/config_files/x.conf', dest: '/etc/x.conf', owner: 'nova', perm: '0600' },
      ],
      permissions: [{ path: '/var/lib/x', owner: 'nova:nova' }],
    });
    expect(configOf(server)).toEqual({ command: 'server', config_files: [], permissions: [] });
  });

  it.each(['a b', '"a"', '$HOME', 'a;b', 'a|b', '*', 'a?', '[a]', '~', ''])(
    'takes %j for no word of a command: nothing reads quotes, and patterns are expanded',
    (word) => {
      expect(() => kollaFiles([{ ...server, command: ['server', word] }])).toThrow('is not one word to kolla_start');
    },
  );
});

describe('a Pod in Kolla mode', () => {
  it('is on the network of its node, finds Services by name, and has no API token', () => {
    expect(pod()).toMatchObject({
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeSelector,
    });
    expect(pod()).not.toHaveProperty('hostPID');
    expect(pod({ host: 'everything' })).toMatchObject({ hostPID: true, hostIPC: true });
  });

  it('is privileged where a program has to be, and never read-only', () => {
    const [first, second] = pod().containers;
    expect(first?.securityContext).toEqual({ privileged: true });
    expect(second).not.toHaveProperty('securityContext');
  });

  it('starts by kolla_start, which copies its configuration each time', () => {
    const [first] = pod().containers;
    expect(first).not.toHaveProperty('command');
    expect(first?.env).toEqual([
      { name: 'KOLLA_CONFIG_STRATEGY', value: 'COPY_ALWAYS' },
      { name: 'OS_DEFAULT__HOST', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ]);
  });

  it('shows each container its own keys of the Secret', () => {
    const of = (name: string) => pod().volumes?.find((volume) => volume.name === name)?.secret;
    expect(of('compute-config')).toEqual({
      secretName: 'a-config',
      defaultMode: 0o400,
      items: [
        { key: 'compute.json', path: 'config.json' },
        { key: 'x.conf', path: 'x.conf' },
      ],
    });
    expect(of('server-config')?.items).toEqual([{ key: 'server.json', path: 'config.json' }]);
    expect(pod().containers[1]?.volumeMounts?.[0]).toEqual({
      name: 'server-config',
      mountPath: '/var/lib/kolla/config_files',
      readOnly: true,
    });
  });

  it('mounts each directory of the node once, at its own path', () => {
    const volumes = pod().volumes?.filter(({ secret }) => secret === undefined);
    expect(volumes).toEqual([
      { name: 'lib-modules', hostPath: { path: '/lib/modules', type: 'DirectoryOrCreate' } },
      { name: 'run-netns', hostPath: { path: '/run/netns', type: 'DirectoryOrCreate' } },
      { name: 'run-x', hostPath: { path: '/run/x', type: 'DirectoryOrCreate' } },
      { name: 'run-y', emptyDir: {} },
    ]);
    expect(pod().containers[0]?.volumeMounts?.slice(1)).toEqual([
      { name: 'lib-modules', mountPath: '/lib/modules', readOnly: true },
      { name: 'run-netns', mountPath: '/run/netns', mountPropagation: 'Bidirectional' },
      { name: 'run-x', mountPath: '/run/x' },
    ]);
  });

  it('is prepared by scripts as root that cannot become more', () => {
    const before = [
      { name: 'first', image: 'x:1', script: 'true', env: { A: 'b' }, mounts: [{ at: '/run/x' } as const] },
    ];
    expect(pod({ before }).initContainers).toEqual([
      {
        name: 'first',
        image: 'x:1',
        command: ['sh', '-ec', 'true'],
        env: [{ name: 'A', value: 'b' }],
        securityContext: { runAsUser: 0, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        terminationMessagePolicy: 'FallbackToLogsOnError',
        volumeMounts: [{ name: 'run-x', mountPath: '/run/x' }],
      },
    ]);
  });
});
