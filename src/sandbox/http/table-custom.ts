import type { KubeObject } from '../../kube/object.ts';
import { isRecord, type JsonObject, recordsAt } from '../json.ts';
import { ageOf } from './duration.ts';
import { pathReader } from './table-path.ts';
import { count, type Column, NAME, type Printer, text } from './table-printer.ts';

/** By the `additionalPrinterColumns` of the definition; without any, the age. */
export function customPrinter(definition: KubeObject): Printer {
  const known = PRINTERS.get(definition);
  if (known !== undefined) return known;
  const [version] = recordsAt(definition, 'spec', 'versions');
  const listed = recordsAt(version, 'additionalPrinterColumns');
  const columns = listed.length > 0 ? listed : [AGE];
  const read = columns.map(({ jsonPath }) => pathReader(text(jsonPath)));
  const printer: Printer = {
    columns: [NAME, ...columns.map(columnOf)],
    cells: (object, now) => [
      object.metadata.name,
      ...columns.map(({ type }, i) => cellFor(type, read[i]?.(object), now)),
    ],
  };
  PRINTERS.set(definition, printer);
  return printer;
}

// Reading the paths is dear, and a definition that is in the store is never changed.
const PRINTERS = new WeakMap<KubeObject, Printer>();

const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function columnOf({ name, type, format, description, jsonPath, priority }: JsonObject): Column {
  return {
    name: text(name),
    type: text(type),
    format: text(format),
    description: text(description) || `Custom resource definition column (in JSONPath format): ${text(jsonPath)}`,
    priority: count(priority),
  };
}

/** Null for a value that is not of the column's type. */
function cellFor(type: unknown, value: unknown, now: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return plainText(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateText(value, now) : null;
    default:
      return null;
  }
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function dateText(value: string, now: number): string {
  return value === '' || RFC3339.test(value) ? ageOf(value, now) : '<invalid>';
}

/** As Go prints it. */
function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return JSON.stringify(value, sorted).replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  const [digits, exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 21 && (Number.isInteger(value) || power < 6)) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function sorted(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
