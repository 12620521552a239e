import { TerminalError } from '../../kube/errors.ts';

/**
 * Text with secrets in it that are not known here: a list of plain strings and references. The value is read from the
 * Secret when the file is written, so neither the cache nor a machine ever holds it.
 */
export type Text = readonly (string | SecretRef)[];

export interface SecretRef {
  readonly secret: string;
  readonly key: string;
  /**
   * How the value is made safe where it stands: inside a URL, as a value of oslo.config's ini, as a password between
   * single quotes of SQL or between double quotes of a MariaDB option file, or between double quotes of JSON.
   */
  readonly as: 'url' | 'ini' | 'sql' | 'option' | 'json';
}

export function secretsIn(text: Text): readonly SecretRef[] {
  return text.filter((part) => typeof part !== 'string');
}

/** Fills the references in. Throws what `read` throws, and TerminalError for a value that its place cannot hold. */
export function fill(text: Text, read: (ref: SecretRef) => string): string {
  return text.map((part) => (typeof part === 'string' ? part : encode(read(part), part))).join('');
}

function encode(value: string, { secret, key, as }: SecretRef): string {
  const why = refusal(value, as);
  if (why !== undefined) throw new TerminalError(`the key '${key}' of Secret/${secret} ${why}`);
  switch (as) {
    case 'url':
      // A percent-encoded value has no `$`, so oslo.config's substitution is not touched either.
      return encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    case 'ini':
      return iniValue(value);
    case 'sql':
      return value.replaceAll('\\', '\\\\').replaceAll("'", "''");
    case 'option':
      return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    case 'json':
      return JSON.stringify(value).slice(1, -1);
  }
}

/** MariaDB takes 4,094 bytes of an option file as a line, and what is after them as the next option. */
const longestOption = 1024;

/** Why the value cannot stand there, and what to do; undefined where it can. */
function refusal(value: string, as: SecretRef['as']): string | undefined {
  if (!value.isWellFormed()) return 'has half a character (a lone surrogate); change it';
  if (as === 'url' || as === 'json') return undefined;
  if (/[\r\n\0]/.test(value))
    return 'has a line break or a NUL, which no configuration file can hold; write it without, as printf or echo -n do';
  if (as === 'ini') return undefined;
  if (value === '') return 'is empty, and a user of the database needs a password; write one';
  // PyMySQL sends a password as Latin-1, MariaDB's client as it is, and SQL is read in the charset of the connection.
  if (/[^\0-\x7f]/.test(value))
    return 'has characters beyond ASCII, and as a password those are not the same to each client; use ASCII only';
  if (as === 'option' && value.length > longestOption)
    return `is too long: an option file of MariaDB holds ${longestOption} characters of a password; shorten it`;
  return undefined;
}

/**
 * Safe as a value for oslo.config: `$` begins a substitution there, `\$` stands for one, and blanks and one pair of quotes
 * around the whole are taken away. Throws on what no ini file can hold.
 */
export function iniValue(value: string): string {
  const why = refusal(value, 'ini');
  if (why !== undefined) throw new TerminalError(`a value of a configuration file ${why}`);
  const text = value.replaceAll(/\\?\$/g, (found) => (found === '$' ? '$$' : '\\\\$'));
  return /^(?:["'].*|.*[^!-~]|[^!-~].*)$/s.test(text) ? `"${text}"` : text;
}

export type Ini = Readonly<Record<string, Readonly<Record<string, string | number | boolean | Text>>>>;

/** An ini file for oslo.config or MariaDB. Plain strings are made safe; a `Text` is taken as it stands. */
export function ini(sections: Ini): Text {
  const out: (string | SecretRef)[] = [];
  for (const [section, values] of Object.entries(sections)) {
    out.push(`${out.length === 0 ? '' : '\n'}[${section}]\n`);
    for (const [key, value] of Object.entries(values)) {
      out.push(`${key} = `);
      if (typeof value === 'object') out.push(...value);
      else out.push(typeof value === 'string' ? iniValue(value) : String(value));
      out.push('\n');
    }
  }
  return out;
}
