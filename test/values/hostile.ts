import fc from 'fast-check';
import type { SecretRef } from '../../src/machines/engine/text.ts';

/** A value, and what is said where it cannot stand; it stands everywhere else. */
export interface Hostile {
  readonly what: string;
  readonly value: string;
  readonly refused?: { readonly as: readonly SecretRef['as'][]; readonly says: string };
}

const broken = { as: ['ini', 'sql', 'option'], says: 'has a line break or a NUL' } as const;
const foreign = { as: ['sql', 'option'], says: 'has characters beyond ASCII' } as const;

export const hostile: readonly Hostile[] = [
  { what: 'letters and digits', value: 'Abc123' },
  { what: 'single quotes', value: `'it''s'` },
  { what: 'one single quote', value: `'` },
  { what: 'double quotes', value: `"say ""x"""` },
  { what: 'one double quote', value: `"` },
  { what: 'a pair of quotes around it', value: `'"x"'` },
  { what: 'backslashes', value: String.raw`\a\\b\\\c` },
  { what: 'a backslash at its end', value: 'x\\' },
  { what: 'a backslash before a quote', value: `\\' \\"` },
  { what: 'escapes of an option file', value: String.raw`\s\t\n\r\b\"\'` },
  { what: 'dollars', value: '$ $$ $$$ $a $1' },
  { what: 'an escaped dollar', value: String.raw`\$ \\$ \$x \\\$$` },
  { what: 'a substitution', value: '${x} $x $database.connection ${DEFAULT.debug}' },
  { what: 'backticks', value: '`id` ``' },
  { what: 'percent signs', value: '% %% %s %(x)s %41 %zz %' },
  { what: 'a comment of an ini file', value: '# x ; y' },
  { what: 'a comment at its end', value: 'x # y' },
  { what: 'comments of SQL', value: '-- x /* y */ /*! z */' },
  { what: 'an open comment of SQL', value: '/*' },
  { what: 'the end of a statement', value: `'; DROP DATABASE mysql; -- ` },
  { what: 'commands of the client', value: String.raw`\g \G \c \q \. /etc/passwd \! id` },
  { what: 'another delimiter', value: 'delimiter //' },
  { what: 'a file to be read', value: 'source /etc/passwd;' },
  { what: 'blanks around it', value: '  x\t ' },
  { what: 'only blanks', value: '   ' },
  { what: 'a section', value: '[section]' },
  { what: 'an assignment', value: '= a = b : c' },
  { what: 'characters that are not seen', value: '\x01\b\t\v\f\x1a\x1b\x7f' },
  { what: 'the parts of a URL', value: 'a:b@c/d?e=f&g#h[i]!j*(k),l+m' },
  { what: 'a path', value: '../../etc/passwd' },
  { what: 'a path of another system', value: String.raw`C:\new\table "x"` },
  { what: 'a pattern of file names', value: '~/*?{a,b}[!c] -rf' },
  { what: 'tags', value: '<b>&amp;</b>' },
  { what: 'a name of JavaScript', value: '__proto__' },
  { what: 'all of printable ASCII', value: Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('') },
  { what: 'letters with accents', value: 'pässwörd é', refused: foreign },
  { what: 'emoji', value: '😀👩‍👩‍👧🏳️‍🌈', refused: foreign },
  { what: 'letters from right to left', value: 'שלום\u202eمرحبا\u200f', refused: foreign },
  { what: 'combining marks', value: 'e\u0301\u0308 \u1112\u1161\u11ab', refused: foreign },
  { what: 'blanks and line separators of Unicode', value: '\u00a0x\u0085y\u2028z\u2029\u3000\ufeff', refused: foreign },
  { what: 'a line break', value: 'x\n[database]\nconnection = y', refused: broken },
  { what: 'a line break at its end', value: 'x\n', refused: broken },
  { what: 'a carriage return', value: 'x\ry', refused: broken },
  { what: 'a NUL', value: 'x\0y', refused: broken },
  { what: '1,024 characters', value: `${'a'.repeat(1023)}'` },
  {
    what: '64 KiB',
    value: `'${'\\'.repeat(32_766)}${'$'.repeat(32_767)}"`,
    refused: { as: ['option'], says: 'is too long' },
  },
  { what: 'nothing', value: '', refused: { as: ['sql', 'option'], says: 'is empty' } },
  {
    what: 'half a character',
    value: 'x\ud83d',
    refused: { as: ['url', 'ini', 'sql', 'option', 'json'], says: 'has half a character' },
  },
];

export function isRefused({ refused }: Hostile, ...as: SecretRef['as'][]): boolean {
  return as.some((each) => refused?.as.includes(each) === true);
}

const ascii = fc.oneof(
  fc.constantFrom(...`$'"\\;#=:@/?&%\`{}[]()|<> \t,.!*~^+-`, '${x}', '$$', '\\$', '--', '/*', '\\g', "';"),
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }).filter((text) => !/[\r\n\0]/.test(text)),
);
const any = fc.oneof(
  ascii,
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => !/[\r\n\0]/.test(c)),
);

/** The same random values each time: of ASCII, none empty, none with a line break. */
export const randomPasswords = fc.sample(fc.string({ unit: ascii, minLength: 1, maxLength: 40 }), {
  seed: 1,
  numRuns: 100,
});

/** The same of all characters; the empty one, too. */
export const randomValues = fc.sample(fc.string({ unit: any, maxLength: 40 }), { seed: 1, numRuns: 500 });
