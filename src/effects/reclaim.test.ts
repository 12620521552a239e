import { describe, expect, it } from 'vitest';
import { ours, ref, testHands } from '../../test/support/hands.ts';
import { Builtin } from '../kube/object.ts';
import { secret } from '../sandbox/test-world.ts';
import { reclaim } from './reclaim.ts';

const due = { type: Builtin.Secret, object: ours(Builtin.Secret, 'p') };

describe('reclaim', () => {
  it('gives an object of ours its labels back, and touches nothing else', async () => {
    const hands = testHands();
    const { metadata, ...rest } = ours(Builtin.Secret, 'p', { data: { a: 'eA==' } });
    await hands.admin.create(Builtin.Secret, { ...rest, metadata: { ...metadata, labels: { theirs: 'x' } } });
    await reclaim(due, hands);
    const found = hands.api.get(Builtin.Secret, ref('p'));
    expect(found.metadata.labels).toEqual({ theirs: 'x', ...metadata.labels });
    expect(found['data']).toEqual({ a: 'eA==' });
    expect(hands.remembered).toHaveLength(1);
  });

  it('makes nothing where there is nothing', async () => {
    const hands = testHands();
    await reclaim(due, hands);
    expect(hands.api.find(Builtin.Secret, ref('p'))).toBeUndefined();
    expect(hands.calls).toEqual(['get Secret']);
  });

  it('leaves a stranger alone', async () => {
    const hands = testHands();
    await hands.admin.create(Builtin.Secret, secret('p'));
    const before = hands.api.get(Builtin.Secret, ref('p'));
    await expect(reclaim(due, hands)).rejects.toMatchObject({ name: 'TerminalError' });
    expect(hands.api.get(Builtin.Secret, ref('p'))).toEqual(before);
  });

  it('passes on what is neither an answer nor a stranger', async () => {
    const hands = testHands();
    const get = () => Promise.reject(Object.assign(new Error('no'), { name: 'ApiError', reason: 'Forbidden' }));
    await expect(reclaim(due, { ...hands, client: { ...hands.client, get } })).rejects.toThrow('no');
  });
});
