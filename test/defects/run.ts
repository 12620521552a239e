/**
 * `npm run test:defects [-- --defect NAME]`: mistakes that operators like this one are known for, put back one at a time
 * into a copy of the tree. For each a named test has to fail, by what it expects and not because the code is broken.
 */
import { parseArgs } from 'node:util';
import { Copy, type Outcome } from './copy.ts';
import { defects, type Defect } from './defects.ts';

const { values } = parseArgs({ options: { defect: { type: 'string' } } });
const chosen = defects.filter(({ name }) => values.defect === undefined || name === values.defect);
if (chosen.length === 0) {
  console.error(`there is no defect '${values.defect}'; there are:\n  ${defects.map(({ name }) => name).join('\n  ')}`);
  process.exit(2);
}

const copy = new Copy();
let failed = 0;
try {
  const [sound, took] = await timed(unchanged);
  console.log(
    `without any defect (${took}): ${[...sound.values()].filter(({ status }) => status === 'passed').length} tests pass`,
  );
  for (const defect of chosen) {
    const [why, took] = await timed(() => unseen(defect, sound));
    if (why === undefined) {
      console.log(`seen (${took}): ${defect.name}: ${defect.seenBy.join(' › ')}`);
    } else {
      failed += 1;
      console.log(`NOT SEEN (${took}): ${defect.name}: ${defect.wrong}\n  ${why}`);
      console.log(`  again: npm run test:defects -- --defect '${defect.name}'`);
    }
  }
} finally {
  copy.remove();
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function timed<T>(does: () => Promise<T>): Promise<[T, string]> {
  const begun = Date.now();
  const answer = await does();
  return [answer, `${((Date.now() - begun) / 1000).toFixed(1)} s`];
}

/** How the tests end before anything is changed. */
async function unchanged(): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for (const suite of ['test', 'values'] as const) {
    const tests = chosen.filter((defect) => (defect.suite ?? 'test') === suite).map(nameOf);
    if (tests.length === 0) continue;
    for (const [test, outcome] of await copy.run(suite, tests)) outcomes.set(test, outcome);
  }
  return outcomes;
}

function nameOf({ seenBy }: Defect): string {
  return seenBy.join(' › ');
}

/** Why the defect does not count as seen. */
async function unseen(defect: Defect, sound: ReadonlyMap<string, Outcome>): Promise<string | undefined> {
  const { suite = 'test', changes } = defect;
  const name = nameOf(defect);
  const [file] = defect.seenBy;
  const before = sound.get(name) ?? sound.get(file);
  if (before?.status !== 'passed') return `without it this is ${before?.status ?? 'not there'}: ${name}`;
  try {
    const outcomes = await copy.changed(defect.in, changes, () => copy.run(suite, [name]));
    const { status, failures } = outcomes.get(name) ?? outcomes.get(file) ?? { status: 'not run', failures: [] };
    if (status !== 'failed') return `with it, too, this is ${status}: ${name}`;
    const broken = failures.find((failure) => !failure.startsWith('AssertionError'));
    return broken === undefined ? undefined : `with it the test is broken instead: ${broken}`;
  } catch (error) {
    return (error as Error).message;
  }
}
