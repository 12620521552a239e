/** Values written as Go writes them: what the API server's messages show of an object. */

import { isRecord } from '../json.ts';

/** A wrong value in a message: text in quotes, numbers and booleans plain, everything else as JSON. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'boolean') return String(value);
  return goJson(value);
}

/** `%q`: what cannot be printed is escaped. */
export function quoted(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const short = ESCAPES[char];
    if (short !== undefined) out += short;
    else if (PRINTABLE.test(char)) out += char;
    else if (code < 0x80) out += `\\x${hex(code, 2)}`;
    else out += code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  }
  return `${out}"`;
}

/** `%v` of an int64 or a float64: JSON numbers without a fraction are int64 where they fit. */
export function goNumber(value: number): string {
  return isInteger(value) ? BigInt(value).toString() : goFloat(value);
}

/** `%v` of a float64. */
export function goFloat(value: number): string {
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}

/** Whether Go reads this JSON number as an int64. */
export function isInteger(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

/** As `encoding/json` writes it: keys in order, and nothing that HTML could take for markup. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (isRecord(value)) {
    const keys = Object.keys(value).sort(byCodePoint);
    return `{${keys.map((key) => `${goJson(key)}:${goJson(value[key])}`).join(',')}}`;
  }
  if (typeof value === 'number' && isInteger(value)) return goNumber(value);
  return JSON.stringify(value ?? null).replace(MARKUP, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

/** The order of UTF-8 bytes, in which Go sorts. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** How many characters Go counts in a text. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const MARKUP = /[<>&\u2028\u2029]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0');
}
