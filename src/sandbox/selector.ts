import { ApiError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import { fieldLabel, hasFieldLabel } from './field-labels.ts';
import { badRequest } from './refusal.ts';

export type Selector = (object: KubeObject) => boolean;
type Labels = Readonly<Record<string, string>>;

/** Label and field selector of a list or watch as one predicate; undefined when everything matches. */
export function selectorFor(
  kind: string,
  options: { labelSelector?: string; fieldSelector?: string },
): Selector | undefined {
  const labels = parseLabelSelector(options.labelSelector ?? '');
  const fields = parseFieldSelector(kind, options.fieldSelector ?? '');
  if (labels.length === 0 && fields.length === 0) return undefined;
  return (object) =>
    labels.every((holds) => holds(object.metadata.labels ?? NO_LABELS)) && fields.every((holds) => holds(object));
}

/** The `matchLabels` and `matchExpressions` of a workload's selector. */
export function hasLabels(object: KubeObject, selector: unknown): boolean {
  const { matchLabels, matchExpressions } = (selector ?? {}) as {
    matchLabels?: Labels;
    matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
  };
  const labels = object.metadata.labels ?? NO_LABELS;
  for (const key in matchLabels) if (labels[key] !== matchLabels[key]) return false;
  return (matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const listed = value !== undefined && values.includes(value);
    return operator === 'In' ? listed : !listed;
  });
}

const NO_LABELS: Labels = {};
const KEY = '[A-Za-z0-9][A-Za-z0-9_./-]*';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUAL = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([A-Za-z0-9_.-]*)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

function parseLabelSelector(text: string): ((labels: Labels) => boolean)[] {
  return termsOf(text).map((term) => {
    const set = SET.exec(term);
    if (set !== null) {
      const [, key = '', operator, list = ''] = set;
      const values = new Set(list.split(',').map((value) => value.trim()));
      return operator === 'in'
        ? (labels) => labels[key] !== undefined && values.has(labels[key])
        : (labels) => labels[key] === undefined || !values.has(labels[key]);
    }
    const equal = EQUAL.exec(term);
    if (equal !== null) {
      const [, key = '', operator, value] = equal;
      return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
    }
    const exists = EXISTS.exec(term);
    if (exists !== null) {
      const [, not, key = ''] = exists;
      return not === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
    }
    throw new ApiError('BadRequest', `unable to parse requirement: ${term}`, { code: 400 });
  });
}

function parseFieldSelector(kind: string, text: string): Selector[] {
  return termsOf(text).map((term) => {
    const [, field, operator, value] = /^([\w.]+)(==|=|!=)(.*)$/.exec(term) ?? [];
    if (field === undefined) throw new ApiError('BadRequest', `invalid selector: '${term}'`, { code: 400 });
    const equals = operator !== '!=';
    if (field !== 'metadata.name' && field !== 'metadata.namespace') {
      if (!hasFieldLabel(kind, field)) throw badRequest(`field label not supported: ${field}`);
      return (object) => (fieldLabel(object, field) === value) === equals;
    }
    const part = field === 'metadata.name' ? 'name' : 'namespace';
    return (object) => ((object.metadata[part] ?? '') === value) === equals;
  });
}

/** Splits at commas outside parentheses. */
function termsOf(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}
