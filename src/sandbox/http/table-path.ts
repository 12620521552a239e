import { isRecord } from '../json.ts';

type Step = (value: unknown) => unknown[];

/**
 * Reads the first value at a path of a printer column: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]` and
 * `[?(@.type=="Ready")]`. A path that asks for more than that finds nothing.
 */
export function pathReader(path: string): (object: object) => unknown {
  const steps = stepsOf(path);
  if (steps === undefined) return () => undefined;
  return (object) => steps.reduce<unknown[]>((found, step) => found.flatMap(step), [object])[0];
}

const FIELD = /^\.?((?:[^.[\\]|\\.)+)/;
const QUOTED = /^\[(?:'([^']*)'|"([^"]*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const ANY = /^(?:\[\*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@((?:[^()'"=!<>\s]|\\.)+)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^\s()]+)\s*)?\)\]/;

function stepsOf(path: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = path;
  while (rest !== '') {
    const [length, step] = stepAt(rest) ?? [];
    if (length === undefined || step === undefined) return undefined;
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function stepAt(path: string): [number, Step] | undefined {
  const any = ANY.exec(path);
  if (any !== null) return [any[0].length, childrenOf];
  const filter = FILTER.exec(path);
  if (filter !== null) return [filter[0].length, filterStep(filter[1] ?? '', filter[2], filter[3])];
  const index = INDEX.exec(path);
  if (index !== null)
    return [index[0].length, (value) => (Array.isArray(value) ? present(value.at(Number(index[1]))) : [])];
  const quoted = QUOTED.exec(path);
  if (quoted !== null) return [quoted[0].length, fieldStep(quoted[1] ?? quoted[2] ?? '')];
  const field = FIELD.exec(path);
  if (field !== null) return [field[0].length, fieldStep((field[1] ?? '').replaceAll(/\\(.)/g, '$1'))];
  return undefined;
}

function fieldStep(name: string): Step {
  return (value) => (isRecord(value) ? present(value[name]) : []);
}

function present(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return isRecord(value)
    ? Object.keys(value)
        .sort()
        .map((key) => value[key])
    : [];
}

function filterStep(path: string, operator: string | undefined, literal = ''): Step {
  const read = pathReader(path);
  const wanted = literalOf(literal);
  const holds = (item: unknown): boolean => {
    if (!isRecord(item)) return false;
    const value = read(item);
    return value !== undefined && (operator === undefined || compare(value, operator, wanted));
  };
  return (value) => childrenOf(value).filter(holds);
}

function literalOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const quoted = /^(["'])(.*)\1$/.exec(text);
  return quoted === null ? Number(text) : quoted[2];
}

function compare(value: unknown, operator: string, wanted: unknown): boolean {
  if (operator === '!=') return value !== wanted;
  if (operator === '==') return value === wanted;
  if (typeof value !== typeof wanted || (typeof value !== 'number' && typeof value !== 'string')) return false;
  const other = wanted as typeof value;
  if (operator === '<') return value < other;
  if (operator === '<=') return value <= other;
  return operator === '>' ? value > other : value >= other;
}
