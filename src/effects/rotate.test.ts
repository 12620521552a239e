import { describe, expect, it } from 'vitest';
import { ours, ref, testHands } from '../../test/support/hands.ts';
import { Builtin } from '../kube/object.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import { generate } from './generate.ts';
import { rotate } from './rotate.ts';

const keys = { '0': { make: 'fernet', keep: 3 } } as const;
const at = '2026-01-02T00:00:00.000Z';

async function withKeys() {
  const hands = testHands();
  await generate(
    { verb: 'generate', type: Builtin.Secret, object: ours(Builtin.Secret, 'k'), keys, again: false },
    hands,
  );
  const read = () => hands.api.get(Builtin.Secret, ref('k'));
  const { uid = '' } = read().metadata;
  const turn = (more: { at?: string; nonce?: string; uid?: string } = {}) =>
    rotate({ verb: 'rotate', type: Builtin.Secret, ref: ref('k'), uid, keys, at, why: 'test', ...more }, hands);
  return { hands, read, turn };
}

describe('rotate', () => {
  it('promotes the staged key, stages a new one, and writes when, in one request', async () => {
    const { hands, read, turn } = await withKeys();
    const before = read()['data'] as Record<string, string>;
    hands.calls.length = 0;
    await turn();
    const after = read();
    expect(after['data']).toEqual({ '0': expect.any(String) as string, '1': before['1'], '2': before['0'] });
    expect((after['data'] as Record<string, string>)['0']).not.toBe(before['0']);
    expect(after.metadata.annotations).toMatchObject({ [Annotation.rotatedAt]: at });
    expect(hands.calls).toEqual(['get Secret', 'mergePatch Secret']);
  });

  it('takes the oldest away', async () => {
    const { read, turn } = await withKeys();
    await turn();
    await turn({ at: '2026-01-03T00:00:00.000Z' });
    expect(Object.keys(read()['data'] as object).sort()).toEqual(['0', '2', '3']);
  });

  it('does one rotation once, however often it is asked', async () => {
    const { read, turn } = await withKeys();
    await turn();
    const once = read();
    await turn();
    await turn({ at: '2026-01-01T12:00:00.000Z' });
    expect(read()).toEqual(once);
  });

  it('writes the nonce that asked for it beside the keys', async () => {
    const { read, turn } = await withKeys();
    await turn({ nonce: 'fernet-keys=7' });
    expect(Object.values(read().metadata.annotations ?? {})).toContain('fernet-keys=7');
  });

  it('is a Conflict for one of two that rotate at once', async () => {
    const { hands, read, turn } = await withKeys();
    const stale = read();
    await turn();
    const { client } = hands;
    const late = {
      ...hands,
      client: { ...client, get: () => Promise.resolve(stale) } as never,
    };
    const due = {
      verb: 'rotate',
      type: Builtin.Secret,
      ref: ref('k'),
      uid: stale.metadata.uid ?? '',
      keys,
      at: '2026-01-02T00:00:00.001Z',
      why: '',
    } as const;
    const before = read();
    await expect(rotate(due, late)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(read()).toEqual(before);
  });

  it('leaves another Secret of that name alone', async () => {
    const { read, turn } = await withKeys();
    const before = read();
    await expect(turn({ uid: 'older' })).rejects.toMatchObject({ reason: 'Conflict' });
    expect(read()).toEqual(before);
  });
});
