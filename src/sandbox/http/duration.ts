/** How long ago `timestamp` was, as kubectl shows an age: two units at most, and fewer the longer it is. */
export function ageOf(timestamp: unknown, now: number): string {
  const then = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then);
}

export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  // A little skew between clocks is no mistake.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return units(seconds, MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return units(seconds, MINUTE, 'm');
  if (seconds < 8 * HOUR) return units(seconds, HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return units(seconds, HOUR, 'h');
  if (seconds < 8 * DAY) return units(seconds, DAY, 'd', HOUR, 'h');
  if (seconds < 2 * YEAR) return units(seconds, DAY, 'd');
  if (seconds < 8 * YEAR) return units(seconds, YEAR, 'y', DAY, 'd');
  return units(seconds, YEAR, 'y');
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

function units(seconds: number, large: number, largeUnit: string, small?: number, smallUnit?: string): string {
  const rest = small === undefined ? 0 : Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
}
