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

  it('gives an API that is only busy time before it is started anew: on a full node that took a minute, and filled it', () => {
    const { liveness } = httpProbes(9696, '/healthcheck');
    expect((liveness?.periodSeconds ?? 0) * (liveness?.failureThreshold ?? 3)).toBeGreaterThanOrEqual(180);
  });
});

describe('uwsgi', () => {
  it('loads the application once to begin with, and again only for more work', () => {
    const text = fill(uwsgi({ module: 'a.wsgi:application', port: 1 }), () => '');
    expect(text).toMatch(/^cheaper = 1$/m);
    expect(text).toMatch(/^processes = 4$/m);
  });

  it('ends no worker before the next one is loaded: for a minute and more, none was there on a full node', () => {
    const text = fill(uwsgi({ module: 'a.wsgi:application', port: 1 }), () => '');
    expect(Number(/^cheaper-overload = (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(60);
  });
});
