import { eventFaults, pauseFaults, requestFaultsFor, type EventFault, type RequestFault } from './faults.ts';
import type { Defect } from './fleet.ts';
import type { Weather } from './network.ts';
import { differences } from './oracle.ts';
import { simulate, type Report } from './simulation.ts';
import type { Workload } from './workload.ts';

/** One fault at one place of a workload; `pair` with two processes, of which one leads. */
export interface Strike {
  readonly workload: Workload;
  readonly pair: boolean;
  readonly place: 'request' | 'event';
  readonly number: number;
  readonly fault: RequestFault | EventFault;
}

/** The same for every run: what happens does not depend on where the fault strikes. */
const seed = 1;

/** How a workload goes when nothing goes wrong; no defect is in it, whatever is being tried. */
export class Calm {
  readonly #known = new Map<string, Promise<Report>>();

  of(workload: Workload, pair = false): Promise<Report> {
    const key = `${workload.name} ${pair}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = simulate(workload, { seed, weather: undefined, size: pair ? 2 : 1 });
      this.#known.set(key, found);
    }
    return found;
  }
}

/**
 * Every fault that each request can have, once at each request, and each fault of a stream at each event. Pauses need two
 * processes, of which the second takes over.
 */
export function strikesOn(workload: Workload, calm: Report, pair: boolean): Strike[] {
  const strikes = calm.log.flatMap((request): Strike[] =>
    (pair ? pauseFaults : requestFaultsFor(request)).map((fault) => ({
      workload,
      pair,
      place: 'request',
      number: request.number,
      fault,
    })),
  );
  if (pair) return strikes;
  for (let number = 1; number <= calm.events; number++)
    for (const fault of eventFaults) strikes.push({ workload, pair, place: 'event', number, fault });
  return strikes;
}

/** Runs it; what is wrong comes back beside the report. */
export async function strike(calm: Calm, { workload, pair, place, number, fault }: Strike, defect: Defect = {}) {
  const hits = (where: string, at: number): boolean => where === place && at === number;
  const weather: Weather = {
    request: (request) => (hits('request', request.number) ? (fault as RequestFault) : undefined),
    event: (at) => (hits('event', at) ? (fault as EventFault) : undefined),
    latencyMs: () => 1,
    lagMs: () => 0,
  };
  const report = await simulate(workload, { seed, weather, size: pair ? 2 : 1, defect });
  return { report, wrong: [...report.breaches, ...differences(await calm.of(workload), report, excuses(report))] };
}

/**
 * A write that left in time may arrive after everything was finished and cleared away; the Job that drops a database is
 * the one whose name is free by then. Its owner is gone, so that it is collected, and it drops only what is there.
 */
export function excuses({ faults }: Report): (what: string) => boolean {
  const isLate = faults.some((fault) => /^(late|very late|pause)/.test(fault));
  return (what) => isLate && what.endsWith('-db-drop');
}

/** What replays it. */
export function commandFor({ workload, pair, place, number, fault }: Strike): string {
  return `npm run test:simulation -- exhaustive --workload '${workload.name}' --fault '${fault}' --at '${place} ${number}'${pair ? ' --pair' : ''}`;
}
