import { quantityValue } from './quantity.ts';

/** Where an object is not what we want: `spec.replicas`, and both values in short. */
export interface Difference {
  readonly path: string;
  readonly wanted: string;
  readonly found: string;
}

/**
 * The first field of `wanted` that `live` does not have, or has otherwise. What the server or others added besides is
 * no difference. Lists of named things are matched by their merge key, as server-side apply does; quantities are
 * compared by value. Neither argument is changed.
 */
export function firstDifference(wanted: unknown, live: unknown, path = ''): Difference | undefined {
  if (live === undefined && isEmpty(wanted)) return undefined;
  if (Array.isArray(wanted)) {
    return Array.isArray(live) ? listDifference(wanted, live, path) : different(wanted, live, path);
  }
  if (isObject(wanted)) {
    if (!isObject(live)) return different(wanted, live, path);
    for (const [key, value] of Object.entries(wanted)) {
      if (value === undefined) continue;
      const found = firstDifference(value, live[key], path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return isSameScalar(wanted, live, path) ? undefined : different(wanted, live, path);
}

/** The keys by which the API merges lists of objects. Tried in order; the first that every wanted item has counts. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
  ownerReferences: ['uid'],
};

function listDifference(wanted: readonly unknown[], live: readonly unknown[], path: string): Difference | undefined {
  const field = path.slice(path.lastIndexOf('.') + 1);
  const key = mergeKeys[field]?.find((name) => wanted.every((item) => isObject(item) && name in item));
  if (key === undefined) {
    if (wanted.length !== live.length) return different(wanted, live, path);
    for (const [index, item] of wanted.entries()) {
      const found = firstDifference(item, live[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const item of wanted) {
    if (!isObject(item)) continue;
    const at = `${path}[${String(item[key])}]`;
    const match = live.find((candidate) => isObject(candidate) && candidate[key] === item[key]);
    const found = firstDifference(item, match, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSameScalar(wanted: unknown, live: unknown, path: string): boolean {
  if (wanted === live) return true;
  if (!/\b(limits|requests|capacity)\./.test(path) && !path.endsWith('sizeLimit')) return false;
  const a = quantityValue(wanted);
  return a !== undefined && a === quantityValue(live);
}

/** What the server leaves out: nothing, an empty text or list, and an object of only such. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === '';
}

function different(wanted: unknown, live: unknown, path: string): Difference {
  return { path, wanted: inShort(wanted), found: inShort(live) };
}

function inShort(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
