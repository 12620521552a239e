import { randomBytes } from 'node:crypto';
import { differencesIn, type Difference } from './difference.ts';
import type { Target } from './http.ts';
import { play, type Exchange } from './play.ts';
import type { Scenario, Subject } from './step.ts';
import type { Transcript } from './transcript.ts';
import { withDefinitions } from './definitions.ts';

/** A request whose answer is not the recorded one. */
export interface Failure {
  readonly scenario: string;
  readonly step: number;
  readonly request: string;
  readonly differences: readonly Difference[];
}

export interface Outcome {
  readonly subject: string;
  readonly requests: number;
  readonly failures: readonly Failure[];
  /** Requests that the sandbox refuses on purpose, and why. */
  readonly refused: readonly string[];
}

/** What a server answers to a subject. */
export async function record(target: Target, subject: Subject): Promise<Transcript> {
  const played = await inTurns(subject.scenarios, (scenario) => playAlone(target, subject, scenario));
  return Object.fromEntries(subject.scenarios.map(({ name }, index) => [name, played[index]!]));
}

/** How a server's answers differ from a transcript. `mayRefuse`: what a scenario marks as refused has to be refused. */
export async function check(
  target: Target,
  subject: Subject,
  transcript: Transcript,
  mayRefuse: boolean,
): Promise<Outcome> {
  const heard = await record(target, subject);
  const failures: Failure[] = [];
  const refused: string[] = [];
  let requests = 0;
  for (const { name } of subject.scenarios) {
    const expected = transcript[name] ?? [];
    const got = heard[name] ?? [];
    for (let step = 0; step < Math.max(expected.length, got.length); step++) {
      requests++;
      const [wanted, answered] = [expected[step], got[step]];
      const request = (answered ?? wanted)!.request;
      if (mayRefuse && answered?.refused !== undefined) refused.push(`${request}: ${answered.refused}`);
      const differences =
        mayRefuse && answered?.refused !== undefined ? notRefused(answered) : between(wanted, answered);
      if (differences.length > 0) failures.push({ scenario: name, step: step + 1, request, differences });
    }
  }
  return { subject: subject.name, requests, failures, refused };
}

/** Runs with the suite's own kinds in place. */
export async function prepared<T>(target: Target, run: () => Promise<T>): Promise<T> {
  return withDefinitions(target, run);
}

const REFUSALS = new Set([406, 415, 501]);

function notRefused({ response: { status } }: Exchange): Difference[] {
  return REFUSALS.has(status) ? [] : [{ path: 'status', expected: 'a refusal', got: status }];
}

function between(wanted: Exchange | undefined, answered: Exchange | undefined): Difference[] {
  if (wanted !== undefined && answered !== undefined) {
    if (requestOf(wanted) === requestOf(answered)) return differencesIn(wanted, answered);
    return [{ path: 'request', expected: 'the one of the transcript: record again', got: answered.request }];
  }
  return [{ path: 'exchange', expected: wanted?.response.status, got: answered?.response.status }];
}

function requestOf({ response: _response, refused: _refused, ...request }: Exchange): string {
  return JSON.stringify(request);
}

const AT_A_TIME = 6;

/** Several at a time; the results in order. */
async function inTurns<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return results;
}

async function playAlone(target: Target, subject: Subject, scenario: Scenario): Promise<Exchange[]> {
  try {
    return await play(target, scenario, `contract-${subject.name}-${randomBytes(4).toString('hex')}`);
  } catch (error) {
    throw new Error(`${subject.name} › ${scenario.name}, on ${target.name}`, { cause: error });
  }
}
