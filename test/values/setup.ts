import { execFileSync } from 'node:child_process';

/** Installs what is missing (as root), and tells the tests where the Python is; what cannot be had fails the suite. */
export default function setup(): void {
  execFileSync('bash', ['cluster/deps.sh', 'values'], { stdio: 'inherit' });
  const printed = execFileSync('bash', ['cluster/python.sh'], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.env['TEST_PYTHON'] = printed.toString().trim();
}
