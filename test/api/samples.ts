import type { Random } from '../../src/kube/ports.ts';

/** A random schema of a CustomResourceDefinition, and random values that mostly keep it. */
export interface Sample {
  readonly schema: Schema;
  /** A value to begin with, and one to change it to. */
  readonly values: readonly (readonly [first: unknown, second: unknown])[];
}

type Schema = Readonly<Record<string, unknown>>;

export function sampleOf(random: Random, pairs: number): Sample {
  const dice = diceOf(random);
  const schema = schemaFor(dice, 3, false);
  const values = Array.from({ length: pairs }, () => {
    const first = valueFor(schema, dice);
    return [first, changed(first, schema, dice)] as const;
  });
  return { schema, values };
}

/** Everything is allowed: what objects are made with before the schema above is theirs. */
export const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

interface Dice {
  readonly chance: (probability: number) => boolean;
  readonly upTo: (most: number) => number;
  readonly one: <T>(of: readonly T[]) => T;
}

function diceOf(random: Random): Dice {
  const upTo = (most: number): number => Math.floor(random.fraction() * (most + 1));
  return {
    upTo,
    chance: (probability) => random.fraction() < probability,
    one: (of) => {
      const drawn = of[upTo(of.length - 1)];
      if (drawn === undefined) throw new Error('nothing to draw from');
      return drawn;
    },
  };
}

const KEYS = ['a', 'b', 'c', 'd'] as const;
const WORDS = [
  '',
  'a',
  'ab',
  'b',
  'c',
  'aaa',
  'größe',
  '漢',
  '\u{1f600}',
  'a b',
  'A',
  '1k',
  '1Ki',
  '1.5Gi',
  '-2m',
  'x"y',
  'a\nb',
  '<&>',
];
const DATES = ['2026-01-02T03:04:05Z', '2026-02-30T00:00:00Z', '2026-01-02t03:04:05.123+01:00', '2026-01-02', 'soon'];
const NUMBERS = [-3, 0, 1, 2, 3, 5, 6, 0.5, 2.5, 1e-7, 3e9, 1e21, 123456789.25];
const RULES = {
  string: [
    'self.size() <= 2',
    "self.matches(r'^[ab]*$')",
    "self.matches('(?i)^a')",
    'self == oldSelf',
    "self != 'b' && self != 'c'",
    "self in ['a', 'ab', 'größe']",
    'isQuantity(self)',
    "quantity(self).compareTo(quantity('1Ki')) < 0",
    "!isQuantity(self) || quantity(self).compareTo(quantity('1k')) >= 0",
  ],
  integer: ['self <= 3', 'self in [1, 2, 5]', 'self >= oldSelf', 'self != 3 || self == 0', '!(self > 2)'],
  number: ['self < 2.5', 'self == oldSelf'],
  boolean: ['self', '!self', 'self == true'],
  texts: ['self.all(x, x.size() <= 2)', "self.exists(x, x == 'a')", 'size(self) != 2', "'a' in self"],
  map: [
    "self.all(k, k.matches('^[abc]$'))",
    "!('b' in self)",
    'self.size() < 3',
    'has(self.a)',
    "self.exists(k, k == 'a')",
  ],
  object: ['has(self.a)', '!has(self.a) || has(self.b)', 'has(self.a) == has(oldSelf.a)'],
} as const;

function schemaFor(dice: Dice, depth: number, isPlain: boolean): Schema {
  const kinds = [
    'string',
    'string',
    'integer',
    'number',
    'boolean',
    ...(depth > 0 ? ['object', 'object', 'array', 'map', 'listMap', 'any'] : []),
  ];
  const kind = dice.one(isPlain ? ['string', 'integer'] : kinds);
  const nullable = !isPlain && dice.chance(0.08) ? { nullable: true } : {};
  const ruled = (of: keyof typeof RULES): object => ('nullable' in nullable ? {} : rulesFor(of, dice));
  switch (kind) {
    case 'string': {
      if (!isPlain && dice.chance(0.1)) return { type: 'string', format: 'date-time', ...nullable };
      if (!isPlain && dice.chance(0.1)) return { 'x-kubernetes-int-or-string': true, ...nullable };
      return {
        type: 'string',
        maxLength: dice.one([1, 2, 5, 20]),
        ...maybe(dice, 0.2, () => ({ minLength: 1 })),
        ...maybe(dice, 0.3, () => ({
          pattern: dice.one(['^[ab]*$', '^[^\\r\\n\\x00]*$', '(?i)^A', '^\\w+\\.?\\d*$', 'a|b']),
        })),
        ...maybe(dice, 0.2, () => ({ enum: ['a', 'ab', ''] })),
        ...defaulted(dice, isPlain, 'a'),
        ...nullable,
        ...ruled('string'),
      };
    }
    case 'integer':
      return {
        type: 'integer',
        ...maybe(dice, 0.5, () => ({ minimum: dice.upTo(2), ...maybe(dice, 0.4, () => ({ exclusiveMinimum: true })) })),
        ...maybe(dice, 0.5, () => ({
          maximum: 2 + dice.upTo(4),
          ...maybe(dice, 0.4, () => ({ exclusiveMaximum: true })),
        })),
        ...maybe(dice, 0.2, () => ({ multipleOf: 2 })),
        ...maybe(dice, 0.2, () => ({ enum: [1, 2, 5] })),
        ...maybe(dice, 0.3, () => ({ format: dice.one(['int32', 'int64', 'unheard-of']) })),
        ...nullable,
        ...ruled('integer'),
      };
    case 'number':
      return {
        type: 'number',
        ...maybe(dice, 0.4, () => ({ minimum: 0.25 })),
        ...maybe(dice, 0.4, () => ({ maximum: 2.75, exclusiveMaximum: true })),
        ...maybe(dice, 0.3, () => ({ multipleOf: dice.one([0.5, 2]) })),
        ...maybe(dice, 0.2, () => ({ format: dice.one(['float', 'double']) })),
        ...nullable,
        ...ruled('number'),
      };
    case 'boolean':
      return { type: 'boolean', ...nullable, ...ruled('boolean') };
    case 'array': {
      const isOfTexts = dice.chance(0.5);
      const items = isOfTexts ? { type: 'string', maxLength: 5 } : schemaFor(dice, depth - 1, false);
      const isSet = isOfTexts && dice.chance(0.4);
      return {
        type: 'array',
        maxItems: 1 + dice.upTo(3),
        ...maybe(dice, 0.3, () => ({ minItems: 1 })),
        items,
        ...(isSet ? { 'x-kubernetes-list-type': 'set' } : {}),
        ...nullable,
        ...(isOfTexts ? ruled('texts') : {}),
      };
    }
    case 'map':
      return {
        type: 'object',
        maxProperties: 1 + dice.upTo(3),
        ...maybe(dice, 0.2, () => ({ minProperties: 1 })),
        additionalProperties: schemaFor(dice, depth - 1, dice.chance(0.6)),
        ...nullable,
        ...ruled('map'),
      };
    case 'listMap': {
      const keys = dice.one([['a'], ['a', 'b']]);
      const properties = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, schemaFor(dice, 0, key !== 'c')]));
      return {
        type: 'array',
        maxItems: 4,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': keys,
        items: { type: 'object', required: keys, properties },
        ...nullable,
      };
    }
    case 'any':
      return dice.chance(0.5) ? anything : { type: 'object', ...anything, properties: { a: { type: 'integer' } } };
    default: {
      const names = KEYS.slice(0, 1 + dice.upTo(3));
      const properties = Object.fromEntries(names.map((name) => [name, schemaFor(dice, depth - 1, false)]));
      const mayRule = ['a', 'b'].every((name) => name in properties && isOfOneType(properties[name]));
      return {
        type: 'object',
        properties,
        ...maybe(dice, 0.3, () => ({ required: [dice.one(names)] })),
        ...maybe(dice, 0.2, () => ({ maxProperties: 2 })),
        ...nullable,
        ...(mayRule ? ruled('object') : {}),
      };
    }
  }
}

