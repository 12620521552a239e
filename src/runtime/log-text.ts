/**
 * One JSON line of the log as a line for a terminal, with the stack of an error below it:
 *
 *     12:34:56.789 WARN  Keystone openstack/keystone: waiting for MariaDB  attempt=3 after="5 s"
 */
export function textLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Line;
  const details = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  const head = [time?.slice(11, 23), level?.toUpperCase().padEnd(5), [msg, ...details].filter(Boolean).join('  ')];
  const stack = err === undefined ? '' : `${(err.stack ?? err.message ?? '').replaceAll(/^/gm, '    ')}\n`;
  return `${head.join(' ')}\n${stack}`;
}

interface Line {
  time?: string;
  level?: string;
  msg?: string;
  err?: { message?: string; stack?: string };
  [field: string]: unknown;
}

function shown(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value);
}
