/**
 * `node test/contract/run.ts record` writes down what a real API server answers; `check` compares the sandbox with
 * that, `check --real` the real server itself. A cluster is started for it unless `--kubeconfig` names one.
 * Names of subjects after that choose among them.
 */
import { parseArgs } from 'node:util';
import { startRealCluster } from '../support/real-cluster.ts';
import type { Target } from './http.ts';
import { RULES } from './normalise.ts';
import { subjects } from './scenarios/index.ts';
import { check, prepared, record, type Outcome } from './suite.ts';
import { sandboxTarget } from './sandbox.ts';
import { realTarget } from './target.ts';
import { readTranscript, writeTranscript } from './transcript.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { real: { type: 'boolean', default: false }, kubeconfig: { type: 'string' } },
});
const [command, ...names] = positionals;
if (command !== 'record' && command !== 'check') {
  console.error('usage: node test/contract/run.ts record|check [--real] [--kubeconfig FILE] [subject…]');
  process.exit(2);
}
const chosen = subjects.filter(({ name }) => names.length === 0 || names.includes(name));
const isReal = command === 'record' || values.real;
const started = isReal && values.kubeconfig === undefined ? startRealCluster('contract', { nodes: 1 }) : undefined;
const target: Target = isReal ? realTarget(values.kubeconfig ?? started!.kubeconfig) : await sandboxTarget();
let passed = 0;
let failed = 0;
try {
  await prepared(target, async () => {
    for (const subject of chosen) {
      if (command === 'record') writeTranscript(subject.name, await record(target, subject));
      else tell(await check(target, subject, readTranscript(subject.name), !isReal));
    }
  });
} finally {
  await target.close();
  started?.stop();
}
if (command === 'check') {
  console.log('\nnot compared:');
  for (const [what, why] of RULES) console.log(`  ${what}: ${why}`);
  console.log(`\n${passed} passed, ${failed} failed`);
}
process.exit(failed === 0 ? 0 : 1);

function tell({ subject, requests, failures, refused }: Outcome): void {
  const differences = failures.reduce((sum, failure) => sum + failure.differences.length, 0);
  console.log(`${subject}: ${requests} requests, ${differences} differences`);
  for (const line of refused) console.log(`  refused on purpose: ${line}`);
  for (const { scenario, step, request, differences } of failures) {
    console.log(`  ${scenario}, step ${step}: ${request}`);
    for (const { path, expected, got } of differences) {
      console.log(`    ${path}: expected ${shown(expected)}, got ${shown(got)}`);
    }
  }
  passed += requests - failures.length;
  failed += failures.length;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
