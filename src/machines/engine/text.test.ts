import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../kube/errors.ts';
import { fill, ini, iniValue, secretsIn, type SecretRef, type Text } from './text.ts';

/** Characters that mean something somewhere, and others. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'$\'"\\;#=:@/?&%`{}[]()|<> \t,.!*~^+-', '${x}', '$x', 'é', '漢', '😀', '\u0085', '\u2028'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((text) => !/[\r\n\0]/.test(text)),
  ),
  maxLength: 24,
});
/** What a password of the database may be. */
const ascii = hostile.map((text) => text.replaceAll(/[^\0-\x7f]/g, '~')).filter((text) => text !== '');
const breaks = fc.constantFrom('a\nb', '\r', 'x\r\ny', 'a\0b', '\n', '[x]\nkey = y');

const secret = (as: SecretRef['as'], before: string, after: string): Text => [
  before,
  { secret: 's', key: 'k', as },
  after,
];
const put = (text: Text, value: string): string => fill(text, () => value);

/** `mysql --execute`: what stands between single quotes, as MariaDB reads it. */
function parseSql(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "'") continue;
    let value = '';
    for (at++; ; at++) {
      if (at >= text.length) throw new Error('a string does not end');
      if (text[at] === '\\') value += text[++at];
      else if (text[at] === "'" && text[at + 1] === "'") value += text[++at];
      else if (text[at] === "'") break;
      else value += text[at];
    }
    found.push(value);
  }
  return found;
}

/** A quoted value of a MariaDB option file: escapes are \b \t \n \r \s \\ \" \'. */
function parseOption(line: string): string {
  const quoted = /^password = "(.*)"$/su.exec(line)?.[1];
  if (quoted === undefined) throw new Error('not quoted');
  const meaning: Record<string, string> = { b: '\b', t: '\t', n: '\n', r: '\r', s: ' ' };
  let value = '';
  for (let at = 0; at < quoted.length; at++) {
    if (quoted[at] === '"') throw new Error('the value ends before its end');
    if (quoted[at] !== '\\') value += quoted[at];
    else value += meaning[quoted[++at] ?? ''] ?? quoted[at];
  }
  return value;
}

