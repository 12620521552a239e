/**
 * Everything that may differ between two recordings of the same scenario. This list is closed: what is not in it is
 * compared as it is. Where identity matters it is kept: the first UID seen is <uid-1> wherever it occurs again.
 */
export const RULES = [
  ['<uid-N>', 'any UUID: the server draws it'],
  ['<rv-N>', "an object's resourceVersion, also where a message names it: its number depends on all other writes"],
  ['<list-rv>', 'the resourceVersion of a list or bookmark: writes of others move it'],
  ['<oldest-rv>', 'the oldest version that a watch can begin at, in the message of a 410'],
  ['<continue>', 'the token of the next page: opaque by contract'],
  ['<time>, <micro-time>', 'a time within a day of now: when the request was made'],
  ['<object>', "an object quoted whole in a message about a patch: Go's own order of fields"],
  ['<age>', 'a cell of a Table such as 3s: the same'],
  ['{ns}', "the scenario's own namespace"],
  ['<generated-N>', 'the name that the server made from generateName'],
  ['<cluster-ip-N>', 'a Service address that the server chose'],
  ['order of causes', 'and of the same in the message: the server walks a map whose order is random'],
  ['order of managedFields', 'entries of one operation are sorted by time in whole seconds, so the second decides'],
  ['description of a Table column', "a sentence of the Kubernetes project's documentation, shown by no client"],
  ['audit-id and such', 'of the headers, Content-Type and Warning alone are compared'],
] as const;

/** For one scenario, in the order of its answers. */
export class Normaliser {
  readonly #namespace: string;
  readonly #now: number;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(namespace: string, now: number) {
    this.#namespace = namespace;
    this.#now = now;
  }

  of(value: unknown): unknown {
    this.#learn(value);
    return this.#walk(value, '');
  }

  /** Names are known before the first text that mentions them is rewritten. */
  #learn(value: unknown): void {
    if (Array.isArray(value)) {
      for (const item of value) this.#learn(item);
    } else if (isRecord(value)) {
      const { generateName, name } = value;
      if (typeof generateName === 'string' && typeof name === 'string' && name.startsWith(generateName)) {
        const known = [...this.#names.keys()].some((key) => key === name);
        if (!known) this.#names.set(name, `${generateName}<generated-${this.#next('generated')}>`);
      }
      for (const item of Object.values(value)) this.#learn(item);
    }
  }

  #walk(value: unknown, key: string): unknown {
    if (typeof value === 'string') return this.#text(value, key);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#walk(item, key));
      return key === 'managedFields' ? items.sort(byManager) : items;
    }
    if (!isRecord(value)) return value;
    const status = value['kind'] === 'Status' ? withSortedCauses(value) : undefined;
    const isWhole = isListOrBookmark(value);
    const result: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(status ?? value)) {
      if (name === 'description' && key === 'columnDefinitions') continue;
      if (name === 'metadata' && isWhole && isRecord(item)) {
        result[name] = this.#walk(
          item['resourceVersion'] === undefined ? item : { ...item, resourceVersion: WHOLE },
          name,
        );
      } else result[this.#words(name)] = this.#walk(item, name);
    }
    return result;
  }

  #text(text: string, key: string): string {
    if (key === 'resourceVersion') return /^\d+$/.test(text) && text !== '0' ? this.#named('rv', text) : text;
    if (key === 'continue') return '<continue>';
    if ((key === 'clusterIP' || key === 'clusterIPs') && /^(10\.|fd)/.test(text))
      return this.#named('cluster-ip', text);
    if (key === 'cells') return /^(\d+[smhd])+$/.test(text) || text === '<invalid>' ? '<age>' : this.#words(text);
    return this.#words(text);
  }

  #words(text: string): string {
    let result = text
      .replace(OLDEST, '$1(<oldest-rv>)')
      .replace(QUOTED_OBJECT, '$1<object>')
      .replaceAll(this.#namespace, '{ns}')
      .replaceAll(UUID, (uid) => (uid.startsWith('00000000-0000-0000-') ? uid : this.#named('uid', uid)))
      .replaceAll(TIME, (time) => {
        if (Math.abs(Date.parse(time) - this.#now) > 86_400_000) return time;
        return time.includes('.') ? '<micro-time>' : '<time>';
      });
    for (const [name, placeholder] of this.#names) {
      if (placeholder.includes('<generated-')) result = result.replaceAll(name, placeholder);
    }
    return result.replaceAll(VERSION_IN_TEXT, (_, before: string, rv: string) => `${before}${this.#named('rv', rv)}`);
  }

  #named(sort: string, value: string): string {
    const id = `${sort} ${value}`;
    let name = this.#names.get(id);
    if (name === undefined) this.#names.set(id, (name = `<${sort}-${this.#next(sort)}>`));
    return name;
  }

  #next(sort: string): number {
    const count = (this.#counts.get(sort) ?? 0) + 1;
    this.#counts.set(sort, count);
    return count;
  }
}

const WHOLE = '<list-rv>';
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const QUOTED_OBJECT = /(patch: Invalid value: |^Invalid value: )"\{.*\}"/s;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** In sentences about a failed precondition or update. */
const VERSION_IN_TEXT = /(ResourceVersion: |ResourceVersion in record \(|resourceVersion: "?)(\d{2,})/g;
/** What a watch cache still knows. */
const OLDEST = /(too old resource version: \d+ )\(\d+\)/g;

/** A list, or the object of a bookmark: what has a resourceVersion, but neither name nor UID. */
function isListOrBookmark(value: Record<string, unknown>): boolean {
  const { metadata } = value;
  return isRecord(metadata) && metadata['uid'] === undefined && metadata['name'] === undefined && 'kind' in value;
}

function withSortedCauses(status: Record<string, unknown>): Record<string, unknown> {
  const { details, message } = status;
  if (!isRecord(details) || !Array.isArray(details['causes'])) return status;
  const causes = details['causes'] as { field?: string; message?: string }[];
  const lines = causes.map(({ field, message: text }) => `${field}: ${text}`);
  const sorted = causes.toSorted((a, b) => (`${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1));
  return {
    ...status,
    message: String(message).replace(lines.join(', '), () => lines.toSorted().join(', ')),
    details: { ...details, causes: sorted },
  };
}

function byManager(a: unknown, b: unknown): number {
  const [left, right] = [idOf(a), idOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function idOf(entry: unknown): string {
  if (!isRecord(entry)) return '';
  return ['operation', 'manager', 'apiVersion', 'subresource'].map((key) => String(entry[key] ?? '')).join(' ');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
