import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const account = 'system:serviceaccount:openstack-operator:openstack-operator';
const groups = ['system:serviceaccounts', 'system:serviceaccounts:openstack-operator', 'system:authenticated'];

/** A real control plane with simulated nodes, the CRDs and the RBAC in it, and no operator. Paths of files. */
export interface RealCluster {
  /** With all rights. */
  readonly kubeconfig: string;
  /** With the rights that the manifest gives the operator. */
  readonly operatorKubeconfig: string;
  readonly kubectl: string;
  readonly auditLog: string;
  stop(): void;
}

/** Builds what is missing, and starts it anew; one of the same name is stopped. */
export function startRealCluster(name: string, options: { readonly nodes: number }): RealCluster {
  stop();
  run('bash', 'cluster/start.sh', '--name', name, '--kwok', String(options.nodes));
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const file = join(cache, 'openstack-operator/clusters', name, 'cluster.json');
  const { kubeconfig, bin, auditLog } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  if (kubeconfig === undefined || bin === undefined || auditLog === undefined) throw new Error(`${file} is not whole`);
  const kubectl = join(bin, 'kubectl');
  const ask = (...args: string[]): string => run(kubectl, '--kubeconfig', kubeconfig, ...args);
  ask('apply', '-k', 'config/');
  // The operator runs beside the cluster here, under the account that the manifest gives it.
  ask('-n', 'openstack-operator', 'delete', 'deployment', 'openstack-operator', '--wait=true');
  ask('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  const printed = run('bash', 'cluster/user-kubeconfig.sh', '--name', name, account, ...groups).trim();
  return { kubeconfig, kubectl, auditLog, operatorKubeconfig: printed.split('\n').at(-1) ?? '', stop };

  function stop(): void {
    run('bash', 'cluster/stop.sh', '--name', name, '--wipe');
  }
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
