/**
 * `npm run test:simulation -- COMMAND`: the operator as it is, on virtual time, in a world where everything may fail.
 *
 *   exhaustive [--workload NAME] [--every N] [--pair]     every fault once at each request and event, or at every N-th
 *   random     [--minutes CPU] [--runs N] [--seed S]      many faults at once, one or two processes, from a seed
 *   planted    [--bug NAME] [--runs N] [--seed S]         known mistakes are put in: each has to be found
 *
 * With --clouds the workloads are the other kinds and whole control planes, and the mistakes those that only these have.
 * What is wrong comes with the one command that replays it.
 */
import { parseArgs } from 'node:util';
import { exhaustive, hunt, services, storms, wholeClouds, type Bug } from './campaigns.ts';
import { planted } from './planted.ts';
import { plantedInClouds } from './planted-clouds.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workload: { type: 'string' },
    every: { type: 'string', default: '1' },
    fault: { type: 'string' },
    at: { type: 'string' },
    pair: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    bug: { type: 'string' },
    clouds: { type: 'boolean', default: false },
  },
});
const [command = 'exhaustive'] = positionals;
const say = (line: string): void => console.log(line);

function chosen<T>(what: string, name: string | undefined, all: readonly (readonly [string, T])[]): T[] {
  const found = all.filter(([known]) => name === undefined || known === name).map(([, one]) => one);
  if (found.length > 0) return found;
  console.error(`there is no ${what} '${name}'; there are:\n  ${all.map(([known]) => known).join('\n  ')}`);
  process.exit(2);
}

const all = values.clouds ? wholeClouds : services;
const among = chosen(
  'workload',
  values.workload,
  all.among.map((workload) => [workload.name, workload] as const),
);
let outcome: { readonly passed: number; readonly failed: number };
if (command === 'exhaustive') {
  const { fault, at, pair } = values;
  outcome = await exhaustive({ ...all, among }, { every: Number(values.every), pair, fault, at }, say);
} else if (command === 'random') {
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes);
  const runs = Number(values.runs ?? (values.minutes === undefined ? 100 : Number.POSITIVE_INFINITY));
  outcome = await storms(all, { seed: Number(values.seed), runs, cpuSeconds: minutes * 60 }, say);
} else if (command === 'planted') {
  const every: readonly Bug[] = values.clouds
    ? plantedInClouds
    : Object.entries(planted).map(([name, defect]) => ({ name, defect }));
  const bugs = chosen(
    'bug',
    values.bug,
    every.map((bug) => [bug.name, bug] as const),
  );
  outcome = await hunt(all, bugs, { seed: Number(values.seed), runs: Number(values.runs ?? 300) }, say);
} else {
  console.error(`there is no command '${command}'; there are exhaustive, random and planted`);
  process.exit(2);
}
say(`${outcome.passed} passed, ${outcome.failed} failed`);
process.exit(outcome.failed === 0 ? 0 : 1);
