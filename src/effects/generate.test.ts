import { describe, expect, it } from 'vitest';
import { ours, ref, testHands } from '../../test/support/hands.ts';
import { Builtin } from '../kube/object.ts';
import { secret } from '../sandbox/test-world.ts';
import { generate } from './generate.ts';

const keys = { password: { make: 'password', length: 32 } } as const;
const due = (again = false) =>
  ({ verb: 'generate', type: Builtin.Secret, object: ours(Builtin.Secret, 'p'), keys, again }) as const;

describe('generate', () => {
  it('makes a Secret with random data by one POST', async () => {
    const hands = testHands();
    await generate(due(), hands);
    const made = hands.api.get(Builtin.Secret, ref('p'));
    expect(Buffer.from((made['data'] as { password: string }).password, 'base64').toString()).toMatch(
      /^[A-Za-z0-9]{32}$/,
    );
    expect(hands.calls).toEqual(['create Secret']);
  });

  it('never replaces what is there, however often it is asked', async () => {
    const hands = testHands();
    await generate(due(), hands);
    const before = hands.api.get(Builtin.Secret, ref('p'))['data'];
    await generate(due(), hands);
    await generate(due(true), hands);
    expect(hands.api.get(Builtin.Secret, ref('p'))['data']).toEqual(before);
  });

  it('gives one of its own its labels back, and keeps its data in every later apply', async () => {
    const hands = testHands();
    await generate(due(), hands);
    const before = hands.api.get(Builtin.Secret, ref('p'))['data'];
    await hands.admin.mergePatch(Builtin.Secret, ref('p'), { metadata: { labels: null } });
    await generate(due(true), hands);
    const after = hands.api.get(Builtin.Secret, ref('p'));
    expect(after.metadata.labels).toEqual(ours(Builtin.Secret, 'p').metadata.labels);
    expect(after['data']).toEqual(before);
    await hands.client.apply(Builtin.Secret, ours(Builtin.Secret, 'p'));
    expect(hands.api.get(Builtin.Secret, ref('p'))['data']).toEqual(before);
  });

  it.each([false, true])('leaves a stranger alone (made before: %s)', async (again) => {
    const hands = testHands();
    await hands.admin.create(Builtin.Secret, secret('p', { theirs: 'eA==' }));
    await expect(generate(due(again), hands)).rejects.toMatchObject({ name: 'TerminalError' });
    expect(hands.api.get(Builtin.Secret, ref('p'))['data']).toEqual({ theirs: 'eA==' });
  });

  it('asks the API itself before it makes anew what was there once', async () => {
    const hands = testHands();
    await generate(due(true), hands);
    expect(hands.calls).toEqual(['get Secret', 'create Secret']);
    expect(hands.api.find(Builtin.Secret, ref('p'))).toBeDefined();
  });

  it('waits for one that is being deleted', async () => {
    const hands = testHands();
    const { metadata, ...rest } = ours(Builtin.Secret, 'p');
    await hands.admin.create(Builtin.Secret, { ...rest, metadata: { ...metadata, finalizers: ['x/y'] } });
    await hands.admin.delete(Builtin.Secret, ref('p'));
    await expect(generate(due(), hands)).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });
});
