import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const name = 'test-api';
const account = 'system:serviceaccount:openstack-operator:openstack-operator';

/** Builds what is missing, starts a cluster, installs CRDs and RBAC; tells the tests where by environment variables. */
export default function setup(): () => void {
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  run('bash', 'cluster/stop.sh', '--name', name, '--wipe');
  run('bash', 'cluster/start.sh', '--name', name, '--kwok', '2');
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const file = join(cache, 'openstack-operator/clusters', name, 'cluster.json');
  const cluster = JSON.parse(readFileSync(file, 'utf8')) as { kubeconfig: string; bin: string; auditLog: string };
  const kubectl = (...args: string[]): string =>
    run(join(cluster.bin, 'kubectl'), '--kubeconfig', cluster.kubeconfig, ...args);
  kubectl('apply', '-k', 'config/');
  // The operator runs beside the cluster here, under the account that the manifest gives it.
  kubectl('-n', 'openstack-operator', 'delete', 'deployment', 'openstack-operator', '--wait=true');
  kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:openstack-operator', 'system:authenticated'];
  const printed = run('bash', 'cluster/user-kubeconfig.sh', '--name', name, account, ...groups).trim();
  process.env['TEST_KUBECONFIG'] = cluster.kubeconfig;
  process.env['TEST_KUBECTL'] = join(cluster.bin, 'kubectl');
  process.env['TEST_AUDIT_LOG'] = cluster.auditLog;
  process.env['TEST_OPERATOR_KUBECONFIG'] = printed.split('\n').at(-1) ?? '';
  return () => void run('bash', 'cluster/stop.sh', '--name', name, '--wipe');
}
