import { goFloat, goNumber, isInteger } from './go-text.ts';
import type { Node } from './node.ts';
import type { Errors } from './structure.ts';

/** What a number breaks of its format and bounds. A whole number is held against bounds without their fraction. */
export function checkNumber(value: number, { types, format, bounds }: Node, name: string, errors: Errors): void {
  const range = RANGES[format];
  const type = types.length === 1 ? types[0] : '';
  const isOutside = range !== undefined && (value < -range || value >= range);
  if (isOutside || (type === 'integer' && !isInteger(value))) {
    const what = format === '' ? '(default format)' : `with format ${format}`;
    errors.nowhere(`Checked value must be of type ${type} ${what} in ${name}`);
  }
  const whole = isInteger(value);
  const native = (bound: number): number => (whole ? Math.trunc(bound) : bound);
  const told = whole ? goNumber : goFloat;
  const { multipleOf, maximum, minimum, exclusiveMaximum = false, exclusiveMinimum = false } = bounds;
  if (multipleOf !== undefined) {
    const factor = native(multipleOf);
    if (factor <= 0) {
      errors.invalid(name, factor, `factor MultipleOf declared for ${name} must be positive: ${told(factor)}`);
    } else if (!isMultiple(value, factor)) {
      errors.invalid(name, value, `${name} in body should be a multiple of ${told(factor)}`);
    }
  }
  if (maximum !== undefined) {
    const most = native(maximum);
    if (exclusiveMaximum ? value >= most : value > most) {
      const words = exclusiveMaximum ? 'less than' : 'less than or equal to';
      errors.invalid(name, value, `${name} in body should be ${words} ${told(most)}`);
    }
  }
  if (minimum !== undefined) {
    const least = native(minimum);
    if (exclusiveMinimum ? value <= least : value < least) {
      const words = exclusiveMinimum ? 'greater than' : 'greater than or equal to';
      errors.invalid(name, value, `${name} in body should be ${words} ${told(least)}`);
    }
  }
}

/** From minus this to just below it. */
const RANGES: Readonly<Record<string, number>> = {
  int32: 2 ** 31,
  // What rounds to more than the greatest number of 32 bits.
  float: 3.4028235677973366e38,
};

function isMultiple(value: number, factor: number): boolean {
  if (isInteger(value)) return BigInt(value) % BigInt(factor) === 0n;
  return isNearlyWhole(factor < 1 ? (1 / factor) * value : value / factor);
}

/** What the server takes for a whole number. */
export function isNearlyWhole(value: number): boolean {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return false;
  const whole = Math.trunc(value);
  return value === whole || (value > 0 && (value - whole) / (value + whole) < 1e-9);
}
