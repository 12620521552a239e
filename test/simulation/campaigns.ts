import { Calm, commandFor, strike, strikesOn } from './exhaustive.ts';
import type { Defect } from './fleet.ts';
import { run, scheduleOf } from './random.ts';
import { clouds } from './clouds.ts';
import type { Workload } from './workload.ts';
import { workloads } from './workloads.ts';

type Say = (line: string) => void;

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export interface Choice {
  readonly every: number;
  readonly pair: boolean;
  readonly fault?: string | undefined;
  readonly at?: string | undefined;
}

/** Workloads of one campaign, and the option that chooses them. A seed means another run in another list. */
export interface Repertoire {
  readonly among: readonly Workload[];
  readonly option: '' | ' --clouds';
}

export const services: Repertoire = { among: workloads, option: '' };
export const wholeClouds: Repertoire = { among: clouds, option: ' --clouds' };

/** Each fault once at each place. */
export async function exhaustive({ among, option }: Repertoire, choice: Choice, say: Say): Promise<Tally> {
  const { every, pair, fault, at } = choice;
  const calm = new Calm();
  let passed = 0;
  let failed = 0;
  let steps = 0;
  for (const workload of among) {
    const undisturbed = await calm.of(workload, pair);
    const strikes = strikesOn(workload, undisturbed, pair)
      .filter((one) => fault === undefined || one.fault === fault)
      .filter(({ place, number }) => at === undefined || `${place} ${number}` === at)
      .filter((_, index) => index % every === 0);
    let violations = 0;
    for (const one of strikes) {
      const { wrong, report } = await strike(calm, one);
      steps += report.steps;
      if (wrong.length === 0) continue;
      violations += 1;
      say(`${workload.name}: ${one.fault} at ${one.place} ${one.number}: ${wrong.join('; ')}`);
      say(`  replay: ${commandFor(one)}${option}`);
    }
    say(
      `${workload.name}: ${strikes.length} runs, ${undisturbed.requests} requests and ${undisturbed.events} events each, ${violations} violations`,
    );
    passed += strikes.length - violations;
    failed += violations;
  }
  say(`${passed + failed} runs, ${steps} steps (requests, events and changes, the invariants looked at after each)`);
  return { passed, failed };
}

/** Random schedules, each from its own seed, until there were so many or the time is used up. */
export async function storms(
  { among, option }: Repertoire,
  { seed: first, runs, cpuSeconds }: { readonly seed: number; readonly runs: number; readonly cpuSeconds: number },
  say: Say,
): Promise<Tally> {
  const calm = new Calm();
  const begun = process.cpuUsage();
  const used = (): number => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  const faults = new Map<string, number>();
  const over = new Map<string, number>();
  let [steps, pairs, failed, seed] = [0, 0, 0, first];
  for (; seed < first + runs && used() < cpuSeconds && failed < 10; seed++) {
    const schedule = scheduleOf(seed, among);
    const { report, wrong } = await run(calm, schedule);
    steps += report.steps;
    pairs += schedule.pair ? 1 : 0;
    count(over, schedule.workload.name);
    for (const fault of report.faults) count(faults, fault.slice(0, fault.indexOf(' at ')));
    if ((seed - first + 1) % 1000 === 0) say(`${seed - first + 1} runs, ${used().toFixed(0)} CPU-s`);
    if (wrong.length === 0) continue;
    failed += 1;
    say(`seed ${seed}, ${schedule.workload.name}: ${wrong.join('; ')}`);
    say(`  replay: npm run test:simulation -- random --runs 1 --seed ${seed}${option}`);
  }
  const done = seed - first;
  say(
    `seeds ${first} to ${seed - 1}: ${done} runs of ${over.size} workloads, ${pairs} with two processes, ${steps} steps`,
  );
  say(
    `faults: ${[...faults]
      .sort()
      .map(([name, times]) => `${name} ${times}`)
      .join(', ')}`,
  );
  say(`${used().toFixed(0)} CPU-s`);
  return { passed: done - failed, failed };
}

export interface Bug {
  readonly name: string;
  readonly defect: Defect;
  /** The workloads that have to do with it; all, unless said otherwise. */
  readonly in?: RegExp | undefined;
}

/** Random schedules on an operator with one mistake in it, until something is wrong. A mistake that is not found fails. */
export async function hunt(
  { among, option }: Repertoire,
  bugs: readonly Bug[],
  { seed: first, runs }: { readonly seed: number; readonly runs: number },
  say: Say,
): Promise<Tally> {
  const calm = new Calm();
  let failed = 0;
  for (const { name, defect, in: place = /./ } of bugs) {
    const these = among.filter((workload) => place.test(workload.name));
    const found = await firstWrong(these, calm, defect, first, runs);
    if (found === undefined) {
      failed += 1;
      say(`NOT FOUND in ${runs} runs: ${name}`);
    } else {
      say(`seed ${found.seed} (${found.seed - first + 1} runs): ${name}\n  ${found.workload}: ${found.wrong}`);
      say(`  replay: npm run test:simulation -- planted --bug '${name}' --runs 1 --seed ${found.seed}${option}`);
    }
  }
  return { passed: bugs.length - failed, failed };
}

async function firstWrong(among: readonly Workload[], calm: Calm, defect: Defect, first: number, runs: number) {
  for (let seed = first; seed < first + runs; seed++) {
    const schedule = scheduleOf(seed, among);
    const { wrong } = await run(calm, schedule, defect);
    if (wrong[0] !== undefined) return { seed, workload: schedule.workload.name, wrong: wrong[0].slice(0, 200) };
  }
  return undefined;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
