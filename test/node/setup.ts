import { execFileSync } from 'node:child_process';

/**
 * The suite takes the node for itself, from an empty control plane on: what an earlier run left is no part of a test.
 * Binaries and images are kept, and made only where they are missing. Needs root. With `KEEP_NODE=1` a node that runs
 * is taken as it is, with operator and cloud, and goes on running: for working on one test with `-t`.
 */
export default function setup(): () => void {
  process.umask(0o022);
  const keep = process.env['KEEP_NODE'] !== undefined;
  if (!keep) {
    run('cluster/node-stop.sh');
    run('cluster/stop.sh', '--name', 'node', '--wipe');
  }
  run('cluster/deps.sh', 'cluster', 'node', 'images');
  execFileSync(process.execPath, ['scripts/build.ts'], { stdio: 'inherit' });
  run('cluster/images/operator.sh', 'dist');
  run('cluster/node-start.sh');
  return () => {
    if (!keep) run('cluster/node-stop.sh');
  };
}

function run(script: string, ...args: string[]): void {
  execFileSync('bash', [script, ...args], { stdio: 'inherit' });
}
