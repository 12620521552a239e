import { readFileSync } from 'node:fs';
import { apply, get, kubectl, until } from './kubectl.ts';
import { client } from './openstack.ts';

/** What `requests.py` asks. */
export const asked = ['login', 'keystone', 'glance', 'image bytes', 'placement', 'neutron', 'nova'] as const;
export type Asked = (typeof asked)[number];

interface Reply {
  /** Milliseconds, as of `Date.now()`. */
  readonly at: number;
  readonly took: number;
  readonly service: Asked;
  readonly ok: boolean;
  readonly error?: string;
}

/** When a service did not answer as it should: from the first such request to the end of the last one. */
export interface Outage {
  readonly from: number;
  readonly to: number;
  /** When the last request that failed was begun. */
  readonly last: number;
  readonly failed: number;
  readonly errors: readonly string[];
}

const pod = 'requests';
const program = readFileSync(new URL('requests.py', import.meta.url), 'utf8');

/** Requests that go on until the Pod is taken away. One that runs already stays. */
export async function startRequests(namespace: string, keystone: string): Promise<void> {
  const there = (await get(namespace, 'pod', pod))?.['status'] as { phase?: string } | undefined;
  if (there?.phase !== 'Running') {
    await stopRequests(namespace);
    await apply(client(namespace, pod, ['/var/lib/kolla/venv/bin/python3', '-c', program], { keystone }));
  }
  await answering(namespace, Date.now(), 180);
}

export async function stopRequests(namespace: string): Promise<void> {
  await kubectl(['delete', 'pod', '-n', namespace, pod, '--ignore-not-found', '--grace-period=1']);
}

/** Until each of them has had three good answers in a row, all asked for after `since`. */
export async function answering(namespace: string, since: number, seconds: number): Promise<void> {
  let waiting: readonly Asked[] = asked;
  try {
    await until(
      'every API to answer',
      seconds,
      async () => {
        const said = await replies(namespace, since).catch(() => []);
        waiting = asked.filter((service) => {
          const own = said.filter((reply) => reply.service === service).slice(-3);
          return own.length < 3 || own.some(({ ok }) => !ok);
        });
        return waiting.length === 0;
      },
      1000,
    );
  } catch (error) {
    throw new Error(`${waiting.join(', ')}: no three good answers in a row`, { cause: error });
  }
}

/** The answers to all that was asked from then on. */
export async function replies(namespace: string, since: number): Promise<Reply[]> {
  const args = ['logs', '-n', namespace, pod, `--since-time=${new Date(since).toISOString()}`];
  const lines = (await kubectl(args)).trim().split('\n');
  return lines
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Reply)
    .map((reply) => ({ ...reply, at: reply.at * 1000, took: reply.took * 1000 }))
    .filter(({ at }) => at >= since);
}

/** Of each that failed at all. */
export function outages(said: readonly Reply[]): Map<Asked, Outage> {
  const found = new Map<Asked, Outage>();
  for (const service of asked) {
    const failed = said.filter((reply) => reply.service === service && !reply.ok).toSorted((a, b) => a.at - b.at);
    const [first] = failed;
    if (first === undefined) continue;
    found.set(service, {
      from: first.at,
      to: Math.max(...failed.map(({ at, took }) => at + took)),
      last: failed.at(-1)?.at ?? first.at,
      failed: failed.length,
      errors: [...new Set(failed.map(({ error }) => error ?? ''))],
    });
  }
  return found;
}
