import { describe, expect, it } from 'vitest';
import { ours, ref, testHands } from '../../test/support/hands.ts';
import { Builtin } from '../kube/object.ts';
import { secret } from '../sandbox/test-world.ts';
import { act } from './act.ts';
import { hold, release } from './finalizer.ts';
import { keepLedger } from './ledger.ts';
import { remove } from './remove.ts';

const due = (uid: string) =>
  ({ verb: 'delete', type: Builtin.Secret, ref: ref('a'), uid, propagation: 'Foreground', why: 'test' }) as const;

describe('remove', () => {
  it('deletes the object with this uid', async () => {
    const hands = testHands();
    const { metadata } = await hands.admin.create(Builtin.Secret, secret('a'));
    await remove({ ...due(metadata.uid ?? ''), propagation: 'Background' }, hands);
    expect(hands.api.find(Builtin.Secret, ref('a'))).toBeUndefined();
  });

  it('leaves another of that name alone', async () => {
    const hands = testHands();
    await hands.admin.create(Builtin.Secret, secret('a'));
    await expect(remove(due('older'), hands)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(hands.api.find(Builtin.Secret, ref('a'))).toBeDefined();
  });

  it('is content where it is gone already', async () => {
    await expect(remove(due('any'), testHands())).resolves.toBeUndefined();
  });

  it('waits for dependents where that is asked for', async () => {
    const hands = testHands();
    const { metadata } = await hands.admin.create(Builtin.Secret, secret('a'));
    await remove(due(metadata.uid ?? ''), hands);
    expect(hands.api.find(Builtin.Secret, ref('a'))?.metadata.finalizers).toEqual(['foregroundDeletion']);
  });
});

describe('act', () => {
  it('patches what is there and nothing of another uid', async () => {
    const hands = testHands();
    const { metadata } = await hands.admin.create(Builtin.Secret, secret('a'));
    const patch = (uid: string | undefined) =>
      act(
        {
          verb: 'patch',
          type: Builtin.Secret,
          ref: ref('a'),
          patch: { metadata: { uid, labels: { x: 'y' } } },
          why: '',
        },
        hands,
      );
    await expect(patch('older')).rejects.toMatchObject({ name: 'ApiError' });
    expect(hands.api.get(Builtin.Secret, ref('a')).metadata.labels).toBeUndefined();
    await patch(metadata.uid);
    expect(hands.api.get(Builtin.Secret, ref('a')).metadata.labels).toEqual({ x: 'y' });
  });
});

describe('the finalizer', () => {
  it('is put beside those of others, and taken away without them', async () => {
    const hands = testHands();
    const { metadata, ...rest } = secret('a');
    const made = await hands.admin.create(Builtin.Secret, { ...rest, metadata: { ...metadata, finalizers: ['x/y'] } });
    await hold(Builtin.Secret, made, hands);
    const held = hands.api.get(Builtin.Secret, ref('a'));
    expect(held.metadata.finalizers).toEqual(['x/y', 'openstack.k8s.io/operator']);
    hands.calls.length = 0;
    await hold(Builtin.Secret, held, hands);
    expect(hands.calls).toEqual([]);
    await release(Builtin.Secret, held, hands);
    expect(hands.api.get(Builtin.Secret, ref('a')).metadata.finalizers).toEqual(['x/y']);
  });

  it('is a Conflict where the object has changed, so that nobody else’s finalizer is lost', async () => {
    const hands = testHands();
    const seen = await hands.admin.create(Builtin.Secret, secret('a'));
    await hands.admin.mergePatch(Builtin.Secret, ref('a'), { metadata: { finalizers: ['x/y'] } });
    await expect(hold(Builtin.Secret, seen, hands)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(hands.api.get(Builtin.Secret, ref('a')).metadata.finalizers).toEqual(['x/y']);
  });

  it('is not put on what is being deleted', async () => {
    const hands = testHands();
    const made = await hands.admin.create(Builtin.Secret, secret('a'));
    await hold(Builtin.Secret, { ...made, metadata: { ...made.metadata, deletionTimestamp: 'x' } }, hands);
    expect(hands.calls).toEqual([]);
  });
});

describe('the ledger', () => {
  it('is kept in an annotation, and touches nothing else', async () => {
    const hands = testHands();
    const { metadata } = await hands.admin.create(Builtin.Secret, ours(Builtin.Secret, 'a', { data: { k: 'eA==' } }));
    await keepLedger(ref('a'), metadata.uid ?? '', '{"jobs":{}}', hands);
    const found = hands.api.get(Builtin.Secret, ref('a'));
    expect(found.metadata.annotations).toEqual({ ...metadata.annotations, 'openstack.k8s.io/record': '{"jobs":{}}' });
    expect(found['data']).toEqual({ k: 'eA==' });
  });

  it('is not made where its place is gone, nor written to another', async () => {
    const hands = testHands();
    await expect(keepLedger(ref('a'), 'u', '{}', hands)).rejects.toMatchObject({ reason: 'NotFound' });
    await hands.admin.create(Builtin.Secret, ours(Builtin.Secret, 'a'));
    await expect(keepLedger(ref('a'), 'older', '{}', hands)).rejects.toMatchObject({ name: 'ApiError' });
    expect(hands.api.get(Builtin.Secret, ref('a')).metadata.annotations).not.toHaveProperty([
      'openstack.k8s.io/record',
    ]);
  });
});
