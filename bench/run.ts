/** `npm run bench`: what a decision costs and what the operator's memory grows by; printed, never asserted. */
import { compiled, decide } from '../src/machines/engine/decide.ts';
import { deletionSteps, fact, type Facts } from '../src/machines/engine/facts.ts';
import { kinds } from '../src/machines/index.ts';

const none = Object.fromEntries(deletionSteps.map((step) => [step, fact('todo')])) as Facts['deletion'];

/** CPU microseconds of one call: the least and the median of five batches. */
function cost(run: () => void, times = 2000): string {
  for (let i = 0; i < 500; i++) run();
  const batches = Array.from({ length: 5 }, () => {
    const begun = process.cpuUsage();
    for (let i = 0; i < times; i++) run();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / times;
  }).sort((a, b) => a - b);
  return `${batches[0]?.toFixed(1)} µs at least, ${batches[2]?.toFixed(1)} µs in the median, ${batches[4]?.toFixed(1)} µs at most`;
}

for (const kind of kinds) {
  compiled(kind);
  const done: Facts = {
    lifecycle: 'live',
    steps: Object.fromEntries(kind.stepNames.map((step) => [step, fact('done')])),
    deletion: none,
  };
  const nothing: Facts = {
    lifecycle: 'live',
    steps: Object.fromEntries(kind.stepNames.map((step) => [step, fact('todo')])),
    deletion: none,
  };
  const name = kind.declaration.kind;
  const stored = JSON.stringify({ version: kind.plan.version, state: 'Ready' });
  console.log(
    `${name}: a decision in Ready (parse, decide, serialise): ${cost(() => JSON.stringify(decide(kind, JSON.parse(stored), done).state))}`,
  );
  console.log(`${name}: a decision in Pending: ${cost(() => decide(kind, undefined, nothing))}`);
  console.log(`${name}: Pending → … → Ready in one decision: ${cost(() => decide(kind, undefined, done))}`);
}
