import type { V1Container, V1PodTemplateSpec, V1ServiceSpec } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { live, scopeWith } from '../../test/support/scope.ts';
import { Shell } from '../../test/support/shell.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { ovnNetwork } from './ovnnetwork.ts';

/** A Service of the OVNNetwork `a`, or of one that was called so before. */
function addressed(name: string, clusterIP: string, uid = 'uid-of-a'): KubeObject {
  const ownerReferences = [{ apiVersion: 'openstack.k8s.io/v1alpha1', kind: 'OVNNetwork', name: 'a', uid }];
  return live(Builtin.Service, name, { metadata: { ownerReferences }, spec: { clusterIP } });
}

const addresses = [addressed('a-nb-db-0', '10.96.0.6'), addressed('a-sb-db-0', 'fd00::7')];

function specOf(
  id: string,
  objects: readonly KubeObject[] = [],
): V1ServiceSpec & { readonly template?: V1PodTemplateSpec } {
  const child = ovnNetwork.children.find((each) => each.id === id);
  const spec = ovnNetwork.declaration.spec.parse({});
  const due = child?.look(scopeWith<unknown>({ kind: 'OVNNetwork', spec, objects })).due;
  if (due?.verb !== 'create') throw new Error(`${id} is not made`);
  return due.object['spec'] as ReturnType<typeof specOf>;
}

function containerOf(id: string, objects: readonly KubeObject[] = []): V1Container {
  const [container] = specOf(id, objects).template?.spec?.containers ?? [];
  if (container === undefined) throw new Error(`${id} has no container`);
  return container;
}

const tool = 'case $1 in create) touch "$2";; needs-conversion) cat "$STATE/answer";; esac';
let shell: Shell;
beforeEach(() => void (shell = new Shell({ 'ovsdb-tool': tool, 'ovsdb-server': '' })));
afterEach(() => shell.end());

describe.each([
  { id: 'nb-db', file: 'ovnnb', port: 6641 },
  { id: 'sb-db', file: 'ovnsb', port: 6642 },
])('the database server of $id', ({ id, file, port }) => {
  const start = (needsConversion: 'yes' | 'no' = 'no') => {
    shell.write('answer', needsConversion);
    expect(shell.run(containerOf(id).command?.at(-1) ?? '', { '/var/lib/openvswitch/': '' }).status).toBe(0);
    return shell.calls();
  };

  it('listens where its Service leads: by itself it has a socket only', () => {
    expect(start().at(-1)?.split(' ')).toContain(`--remote=ptcp:${port}:0.0.0.0`);
    expect(specOf(`${id}-member`).ports?.map((each) => each.port)).toEqual([port]);
    expect(containerOf(id).readinessProbe?.exec?.command?.at(-1)).toBe(`tcp:127.0.0.1:${port}`);
  });

  it('makes its database once, and brings it to the schema of another image', () => {
    const schema = `/usr/share/ovn/${file.replace('ovn', 'ovn-')}.ovsschema`;
    expect(start()[0]).toBe(`ovsdb-tool create ${file}.db.new ${schema}`);
    expect(start('no').map((call) => call.split(' ')[1])).not.toContain('create');
    expect(start('yes')[1]).toBe(`ovsdb-tool convert ${file}.db ${schema}`);
  });
});

describe('northd', () => {
  it('is told by its arguments where both databases are: it reads no environment', () => {
    expect(containerOf('northd', addresses).command).toEqual(
      expect.arrayContaining(['--ovnnb-db=tcp:10.96.0.6:6641', '--ovnsb-db=tcp:[fd00::7]:6642']),
    );
  });

  it('is not sent to the address of a Service that was there before: the cache may show one for a while', () => {
    const [northbound = addressed('', '')] = addresses;
    const before = addressed('a-sb-db-0', '10.96.0.99', 'uid-of-one-before');
    expect(() => specOf('northd', [northbound, before])).toThrow('northd is not made');
  });
});
