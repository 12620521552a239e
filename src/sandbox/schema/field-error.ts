import type { ResourceType } from '../../kube/object.ts';
import { invalidFor, type Cause, Refusal } from '../refusal.ts';
import { shown } from './go-text.ts';

/** One mistake in an object, as the API server tells it. */
export interface FieldError extends Cause {
  readonly reason: `FieldValue${'Invalid' | 'Required' | 'NotSupported' | 'TooLong' | 'TooMany' | 'TypeInvalid' | 'Duplicate' | 'Forbidden'}`;
}

/** A value that a message does not show. */
export const OMITTED = Symbol('omitted');

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: told('Invalid value', value, detail) };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueTypeInvalid', field, message: told('Invalid value', value, detail) };
}

export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: told('Required value', OMITTED, detail) };
}

export function forbidden(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: told('Forbidden', OMITTED, detail) };
}

export function notSupported(field: string, value: unknown, values: readonly string[]): FieldError {
  const detail = `supported values: ${values.map(shown).join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, message: told('Unsupported value', value, detail) };
}

export function tooLong(field: string, most: number): FieldError {
  const detail = `may not be more than ${most} ${most === 1 ? 'byte' : 'bytes'}`;
  return { reason: 'FieldValueTooLong', field, message: told('Too long', OMITTED, detail) };
}

export function tooMany(field: string, count: number, most: number): FieldError {
  const detail = `must have at most ${most} ${most === 1 ? 'item' : 'items'}`;
  return { reason: 'FieldValueTooMany', field, message: told('Too many', count, detail) };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, message: told('Duplicate value', value, '') };
}

/** The Status of an object with these mistakes; the same mistake is told once, and listed as often as it was found. */
export function refusalOf(type: ResourceType, name: string, errors: readonly FieldError[]): Refusal {
  const said = new Set(errors.map(({ field, message }) => `${field}: ${message}`));
  const whole = invalidFor(type, name, errors);
  if (said.size === errors.length) return whole;
  const text = said.size === 1 ? [...said].join() : `[${[...said].join(', ')}]`;
  const begin = whole.message.slice(0, whole.message.indexOf(' is invalid: '));
  return new Refusal('Invalid', `${begin} is invalid: ${text}`, 422, whole.details);
}

function told(what: string, value: unknown, detail: string): string {
  const start = value === OMITTED ? what : `${what}: ${shown(value)}`;
  return detail === '' ? start : `${start}: ${detail}`;
}
