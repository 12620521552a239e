/** A spec that must be refused: where it says the mistake is, and part of what it says about it. */
export interface Mistake {
  /** Ends the sentence "<kind> refuses …". */
  readonly what: string;
  readonly metadata?: object;
  /** Left out: so is the spec. */
  readonly spec?: object | null;
  readonly field: string;
  readonly says: string;
}

/** A change that must be refused: `spec` is created, `patch` merged into it. */
export interface WrongChange extends Mistake {
  readonly spec: object;
  readonly patch: object;
}

/** Something that must be admitted. */
export interface Taken {
  readonly what: string;
  readonly spec: object;
}

/** What is known of a field: mistakes in it, and values that it takes. */
export interface Field {
  readonly mistakes: readonly Mistake[];
  readonly changes?: readonly WrongChange[];
  /** An ordinary value, where this version takes one. */
  readonly full?: unknown;
  /** A value that meets every bound. */
  readonly edge?: unknown;
  /** Specs that are admitted besides. */
  readonly takes?: readonly Taken[];
  /** Changes that are admitted. */
  readonly grows?: readonly (Taken & { readonly patch: object })[];
  /** Paths for which this version takes no value. */
  readonly never?: readonly string[];
}

/** Where a field is, and a spec that gives it a value. */
interface Spot {
  readonly path: string;
  readonly give: (value: unknown) => object;
}

/** By its path alone, where nothing else has to be given; with one, where something has. */
type Where = string | Spot;

export const long = 'a'.repeat(65_536);

/** One mistake: a value at a place. */
export function wrong(where: Where, value: unknown, says: string, more: Partial<Mistake> = {}): Mistake {
  const { path, give } = spot(where);
  return { what: `${path}: ${shown(value)}`, spec: give(value), field: `spec.${path}`, says, ...more };
}

/** A value that this version does not take, whatever the form: the spec as a whole is refused. */
export function notDone(where: Where, value: unknown, says: string): Mistake {
  return wrong(where, value, says, { field: 'spec' });
}

export function count(where: Where, most: number, least = 0): Field {
  return {
    mistakes: [
      wrong(where, least - 1, `greater than or equal to ${least}`),
      wrong(where, most + 1, `less than or equal to ${most}`),
      wrong(where, String(least), 'must be of type integer: "string"'),
      wrong(where, least + 0.5, 'must be of type integer: "number"'),
    ],
    full: least,
    edge: most,
  };
}

/** A text of at most `most` characters; each of `bad` is told `instead`. */
export function text(
  where: Where,
  most: number,
  instead: string,
  bad: readonly string[],
  { full, edge }: Pick<Field, 'full' | 'edge'>,
): Field {
  return {
    mistakes: [
      ...bad.map((value) => wrong(where, value, instead)),
      wrong(where, 'a'.repeat(most + 1), `may not be more than ${most}`),
      wrong(where, 2025.1, 'must be of type string: "number"'),
      wrong(where, ['a'], 'must be of type string: "array"'),
    ],
    full,
    edge,
  };
}

export function choice(where: Where, values: readonly string[], full = values[0]): Field {
  const supported = `supported values: ${values.map((value) => `"${value}"`).join(', ')}`;
  return {
    mistakes: [
      wrong(where, 'other', supported),
      wrong(where, '', supported),
      wrong(where, 1, 'must be of type string: "integer"'),
    ],
    full,
    edge: full,
  };
}

/** What this version does not do when it is asked for. */
export function flag(where: Where, says: string): Field {
  return {
    mistakes: [notDone(where, true, says), wrong(where, 'yes', 'must be of type boolean: "string"')],
    full: false,
    edge: false,
  };
}

/** A field of this version's that takes no value, whatever its form. */
export function never(field: Field, path: string, good: string, says: string): Field {
  return { mistakes: [...field.mistakes, notDone(path, good, says)], never: [path] };
}

/** An object of fields, made with their whole paths. */
export function group(path: string, fields: Readonly<Record<string, Field>>, more: readonly Mistake[] = []): Field {
  const all = merged(fields);
  return {
    ...all,
    mistakes: [unknownIn(path), wrong(path, [], 'must be of type object: "array"'), ...all.mistakes, ...more],
  };
}

/** All that is known of several fields, their values under their names. */
export function merged(fields: Readonly<Record<string, Field>>): Required<Field> {
  const all = Object.values(fields);
  const values = (of: 'full' | 'edge'): object =>
    Object.fromEntries(Object.entries(fields).flatMap(([name, field]) => (of in field ? [[name, field[of]]] : [])));
  return {
    mistakes: all.flatMap((field) => field.mistakes),
    changes: all.flatMap((field) => field.changes ?? []),
    full: values('full'),
    edge: values('edge'),
    takes: all.flatMap((field) => field.takes ?? []),
    grows: all.flatMap((field) => field.grows ?? []),
    never: all.flatMap((field) => field.never ?? []),
  };
}

export function unknownIn(where: Where): Mistake {
  const { path, give } = spot(where);
  return {
    what: `a field of ${path} that there is not`,
    spec: give({ misspelt: 1 }),
    field: `spec.${path}.misspelt`,
    says: 'unknown field',
  };
}

/** The same field with more to be said of it. */
export function also(field: Field, ...mistakes: readonly Mistake[]): Field {
  return { ...field, mistakes: [...field.mistakes, ...mistakes] };
}

/** The same field with more values that it takes. */
export function taking(field: Field, path: string, ...values: readonly unknown[]): Field {
  return { ...field, takes: values.map((value) => ({ what: `${path}: ${shown(value)}`, spec: at(path, value) })) };
}

function spot(where: Where): Spot {
  return typeof where === 'string' ? { path: where, give: (value) => at(where, value) } : where;
}

/** `{ a: { b: value } }` for `a.b`. */
export function at(path: string, value: unknown): object {
  const [name = '', ...rest] = path.split('.');
  return { [name]: rest.length === 0 ? value : at(rest.join('.'), value) };
}

function shown(value: unknown): string {
  const whole = JSON.stringify(value);
  return whole.length <= 60 ? whole : `${whole.slice(0, 50)}… of ${whole.length} characters`;
}
