/**
 * `npm run test:simulation [-- --workload NAME --every N --pair]`: every fault that a request or an event can have, once at
 * each of them (or at every N-th), in every workload; judged by the invariants and by the run without faults.
 */
import { parseArgs } from 'node:util';
import { Calm, commandFor, strike, strikesOn } from './exhaustive.ts';
import { workloads } from './workloads.ts';

const { values } = parseArgs({
  options: {
    workload: { type: 'string' },
    every: { type: 'string', default: '1' },
    fault: { type: 'string' },
    at: { type: 'string' },
    pair: { type: 'boolean', default: false },
  },
});
const every = Number(values.every);
const chosen = workloads.filter(({ name }) => values.workload === undefined || name === values.workload);
if (chosen.length === 0) {
  console.error(`no workload ${values.workload}; there are ${workloads.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const calm = new Calm();
let passed = 0;
let failed = 0;
for (const workload of chosen) {
  const undisturbed = await calm.of(workload, values.pair);
  const strikes = strikesOn(workload, undisturbed, values.pair)
    .filter(({ fault }) => values.fault === undefined || fault === values.fault)
    .filter(({ place, number }) => values.at === undefined || `${place} ${number}` === values.at)
    .filter((_, index) => index % every === 0);
  let violations = 0;
  for (const one of strikes) {
    const { wrong } = await strike(calm, one);
    if (wrong.length === 0) continue;
    violations += 1;
    console.log(`${workload.name}: ${one.fault} at ${one.place} ${one.number}: ${wrong.join('; ')}`);
    console.log(`  replay: ${commandFor(one)}`);
  }
  console.log(
    `${workload.name}: ${strikes.length} runs, ${undisturbed.requests} requests and ${undisturbed.events} events each, ${violations} violations`,
  );
  passed += strikes.length - violations;
  failed += violations;
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
