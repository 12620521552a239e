import type { Random } from '../kube/ports.ts';
import type { Generators } from '../machines/engine/child.ts';

const fernetBytes = 32;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Fresh values for every key, base64 as a Secret's `data` has them. */
export function fresh(keys: Generators, random: Random): Record<string, string> {
  const data: Record<string, string> = {};
  for (const [name, generator] of Object.entries(keys)) {
    switch (generator.make) {
      case 'password':
        data[name] = base64(password(generator.length, random));
        break;
      case 'key':
        data[name] = base64(key(generator.bytes, random));
        break;
      case 'fernet':
        // As `keystone-manage fernet_setup` leaves it: 0 is staged, 1 is the primary.
        data['0'] = base64(key(fernetBytes, random));
        data['1'] = base64(key(fernetBytes, random));
        break;
    }
  }
  return data;
}

/**
 * The data after one rotation. A password or a key is another one; of fernet keys the staged one becomes the primary, a new one
 * is staged, and the oldest go, as `keystone-manage fernet_rotate` does it. Null takes a key away.
 */
export function rotated(
  keys: Generators,
  data: Readonly<Record<string, string>>,
  random: Random,
): Record<string, string | null> {
  const next: Record<string, string | null> = {};
  for (const [name, generator] of Object.entries(keys)) {
    switch (generator.make) {
      case 'password':
        next[name] = base64(password(generator.length, random));
        break;
      case 'key':
        next[name] = base64(key(generator.bytes, random));
        break;
      case 'fernet': {
        const numbers = Object.keys(data)
          .filter((key) => /^[0-9]+$/.test(key))
          .map(Number);
        const primary = Math.max(0, ...numbers) + 1;
        if (data['0'] !== undefined) next[String(primary)] = data['0'];
        next['0'] = base64(key(fernetBytes, random));
        const old = numbers.filter((number) => number > 0).sort((a, b) => a - b);
        for (const number of old.slice(0, Math.max(0, old.length + 2 - generator.keep))) next[String(number)] = null;
        break;
      }
    }
  }
  return next;
}

/** Each character uniform over 62: bytes that would favour some are thrown away. */
function password(length: number, random: Random): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

/** Random bytes in URL-safe base64 with padding. */
function key(bytes: number, random: Random): string {
  return Buffer.from(random.bytes(bytes)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
