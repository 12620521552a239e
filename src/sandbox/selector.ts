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
/** One requirement, or the server's words for why it is none. */
function parseLabelSelector(text: string): ((labels: Labels) => boolean)[] {
  const tokens = [...text.matchAll(TOKEN)].map(([, token = '']) => token);
  const requirements: ((labels: Labels) => boolean)[] = [];
  let at = 0;
  const refuse = (why: string): never => {
    throw badRequest(`unable to parse requirement: ${why}`);
  };
  const word = (): string => {
    const found = tokens[at++] ?? '';
    return isWord(found) ? found : refuse(`found '${found}', expected: identifier`);
  };
  const list = (): Set<string> => {
    if (tokens[at] !== '(') refuse(`found '${tokens[at] ?? ''}' expected: '('`);
    const values = new Set<string>();
    for (at++; tokens[at] !== ')'; at++) {
      const token = tokens[at];
      if (token === undefined) return refuse("found '', expected: ',', ')' or identifier");
      if (token !== ',') values.add(token);
      else if (tokens[at - 1] === '(' || tokens[at + 1] === ')' || tokens[at + 1] === ',') values.add('');
    }
    at++;
    return values;
  };
  const requirement = (): ((labels: Labels) => boolean) => {
    if (tokens[at] === '!') {
      at++;
      const key = word();
      return (labels) => labels[key] === undefined;
    }
    const key = word();
    const operator = tokens[at];
    if (operator === undefined || operator === ',') return (labels) => labels[key] !== undefined;
    at++;
    switch (operator) {
      case 'in':
      case 'notin': {
        const values = list();
        return operator === 'in'
          ? (labels) => labels[key] !== undefined && values.has(labels[key])
          : (labels) => labels[key] === undefined || !values.has(labels[key]);
      }
      case '=':
      case '==':
      case '!=': {
        const next = tokens[at];
        const value = next === undefined || next === ',' ? '' : word();
        return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
      }
      case '>':
      case '<': {
        const bound = word();
        if (!/^-?\d+$/.test(bound)) refuse(`for 'Gt', 'Lt' operators, the value must be an integer`);
        return (labels) => {
          const value = labels[key];
          if (value === undefined || !/^-?\d+$/.test(value)) return false;
          return operator === '>' ? Number(value) > Number(bound) : Number(value) < Number(bound);
        };
      }
      default:
        return refuse(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  };
  while (at < tokens.length) {
    requirements.push(requirement());
    if (at < tokens.length && tokens[at++] !== ',')
      refuse(`found '${tokens[at - 1] ?? ''}', expected: ',' or 'end of string'`);
  }
  return requirements;
}

const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)\s*/g;

function isWord(token: string): boolean {
  return token !== '' && !/^[=!<>(),]/.test(token);
}

function parseFieldSelector(kind: string, text: string): Selector[] {
  return termsOf(text).map((term) => {
    const [, field, operator, value] = /^([\w.]+)(==|=|!=)(.*)$/.exec(term) ?? [];
    if (field === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const equals = operator !== '!=';
    if (field !== 'metadata.name' && field !== 'metadata.namespace') {
      if (!hasFieldLabel(kind, field)) throw badRequest(unknownField(kind, field));
      return (object) => (fieldLabel(object, field) === value) === equals;
    }
    const part = field === 'metadata.name' ? 'name' : 'namespace';
    return (object) => ((object.metadata[part] ?? '') === value) === equals;
  });
}

function unknownField(kind: string, field: string): string {
  if (!PLAIN_FIELDS.has(kind)) return `field label not supported: ${field}`;
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** Kinds without fields of their own to select by, as the server words it for them. */
const PLAIN_FIELDS = new Set([
  'ConfigMap',
  'DaemonSet',
  'Deployment',
  'Lease',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'ServiceAccount',
  'StatefulSet',
]);

/** Splits at commas outside parentheses. */
function termsOf(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}
