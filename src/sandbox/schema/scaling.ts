import { isRecord, type JsonObject, recordAt } from '../json.ts';
import { type FieldError, invalidValue } from './field-error.ts';

/** Where a custom resource keeps its replicas: what it wants as the spec, what it has in the status. */
export interface ScalePaths {
  readonly spec: string;
  readonly status: string;
}

/** Of a version of a definition; undefined where it has no subresource scale. */
export function scalePathsOf(version: JsonObject): ScalePaths | undefined {
  const scale = recordAt(version, 'subresources')['scale'];
  if (!isRecord(scale)) return undefined;
  return { spec: String(scale['specReplicasPath']), status: String(scale['statusReplicasPath']) };
}

/** What is wrong with the replicas at `path`, such as `.spec.replicas`. */
export function scaleFaults(object: JsonObject, path: string): FieldError[] {
  const steps = path.split('.').slice(1);
  let value: unknown = object;
  for (const [i, step] of steps.entries()) {
    const next: unknown = isRecord(value) ? value[step] : undefined;
    if (next === undefined || next === null) return [];
    const isLast = i === steps.length - 1;
    if (!isLast && !isRecord(next)) return [inaccessible(path, next, 'map[string]interface{}')];
    value = next;
  }
  if (typeof value !== 'number' || !Number.isInteger(value)) return [inaccessible(path, value, 'int64')];
  if (value < 0) return [invalidValue(path, value, 'should be a non-negative integer')];
  return value > LARGEST ? [invalidValue(path, value, `should be less than or equal to ${LARGEST}`)] : [];
}

const LARGEST = 2 ** 31 - 1;

function inaccessible(path: string, value: unknown, wanted: string): FieldError {
  const shown = Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
  return invalidValue(path, 0, `${path} accessor error: ${shown} is of the type ${goType(value)}, expected ${wanted}`);
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isRecord(value)) return 'map[string]interface {}';
  return typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : typeof value;
}
