/**
 * What is known to have happened and may never be forgotten: the keys of Jobs that succeeded, the identity of the
 * database, digests of generated data. It lies in the status *and* in an annotation of a durable object, so that a lost
 * status runs nothing twice. Digests only, never data.
 */
export interface Ledger {
  /** UID of the custom resource that wrote it last: another one means its data was taken over. */
  readonly owner?: string;
  /** Child → the key its Job succeeded with. */
  readonly jobs: Readonly<Record<string, Key>>;
  /** Child → the image with which its workload was once complete. */
  readonly settled: Readonly<Record<string, string>>;
  /** `<secret>/<key>` → digest of what was generated. */
  readonly digests: Readonly<Record<string, string>>;
  /** Identity of the data: the UID of MariaDB's volume claim. */
  readonly dataID?: string;
  readonly release?: string;
  /** Child → the UID of its volume claim. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Child → what its Job said as it ended well. */
  readonly answers: Readonly<Record<string, string>>;
  /** Annotation → the nonce that was acted on. */
  readonly handled: Readonly<Record<string, string>>;
}

/** What a Job's run stands for: its terms by name. A term that changes means that it has to run again. */
export type Key = Readonly<Record<string, string>>;

export const emptyLedger: Ledger = { jobs: {}, settled: {}, digests: {}, volumes: {}, answers: {}, handled: {} };

/** Later knowledge wins, entry by entry; an entry `undefined` is taken out. */
export function learn(ledger: Ledger, ...lessons: readonly Lesson[]): Ledger {
  let next = ledger;
  for (const lesson of lessons) {
    next = {
      ...next,
      ...(lesson.owner === undefined ? {} : { owner: lesson.owner }),
      ...(lesson.dataID === undefined ? {} : { dataID: lesson.dataID }),
      ...(lesson.release === undefined ? {} : { release: lesson.release }),
      jobs: merge(next.jobs, lesson.jobs),
      settled: merge(next.settled, lesson.settled),
      digests: merge(next.digests, lesson.digests),
      volumes: merge(next.volumes, lesson.volumes),
      answers: merge(next.answers, lesson.answers),
      handled: merge(next.handled, lesson.handled),
    };
  }
  return next;
}

/** News for the ledger. */
export interface Lesson {
  readonly owner?: string | undefined;
  readonly dataID?: string | undefined;
  readonly release?: string | undefined;
  readonly jobs?: Readonly<Record<string, Key | undefined>>;
  readonly settled?: Readonly<Record<string, string | undefined>>;
  readonly digests?: Readonly<Record<string, string | undefined>>;
  readonly volumes?: Readonly<Record<string, string | undefined>>;
  readonly answers?: Readonly<Record<string, string | undefined>>;
  readonly handled?: Readonly<Record<string, string | undefined>>;
}

function merge<V>(
  known: Readonly<Record<string, V>>,
  news: Readonly<Record<string, V | undefined>> | undefined,
): Readonly<Record<string, V>> {
  if (news === undefined) return known;
  const entries = Object.entries({ ...known, ...news }).filter((entry): entry is [string, V] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

/**
 * The ledger of a resource from its two places. The durable one is written first, so it wins; what is not worth a
 * request of its own travels there with the next write only, so the status may know more of that. Text that cannot be
 * read counts as nothing known.
 */
export function readLedger(durable: string | undefined, stored: unknown): Ledger {
  const fromStatus = parseLedger(stored);
  const fromObject = parseLedger(parseJson(durable));
  return learn(emptyLedger, fromStatus, {
    ...fromObject,
    owner: fromStatus.owner ?? fromObject.owner,
    settled: { ...fromObject.settled, ...fromStatus.settled },
    digests: { ...fromObject.digests, ...fromStatus.digests },
  });
}

/** Stable text: equal ledgers give equal text. */
export function ledgerText(ledger: Ledger): string {
  return JSON.stringify(sorted(ledger));
}

/** Whether the durable copy has to be written: what costs nothing when it is lost is not worth a request. */
export function isWorthKeeping(ledger: Ledger, durable: string | undefined): boolean {
  const kept = parseLedger(parseJson(durable));
  return ledgerText(essential(ledger)) !== ledgerText(essential(kept));
}

function essential({ owner: _, ...ledger }: Ledger): Ledger {
  return { ...ledger, settled: {}, digests: {} };
}

/** Names of the terms in which two keys differ. Digests made with different keys cannot be compared and count as equal. */
export function changedTerms(before: Key, after: Key): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.filter((name) => !isSameTerm(before[name], after[name]));
}

const digestPattern = /^[0-9a-f]{8}:[0-9a-f]{32}$/;

export function isSameTerm(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return digestPattern.test(a) && digestPattern.test(b) && a.slice(0, 8) !== b.slice(0, 8);
}

export function keyText(key: Key): string {
  return JSON.stringify(sorted(key));
}

export function parseKey(text: string | undefined): Key | undefined {
  const value = parseJson(text);
  return isObject(value) ? stringsOf(value) : undefined;
}

function parseLedger(value: unknown): Ledger {
  if (!isObject(value)) return emptyLedger;
  const jobs = isObject(value['jobs'])
    ? Object.fromEntries(
        Object.entries(value['jobs']).flatMap(([id, key]) => (isObject(key) ? [[id, stringsOf(key)] as const] : [])),
      )
    : {};
  return {
    ...text(value, 'owner'),
    ...text(value, 'dataID'),
    ...text(value, 'release'),
    jobs,
    settled: stringsOf(value['settled']),
    digests: stringsOf(value['digests']),
    volumes: stringsOf(value['volumes']),
    answers: stringsOf(value['answers']),
    handled: stringsOf(value['handled']),
  };
}

function text<N extends string>(value: Record<string, unknown>, name: N): Partial<Record<N, string>> {
  const found = value[name];
  return typeof found === 'string' ? ({ [name]: found } as Partial<Record<N, string>>) : {};
}

function stringsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function parseJson(value: string | undefined): unknown {
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
