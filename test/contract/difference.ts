import type { Exchange } from './play.ts';

export interface Difference {
  /** Where in the response, such as `body.metadata.generation`. */
  readonly path: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** What differs between the response of a transcript and the one just heard. An absent value is undefined. */
export function differencesIn(expected: Exchange, got: Exchange): Difference[] {
  return [...compare(expected.response, got.response, '')];
}

function* compare(expected: unknown, got: unknown, path: string): Generator<Difference> {
  if (Array.isArray(expected) && Array.isArray(got)) {
    const length = Math.max(expected.length, got.length);
    for (let i = 0; i < length; i++) yield* compare(expected[i], got[i], `${path}[${i}]`);
  } else if (isRecord(expected) && isRecord(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      yield* compare(expected[key], got[key], path === '' ? key : `${path}.${key}`);
    }
  } else if (!Object.is(expected, got)) yield { path, expected, got };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
