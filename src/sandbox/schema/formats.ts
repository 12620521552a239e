import { unsupported } from '../refusal.ts';
import type { SchemaType } from './node.ts';

/** Whether the server checks values of this type against the format; it overlooks those it does not know. */
export function isCheckedFormat(format: string, type: SchemaType, path: string): boolean {
  if (type === 'integer') return format === 'int32' || format === 'int64';
  if (type === 'number') return format === 'float' || format === 'double';
  if (type !== 'string') return false;
  const plain = format.replaceAll('-', '');
  if (CHECKS.has(plain)) return true;
  if (!OTHERS.has(plain)) return false;
  throw unsupported(`the format ${format} at ${path}`);
}

/** Of a text; a format that is not one of texts has nothing against it. */
export function hasFormat(text: string, format: string): boolean {
  return CHECKS.get(format.replaceAll('-', ''))?.(text) ?? true;
}

const CHECKS = new Map<string, (text: string) => boolean>([
  ['datetime', isDateTime],
  ['date', isDate],
  ['password', () => true],
  ['uuid', (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text)],
]);

/** Known to the server, and not done here. */
const OTHERS = new Set(
  `bsonobjectid uri email hostname ipv4 ipv6 cidr mac uuid3 uuid4 uuid5 isbn isbn10 isbn13 creditcard ssn hexcolor
  rgbcolor byte duration k8sshortname k8slongname`.split(/\s+/),
);

/** Looser than RFC 3339: only what lies between the first two T counts as the time. */
function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t');
  if (text.length < 4 || time === undefined || !isDate(date)) return false;
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:[^\n]\d+)?(?:z|[+-]\d{2}:\d{2})$/u.exec(time);
  if (match === null) return false;
  const [, hours = '', minutes = '', seconds = ''] = match;
  return hours <= '23' && minutes <= '59' && seconds <= '59';
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
}
