import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../kube/errors.ts';
import { Builtin } from '../kube/object.ts';
import { object, secret, testApi } from '../sandbox/test-world.ts';
import type { KubeClient } from '../kube/client.ts';
import { Redactor, withoutSecrets } from './redact.ts';
import type { PodView } from './slim.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const { signal } = new AbortController();

function pod(name: string, message: string, secrets: readonly string[] = []): PodView {
  const state = { terminated: { exitCode: 1, message } };
  const status = { containerStatuses: [{ name: 'c', state, lastState: state }], initContainerStatuses: [] };
  return { ...object(Builtin.Pod, name), secrets, status };
}

const saidBy = (view: PodView | undefined): string => {
  const { containerStatuses } = (view?.['status'] ?? {}) as {
    containerStatuses?: { state: { terminated: { message: string } } }[];
  };
  return containerStatuses?.[0]?.state.terminated.message ?? '';
};

function withSecrets(all: Record<string, Record<string, string>>) {
  const { api } = testApi();
  const client = api.client();
  let reads = 0;
  const counting = { ...client, get: (...args: Parameters<KubeClient['get']>) => ((reads += 1), client.get(...args)) };
  for (const [name, data] of Object.entries(all)) api.create(Builtin.Secret, secret(name, data));
  return { redactor: new Redactor(counting as KubeClient), reads: () => reads };
}

describe('withoutSecrets', () => {
  it.each([
    { text: 'Access denied (using hunter2!)', values: ['hunter2!'], clean: 'Access denied (using ***)' },
    { text: 'mysql://k:p%40ss@db/x', values: [], clean: 'mysql://***@db/x' },
    { text: 'url p%40ss%2F', values: ['p@ss/'], clean: 'url ***' },
    { text: `data ${base64('p@ss/')}`, values: ['p@ss/'], clean: 'data ***' },
    { text: 'longer first: abcdef', values: ['abc', 'abcdef'], clean: 'longer first: ***' },
    { text: 'twice: abc abc', values: ['abc'], clean: 'twice: *** ***' },
    { text: 'a.c is no pattern', values: ['a.c'], clean: '*** is no pattern' },
    { text: 'axc', values: ['a.c'], clean: 'axc' },
    { text: 'no, ok', values: ['', 'o', 'ok'], clean: 'no, ok' },
    { text: 'see http://host:80/path', values: [], clean: 'see http://host:80/path' },
    { text: 'password hunter2! refused', values: ['hunter2!\n'], clean: 'password *** refused' },
  ])('makes of $text: $clean', ({ text, values, clean }) => {
    expect(withoutSecrets(text, values)).toBe(clean);
  });

  it('leaves no value in any text, in any of its forms', () => {
    const value = fc
      .string({ minLength: 4, maxLength: 20, unit: fc.constantFrom(..."aZ09@/:$%' +=é") })
      .filter((text) => text.trim().length > 3);
    fc.assert(
      fc.property(
        value,
        fc.array(fc.constantFrom('plain', 'url', 'base64', ' text '), { maxLength: 6 }),
        (secretValue, parts) => {
          const forms = {
            plain: secretValue,
            url: encodeURIComponent(secretValue),
            base64: base64(secretValue),
            ' text ': ' text ',
          };
          const clean = withoutSecrets(parts.map((part) => forms[part as keyof typeof forms]).join(' | '), [
            secretValue,
          ]);
          for (const form of [forms.plain, forms.url, forms.base64]) expect(clean).not.toContain(form);
        },
      ),
    );
  });
});

describe('the Redactor', () => {
  it('replaces the values of every Secret that the Pod or its resource reads', async () => {
    const { redactor } = withSecrets({ own: { a: base64('first-secret') }, mounted: { b: base64('other-secret') } });
    const [clean] = await redactor.clean(
      [pod('p', 'first-secret and other-secret', ['mounted'])],
      () => ['own'],
      signal,
    );
    expect(saidBy(clean)).toBe('*** and ***');
    expect(JSON.stringify(clean)).not.toContain('-secret');
  });

  it('reads the Secrets once for what it has cleaned', async () => {
    const { redactor, reads } = withSecrets({ own: { a: base64('first-secret') } });
    await redactor.clean([pod('p', 'first-secret')], () => ['own'], signal);
    const [again] = await redactor.clean([pod('p', 'first-secret'), pod('q', 'first-secret')], () => ['own'], signal);
    expect(saidBy(again)).toBe('***');
    expect(reads()).toBe(1);
  });

  it('reads nothing for Pods that say nothing, and gives them back as they are', async () => {
    const { redactor, reads } = withSecrets({});
    const silent = {
      ...object(Builtin.Pod, 'p'),
      secrets: ['a'],
      status: { phase: 'Running', containerStatuses: [{ state: { running: {} } }] },
    };
    expect((await redactor.clean([silent], () => ['own'], signal))[0]).toBe(silent);
    expect(reads()).toBe(0);
  });

  it('keeps the end of a long log, and cuts only after it has cleaned', async () => {
    const { redactor } = withSecrets({ own: { a: base64('s3cr3t-'.repeat(20)) } });
    const log = `${'x'.repeat(3000)}${'s3cr3t-'.repeat(20)}${'y'.repeat(1000)}`;
    const [clean] = await redactor.clean([pod('p', log)], () => ['own'], signal);
    expect(saidBy(clean)).toHaveLength(1024);
    expect(saidBy(clean)).toContain(`***${'y'.repeat(1000)}`);
    expect(saidBy(clean)).not.toContain('s3cr3t');
  });

  it('goes on where a Secret is gone, and tells nothing where one cannot be read', async () => {
    const { redactor } = withSecrets({ own: { a: base64('first-secret') } });
    const [clean] = await redactor.clean([pod('p', 'first-secret', ['gone'])], () => ['own'], signal);
    expect(saidBy(clean)).toBe('***');
    const get = () => Promise.reject(new ApiError('Forbidden', 'no'));
    const blind = new Redactor({ get } as unknown as KubeClient);
    await expect(blind.clean([pod('p', 'first-secret')], () => ['own'], signal)).rejects.toThrow('no');
  });

  it('reads no Secret for the UUID that a Job said as it ended well, and for any other word it does', async () => {
    const { redactor, reads } = withSecrets({ one: { password: base64('hunter2!') } });
    const ended = (exitCode: number, message: string): PodView => ({
      ...pod('a', message),
      status: { containerStatuses: [{ name: 'c', state: { terminated: { exitCode, message } } }] },
    });
    const uuid = '0b9d6e3a-1111-4222-8333-0123456789ab';
    const [answer] = await redactor.clean([ended(0, uuid)], () => ['one'], signal);
    expect([saidBy(answer), reads()]).toEqual([uuid, 0]);
    const [word] = await redactor.clean([ended(0, 'it is hunter2!')], () => ['one'], signal);
    expect([saidBy(word), reads()]).toEqual(['it is ***', 1]);
    await redactor.clean([ended(1, uuid)], () => ['one'], signal);
    expect(reads()).toBe(2);
  });
});
