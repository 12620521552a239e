/**
 * `npm run bench:cloud`: whole control planes on a real API server with simulated nodes, beside the budgets of the
 * design: time, requests, writes, CPU, memory. Printed, never asserted: machines are shared and noisy.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HttpKubeClient } from '../src/runtime/client.ts';
import { loadKubeConfig } from '../src/runtime/config.ts';
import { systemClock as clock } from '../src/runtime/system.ts';
import { Builtin, type KubeObject } from '../src/kube/object.ts';
import { openStackControlPlane } from '../src/machines/openstackcontrolplane.ts';
import { isWrite, OperatorProcess, requests } from '../test/api/operator.ts';
import { shareOf, tellShare } from '../test/support/share.ts';
import { startRealCluster } from '../test/support/real-cluster.ts';

const { values } = parseArgs({
  options: { clouds: { type: 'string', default: '20' }, runs: { type: 'string', default: '3' } },
});
const jobs = [
  'db-create',
  'db-sync',
  'bootstrap',
  'endpoint-create',
  'cell-setup',
  'discover-hosts',
  'online-migrations',
];
/** Infrastructure; Keystone's three Jobs and its API; Nova's databases, schema, cell, APIs, compute, mapping. */
const chain = 3 + (4 + 4 + 3 + 4) + (4 + 4 + 4 + 3 + 3 + 4);
const instant = { 'sim/ready-delay': '0s', 'sim/run-time': '0s' };
const realistic = {
  'sim/ready-delay': '3s',
  'sim/run-time': '4s',
  ...Object.fromEntries(jobs.map((job) => [`${job}.sim/ready-delay`, '0s'])),
};

const cluster = startRealCluster('bench-cloud', { nodes: 5 });
process.env['TEST_KUBECONFIG'] = cluster.kubeconfig;
process.env['TEST_KUBECTL'] = cluster.kubectl;
process.env['TEST_AUDIT_LOG'] = cluster.auditLog;
process.env['TEST_OPERATOR_KUBECONFIG'] = cluster.operatorKubeconfig;
const client = new HttpKubeClient(await loadKubeConfig({ clock, kubeconfig: cluster.kubeconfig }), { clock });
// As the image has it, with the heap that the manifest gives it.
execFileSync(process.execPath, ['scripts/build.ts'], { stdio: 'ignore' });
const operator = new OperatorProcess(['--max-old-space-size=192', '--max-semi-space-size=4', 'dist/operator.js']);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

try {
  await operator.start();
  for (let run = 1; run <= Number(values.runs); run++) await one(`instant-${run}`, instant, 'instant Jobs and Pods', 0);
  for (let run = 1; run <= Number(values.runs); run++)
    await one(`slow-${run}`, realistic, `Jobs of 4 s, Pods of 3 s (a chain of ${chain} s)`, chain);
  await many(Number(values.clouds));
} finally {
  await operator.stop();
  await client.close();
  cluster.stop();
}

async function one(namespace: string, annotations: Record<string, string>, what: string, waits: number): Promise<void> {
  await makeNamespace(namespace, annotations);
  const [cpu, begun] = [cpuSeconds(), clock.monotonic()];
  await apply(namespace);
  await until(() => isReady(namespace));
  const seconds = (clock.monotonic() - begun) / 1000;
  await wait(1500);
  const made = requests().filter((request) => request.namespace === namespace);
  const beyond = waits === 0 ? '' : `, ${(seconds - waits).toFixed(2)} s beyond the chain (budget < 1)`;
  console.log(
    `${what}: ${seconds.toFixed(2)} s${waits === 0 ? ' (budget 3)' : ''}${beyond}; ${made.length} requests (budget 250), ` +
      `${made.filter(isWrite).length} writes, ${made.filter(({ code }) => code >= 400).length} refused; ` +
      `${(cpuSeconds() - cpu).toFixed(2)} CPU-s of the operator`,
  );
  console.log(`  ${tellShare(shareOf(cluster.auditLog, namespace))}`);
  const counts = new Map<string, number>();
  for (const { verb, resource, subresource } of made) {
    const name = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  console.log(
    `  ${[...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}`,
  );
  await client.delete(Builtin.Namespace, { name: namespace }, { propagationPolicy: 'Background' });
}

async function many(count: number): Promise<void> {
  const namespaces = Array.from({ length: count }, (_, index) => `many-${index + 1}`);
  for (const namespace of namespaces) await makeNamespace(namespace, instant);
  const [cpu, begun] = [cpuSeconds(), clock.monotonic()];
  for (const namespace of namespaces) await apply(namespace);
  await until(async () => (await Promise.all(namespaces.map(isReady))).every(Boolean), 600);
  const seconds = (clock.monotonic() - begun) / 1000;
  const used = cpuSeconds() - cpu;
  console.log(
    `${count} control planes in ${count} namespaces: all Ready after ${seconds.toFixed(1)} s, ` +
      `${(used / count).toFixed(2)} CPU-s each (budget 0.6); resident ${operator.residentMiB().toFixed(0)} MiB`,
  );
  // What is only told in other words follows within a second or two.
  for (let seen = -1; seen !== requests().length; await wait(3000)) seen = requests().length;
  const before = requests().length;
  await operator.kill();
  await operator.start();
  await wait(20_000);
  console.log(`started again: ${requests().slice(before).filter(isWrite).length} writes in 20 s (budget 0)`);
}

async function makeNamespace(name: string, annotations: Record<string, string>): Promise<void> {
  await client.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations } });
  await until(async () => {
    const { items } = await client.list(Builtin.ServiceAccount, { namespace: name });
    return items.some(({ metadata }) => metadata.name === 'default');
  });
}

async function apply(namespace: string): Promise<void> {
  const { group, version, kind } = openStackControlPlane.type;
  await client.create(openStackControlPlane.type, {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { namespace, name: 'cloud' },
    spec: { ovnNetwork: {}, nova: { virtType: 'fake' } },
  });
}

async function isReady(namespace: string): Promise<boolean> {
  const cr: KubeObject = await client.get(openStackControlPlane.type, { namespace, name: 'cloud' });
  const { conditions = [] } = (cr['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

async function until(holds: () => Promise<boolean>, seconds = 180): Promise<void> {
  const end = clock.monotonic() + seconds * 1000;
  while (!(await holds())) {
    if (clock.monotonic() > end) {
      const show = ['--kubeconfig', cluster.kubeconfig, 'get', 'openstack', '-A'];
      throw new Error(`not within ${seconds} s\n${execFileSync(cluster.kubectl, show, { encoding: 'utf8' })}`);
    }
    await wait(20);
  }
}

/** User and system time of the operator so far. */
function cpuSeconds(): number {
  const stat = readFileSync(`/proc/${operator.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
