import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { V1PodSpec } from '@kubernetes/client-node';
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

/** Every Pod that the samples of the kinds alone are made of, by the name of what makes it. */
async function rendered(): Promise<[string, V1PodSpec][]> {
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
  operator.kill();
  cloud.world.stop();
  return makers.flat().map((maker: KubeObject) => {
    const { template } = maker['spec'] as { template: { spec: V1PodSpec } };
    return [`${maker.kind}/${maker.metadata.name}`, template.spec];
  });
}

describe('every Pod of every kind', () => {
  it('has the uid, a program and the ports that docs/kolla.md gives for its image, and no row there is for nothing', async () => {
    const facts = await documented();
    const pods = await rendered();
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
});
