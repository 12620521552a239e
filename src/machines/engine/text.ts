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
   * How the value is made safe where it stands: inside a URL, as a value of oslo.config's ini, between single quotes
   * of SQL, or between double quotes of a MariaDB option file or of JSON.
   */
  readonly as: 'url' | 'ini' | 'sql' | 'option' | 'json';
}

export function secretsIn(text: Text): readonly SecretRef[] {
  return text.filter((part) => typeof part !== 'string');
}

/** Fills the references in. Throws what `read` throws. */
export function fill(text: Text, read: (ref: SecretRef) => string): string {
  return text.map((part) => (typeof part === 'string' ? part : encode(read(part), part.as))).join('');
}

function encode(value: string, as: SecretRef['as']): string {
  switch (as) {
    case 'url':
      // A percent-encoded value has no `$`, so oslo.config's substitution is not touched either.
      return encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    case 'ini':
      return iniValue(value);
    case 'sql':
      refuseLineBreaks(value);
      return value.replaceAll('\\', '\\\\').replaceAll("'", "''");
    case 'json':
      return JSON.stringify(value).slice(1, -1);
    case 'option':
      refuseLineBreaks(value);
      return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  }
}

function refuseLineBreaks(value: string): void {
  if (/[\r\n\0]/.test(value))
    throw new TerminalError('a value with a line break or a NUL cannot stand in a configuration file; change it');
}

/**
 * Safe as a value for oslo.config: `$` begins a substitution there, `\$` stands for one, and blanks and one pair of quotes
 * around the whole are taken away. Throws on what no ini file can hold.
 */
export function iniValue(value: string): string {
  refuseLineBreaks(value);
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
