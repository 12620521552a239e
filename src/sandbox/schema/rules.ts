import { isRecord } from '../json.ts';
import { CelError, compileRule, type Program } from './cel.ts';
import { isUnchanged, NONE, oldField, oldItem } from './correlation.ts';
import { duplicate, type FieldError, forbidden, invalidValue, OMITTED, required } from './field-error.ts';
import { pathTo } from './lists.ts';
import type { Node, RuleSource } from './node.ts';
import { unsupported } from '../refusal.ts';

/** The rules of a schema's place and of those below, compiled. */
export interface RuleTree {
  readonly node: Node;
  readonly rules: readonly Rule[];
  readonly properties: ReadonlyMap<string, RuleTree>;
  readonly values: RuleTree | undefined;
  readonly items: RuleTree | undefined;
  /** Values that kept all rules against themselves: asked no more while nothing changes. */
  readonly settled: WeakSet<object>;
}

interface Rule {
  readonly source: RuleSource;
  readonly program: Program;
}

export interface RuleFindings {
  readonly errors: FieldError[];
  /** What is wrong and was wrong before: let pass with a warning. */
  readonly warnings: FieldError[];
}

/** Undefined where there is no rule. `hasOld`: an old value can be told here; the items of plain lists have none. */
export function ruleTreeOf(node: Node, isRoot = true, hasOld = true): RuleTree | undefined {
  if (!node.hasRules) return undefined;
  const properties = [...node.properties].flatMap(([name, inner]) => {
    const tree = ruleTreeOf(inner, false, hasOld);
    return tree === undefined ? [] : [[name, tree] as const];
  });
  return {
    node,
    rules: node.rules.map((source) => {
      const program = compileRule(checked(source).rule, node, isRoot);
      if (program.usesOldSelf && !hasOld)
        throw unsupported(`oldSelf in items that cannot be told apart: ${source.rule}`);
      return { source, program };
    }),
    properties: new Map(properties),
    values: node.values === undefined ? undefined : ruleTreeOf(node.values, false, hasOld),
    items: node.items === undefined ? undefined : ruleTreeOf(node.items, false, hasOld && node.list === 'map'),
    settled: new WeakSet(),
  };
}

/** Asks every rule of a value that keeps its schema. `old` is `NONE` for a new one. */
export function checkRules(value: unknown, old: unknown, tree: RuleTree): RuleFindings {
  const findings: RuleFindings = { errors: [], warnings: [] };
  check(value, old, tree, '', () => false, findings);
  return findings;
}

/** `wasSame` tells of the nearest value around that has an old one. */
function check(
  value: unknown,
  old: unknown,
  tree: RuleTree,
  path: string,
  wasSame: () => boolean,
  findings: RuleFindings,
): void {
  if (value === null || value === undefined) return;
  const isSettling = value === old && typeof value === 'object';
  if (isSettling && tree.settled.has(value)) return;
  const before = findings.errors.length + findings.warnings.length;
  const isSame = old === NONE ? wasSame : (): boolean => isUnchanged(value, old, tree.node);
  for (const rule of tree.rules) ask(rule, value, old, tree.node, path, isSame, findings);
  if (Array.isArray(value)) {
    const { items } = tree;
    if (items !== undefined) {
      for (const [i, item] of value.entries()) {
        check(item, oldItem(old, item, tree.node), items, `${path}[${i}]`, isSame, findings);
      }
    }
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      const inner = tree.properties.get(key) ?? (tree.node.properties.has(key) ? undefined : tree.values);
      if (inner === undefined) continue;
      check(value[key], oldField(old, key), inner, pathTo(path, key, tree.node), isSame, findings);
    }
  }
  if (isSettling && findings.errors.length + findings.warnings.length === before) tree.settled.add(value);
}

function ask(
  { source, program }: Rule,
  value: unknown,
  old: unknown,
  node: Node,
  path: string,
  isSame: () => boolean,
  { errors, warnings }: RuleFindings,
): void {
  if (program.usesOldSelf && (old === NONE || old === null)) return;
  const said = source.message?.trim() ?? '';
  try {
    if (program.run(value, old)) return;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const detail = `${error.message} evaluating rule: ${said || source.rule.trim()}`;
    errors.push(invalidValue(path || '<nil>', node.types[0] ?? '', detail));
    return;
  }
  const at = [path, source.fieldPath?.slice(1) ?? ''].filter((part) => part !== '').join('.') || '<nil>';
  const shown = typeof value === 'object' ? OMITTED : value;
  const error = errorFor(source.reason, at, shown, said || `failed rule: ${source.rule.trim()}`);
  (!program.usesOldSelf && isSame() ? warnings : errors).push(error);
}

function errorFor(reason: string | undefined, field: string, value: unknown, detail: string): FieldError {
  if (reason === 'FieldValueForbidden') return forbidden(field, detail);
  if (reason === 'FieldValueRequired') return required(field, detail);
  return reason === 'FieldValueDuplicate' ? duplicate(field, value) : invalidValue(field, value, detail);
}

/** Refuses what a rule has beyond a message, a reason and a plain path. */
function checked(source: RuleSource): RuleSource {
  const other = Object.keys(source).find((key) => !['rule', 'message', 'reason', 'fieldPath'].includes(key));
  if (other !== undefined) throw unsupported(`${other} of the CEL rule ${source.rule}`);
  if (source.fieldPath !== undefined && !/^(\.[A-Za-z0-9_]+)+$/.test(source.fieldPath)) {
    throw unsupported(`the fieldPath ${source.fieldPath}`);
  }
  return source;
}
