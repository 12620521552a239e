import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fill, ini, type Text } from '../../src/machines/engine/text.ts';
import { keystone } from '../../src/machines/keystone.ts';
import { hostile, isRefused, randomValues } from './hostile.ts';
import { ask } from './program.ts';
import { filesOf } from './written.ts';

/** Values in an ini file, as oslo.config reads it. */
const folder = mkdtempSync(join(tmpdir(), 'values-'));
const carried = hostile.filter((row) => !isRefused(row, 'ini'));
const values = [...carried.map(({ value }) => value), ...randomValues];
const secret: Text = [{ secret: 's', key: 'k', as: 'ini' }];
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  { what: 'a plain value', sections: (value: string) => ini({ DEFAULT: { x: value } }), options: [['DEFAULT', 'x']] },
  {
    what: 'the password of a service user',
    sections: () => ini({ keystone_authtoken: { before: 1, password: secret, after: true } }),
    options: [
      ['keystone_authtoken', 'password'],
      ['keystone_authtoken', 'before'],
      ['keystone_authtoken', 'after'],
    ],
    besides: ['1', 'true'],
  },
  {
    what: 'a transport_url of a Secret',
    sections: () => ini({ DEFAULT: { transport_url: secret }, other: { x: 'y' } }),
    options: [
      ['DEFAULT', 'transport_url'],
      ['other', 'x'],
    ],
    besides: ['y'],
  },
])('$what comes out as it went in, and so do its neighbours', async ({ sections, options, besides = [] }) => {
  const files = values.map((value, index) => [
    write(
      `${index}.conf`,
      fill(sections(value), () => value),
    ),
    options,
  ]);
  const answers = await ask<unknown>('option', files);
  for (const [index, value] of values.entries())
    expect(answers[index], JSON.stringify(value)).toEqual([value, ...besides]);
});

it('extraConfig comes out as it went in: every value that the API admits', async () => {
  const setting = (value: string) => ({ file: 'keystone.conf', section: 'cors', key: 'x', value });
  const admitted = values.filter((value) => value.length <= 1024);
  const written = await Promise.all(admitted.map((value) => configuration([setting(value)])));
  const files = written.map((text, index) => [
    write(`extra-${index}.conf`, text),
    [
      ['cors', 'x'],
      ['token', 'provider'],
    ],
  ]);
  const answers = await ask<unknown>('option', files);
  for (const [index, value] of admitted.entries())
    expect(answers[index], JSON.stringify(value)).toEqual([value, 'fernet']);
});

const letters = (rest: string, length: number): string => `Z${rest.repeat(length)}`.slice(0, length);
const sections = ['s', 'DEFAULT', 'cors.x', 'cinder:one', 'a-b_c.d:e', letters('.:-_9z', 64), 's'.repeat(64)];
const keys = ['a', 'a_b', 'a.b', 'Ab9', letters('._9z', 64), 'x'.repeat(64)];

it('extraConfig may have sections and options as long and as strange as the API admits', async () => {
  const all = sections.flatMap((section) => keys.map((key) => ({ section, key })));
  const extraConfig = all.map((each, index) => ({ file: 'keystone.conf', ...each, value: `${index}` }));
  const path = write('names.conf', await configuration(extraConfig));
  const [answers] = await ask<unknown>('option', [[path, all.map(({ section, key }) => [section, key])]]);
  expect(answers).toEqual(all.map((_, index) => `${index}`));
});

it.each([
  {
    what: 'a section in other capitals is the same one',
    section: 'Fernet_Tokens',
    key: 'x_y',
    read: ['fernet_tokens', 'x_y'],
  },
  {
    what: 'the later of two values is the one that counts',
    section: 'Token',
    key: 'provider',
    read: ['token', 'provider'],
  },
])('$what to oslo.config, which the rules on extraConfig rely on', async ({ section, key, read }) => {
  const path = write('capitals.conf', `[token]\nprovider = fernet\n[${section}]\n${key} = theirs\n`);
  expect(await ask<unknown>('option', [[path, [read]]])).toEqual([['theirs']]);
});

it('an option with a dash is never read by oslo.config, so the API refuses it', async () => {
  const path = write('dash.conf', '[DEFAULT]\nlog-file = x\n');
  const [answer] = await ask<unknown>('option', [[path, [['DEFAULT', 'log_file']]]]);
  expect(answer).toEqual([null]);
  await expect(
    configuration([{ file: 'keystone.conf', section: 'DEFAULT', key: 'log-file', value: 'x' }]),
  ).rejects.toThrow('log_file; not log-file');
});

function write(file: string, text: string): string {
  const path = join(folder, file);
  writeFileSync(path, text);
  return path;
}

async function configuration(extraConfig: readonly object[]): Promise<string> {
  const secrets = { 'a-db-password': { password: 'x' }, 'a-admin-password': { password: 'x' } };
  return (await filesOf({ kind: keystone, name: 'a', spec: { extraConfig }, secrets }))['keystone.conf'] ?? '';
}
