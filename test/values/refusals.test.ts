import { expect, it } from 'vitest';
import { create } from '../../src/effects/create.ts';
import { TerminalError } from '../../src/kube/errors.ts';
import { Builtin } from '../../src/kube/object.ts';
import { iniValue, type SecretRef } from '../../src/machines/engine/text.ts';
import { keystone } from '../../src/machines/keystone.ts';
import { testHands, ours, ref } from '../support/hands.ts';
import { hostile } from './hostile.ts';

/** What cannot be carried: said with the name of the Secret, and nothing is written, not even the file before it. */
const rows = hostile.flatMap(({ what, value, refused }) =>
  (refused?.as ?? []).map((as) => ({ what, value, as, says: refused?.says ?? '' })),
);

it.each(rows.filter(({ value }) => value.isWellFormed()))('$what is refused as $as', async ({ value, as, says }) => {
  await expectRefused(as, Buffer.from(value), `the key 'password' of Secret/given ${says}`);
});

it.each([
  { what: 'half a character', bytes: Buffer.from([0xed, 0xa0, 0xbd]) },
  { what: 'Latin-1', bytes: Buffer.from('pässwort', 'latin1') },
  { what: 'bytes of no text', bytes: Buffer.from([0x00, 0xff, 0xfe, 0x80]) },
])('$what in a Secret is refused wherever it would stand', async ({ bytes }) => {
  for (const as of ['url', 'ini', 'sql', 'option', 'json'] as const)
    await expectRefused(as, bytes, "the key 'password' of Secret/given is not UTF-8 text; change it");
});

it.each(hostile.filter(({ refused }) => refused?.as.includes('ini')))(
  '$what is refused as a value of extraConfig',
  ({ value }) => {
    const extraConfig = [{ file: 'keystone.conf', section: 'DEFAULT', key: 'x', value }];
    // No half of a character can come from an API server: what is no text in JSON is replaced there.
    if (value.isWellFormed())
      expect(keystone.declaration.spec.safeParse({ extraConfig }).error?.message).toContain(
        'write the value on one line',
      );
    expect(() => iniValue(value)).toThrow(TerminalError);
  },
);

async function expectRefused(as: SecretRef['as'], value: Uint8Array, says: string): Promise<void> {
  const hands = testHands();
  const secret = { data: { password: Buffer.from(value).toString('base64') } };
  await hands.admin.apply(Builtin.Secret, { ...ours(Builtin.Secret, 'given', secret) });
  const files = { first: ['written before\n'], second: ['x = "', { secret: 'given', key: 'password', as }, '"\n'] };
  const due = { verb: 'create', type: Builtin.Secret, object: ours(Builtin.Secret, 'config'), files } as const;
  const refusal: unknown = await create(due, hands).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(TerminalError);
  expect((refusal as Error).message).toContain(says);
  expect((refusal as Error).message).toMatch(/; (write|use|shorten|change) /);
  expect(hands.calls).toEqual(['get Secret']);
  await expect(hands.admin.get(Builtin.Secret, ref('config'))).rejects.toThrow('not found');
}
