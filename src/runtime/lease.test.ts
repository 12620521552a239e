import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { ApiError } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import { sleep, type Clock } from '../kube/ports.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { LeaderElector } from './lease.ts';

let world: VirtualClock;
let server: LeaseServer;

beforeEach(() => {
  world = new VirtualClock();
  server = new LeaseServer();
});

/** One Lease, with optimistic concurrency, and every version it had. */
class LeaseServer {
  stored: KubeObject | undefined;
  requests = 0;
  #version = 0;

  get(): KubeObject {
    this.requests++;
    if (this.stored === undefined) throw new ApiError('NotFound', 'no lease');
    return structuredClone(this.stored);
  }

  create(object: KubeObject): KubeObject {
    this.requests++;
    if (this.stored !== undefined) throw new ApiError('AlreadyExists', 'there is one');
    return this.#store(object);
  }

  replace(object: KubeObject): KubeObject {
    this.requests++;
    if (this.stored === undefined) throw new ApiError('NotFound', 'no lease');
    if (this.stored.metadata.resourceVersion !== object.metadata.resourceVersion) throw new ApiError('Conflict', 'old');
    return this.#store(object);
  }

  get spec(): Record<string, unknown> {
    return this.stored?.['spec'] as Record<string, unknown>;
  }

  #store(object: KubeObject): KubeObject {
    this.stored = structuredClone({
      ...object,
      metadata: { ...object.metadata, resourceVersion: `${++this.#version}` },
    });
    return structuredClone(this.stored);
  }
}

/** A process of its own: its clock may be wrong and fast, it can be stopped for a while, and its network can fail. */
class Process {
  readonly elector: LeaderElector;
  readonly told: string[] = [];
  readonly abort = new AbortController();
  network: 'good' | 'down' | 'swallows answers' | 'silent' = 'good';
  latencyMs = 0;
  #pausedUntil = 0;
  hasEnded = false;

