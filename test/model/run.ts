/**
 * `npm run test:model [-- kind…]`: every path of each kind's machine, replayed as disturbances of a cluster in this
 * process; with `--all-but` of those that are not named; with `--arrows` each change of a fact in one way only; with `--write` the web view's coverage is written; with `--real` of a real API server with controllers and simulated nodes, which is started for it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kinds } from '../../src/machines/index.ts';
import { graphOf } from '../../src/web/diagram/graph.ts';
import { diagramFolder, type Coverage } from '../../src/web/diagrams.ts';
import { startRealCluster } from '../support/real-cluster.ts';
import { sandbox } from './cluster.ts';
import { onRealCluster } from './kwok.ts';
import { testModel } from './report.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'all-but': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    arrows: { type: 'boolean', default: false },
    real: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const names = kinds.map(({ declaration }) => declaration.kind);
const unknown = positionals.filter((name) => !names.some((known) => known.toLowerCase() === name.toLowerCase()));
if (unknown.length > 0) {
  console.error(`no kind ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exit(2);
}
const chosen = kinds.filter(
  ({ declaration: { kind } }) =>
    positionals.length === 0 ||
    positionals.some((name) => name.toLowerCase() === kind.toLowerCase()) !== values['all-but'],
);
const real = values.real ? startRealCluster('test-model', { nodes: 3 }) : undefined;
const world = real === undefined ? { open: sandbox } : { open: await onRealCluster(real), atATime: 6 };
const coverage: Record<string, Coverage> = {};
let passed = 0;
let failed = 0;
for (const kind of chosen) {
  const report = await testModel(kind, { kinds, ...world, arrowsOnly: values.arrows });
  const list = (title: string, lines: readonly string[]) => lines.forEach((line) => console.log(`  ${title}: ${line}`));
  console.log(
    `${report.kind}: ${report.paths} paths, ${report.events} events, ${report.means.used} of ${report.means.all} disturbances, ` +
      `${report.covered} of ${report.arrows} arrows followed, ${report.restored.length} more from a status put back`,
  );
  list('only from a status put back', report.restored);
  list('not reachable', report.unreachable);
  if (values.verbose) list('no disturbance', report.impossible);
  list('NOT COVERED', report.uncovered);
  list('FAILED', report.failures);
  const { hash } = graphOf(kind);
  coverage[report.kind] = { hash, arrows: report.arrows, ...report.walked };
  passed += report.paths - report.failures.length;
  failed += report.failures.length + report.uncovered.length;
}
if (values.write && failed === 0) {
  const file = join(diagramFolder(), 'coverage.json');
  const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Coverage>;
  const all = names.flatMap((name) => {
    const found = coverage[name] ?? known[name];
    return found === undefined ? [] : [[name, found] as const];
  });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), undefined, 1)}\n`);
}
console.log(`${passed} passed, ${failed} failed`);
real?.stop();
process.exit(failed === 0 ? 0 : 1);
