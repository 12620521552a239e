import { execFileSync } from 'node:child_process';

const script = 'cluster/examples/keystone.sh';

/** Seconds to each step of the example that brings up the same services by hand, on this machine now. */
export function byHand(): Record<string, number> {
  const said = execFileSync('bash', [script, 'up'], { encoding: 'utf8' });
  execFileSync('bash', [script, 'down'], { stdio: 'ignore' });
  const lines = said.matchAll(/^\+ *([\d.]+) s {2}(.+) (?:ready|done)$/gm);
  return Object.fromEntries([...lines].map(([, seconds, step]) => [step ?? '', Number(seconds)]));
}

/** A table of both, in the operator's order. */
export function besides(operator: Record<string, number>, hand: Record<string, number>): string {
  const rows = Object.entries(stepsByHand).map(([state, step]) => [
    state.padEnd(24),
    seconds(operator[state]),
    seconds(hand[step]),
  ]);
  return [`${''.padEnd(24)}   operator    by hand`, ...rows.map((row) => row.join('  '))].join('\n');
}

const stepsByHand: Record<string, string> = {
  'Memcached Ready': 'deployment/memcached',
  'MariaDB Ready': 'statefulset/mariadb',
  'Keystone DBCreated': 'db-create',
  'Keystone DBSynced': 'db-sync',
  'Keystone Deployed': 'deployment/keystone',
  'Keystone Bootstrapped': 'bootstrap',
  token: 'token',
};

function seconds(value: number | undefined): string {
  return value === undefined ? '-'.padStart(9) : `${value.toFixed(1).padStart(7)} s`;
}
