import { expect, it } from 'vitest';
import { fill, type SecretRef, type Text } from '../../src/machines/engine/text.ts';
import { hostile, isRefused, randomValues } from './hostile.ts';
import { ask } from './program.ts';

/** Values inside URLs and JSON, and in the environment. */
const carriedAs = (as: SecretRef['as']): string[] => [
  ...hostile.filter((row) => !isRefused(row, as)).map(({ value }) => value),
  ...randomValues,
];
const put = (as: SecretRef['as'], before: string, after: string, value: string): string => {
  const text: Text = [before, { secret: 's', key: 'k', as }, after];
  return fill(text, () => value);
};

it('a password in a URL is read by SQLAlchemy and by oslo.messaging as it is, line breaks and all', async () => {
  const values = carriedAs('url');
  const urls = values.map((value) => [put('url', 'rabbit://user:', '@host.ns.svc:5672/home', value)]);
  const answers = await ask<{ sqlalchemy: unknown; messaging: unknown }>('url', urls);
  for (const [index, value] of values.entries()) {
    const parts = ['user', value, 'host.ns.svc', 5672, 'home'];
    expect(answers[index], JSON.stringify(value)).toEqual({ sqlalchemy: parts, messaging: parts });
  }
});

it('a value between double quotes of JSON is read by a JSON parser as it is, line breaks and all', async () => {
  const values = carriedAs('json');
  const texts = values.map((value) => put('json', '{"users":[{"password":"', '","tags":[]}]}', value));
  const wanted = values.map((password) => ({ users: [{ password, tags: [] }] }));
  expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(wanted);
  expect(
    await ask(
      'json',
      texts.map((text) => [text]),
    ),
  ).toEqual(wanted);
});

it('the password of admin in the environment is read by Python as it is, even where no locale is set', async () => {
  const values = carriedAs('json').filter((value) => !value.includes('\0'));
  const env = Object.fromEntries(values.map((value, index) => [`OS_BOOTSTRAP_PASSWORD_${index}`, value]));
  expect(
    await ask(
      'environment',
      Object.keys(env).map((name) => [name]),
      env,
    ),
  ).toEqual(values);
});
