import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from './system.ts';

describe('the system clock', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  const DAY = 86_400_000;

  it.each([{ ms: 0 }, { ms: 5_000 }, { ms: 40 * DAY }])(
    'runs a timer of $ms ms once and not a moment early',
    ({ ms }) => {
      const run = vi.fn();
      systemClock.after(ms, run);

      if (ms > 0) {
        vi.advanceTimersByTime(ms - 1);
        expect(run).not.toHaveBeenCalled();
      }
      vi.advanceTimersByTime(100 * DAY);
      expect(run).toHaveBeenCalledOnce();
    },
  );

  it.each([{ elapsed: 0 }, { elapsed: 30 * DAY }])('takes a timer back after $elapsed ms', ({ elapsed }) => {
    const run = vi.fn();
    const cancel = systemClock.after(40 * DAY, run);
    vi.advanceTimersByTime(elapsed);
    cancel();
    vi.advanceTimersByTime(100 * DAY);
    expect(run).not.toHaveBeenCalled();
  });
});

it('takes a time that has passed for now, and Node has no warning to give', async () => {
  const warned = vi.spyOn(process, 'emitWarning');
  await new Promise<void>((resolve) => void systemClock.after(-5, resolve));
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});

describe('the system randomness', () => {
  it('gives as many bytes as asked, other ones each time', () => {
    expect(systemRandom.bytes(32)).toHaveLength(32);
    expect(Buffer.from(systemRandom.bytes(32)).equals(Buffer.from(systemRandom.bytes(32)))).toBe(false);
  });

  it('gives fractions from 0 up to but without 1', () => {
    const drawn = Array.from({ length: 1_000 }, () => systemRandom.fraction());
    expect(drawn.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(900);
  });
});
