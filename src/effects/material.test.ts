import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../runtime/system.ts';
import { seeded } from '../sandbox/test-world.ts';
import { fresh, rotated } from './material.ts';

const text = (base64: string | null | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();
const password = (length: number) => ({ password: { make: 'password', length } as const });
const fernet = (keep: number) => ({ '0': { make: 'fernet', keep } as const });

/** A merge patch on a Secret's data. */
function patched(data: Record<string, string>, change: Record<string, string | null>): Record<string, string> {
  const entries = Object.entries({ ...data, ...change });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

describe('a password', () => {
  it('has the length asked for, of letters and digits only, and is never the same twice', () => {
    const made = Array.from({ length: 500 }, () => text(fresh(password(32), systemRandom)['password']));
    for (const each of made) expect(each).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(new Set(made).size).toBe(500);
  });

  it('has at least 128 bits with 32 characters', () => {
    expect(32 * Math.log2(62)).toBeGreaterThan(128);
  });

  it('takes each of the 62 characters equally often, and throws away the bytes that would favour some', () => {
    // Every byte once: 248 of them give each character four times, the other eight nothing.
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const [made] = Object.values(fresh(password(248), { fraction: () => 0, bytes: () => bytes }));
    const counts = new Map<string, number>();
    for (const character of text(made)) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect([counts.size, ...new Set(counts.values())]).toEqual([62, 4]);
  });

  it('asks for more where too many bytes were thrown away', () => {
    let asked = 0;
    const random = { fraction: () => 0, bytes: (count: number) => new Uint8Array(count).fill(asked++ === 0 ? 255 : 1) };
    expect(text(fresh(password(3), random)['password'])).toBe('BBB');
  });
});

describe('a key', () => {
  it('is as many bytes as asked for, in URL-safe base64 with padding', () => {
    for (const bytes of [16, 31, 32, 64]) {
      const [made] = Object.values(fresh({ kek: { make: 'key', bytes } }, systemRandom));
      expect(text(made)).toMatch(/^[A-Za-z0-9_-]+={0,2}$/);
      expect(text(made).length % 4).toBe(0);
      expect(Buffer.from(text(made), 'base64url')).toHaveLength(bytes);
    }
  });
});

describe('fernet keys', () => {
  it('are 32 bytes each in URL-safe base64, 0 staged and 1 primary', () => {
    const data = fresh(fernet(3), systemRandom);
    expect(Object.keys(data).sort()).toEqual(['0', '1']);
    for (const key of Object.values(data)) {
      expect(text(key)).toMatch(/^[A-Za-z0-9_-]{43}=$/);
      expect(Buffer.from(text(key), 'base64url')).toHaveLength(32);
    }
    expect(data['0']).not.toBe(data['1']);
  });

  it('rotate as keystone-manage does it: the staged one becomes primary, a new one is staged, the oldest go', () => {
    const before = { '0': 'staged', '1': 'old', '2': 'older', '3': 'primary' };
    const change = rotated(fernet(4), before, seeded(1));
    expect(change).toEqual({ '0': expect.any(String), '4': 'staged', '1': null });
    expect(change['0']).not.toBe('staged');
  });

  it('stay as many as asked for, keep the newest, and open what the last rotation sealed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 20 }), fc.nat(), (keep, rounds, seed) => {
        const random = seeded(seed);
        let data = fresh(fernet(keep), random);
        for (let round = 1; round <= rounds; round++) {
          const before = data;
          data = patched(data, rotated(fernet(keep), data, random));
          const numbers = Object.keys(data)
            .map(Number)
            .sort((a, b) => a - b);
          const primary = String(round + 1);
          expect(numbers).toHaveLength(Math.min(keep, round + 2));
          expect(numbers.at(-1)).toBe(round + 1);
          expect(data[primary]).toBe(before['0']);
          // A server that has not seen the rotation yet seals with the primary before it.
          if (keep > 2) expect(Object.values(data)).toContain(before[String(round)]);
          expect(new Set(Object.values(data)).size).toBe(numbers.length);
        }
      }),
    );
  });

  it('shrink when fewer are to be kept, and leave alone what is no key', () => {
    const before = { '0': 's', '1': 'a', '2': 'b', '10': 'c', README: 'x' };
    expect(rotated(fernet(3), before, seeded(1))).toEqual({
      '0': expect.any(String),
      '11': 's',
      '1': null,
      '2': null,
    });
  });

  it('are staged anew where the staged one is missing, without a primary from nowhere', () => {
    expect(Object.keys(rotated(fernet(3), { '1': 'a' }, seeded(1)))).toEqual(['0']);
  });
});

describe('rotated', () => {
  it.each([password(32), { key: { make: 'key', bytes: 32 } as const }])('makes another of %j', (keys) => {
    const data = fresh(keys, systemRandom);
    const next = rotated(keys, data, systemRandom);
    expect(Object.keys(next)).toEqual(Object.keys(data));
    expect(Object.values(next)).not.toEqual(Object.values(data));
  });
});