/** As oslo.config reads it: sections, `key = value`, one pair of quotes taken away, then `$` substituted. */
function parseOslo(text: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of text.split('\n').map((each) => each.trimEnd())) {
    if (line === '' || /^[#;]/.test(line)) continue;
    if (line.startsWith('[')) {
      section = sections[line.slice(1, -1)] ??= {};
      continue;
    }
    const equal = line.indexOf('=');
    if (equal < 0 || /^\s/.test(line)) throw new Error(`no assignment: ${line}`);
    let value = line.slice(equal + 1).trim();
    if (value !== '' && value.at(0) === value.at(-1) && /^["']/.test(value)) value = value.slice(1, -1);
    section[line.slice(0, equal).trim()] = value
      .replaceAll('\\$', '$$$$')
      .replaceAll(/\$\$|\$\{?[A-Za-z_]+\}?/g, (found) => (found === '$$' ? '$' : '(substituted)'));
  }
  return sections;
}

describe('a secret value', () => {
  it('survives as the password of a URL', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const url = new URL(put(secret('url', 'mysql+pymysql://keystone:', '@mariadb.ns.svc:3306/keystone'), value));
        expect(decodeURIComponent(url.password)).toBe(value);
        expect([url.host, url.pathname, url.search, url.hash]).toEqual(['mariadb.ns.svc:3306', '/keystone', '', '']);
      }),
      { numRuns: 500 },
    );
  });

  it('as a URL stands in an ini file without anything that oslo.config would substitute, quote or comment', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const text = secret('url', '', '');
        expect(put(text, value)).toMatch(/^[A-Za-z0-9%._~-]*$/);
        expect(parseOslo(put(ini({ database: { connection: text } }), value))['database']?.['connection']).toBe(
          put(text, value),
        );
      }),
    );
  });

  it('survives between single quotes of SQL, and ends no statement', () => {
    fc.assert(
      fc.property(ascii, (value) => {
        const text: Text = [...secret('sql', "ALTER USER 'k'@'%' IDENTIFIED BY '", "';\nGRANT ALL TO 'k'@'%';\n")];
        expect(parseSql(put(text, value))).toEqual(['k', '%', value, 'k', '%']);
      }),
      { numRuns: 500 },
    );
  });

  it('survives between double quotes of a MariaDB option file', () => {
    fc.assert(
      fc.property(ascii, (value) => {
        expect(parseOption(put(secret('option', 'password = "', '"'), value))).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it('survives as a value of oslo.config, with its neighbours', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const text = ini({ one: { before: 'b', password: secret('ini', '', ''), after: 1 }, two: { x: true } });
        expect(parseOslo(put(text, value))).toEqual({
          one: { before: 'b', password: value, after: '1' },
          two: { x: 'true' },
        });
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['ini', 'sql', 'option'] as const)('with a line break or a NUL is refused as %s', (as) => {
    fc.assert(
      fc.property(breaks, (value) => {
        expect(() => put(secret(as, '', ''), value)).toThrow('line break');
      }),
    );
  });

  it('survives between double quotes of JSON, with line breaks', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, breaks), (value) => {
        const text = put(secret('json', '{"password":"', '","after":1}'), value);
        expect(JSON.parse(text)).toEqual({ password: value, after: 1 });
      }),
    );
  });

  it.each([
    { value: 'pässwort', as: 'sql', says: 'beyond ASCII', symptom: 'denies the login: PyMySQL sends Latin-1' },
    { value: '😀', as: 'option', says: 'beyond ASCII', symptom: 'denies the login: SQL reads another charset' },
    { value: '', as: 'sql', says: 'is empty', symptom: 'lets everybody in' },
    { value: '', as: 'option', says: 'is empty', symptom: 'lets everybody in' },
    { value: 'x'.repeat(1025), as: 'option', says: 'is too long', symptom: 'reads its end as another option' },
    {
      value: 'x\ud83d',
      as: 'url',
      says: 'half a character',
      symptom: 'ends in a URIError that is tried again for ever',
    },
  ] as const)('as $as $says, which otherwise $symptom', ({ value, as, says }) => {
    expect(() => put(secret(as, '', ''), value)).toThrow(TerminalError);
    expect(() => put(secret(as, '', ''), value)).toThrow(`the key 'k' of Secret/s`);
    expect(() => put(secret(as, '', ''), value)).toThrow(says);
  });

  it('with a line break is one line in a URL', () => {
    fc.assert(
      fc.property(breaks, (value) => {
        const encoded = put(secret('url', '', ''), value);
        expect(encoded).not.toMatch(/[\r\n\0]/);
        expect(decodeURIComponent(encoded)).toBe(value);
      }),
    );
  });
});

describe('fill', () => {
  it('reads every reference, and changes nothing else', () => {
    const text: Text = ["'$ ", { secret: 'a', key: 'x', as: 'url' }, " \\'", { secret: 'b', key: 'y', as: 'sql' }];
    expect(fill(text, ({ secret: name, key }) => `${name}'${key}`)).toBe("'$ a%27x \\'b''y");
    expect(secretsIn(text).map((ref) => ref.secret)).toEqual(['a', 'b']);
  });

  it('throws what reading throws', () => {
    expect(() =>
      fill(secret('url', '', ''), () => {
        throw new Error('gone');
      }),
    ).toThrow('gone');
  });
});

describe('ini', () => {
  it('keeps plain strings from being substituted, and refuses line breaks in them', () => {
    expect(put(ini({ DEFAULT: { a: '$b', n: 3 } }), '')).toBe('[DEFAULT]\na = $$b\nn = 3\n');
    expect(() => iniValue('x\n[other]')).toThrow('line break');
  });
});
