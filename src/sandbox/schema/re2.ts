import { unsupported } from '../refusal.ts';

/**
 * A regular expression of Go as one of JavaScript that matches the same texts. What the two could understand
 * differently is refused.
 */
export function regExpFor(source: string): RegExp {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const made = translate(source);
  cache.set(source, made);
  return made;
}

const cache = new Map<string, RegExp>();

function translate(source: string): RegExp {
  const refuse = (what: string): never => {
    throw unsupported(`${what} in the regular expression ${source}`);
  };
  const ignoreCase = source.startsWith('(?i)');
  let rest = ignoreCase ? source.slice(4) : source;
  let out = '';
  let inClass = false;
  const take = (pattern: RegExp): string | undefined => {
    const text = pattern.exec(rest)?.[0];
    if (text !== undefined) rest = rest.slice(text.length);
    return text;
  };
  for (; rest.length > 0;) {
    const escape = take(/^\\(x\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{2}|[^])?/u);
    if (escape !== undefined) {
      out += escapeFor(escape, inClass) ?? refuse(escape);
    } else if (inClass) {
      if (/^\[[:.=]/.test(rest)) refuse('a named class');
      const char = take(/^[^]/u) ?? '';
      if (char === ']') inClass = false;
      out += char === '[' ? '\\[' : char;
    } else {
      const opening = take(/^\[\^?\]?/);
      const repeat = take(/^\{\d+(,\d*)?\}/);
      if (opening !== undefined) {
        inClass = true;
        // A bracket that closes right away is a member in Go, the end in JavaScript.
        out += opening.replace(']', '\\]');
      } else if (repeat !== undefined) {
        if ((repeat.match(/\d+/g) ?? []).some((count) => Number(count) > 1000)) refuse(repeat);
        out += repeat;
      } else {
        const char = take(/^(\(\?:|[^])/u) ?? '';
        if (char === '(' && rest.startsWith('?')) refuse(`(${rest.slice(0, 2)}`);
        out += char === '.' ? '[^\\n]' : char;
      }
    }
  }
  if (ignoreCase && /\\b/i.test(out)) refuse('\\b with (?i)');
  try {
    return new RegExp(out, ignoreCase ? 'iu' : 'u');
  } catch {
    return refuse('something');
  }
}

/** An escape of Go in JavaScript; undefined where it is refused. */
function escapeFor(escape: string, inClass: boolean): string | undefined {
  const code = /^\\x\{?([0-9a-fA-F]+)/.exec(escape)?.[1];
  if (code !== undefined) return Number.parseInt(code, 16) > 0x10ffff ? undefined : `\\u{${code}}`;
  const char = escape.slice(1);
  if (char in CONTROLS) return CONTROLS[char];
  if (char in CLASSES) {
    const members = CLASSES[char] ?? '';
    if (!inClass) return `[${members}]`;
    return members.startsWith('^') ? undefined : members;
  }
  if (!inClass && (char === 'b' || char === 'B')) return escape;
  if (!inClass && char === 'z') return '$';
  if (!inClass && char === 'A') return '^';
  // Go lets any punctuation of ASCII be escaped; by its number it means itself everywhere.
  if (/^[!-/:-@[-`{-~]$/.test(char)) return `\\u{${char.charCodeAt(0).toString(16)}}`;
  return undefined;
}

const CONTROLS: Readonly<Record<string, string>> = {
  a: '\\u{7}',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
};
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  D: '^0-9',
  s: '\\t\\n\\f\\r ',
  S: '^\\t\\n\\f\\r ',
  w: '0-9A-Za-z_',
  W: '^0-9A-Za-z_',
};
