import { setTimeout as pause } from 'node:timers/promises';
import type { HttpHead, HttpRequest, HttpStream, Target } from './http.ts';
import { Normaliser } from './normalise.ts';
import type { Call, CollectWatch, OpenWatch, Scenario, Until } from './step.ts';

/** A request and what came back, normalised: what a transcript holds. */
export interface Exchange {
  readonly request: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly compared?: string;
  readonly refused?: string;
  readonly response: Response;
}

export interface Response {
  readonly status: number;
  readonly contentType: string;
  readonly warnings?: readonly string[];
  readonly body?: unknown;
  readonly events?: readonly unknown[];
}

/** Plays a scenario on a server, in a namespace that exists for it alone. Never fails for what the server answers. */
export async function play(target: Target, scenario: Scenario, namespace: string): Promise<Exchange[]> {
  const answers = new Map<string, Body>();
  const streams = new Map<string, { readonly opened: OpenWatch; readonly stream: HttpStream }>();
  const normaliser = new Normaliser(namespace, Date.now());
  const exchanges: Exchange[] = [];
  await furnish(target, namespace);
  try {
    for (const step of scenario.steps) {
      if (step.step === 'call') exchanges.push(await exchange(step));
      else if (step.step === 'watch') {
        const stream = await target.open({ method: 'GET', path: filled(step.path), headers: headersOf(step) });
        streams.set(step.watch, { opened: step, stream });
      } else exchanges.push(await collected(step));
    }
  } finally {
    for (const { stream } of streams.values()) stream.close();
    await target.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, headers: {} }).catch(() => {});
  }
  return exchanges;

  async function exchange(call: Call): Promise<Exchange> {
    const text = typeof call.body === 'string' ? call.body : JSON.stringify(call.body);
    const body = text === undefined ? undefined : filled(text);
    const asked = { method: call.method, path: filled(call.path), headers: headersOf(call), body };
    const { answer, parsed } = await askUntil(target, asked, call.until);
    if (call.as !== undefined) answers.set(call.as, (parsed ?? {}) as Body);
    const seen = call.view === undefined || answer.status >= 400 ? parsed : call.view.of(parsed as never);
    return {
      request: `${call.method} ${call.path}`,
      ...(Object.keys(call.headers).length === 0 ? {} : { headers: call.headers }),
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.view === undefined ? {} : { compared: call.view.name }),
      ...(call.refused === undefined ? {} : { refused: call.refused }),
      response: { ...headPart(answer), ...(seen === undefined ? {} : { body: normaliser.of(seen) }) },
    };
  }

  async function collected({ watch, events }: CollectWatch): Promise<Exchange> {
    const { opened, stream } = streams.get(watch)!;
    const whole = events === 'all' || stream.status >= 400;
    await untilTrue(() => stream.ended || (!whole && stream.lines.length >= events), target.patienceMs);
    const lines = whole ? stream.lines : stream.lines.slice(0, events);
    stream.close();
    return {
      request: `WATCH ${opened.path}`,
      ...(Object.keys(opened.headers).length === 0 ? {} : { headers: opened.headers }),
      response: { ...headPart(stream), events: withoutRepeats(lines.map((line) => normaliser.of(parsedOrText(line)))) },
    };
  }

  function headPart({ status, contentType, warnings }: HttpHead): Response {
    const told = warnings.length === 0 ? {} : { warnings: warnings.map((warning) => String(normaliser.of(warning))) };
    return { status, contentType, ...told };
  }

  function filled(text: string): string {
    return text.replaceAll('{ns}', namespace).replaceAll(REFERENCE, (_, field: string, name: string) => {
      const metadata = answers.get(name)?.metadata ?? {};
      return metadata[FIELDS[field] ?? field] ?? `no-${field}-of-${name}`;
    });
  }
}

interface Body {
  readonly metadata?: Readonly<Record<string, string | undefined>>;
}

const REFERENCE = /\{(uid|rv|name|continue):([\w-]+)\}/g;
const FIELDS: Readonly<Record<string, string>> = { rv: 'resourceVersion' };
const POLL_MS = 40;

function headersOf({ headers }: { readonly headers: Readonly<Record<string, string>> }): Record<string, string> {
  return { Accept: 'application/json', 'User-Agent': 'contract/1 (suite)', ...headers };
}

/** The namespace, and in it what its controllers put into each. */
async function furnish(target: Target, name: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const headers = { 'Content-Type': 'application/json' };
  await target.send({ method: 'POST', path: '/api/v1/namespaces', headers, body: JSON.stringify(object) });
  for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
    const request = { method: 'GET', path: `/api/v1/namespaces/${name}/${path}`, headers: {} };
    await askUntil(target, request, { status: 200 });
  }
}

async function askUntil(target: Target, request: HttpRequest, until: Until | undefined) {
  const last = Date.now() + target.patienceMs;
  for (;;) {
    const answer = await target.send(request);
    const parsed = answer.text === '' ? undefined : parsedOrText(answer.text);
    if (until === undefined || isSo(until, answer.status, parsed) || Date.now() > last) return { answer, parsed };
    await pause(POLL_MS);
  }
}

function isSo(until: Until, status: number, body: unknown): boolean {
  if ('status' in until) return until.status === status;
  if ('items' in until) return (body as { items?: unknown[] }).items?.length === until.items;
  let value = body;
  for (const key of until.at) value = (value as Record<string | number, unknown> | undefined)?.[key];
  return JSON.stringify(value) === JSON.stringify(until.is);
}

async function untilTrue(isTrue: () => boolean, patienceMs: number): Promise<void> {
  const last = Date.now() + patienceMs;
  while (!isTrue() && Date.now() < last) await pause(10);
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** How many equal bookmarks follow each other is a matter of time. */
function withoutRepeats(events: readonly unknown[]): unknown[] {
  const texts = events.map((event) => JSON.stringify(event));
  return events.filter((_, index) => !(texts[index]!.includes('"BOOKMARK"') && texts[index] === texts[index - 1]));
}
