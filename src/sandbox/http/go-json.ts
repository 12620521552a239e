import { isRecord, type JsonObject } from '../json.ts';

/** Reads JSON; what it throws says what Go's decoder says. */
export function goJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(syntaxError(text, error));
  }
}

/** An object in JSON, null standing for an empty one; `into` is the Go type that the server reads it into. */
export function goRecord(text: string, into: string): JsonObject {
  const value = goJson(text);
  if (value === null) return {};
  if (isRecord(value)) return value;
  const sort = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  throw new SyntaxError(`json: cannot unmarshal ${sort} into Go value of type ${into}`);
}

/** The paths of keys that stand twice in one object of a JSON text. */
export function duplicates(text: string): string[] {
  const found: string[] = [];
  const open: { readonly path: string; readonly keys: Set<string> | undefined; key: string; index: number }[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const top = open.at(-1);
    if (token === '{' || token === '[') {
      const path =
        top === undefined ? '' : top.keys === undefined ? `${top.path}[${top.index}]` : joined(top.path, top.key);
      open.push({ path, keys: token === '{' ? new Set() : undefined, key: '', index: 0 });
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ',') {
      if (top !== undefined) top.index++;
    } else if (token.endsWith(':') && top?.keys !== undefined) {
      top.key = String(JSON.parse(token.slice(0, -1).trim()));
      if (top.keys.has(top.key)) found.push(joined(top.path, top.key));
      top.keys.add(top.key);
    }
  }
  return found;
}

const TOKEN = /"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\],]/g;

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function syntaxError(text: string, error: unknown): string {
  const said = error instanceof Error ? error.message : '';
  const at = Number(/at position (\d+)/.exec(said)?.[1] ?? text.length);
  const character = text[at];
  if (character === undefined || /unexpected end/i.test(said)) return 'unexpected end of JSON input';
  return `invalid character '${character}' looking for beginning of value`;
}
