import { seeded } from '../../src/sandbox/test-world.ts';
import { eventFaults, pauseFaults, requestFaultsFor } from './faults.ts';
import { type Calm, excuses } from './exhaustive.ts';
import type { Defect } from './fleet.ts';
import type { Weather } from './network.ts';
import { differences } from './oracle.ts';
import { simulate, type Report } from './simulation.ts';
import type { Workload } from './workload.ts';
import { workloads } from './workloads.ts';

/** What a seed stands for: a workload, one process or two, and how bad the weather is. */
export interface Schedule {
  readonly seed: number;
  readonly workload: Workload;
  readonly pair: boolean;
  readonly weather: Weather;
}

export interface Verdict {
  readonly report: Report;
  readonly wrong: readonly string[];
}

/** The schedule of a seed; `among` narrows the workloads, and with it what a seed means. */
export function scheduleOf(seed: number, among: readonly Workload[] = workloads): Schedule {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)]!;
  const workload = pick(among);
  const pair = random.fraction() < 0.3;
  const share = pick([0.01, 0.03, 0.1, 0.25]);
  const latency = pick([1, 1, 20, 500]);
  const lag = pick([0, 5, 50, 2_000]);
  /** A storm passes: it all ends well only where it may end at all. */
  let left = pick([2, 5, 20, 60]);
  const strikes = (): boolean => left > 0 && random.fraction() < share && left-- > 0;
  return {
    seed,
    workload,
    pair,
    weather: {
      request: (request) => {
        if (!strikes()) return undefined;
        return pick([...requestFaultsFor(request), ...(pair ? pauseFaults : [])]);
      },
      event: () => (strikes() ? pick(eventFaults) : undefined),
      latencyMs: () => 1 + Math.floor(random.fraction() * latency),
      lagMs: () => Math.floor(random.fraction() * lag),
    },
  };
}

/** Runs it; it has to end as the undisturbed run does. */
export async function run(calm: Calm, schedule: Schedule, defect: Defect = {}): Promise<Verdict> {
  const { seed, workload, weather, pair } = schedule;
  const report = await simulate(workload, { seed, weather, size: pair ? 2 : 1, defect });
  const different = differences(await calm.of(workload), report, excuses(report));
  const counted = different.filter((what) => workload.loose?.test(what) !== true);
  return { report, wrong: [...report.breaches, ...counted] };
}
