import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { fenced } from './fence.ts';

const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'n' } };
const ref = { namespace: 'n', name: 'a' };
let reached: string[];
let isLeader: boolean;
let client: KubeClient;

beforeEach(() => {
  reached = [];
  client = fenced(
    new Proxy({} as KubeClient, { get: (_target, verb) => async () => void reached.push(String(verb)) }),
    () => isLeader,
  );
});

const writes: [verb: string, (client: KubeClient) => Promise<unknown>][] = [
  ['create', (to) => to.create(Builtin.ConfigMap, object)],
  ['apply', (to) => to.apply(Builtin.ConfigMap, object)],
  ['replace', (to) => to.replace(Builtin.ConfigMap, object)],
  ['mergePatch', (to) => to.mergePatch(Builtin.ConfigMap, ref, {})],
  ['delete', (to) => to.delete(Builtin.ConfigMap, ref)],
];

describe('fenced', () => {
  it.each(writes)('lets %s pass for the leader', async (verb, write) => {
    isLeader = true;
    await write(client);
    expect(reached).toEqual([verb]);
  });

  it.each(writes)('refuses %s, without sending it, from the moment the lead is lost', async (_verb, write) => {
    isLeader = true;
    await write(client);
    isLeader = false;
    await expect(write(client)).rejects.toMatchObject({ name: 'ApiError', reason: 'Forbidden' });
    expect(reached).toHaveLength(1);
  });

  it('lets everybody read', async () => {
    isLeader = false;
    await client.get(Builtin.ConfigMap, ref);
    await client.list(Builtin.ConfigMap);
    void client.watch(Builtin.ConfigMap, { resourceVersion: '1' });
    expect(reached).toEqual(['get', 'list', 'watch']);
  });
});
