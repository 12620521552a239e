/** `npm run test:interleavings [-- --runs N --seed S]`: random runs, each from its own seed; a failing one is named. */
import { parseArgs } from 'node:util';
import { interleave } from './interleaving.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const first = Number(values.seed);
const begun = process.cpuUsage();
let crashes = 0;
let requests = 0;
let disturbances = 0;
let failed = 0;
for (let seed = first; seed < first + runs; seed++) {
  const report = await interleave(seed);
  crashes += report.crashes;
  requests += report.requests;
  disturbances += report.disturbances.length;
  if ((seed - first + 1) % 1000 === 0) console.log(`${seed - first + 1} of ${runs} runs`);
  if (report.violations.length > 0) {
    failed += 1;
    console.log(`seed ${seed}: ${report.violations.join('; ')}`);
    console.log(`  after: ${report.disturbances.join(', ')}; ${report.crashes} crashes`);
    console.log(`  replay: npm run test:interleavings -- --runs 1 --seed ${seed}`);
    if (failed >= 10) break;
  }
}
const { user, system } = process.cpuUsage(begun);
console.log(
  `interleavings from seed ${first}: ${crashes} crashes, ${disturbances} disturbances, ${requests} requests, ${((user + system) / 1e6).toFixed(0)} CPU-s`,
);
console.log(`${runs - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
