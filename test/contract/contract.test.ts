import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Target } from './http.ts';
import { sandboxTarget } from './sandbox.ts';
import { subjects } from './scenarios/index.ts';
import { check, prepared } from './suite.ts';
import { readTranscript } from './transcript.ts';

/** What a real API server answered, asked of the sandbox. */
let target: Target;
let finish = (): void => {};
let done: Promise<void>;

beforeAll(async () => {
  target = await sandboxTarget();
  await new Promise<void>((ready) => {
    done = prepared(target, () => {
      ready();
      return new Promise<void>((resolve) => (finish = resolve));
    });
  });
});

afterAll(async () => {
  finish();
  await done;
  await target.close();
});

it.each(subjects.map((subject) => [subject.name, subject] as const))(
  '%s: every answer is that of a real API server',
  async (name, subject) => {
    const { failures, requests } = await check(target, subject, readTranscript(name), true);
    expect(requests).toBeGreaterThan(0);
    expect(failures.slice(0, 20)).toEqual([]);
  },
  60_000,
);
