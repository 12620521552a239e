import { unsupported } from '../refusal.ts';

/**
 * The value of a Kubernetes quantity in billionths, exactly as the API server reckons it: less than a billionth
 * counts as one, binary units end at 2^63-1. The message that the server has for it where it is none.
 */
export function parseQuantity(text: string): bigint | QuantityError {
  if (text === '') return FORMAT;
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text);
  if (match === null) return FORMAT;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  const scale = scaleOf(suffix);
  if (scale === undefined) return SUFFIX;
  const digits = BigInt(whole + fraction || '0');
  const [numerator, tens] = 'two' in scale ? [digits << BigInt(scale.two), 0] : [digits, scale.ten];
  const power = 9 + tens - fraction.length;
  let value = power >= 0 ? numerator * 10n ** BigInt(power) : roundUp(numerator, 10n ** BigInt(-power));
  if ('two' in scale && value > LIMIT) value = LIMIT;
  return sign === '-' ? -value : value;
}

/** What is wrong with it, in the server's words. */
export type QuantityError = { readonly says: string };

const FORMAT: QuantityError = {
  says: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
};
const SUFFIX: QuantityError = { says: "unable to parse quantity's suffix" };
const LIMIT = (2n ** 63n - 1n) * 10n ** 9n;
const DECIMAL = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY = new Map([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);

function scaleOf(suffix: string): { ten: number } | { two: number } | undefined {
  const ten = DECIMAL.get(suffix);
  if (ten !== undefined) return { ten };
  const two = BINARY.get(suffix);
  if (two !== undefined) return { two };
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix)?.[1];
  if (exponent === undefined) return undefined;
  if (Math.abs(Number(exponent)) > 1000) throw unsupported(`quantities with the exponent ${exponent}`);
  return { ten: Number(exponent) };
}

function roundUp(value: bigint, unit: bigint): bigint {
  return (value + unit - 1n) / unit;
}