/** Only of such fields can the sandbox's rules speak. */
function isOfOneType(schema: Schema | undefined): boolean {
  return (
    schema?.['type'] !== undefined &&
    schema['nullable'] !== true &&
    schema['format'] !== 'date-time' &&
    !('x-kubernetes-preserve-unknown-fields' in schema) &&
    (schema['type'] !== 'array' || isOfOneType(schema['items'] as Schema))
  );
}

function maybe(dice: Dice, probability: number, part: () => object): object {
  return dice.chance(probability) ? part() : {};
}

function defaulted(dice: Dice, isPlain: boolean, value: unknown): object {
  return !isPlain && dice.chance(0.2) ? { default: value } : {};
}

function rulesFor(type: keyof typeof RULES, dice: Dice): object {
  if (!dice.chance(0.45)) return {};
  const rule = dice.one<string>(RULES[type]);
  const reason = dice.one(['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate']);
  const withReason = dice.chance(0.2) ? { reason } : {};
  return {
    'x-kubernetes-validations': [
      { rule, ...maybe(dice, 0.6, () => ({ message: `mind ${rule.length} things` })), ...withReason },
    ],
  };
}

function valueFor(schema: Schema, dice: Dice): unknown {
  if (dice.chance(0.04)) return null;
  if (dice.chance(0.05)) return dice.one<unknown>(['text', 7, 1.5, true, [], {}, { a: 1 }, [1], [{ a: 1 }]]);
  switch (schema['type']) {
    case 'string':
      return dice.one(schema['format'] === undefined ? WORDS : DATES);
    case 'integer':
      return dice.chance(0.9) ? dice.upTo(6) : dice.one(NUMBERS);
    case 'number':
      return dice.one(NUMBERS);
    case 'boolean':
      return dice.chance(0.5);
    case 'array':
      return Array.from({ length: dice.upTo(4) }, () => valueFor(schema['items'] as Schema, dice));
    case 'object': {
      const properties = schema['properties'] as Record<string, Schema> | undefined;
      const values = schema['additionalProperties'] as Schema | undefined;
      const keys = KEYS.filter(() => dice.chance(properties === undefined ? 0.4 : 0.7));
      const unknown = { type: 'string' };
      const given = keys.filter((key) => properties === undefined || key in properties || dice.chance(0.15));
      return Object.fromEntries(given.map((key) => [key, valueFor(properties?.[key] ?? values ?? unknown, dice)]));
    }
    case undefined:
      return schema['x-kubernetes-int-or-string'] === true
        ? dice.one<unknown>([1, 'a', 1.5])
        : dice.one<unknown>([1, 'a', { x: { y: 1 } }, [1, { z: 2 }]]);
    default:
      throw new Error(`no value of type ${String(schema['type'])}`);
  }
}

/** Mostly as it was. */
function changed(value: unknown, schema: Schema, dice: Dice): unknown {
  if (dice.chance(0.15)) return valueFor(schema, dice);
  if (Array.isArray(value)) {
    const items = (schema['items'] ?? {}) as Schema;
    const kept = value.filter(() => dice.chance(0.9)).map((item: unknown) => changed(item, items, dice));
    return dice.chance(0.3) ? kept.toReversed() : kept;
  }
  if (typeof value !== 'object' || value === null) return value;
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  const values = (schema['additionalProperties'] ?? {}) as Schema;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, changed(item, properties[key] ?? values, dice)]),
  );
}
