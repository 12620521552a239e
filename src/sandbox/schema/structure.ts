import { isRecord, type JsonObject } from '../json.ts';
import { isUnchanged, NONE, oldField, oldItem } from './correlation.ts';
import { innerOf } from './decoding.ts';
import { type FieldError, invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from './field-error.ts';
import { hasFormat } from './formats.ts';
import { codePoints, goJson, isInteger, quoted } from './go-text.ts';
import type { Node } from './node.ts';
import { checkNumber, isNearlyWhole } from './numbers.ts';

/**
 * Every way in which a value breaks its schema, rules and unique lists apart. A value that is the old one is let pass.
 * `name` is the path as the server's schema validator writes it, `prefix` that of the object it is given.
 */
export function checkStructure(value: unknown, old: unknown, node: Node, prefix: string): FieldError[] {
  const errors = new Errors(prefix);
  check(value, old, node, '', errors);
  return errors.found;
}

/** Mistakes in the order in which they are found, each once. */
export class Errors {
  readonly found: FieldError[] = [];
  readonly #texts: string[] = [];
  readonly #said = new Set<string>();
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** `text` is what the validator itself says of the place `name`. */
  add(name: string, text: string, make: (field: string) => FieldError): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#texts.push(text);
    const relative = name.startsWith('.') ? name.slice(1) : name;
    this.found.push(make([this.#prefix, relative].filter((part) => part !== '').join('.') || '<nil>'));
  }

  invalid(name: string, value: unknown, text: string): void {
    this.add(name, text, (field) => invalidValue(field, value, text));
  }

  /** A mistake of which the validator does not say where it is. */
  nowhere(text: string): void {
    this.add('', text, () => invalidValue(this.#prefix || '<nil>', '', text));
  }

  /** Forgets what was found since there were so many. */
  forget(count: number): void {
    this.found.length = count;
    for (const text of this.#texts.splice(count)) this.#said.delete(text);
  }
}

function check(value: unknown, old: unknown, node: Node, name: string, errors: Errors): void {
  if (value === old && node.isClosed) return;
  const before = errors.found.length;
  checkType(value, node, name, errors);
  if (typeof value === 'string') checkText(value, node, name, errors);
  if (typeof value === 'number') checkNumber(value, node, name, errors);
  if (Array.isArray(value)) checkItems(value, old, node, name, errors);
  checkEnum(value, node, name, errors);
  if (isRecord(value)) checkFields(value, old, node, name, errors);
  if (errors.found.length > before && isUnchanged(value, old, node)) errors.forget(before);
}

function checkType(value: unknown, node: Node, name: string, errors: Errors): void {
  const { types, format } = node;
  if (types.length === 0 || (value === null && node.nullable)) return;
  const [type, itsFormat] = typeOf(value);
  const fail = (wanted: string, got: string): void => {
    const text = `${name} in body must be of type ${wanted}: ${quoted(got)}`;
    errors.add(name, text, (field) => typeInvalid(field, got, text));
  };
  const isNumber = types[0] === 'number' || types[0] === 'integer';
  const fits =
    (types as readonly string[]).includes(type) ||
    (typeof value === 'number' &&
      ((type === 'integer' && types.includes('number')) || (types.includes('integer') && isNearlyWhole(value))));
  if (format !== '' && value !== null) {
    if (typeof value !== 'string' && !Array.isArray(value) && !fits && itsFormat !== format) {
      fail(format, itsFormat);
      return;
    }
    // The server takes a list for a text that has a format.
    if (!isNumber && (typeof value === 'string' || Array.isArray(value))) return;
  }
  if (!fits) fail(types.join(','), type);
}

function typeOf(value: unknown): [type: string, format: string] {
  if (value === null) return ['null', ''];
  if (Array.isArray(value)) return ['array', ''];
  if (typeof value === 'number') return isInteger(value) ? ['integer', 'int64'] : ['number', 'float64'];
  return [typeof value, ''];
}

/** The first of them only; the format is apart. */
function checkText(value: string, { bounds, pattern, format }: Node, name: string, errors: Errors): void {
  const { minLength = 0, maxLength = Infinity } = bounds;
  const length = codePoints(value);
  if (length > maxLength) {
    errors.add(name, `${name} in body should be at most ${maxLength} chars long`, (field) => tooLong(field, maxLength));
  } else if (length < minLength) {
    errors.invalid(name, value, `${name} in body should be at least ${minLength} chars long`);
  } else if (pattern !== undefined && !pattern.regExp.test(value)) {
    errors.invalid(name, value, `${name} in body should match '${pattern.source}'`);
  }
  if (format !== '' && !hasFormat(value, format)) {
    const text = `${name} in body must be of type ${format}: ${quoted(value)}`;
    errors.add(name, text, (field) => typeInvalid(field, value, text));
  }
}

function checkItems(list: readonly unknown[], old: unknown, node: Node, name: string, errors: Errors): void {
  const { items, bounds } = node;
  const { minItems = 0, maxItems = Infinity } = bounds;
  if (items !== undefined) {
    for (const [i, item] of list.entries()) check(item, oldItem(old, item, node), items, `${name}[${i}]`, errors);
  }
  if (list.length < minItems) {
    errors.invalid(name, list.length, `${name} in body should have at least ${minItems} items`);
  }
  if (list.length > maxItems) {
    const text = `${name} in body should have at most ${maxItems} items`;
    errors.add(name, text, (field) => tooMany(field, list.length, maxItems));
  }
}

function checkEnum(value: unknown, node: Node, name: string, errors: Errors): void {
  if (node.enum.length === 0 || node.enum.some((allowed) => isMember(value, allowed))) return;
  const allowed = node.enum.map((one) => (typeof one === 'string' ? one : goJson(one)));
  const text = `${name} in body should be one of [${allowed.join(' ')}]`;
  errors.add(name, text, (field) => notSupported(field, value, allowed));
}

/** A fraction counts as a whole number that is allowed: the server converts it before it compares. */
function isMember(value: unknown, allowed: unknown): boolean {
  if (typeof value === 'number' && typeof allowed === 'number' && isInteger(allowed)) {
    return Math.trunc(value) === allowed;
  }
  return goJson(value) === goJson(allowed) && value !== null;
}

function checkFields(value: JsonObject, old: unknown, node: Node, name: string, errors: Errors): void {
  const { minProperties = 0, maxProperties = Infinity } = node.bounds;
  const keys = Object.keys(value);
  if (keys.length < minProperties) {
    errors.invalid(name, keys.length, `${name} in body should have at least ${minProperties} properties`);
  }
  if (keys.length > maxProperties) {
    const text = `${name} in body should have at most ${maxProperties} properties`;
    errors.add(name, text, (field) => tooMany(field, keys.length, maxProperties));
  }
  for (const key of keys) {
    const inner = innerOf(node, key);
    if (inner === undefined) continue;
    // Both versions were made to be of this type.
    const before = name === '' && (key === 'apiVersion' || key === 'kind') ? NONE : oldField(old, key);
    const isProperty = node.properties.has(key);
    check(value[key], before, inner, name === '' && isProperty ? key : `${name}.${key}`, errors);
  }
  for (const key of node.required) {
    if (Object.hasOwn(value, key)) continue;
    errors.add(`${name}.${key}`, `${name}.${key} in body is required`, (field) => required(field));
  }
}
