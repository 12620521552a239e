import { ApiError } from '../kube/errors.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../sandbox/test-world.ts';
import { isSameTerm } from '../machines/engine/ledger.ts';
import { Builtin } from '../kube/object.ts';
import { object, testApi } from '../sandbox/test-world.ts';
import { digestWith, loadDigest } from './digest.ts';

const key = (byte: number) => new Uint8Array(32).fill(byte);
const { signal } = new AbortController();
const ref = { namespace: 'default', name: 'openstack-operator-digest-key' };

describe('digestWith', () => {
  it('gives the same for the same text, and another for any other', () => {
    const digest = digestWith(key(1));
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(digest(a) === digest(b)).toBe(a === b);
        expect(digestWith(key(1))(a)).toBe(digest(a));
      }),
    );
  });

  it('tells its key apart from others, and nothing of it', () => {
    const [one, other] = [digestWith(key(1)), digestWith(key(2))];
    expect(one('x')).toMatch(/^[0-9a-f]{8}:[0-9a-f]{32}$/);
    expect(one('x').slice(0, 8)).toBe(one('y').slice(0, 8));
    expect(one('x').slice(0, 8)).not.toBe(other('x').slice(0, 8));
    expect(one('x').slice(9)).not.toBe(other('x').slice(9));
    expect(one('x')).not.toContain(Buffer.from(key(1)).toString('hex').slice(0, 8));
  });

  it('is what the ledger takes for a digest', () => {
    expect(isSameTerm(digestWith(key(1))('a'), digestWith(key(2))('b'))).toBe(true);
  });
});

describe('loadDigest', () => {
  it('makes the key once, and finds it again', async () => {
    const { api } = testApi();
    const client = api.client();
    const first = await loadDigest(client, 'default', seeded(1), signal);
    const stored = api.get(Builtin.Secret, ref)['data'] as { key: string };
    expect(Buffer.from(stored.key, 'base64')).toHaveLength(32);
    const again = await loadDigest(client, 'default', seeded(2), signal);
    expect(again('x')).toBe(first('x'));
    expect(api.get(Builtin.Secret, ref)['data']).toEqual(stored);
  });

  it('takes the key of the replica that was quicker', async () => {
    const { api } = testApi();
    const [a, b] = await Promise.all([
      loadDigest(api.client(), 'default', seeded(1), signal),
      loadDigest(api.client(), 'default', seeded(2), signal),
    ]);
    expect(a('x')).toBe(b('x'));
  });

  it.each([{}, { key: '' }, { key: Buffer.from('short').toString('base64') }])('refuses %j for a key', async (data) => {
    const { api } = testApi();
    const client = api.client();
    await client.create(Builtin.Secret, object(Builtin.Secret, ref.name, { data }));
    await expect(loadDigest(client, 'default', seeded(1), signal)).rejects.toThrow('has no key of 32 bytes');
  });

  it('passes on that it may not', async () => {
    await expect(loadDigest(testApi().api.client(), 'nowhere', seeded(1), signal)).rejects.toThrow('nowhere');
  });

  describe('with patience', () => {
    const failing = (reason: ApiError['reason'], times: number) => {
      const { api, clock } = testApi();
      const client = api.client();
      const told: unknown[] = [];
      let left = times;
      const get: typeof client.get = (type, ref, options) =>
        left-- > 0 ? Promise.reject(new ApiError(reason, 'not now')) : client.get(type, ref, options);
      const patience = { clock, onRetry: (error: unknown) => void told.push(error) };
      const begun = loadDigest({ ...client, get }, 'default', seeded(1), signal, patience);
      const end: { made?: unknown; failed?: unknown } = {};
      begun.then(
        (made) => (end.made = made),
        (error: unknown) => (end.failed = error),
      );
      return { clock, told, end };
    };

    it.each(['TooManyRequests', 'ServerError', 'Timeout', 'Conflict'] as const)(
      'asks a server again that says %s, as long as it takes',
      async (reason) => {
        const { clock, told, end } = failing(reason, 60);
        await clock.until(() => end.made !== undefined, 900_000);
        expect(told).toHaveLength(60);
      },
    );

    it('gives up a server that is not there', async () => {
      const { clock, end } = failing('Network', Number.POSITIVE_INFINITY);
      await clock.until(() => end.failed !== undefined, 120_000);
      expect(end.failed).toMatchObject({ reason: 'Network' });
    });

    it('asks no second time where asking cannot help', async () => {
      const { clock, told, end } = failing('Forbidden', 1);
      await clock.until(() => end.failed !== undefined, 1_000);
      expect(told).toHaveLength(0);
    });
  });
});
