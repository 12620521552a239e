import { type ASTNode, parse } from '@marcbachmann/cel-js';
import { isRecord, type JsonObject } from '../json.ts';
import { unsupported } from '../refusal.ts';
import { type CelType, celTypeOf, fieldOf, isOrdered, isSameType, mismatchOf } from './cel-types.ts';
import { codePoints } from './go-text.ts';
import type { Node } from './node.ts';
import { parseQuantity, type QuantityError } from './quantity.ts';
import { regExpFor } from './re2.ts';

/** A rule that can be asked of a value. Throws `CelError` where the server's evaluation fails. */
export interface Program {
  /** It compares with the value before: asked on updates only. */
  readonly usesOldSelf: boolean;
  run(self: unknown, oldSelf: unknown): boolean;
}

/** An expression that has no value, in the words of the server: `no such key: …`. */
export class CelError extends Error {
  override readonly name = 'CelError';
}

/**
 * Compiles a rule of a schema's place. The types are those of the schema, as on the server; whatever is not emulated
 * exactly (functions, types, conversions) is refused here rather than when it is run.
 */
export function compileRule(rule: string, node: Node, isRoot: boolean): Program {
  let ast: ASTNode;
  try {
    ({ ast } = parse(rule));
  } catch (cause) {
    throw unsupported(`the CEL rule ${rule}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const self = celTypeOf(node, isRoot);
  const compiler = new Compiler(rule);
  const { type, run } = compiler.compile(
    ast,
    new Map([
      ['self', self],
      ['oldSelf', self],
    ]),
  );
  if (type.is !== 'bool') throw unsupported(`the CEL rule ${rule}: it is no yes or no`);
  return {
    usesOldSelf: compiler.usesOldSelf,
    run: (now, before) => run({ self: now, oldSelf: before }) as boolean,
  };
}

type Env = Record<string, unknown>;
type Scope = ReadonlyMap<string, CelType>;
type Run = (env: Env) => unknown;

interface Expression {
  readonly type: CelType;
  readonly run: Run;
}

const BOOL: CelType = { is: 'bool' };
const INT: CelType = { is: 'int' };
const STRING: CelType = { is: 'string' };
const QUANTITY: CelType = { is: 'quantity' };

class Compiler {
  usesOldSelf = false;
  readonly #rule: string;

  constructor(rule: string) {
    this.#rule = rule;
  }

  compile(ast: ASTNode, scope: Scope): Expression {
    const node = ast as Ast;
    switch (node.op) {
      case 'value':
        return this.#literal(node.args);
      case 'id': {
        const type = scope.get(node.args) ?? this.#refuse(`the name ${node.args}`);
        if (node.args === 'oldSelf') this.usesOldSelf = true;
        return { type, run: (env) => typed(env[node.args], type) };
      }
      case '.':
        return this.#select(node.args[0], node.args[1], scope);
      case 'list': {
        const items = node.args.map((item) => this.compile(item, scope));
        const [first] = items;
        if (first === undefined || !items.every(({ type }) => isSameType(type, first.type)))
          this.#refuse('a mixed list');
        return { type: { is: 'list', items: first?.type ?? STRING }, run: (env) => items.map(({ run }) => run(env)) };
      }
      case '!_': {
        const inner = this.#bool(node.args, scope);
        return { type: BOOL, run: (env) => inner(env) !== true };
      }
      case '&&':
      case '||':
        return {
          type: BOOL,
          run: either(
            node.op === '||',
            node.args.map((arg) => this.#bool(arg, scope)),
          ),
        };
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#compare(node.op, node.args, scope);
      case 'in':
        return this.#in(node.args, scope);
      case 'call':
        return this.#call(node.args[0], node.args[1], scope);
      case 'rcall':
        return this.#method(node.args[0], node.args[1], node.args[2], scope);
    }
    return this.#refuse(`operator ${(node as { op: string }).op}`);
  }

  #literal(value: unknown): Expression {
    if (typeof value === 'string') return { type: STRING, run: () => value };
    if (typeof value === 'boolean') return { type: BOOL, run: () => value };
    if (typeof value === 'number') return { type: { is: 'double' }, run: () => value };
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) {
      const int = Number(value);
      return { type: INT, run: () => int };
    }
    return this.#refuse('a literal');
  }

  #select(target: ASTNode, field: string, scope: Scope): Expression {
    const from = this.compile(target, scope);
    const type = fieldOf(from.type, field) ?? this.#refuse(`the field ${field}`);
    return {
      type,
      run: (env) => {
        const holder = from.run(env);
        if (!hasField(holder, field, from.type)) throw new CelError(`no such key: ${field}`);
        return typed(holder[field], type);
      },
    };
  }

  #compare(op: string, [left, right]: readonly [ASTNode, ASTNode], scope: Scope): Expression {
    const a = this.compile(left, scope);
    const b = this.compile(right, scope);
    const isEquality = op === '==' || op === '!=';
    const isKnown = isEquality ? isOrdered(a.type) || ['string', 'bool'].includes(a.type.is) : isOrdered(a.type);
    if (!isSameType(a.type, b.type) || !isKnown) this.#refuse(`${op} of ${a.type.is} and ${b.type.is}`);
    const decide = COMPARISONS[op] ?? this.#refuse(`operator ${op}`);
    return { type: BOOL, run: (env) => decide(a.run(env) as number, b.run(env) as number) };
  }

  #in([left, right]: readonly [ASTNode, ASTNode], scope: Scope): Expression {
    const item = this.compile(left, scope);
    const holder = this.compile(right, scope);
    const { type } = holder;
    if (type.is === 'map' && item.type.is === 'string') {
      const values = celTypeOf(type.values);
      return {
        type: BOOL,
        run: (env) => {
          const key = item.run(env) as string;
          const all = holder.run(env) as JsonObject;
          return Object.hasOwn(all, key) && typed(all[key], values) !== undefined;
        },
      };
    }
    const isScalar = ['string', 'int', 'bool'].includes(item.type.is);
    if (type.is !== 'list' || !isScalar || !isSameType(type.items, item.type)) {
      return this.#refuse(`${item.type.is} in ${type.is}`);
    }
    return {
      type: BOOL,
      run: (env) => {
        const wanted = item.run(env);
        return decide(true, holder.run(env) as unknown[], (one) => typed(one, type.items) === wanted);
      },
    };
  }

  #call(name: string, args: readonly ASTNode[], scope: Scope): Expression {
    const [first] = args;
    if (args.length !== 1 || first === undefined) return this.#refuse(`function ${name}`);
    if (name === 'has') {
      const { op, args: parts } = first as Ast;
      if (op !== '.') return this.#refuse('has() of no field');
      const from = this.compile(parts[0], scope);
      const field = parts[1];
      const type = fieldOf(from.type, field) ?? this.#refuse(`the field ${field}`);
      return {
        type: BOOL,
        run: (env) => {
          const holder = from.run(env);
          return hasField(holder, field, from.type) && typed(holder[field], type) !== undefined;
        },
      };
    }
    const arg = this.compile(first, scope);
    if (name === 'size') return this.#size(arg);
    if (arg.type.is !== 'string') return this.#refuse(`${name}(${arg.type.is})`);
    if (name === 'isQuantity') {
      return { type: BOOL, run: (env) => typeof parseQuantity(arg.run(env) as string) === 'bigint' };
    }
    if (name === 'quantity') return { type: QUANTITY, run: (env) => quantityIn(arg.run(env) as string) };
    return this.#refuse(`function ${name}`);
  }

  #method(name: string, target: ASTNode, args: readonly ASTNode[], scope: Scope): Expression {
    const self = this.compile(target, scope);
    if ((name === 'all' || name === 'exists') && args.length === 2) return this.#fold(name, self, args, scope);
    if (name === 'size' && args.length === 0) return this.#size(self);
    const [first] = args;
    if (args.length !== 1 || first === undefined) return this.#refuse(`function ${name}`);
    const arg = this.compile(first, scope);
    if (name === 'matches' && self.type.is === 'string') {
      const { op, args: pattern } = first as Ast;
      if (op !== 'value' || typeof pattern !== 'string') return this.#refuse('matches() of what is no literal');
      const regExp = regExpFor(pattern);
      return { type: BOOL, run: (env) => regExp.test(self.run(env) as string) };
    }
    if (name === 'compareTo' && self.type.is === 'quantity' && arg.type.is === 'quantity') {
      return { type: INT, run: (env) => order(self.run(env) as bigint, arg.run(env) as bigint) };
    }
    return this.#refuse(`function ${self.type.is}.${name}`);
  }

  #size({ type, run }: Expression): Expression {
    if (type.is === 'string') return { type: INT, run: (env) => codePoints(run(env) as string) };
    if (type.is === 'list') return { type: INT, run: (env) => (run(env) as unknown[]).length };
    if (type.is === 'map') return { type: INT, run: (env) => Object.keys(run(env) as object).length };
    return this.#refuse(`size(${type.is})`);
  }

  #fold(name: string, over: Expression, [variable, body]: readonly ASTNode[], scope: Scope): Expression {
    const { op, args: id } = (variable ?? {}) as Ast;
    if (op !== 'id' || body === undefined) return this.#refuse(`${name}()`);
    if (over.type.is !== 'list' && over.type.is !== 'map') return this.#refuse(`${name}() of ${over.type.is}`);
    const item = over.type.is === 'list' ? over.type.items : STRING;
    const holds = this.#bool(body, new Map([...scope, [id, item]]));
    const decisive = name === 'exists';
    return {
      type: BOOL,
      run: (env) => {
        const all = over.run(env);
        const items: readonly unknown[] = isRecord(all) ? Object.keys(all) : (all as unknown[]);
        return decide(decisive, items, (one) => holds({ ...env, [id]: one }));
      },
    };
  }

  #bool(ast: ASTNode, scope: Scope): Run {
    const { type, run } = this.compile(ast, scope);
    if (type.is !== 'bool') this.#refuse(`${type.is} as a yes or no`);
    return run;
  }

  #refuse(what: string): never {
    throw unsupported(`CEL ${what} in the rule ${this.#rule}`);
  }
}

/** The shapes that are compiled; the parser has more. */
type Ast =
  | { op: 'value'; args: unknown }
  | { op: 'id'; args: string }
  | { op: '.'; args: [ASTNode, string] }
  | { op: 'list'; args: ASTNode[] }
  | { op: '!_'; args: ASTNode }
  | { op: '&&' | '||' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in'; args: [ASTNode, ASTNode] }
  | { op: 'call'; args: [string, ASTNode[]] }
  | { op: 'rcall'; args: [string, ASTNode, ASTNode[]] };

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function either(decisive: boolean, runs: readonly Run[]): Run {
  return (env) => decide(decisive, runs, (run) => run(env));
}

/** `||` (decisive true) or `&&` (false) over all: one that decides makes up for others that fail. */
function decide<T>(decisive: boolean, all: readonly T[], ask: (one: T) => unknown): boolean {
  let failed: unknown;
  for (const one of all) {
    try {
      if (ask(one) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failed ??= error;
    }
  }
  if (failed !== undefined) throw failed;
  return !decisive;
}

/** A null of an object counts as left out, one of a map does not. */
function hasField(holder: unknown, field: string, type: CelType): holder is JsonObject {
  if (!isRecord(holder) || !Object.hasOwn(holder, field)) return false;
  return type.is === 'map' || holder[field] !== null;
}

/** Values that were let pass though they break the schema have no value in CEL. */
function typed(value: unknown, type: CelType): unknown {
  const mismatch = mismatchOf(value, type);
  if (mismatch !== undefined) throw new CelError(`invalid data, ${mismatch}`);
  return value;
}

function quantityIn(text: string): bigint {
  const value: bigint | QuantityError = parseQuantity(text);
  if (typeof value === 'bigint') return value;
  throw new CelError(value.says);
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
