import { describe, expect, it } from 'vitest';
import { fill } from '../engine/text.ts';
import { httpProbes } from './pod-spec.ts';
import { connectedProbes } from './program.ts';
import { uwsgi } from './uwsgi.ts';

describe('what is asked of a program', () => {
  it('is asked often only while a daemon starts', () => {
    const { startup, readiness } = connectedProbes(5672);
    expect([startup?.periodSeconds, readiness?.periodSeconds]).toEqual([2, 10]);
    // 5672, as the kernel writes it.
    expect(startup?.exec?.command?.at(-1)).toContain(':(1628)$');
  });

  it('leaves an API that is only busy where it is: the only Keystone was taken away from those who waited for it', () => {
    const { readiness } = httpProbes(5000, '/v3');
    expect((readiness?.periodSeconds ?? 0) * (readiness?.failureThreshold ?? 3)).toBeGreaterThanOrEqual(30);
  });
});

describe('uwsgi', () => {
  it('takes no worker away: it would be the oldest, while the one that came for more work still loads', () => {
    const text = fill(uwsgi({ module: 'a.wsgi:application', port: 1 }), () => '');
    expect(text).not.toMatch(/^cheaper/m);
    expect(text).toMatch(/^processes = 2$/m);
  });
});
