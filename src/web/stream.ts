import type { Response } from 'express';
import type { Clock } from '../kube/ports.ts';
import type { OperatorView } from '../runtime/view.ts';
import type { Reader } from './access.ts';
import { matches, summaryOf, type Filter, type Summary } from './instances.ts';
import { parseKey } from './keys.ts';

/** A resource that changed, or one of whose children did; without a summary: it is gone. */
export interface Change {
  readonly seq: number;
  readonly key: string;
  readonly summary: Summary | undefined;
}

export interface StreamOptions {
  readonly view: OperatorView;
  readonly clock: Clock;
  /** Tells this process from its successors: a place in the stream is one of this process. */
  readonly epoch: string;
  readonly ringSize?: number;
  readonly heartbeatMs?: number;
  /** A client that takes nothing for so long is cut off. */
  readonly stalledMs?: number;
  readonly mostClients?: number;
}

/** The live stream: every client gets the latest of each resource, in order, as fast as it reads. */
export class Stream {
  readonly #options: Required<StreamOptions>;
  readonly #ring: Change[] = [];
  readonly #clients = new Set<Client>();
  readonly #end: () => void;
  #seq = 0;

  constructor(options: StreamOptions) {
    this.#options = { ringSize: 5_000, heartbeatMs: 15_000, stalledMs: 30_000, mostClients: 200, ...options };
    this.#end = options.view.subscribe((key) => this.#changed(key));
  }

  /** Where the world is: `epoch-seq`. Two equal ones mean that nothing changed between. */
  get version(): string {
    return `${this.#options.epoch}-${this.#seq}`;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Bytes that wait for clients that do not read. */
  get queuedBytes(): number {
    return [...this.#clients].reduce((sum, client) => sum + client.queuedBytes, 0);
  }

  /** False: there are too many already, and nothing was sent. */
  open(
    response: Response,
    reader: Reader,
    filter: Filter & { name?: string },
    lastEventId: string | undefined,
  ): boolean {
    if (this.#clients.size >= this.#options.mostClients) return false;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      Connection: 'keep-alive',
    });
    const client = new Client(response, this.#options, reader, filter, () => this.#clients.delete(client));
    this.#clients.add(client);
    const missed = this.#after(lastEventId);
    if (missed === undefined) client.reset(this.version);
    else for (const change of missed) client.tell(change, this.#options.epoch);
    return true;
  }

  close(): void {
    this.#end();
    for (const client of this.#clients) client.close();
  }

  #changed(key: string): void {
    const { view } = this.#options;
    const { kind: name, ...ref } = parseKey(key);
    const kind = view.kinds.find((candidate) => candidate.declaration.kind === name);
    if (kind === undefined) return;
    const cr = view.find(kind, ref);
    const change = { seq: ++this.#seq, key, summary: cr === undefined ? undefined : summaryOf(kind, cr) };
    this.#ring.push(change);
    if (this.#ring.length > this.#options.ringSize) this.#ring.shift();
    for (const client of this.#clients) client.tell(change, this.#options.epoch);
  }

  /** What a client that was here before has missed; undefined where that is not known. */
  #after(lastEventId: string | undefined): readonly Change[] | undefined {
    const [, epoch, digits] = /^(.+)-(\d+)$/.exec(lastEventId ?? '') ?? [];
    if (epoch !== this.#options.epoch || digits === undefined) return undefined;
    const seq = Number(digits);
    const oldest = this.#ring[0]?.seq ?? this.#seq + 1;
    if (seq > this.#seq || seq + 1 < oldest) return undefined;
    return this.#ring.filter((change) => change.seq > seq);
  }
}

/** One connection. What it has not read yet is kept once for each resource: the latest wins. */
class Client {
  readonly #response: Response;
  readonly #reader: Reader;
  readonly #filter: Filter & { name?: string };
  readonly #pending = new Map<string, string>();
  readonly #clock: Clock;
  readonly #stalledMs: number;
  #isBlocked = false;
  #stopBeat = (): void => {};
  #stopWatch = (): void => {};
  #isScheduled = false;

  constructor(
    response: Response,
    { clock, heartbeatMs, stalledMs }: Required<StreamOptions>,
    reader: Reader,
    filter: Filter & { name?: string },
    onClose: () => void,
  ) {
    this.#response = response;
    this.#reader = reader;
    this.#filter = filter;
    this.#clock = clock;
    this.#stalledMs = stalledMs;
    const stopLimit = reader.goodForMs === undefined ? () => {} : clock.after(reader.goodForMs, () => response.end());
    response.on('close', () => {
      stopLimit();
      this.#stopBeat();
      this.#stopWatch();
      this.#pending.clear();
      onClose();
    });
    response.on('drain', () => {
      this.#isBlocked = false;
      this.#stopWatch();
      this.#flush();
    });
    const beat = (): void => {
      if (!this.#isBlocked) this.#write(': still here\n\n');
      this.#stopBeat = clock.after(heartbeatMs, beat);
    };
    this.#stopBeat = clock.after(heartbeatMs, beat);
    this.#write('retry: 1000\n\n');
  }

  get queuedBytes(): number {
    const waiting = [...this.#pending.values()].reduce((sum, text) => sum + text.length, 0);
    return waiting + this.#response.writableLength;
  }

  reset(version: string): void {
    this.#write(`id: ${version}\nevent: reset\ndata: {}\n\n`);
  }

  tell({ seq, key, summary }: Change, epoch: string): void {
    const { kind, namespace, name } = parseKey(key);
    if (!this.#reader.sees(kind, namespace)) return;
    const { name: only, ...filter } = this.#filter;
    if (only !== undefined && name !== only) return;
    // Whether one that is gone would be shown is known by its kind and namespace only.
    const narrowed = {
      ...(filter.kind === undefined ? {} : { kind: filter.kind }),
      ...(filter.namespace === undefined ? {} : { namespace: filter.namespace }),
    };
    const isShown =
      summary === undefined ? matches({ kind, namespace } as Summary, narrowed) : matches(summary, filter);
    const data = JSON.stringify({ key, summary: isShown ? summary : undefined, isShown });
    if (!isShown && !matches({ kind, namespace } as Summary, narrowed)) return;
    // A newer word takes the place of an older one, at the end of the row: ids only ever grow.
    this.#pending.delete(key);
    this.#pending.set(key, `id: ${epoch}-${seq}\nevent: instance\ndata: ${data}\n\n`);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  close(): void {
    this.#response.end();
  }

  #flush(): void {
    for (const [key, text] of this.#pending) {
      if (this.#isBlocked) return;
      this.#pending.delete(key);
      this.#write(text);
    }
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    if (this.#response.write(text)) return;
    this.#isBlocked = true;
    this.#stopWatch();
    this.#stopWatch = this.#clock.after(this.#stalledMs, () => this.#response.destroy());
  }
}