  constructor(identity: string, { rate = 1, offset = 0 } = {}) {
    const clock: Clock = {
      now: () => world.now() * rate + offset,
      monotonic: () => world.monotonic() * rate + offset,
      after: (ms, run) => {
        let cancel = world.after(ms / rate, () => {
          cancel = world.after(this.#pausedUntil - world.monotonic(), run);
        });
        return () => cancel();
      },
    };
    const through = async (request: () => KubeObject): Promise<KubeObject> => {
      await sleep(world, this.latencyMs / 2);
      if (this.network === 'down') throw new ApiError('Network', 'down');
      if (this.network === 'silent') return new Promise(() => {});
      const answer = request();
      await sleep(world, this.latencyMs / 2);
      await sleep(world, this.#pausedUntil - world.monotonic());
      if (this.network === 'swallows answers') throw new ApiError('Network', 'reset');
      return answer;
    };
    const client = {
      get: () => through(() => server.get()),
      create: (_type: unknown, object: KubeObject) => through(() => server.create(object)),
      replace: (_type: unknown, object: KubeObject) => through(() => server.replace(object)),
    } as unknown as KubeClient;
    this.elector = new LeaderElector({
      client,
      clock,
      random: { bytes: () => new Uint8Array(), fraction: () => 0.5 },
      namespace: 'openstack-operator',
      name: 'leader',
      identity,
      onGained: () => this.told.push(`gained at ${world.monotonic()}`),
      onLost: () => this.told.push(`lost at ${world.monotonic()}`),
      onError: (error) => this.told.push(`error ${(error as ApiError).reason}`),
    });
  }

  start(): this {
    this.hasEnded = false;
    void this.elector.run(this.abort.signal).then(() => (this.hasEnded = true));
    return this;
  }

  /** Nothing of it runs for `ms`, though its clock goes on. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, world.monotonic() + ms);
  }

  /** Dies: it does nothing more and releases nothing. */
  crash(): void {
    this.pause(1e12);
  }
}

describe('LeaderElector', () => {
  it('leads at once when there is no Lease, and writes it as client-go does', async () => {
    const one = new Process('one').start();
    await world.advance(0);
    expect(one.elector.isLeader()).toBe(true);
    expect(one.elector.holder).toBe('one');
    expect(server.stored).toMatchObject({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' });
    expect(server.spec).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it('renews every two seconds by one request each', async () => {
    const one = new Process('one').start();
    await world.advance(0);
    const before = server.requests;
    await world.advance(100_000);
    expect(one.elector.isLeader()).toBe(true);
    expect(server.requests - before).toBe(50);
    expect(server.spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:40.000000Z',
    });
    expect(one.told).toEqual(['gained at 0']);
  });

  it('leaves a second process waiting for as long as the first renews', async () => {
    new Process('one').start();
    await world.advance(0);
    const two = new Process('two').start();
    await world.advance(600_000);
    expect([two.elector.isLeader(), two.elector.holder, two.told]).toEqual([false, 'one', []]);
  });

  it('takes over within lease duration and one retry of a crash', async () => {
    const one = new Process('one').start();
    await world.advance(0);
    const two = new Process('two').start();
    await world.advance(60_500);
    one.crash();
    await world.advance(17_400);
    expect(two.elector.isLeader()).toBe(true);
    expect(server.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  });

  it('takes over at its next try, in under 2.5 s, when the leader stops cleanly', async () => {
    const one = new Process('one').start();
    await world.advance(0);
    const two = new Process('two').start();
    await world.advance(60_000);
    one.abort.abort();
    await world.advance(0);
    expect([one.hasEnded, one.elector.isLeader(), server.spec['holderIdentity']]).toEqual([true, false, '']);
    await world.advance(2_400);
    expect(two.elector.isLeader()).toBe(true);
    expect(one.told).toEqual(['gained at 0']);
  });

  it('waits a whole lease duration for a holder it never saw renew, however old the times in the Lease', async () => {
    const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '2001-01-01T00:00:00.000000Z' };
    const metadata = { name: 'leader', namespace: 'openstack-operator' };
    server.create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    const one = new Process('one').start();
    await world.advance(14_999);
    expect(one.elector.isLeader()).toBe(false);
    await world.advance(1);
    expect(one.elector.isLeader()).toBe(true);
  });

  it.each(['down', 'silent', 'swallows answers'] as const)(
    'is no leader any more 10 s after its last renewal when the network is %s, and says so',
    async (network) => {
      const one = new Process('one').start();
      await world.advance(20_000);
      one.network = network;
      await world.advance(9_999);
      expect(one.elector.isLeader()).toBe(true);
      await world.advance(1);
      expect(one.elector.isLeader()).toBe(false);
      expect(one.told.at(-1)).toBe('lost at 30000');
      expect(one.told).toContain(network === 'silent' ? 'error Timeout' : 'error Network');
      expect(one.hasEnded).toBe(true);
    },
  );

  it('survives failures that leave time for one more try before the renew deadline', async () => {
    const one = new Process('one').start();
    await world.advance(20_000);
    one.network = 'down';
    await world.advance(7_900);
    one.network = 'good';
    await world.advance(60_000);
    expect(one.elector.isLeader()).toBe(true);
    expect(one.told.filter((what) => what !== 'error Network')).toEqual(['gained at 0']);
  });

  it('does not lead again by an answer that comes after it has lost the lead', async () => {
    const one = new Process('one').start();
    await world.advance(20_000);
    one.latencyMs = 9_500;
    await world.advance(10_000);
    expect(one.told.at(-1)).toBe('lost at 30000');
    await world.advance(1_600);
    expect(one.elector.isLeader()).toBe(false);
  });

  it('knows after a long pause, before anything else has run, that it leads no more', async () => {
    const one = new Process('one').start();
    await world.advance(20_000);
    one.pause(60_000);
    await world.advance(10_000);
    expect(one.elector.isLeader()).toBe(false);
  });

  it('gives up at once when it sees another holder', async () => {
    const one = new Process('one').start();
    await world.advance(0);
    server.replace({ ...server.get(), spec: { ...server.spec, holderIdentity: 'somebody' } });
    await world.advance(2_000);
    expect(one.told).toEqual(['gained at 0', 'lost at 2000']);
  });

  it('goes on leading when somebody merely annotates the Lease', async () => {
    const one = new Process('one').start();
    await world.advance(0);
    server.replace({ ...server.get(), note: 'by hand' });
    await world.advance(60_000);
    expect([one.elector.isLeader(), server.stored?.['note'], one.told]).toEqual([true, 'by hand', ['gained at 0']]);
  });

  it('releases a Lease that it got at the moment it was stopped', async () => {
    const one = new Process('one');
    one.latencyMs = 1_000;
    one.start();
    await world.advance(1_200);
    expect(server.spec['holderIdentity']).toBe('one');
    one.abort.abort();
    await world.advance(5_000);
    expect([server.spec['holderIdentity'], one.told]).toEqual(['', []]);
  });

  it('can run again after it lost the lead', async () => {
    const one = new Process('one').start();
    await world.advance(20_000);
    one.network = 'down';
    await world.advance(20_000);
    one.network = 'good';
    one.start();
    await world.advance(0);
    expect(one.elector.isLeader()).toBe(true);
  });

  it('refuses timing under which two could lead', () => {
    const options = { namespace: 'n', name: 'n', identity: 'i', timing: { durationMs: 10_000 } };
    expect(() => new LeaderElector(options as never)).toThrow('duration > renew deadline');
  });
});

describe('LeaderElectors, whatever happens to them', () => {
  const fault = fc.record({
    who: fc.nat(2),
    afterMs: fc.integer({ min: 0, max: 12_000 }),
    what: fc.oneof(
      fc.constantFrom('down' as const, 'swallows answers' as const, 'silent' as const, 'good' as const),
      fc.record({ pauseMs: fc.integer({ min: 100, max: 40_000 }) }),
      fc.record({ latencyMs: fc.integer({ min: 0, max: 14_000 }) }),
      fc.constant('stop' as const),
    ),
  });
  const skew = fc.record({ rate: fc.double({ min: 0.9, max: 1.1, noNaN: true }), offset: fc.nat(1_000_000) });

  it('never are two leaders at once, and there is one again when the faults end', async () => {
    let seconds = 0;
    let led = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 15 }), fc.tuple(skew, skew, skew), async (faults, skews) => {
        world = new VirtualClock();
        server = new LeaseServer();
        const processes = skews.map((each, index) => new Process(`p${index}`, each).start());
        const pass = async (ms: number): Promise<void> => {
          for (let passed = 0; passed < ms; passed += 500) {
            await world.advance(500);
            const leaders = processes.filter((process) => process.elector.isLeader());
            expect(leaders.length).toBeLessThanOrEqual(1);
            [seconds, led] = [seconds + 0.5, led + leaders.length * 0.5];
            // As a process manager would.
            processes.forEach((process, index) => {
              if (process.hasEnded && process.abort.signal.aborted) {
                processes[index] = new Process(`p${index}-at-${world.monotonic()}`, skews[index]).start();
              } else if (process.hasEnded) process.start();
            });
          }
        };
        await pass(3_000);
        for (const { who, afterMs, what } of faults) {
          await pass(afterMs);
          const process = processes[who]!;
          if (what === 'stop') process.abort.abort();
          else if (typeof what === 'string') process.network = what;
          else if ('pauseMs' in what) process.pause(what.pauseMs);
          else process.latencyMs = what.latencyMs;
        }
        for (const process of processes) [process.network, process.latencyMs] = ['good', 0];
        await pass(90_000);
        expect(processes.filter((process) => process.elector.isLeader())).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
    // The property would hold for electors that never lead.
    expect(led / seconds).toBeGreaterThan(0.5);
  });
});
