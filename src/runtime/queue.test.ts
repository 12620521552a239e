import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { WorkQueue } from './queue.ts';

let clock: VirtualClock;
let queue: WorkQueue;

beforeEach(() => {
  clock = new VirtualClock();
  queue = new WorkQueue({ clock });
});

/** Takes all that waits, ending work on each at once. */
async function takeAll(): Promise<string[]> {
  const keys: string[] = [];
  while (queue.length > 0) {
    const key = (await queue.get())!;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe('WorkQueue', () => {
  it('hands out keys in the order they were added, each once', async () => {
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    expect(await takeAll()).toEqual(['a', 'b', 'c']);
  });

  it('serves those who wait in turn', async () => {
    const first = queue.get();
    const second = queue.get();
    queue.add('a');
    queue.add('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  it('hands a key that was added during its work out again after done, once', async () => {
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(await takeAll()).toEqual(['a']);
  });

  it('says who is being worked on and since when', async () => {
    queue.add('a');
    await clock.advance(70);
    await queue.get();
    expect([...queue.processing]).toEqual([['a', 70]]);
    queue.done('a');
    expect(queue.processing.size).toBe(0);
  });

  it('tells its hooks of adds, waits, work and retries', async () => {
    const told: string[] = [];
    queue = new WorkQueue({
      clock,
      hooks: {
        added: () => told.push('added'),
        started: (ms) => told.push(`waited ${ms}`),
        done: (ms) => told.push(`worked ${ms}`),
        retried: () => told.push('retried'),
      },
    });
    queue.add('a');
    queue.add('a');
    await clock.advance(30);
    await queue.get();
    await clock.advance(200);
    queue.addRateLimited('a');
    queue.done('a');
    expect(told).toEqual(['added', 'waited 30', 'retried', 'worked 200']);
  });
});

describe('WorkQueue, delays', () => {
  it('adds a key when its delay has passed and not before', async () => {
    queue.addAfter('a', 100);
    await clock.advance(99);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await takeAll()).toEqual(['a']);
  });

  it.each([{ delays: [100, 50] }, { delays: [50, 100] }])('keeps the earliest of $delays', async ({ delays }) => {
    for (const ms of delays) queue.addAfter('a', ms);
    await clock.advance(50);
    expect(await takeAll()).toEqual(['a']);
    await clock.advance(1_000);
    expect(queue.length).toBe(0);
  });

  it('keeps a delayed add when the key is added at once as well', async () => {
    queue.addAfter('a', 100);
    queue.add('a');
    expect(await takeAll()).toEqual(['a']);
    await clock.advance(100);
    expect(await takeAll()).toEqual(['a']);
  });

  it('gives the delayed key the higher of its priorities', async () => {
    queue.addAfter('late', 10, 'normal');
    queue.addAfter('late', 5, 'low');
    queue.add('low', 'low');
    await clock.advance(5);
    expect(await takeAll()).toEqual(['late', 'low']);
  });

  it('doubles the back-off of a key up to the cap, apart from others, until it is forgotten', () => {
    const small = new WorkQueue({ clock, firstBackOffMs: 5, longestBackOffMs: 60 });
    expect(Array.from({ length: 6 }, () => small.addRateLimited('a'))).toEqual([5, 10, 20, 40, 60, 60]);
    expect(small.addRateLimited('b')).toBe(5);
    expect(small.failures('a')).toBe(6);
    small.forget('a');
    expect(small.addRateLimited('a')).toBe(5);
  });

  it('backs off for no longer than 300 s, however often a key failed', () => {
    const backOffs = Array.from({ length: 2_000 }, () => queue.addRateLimited('a'));
    expect(backOffs.at(-1)).toBe(300_000);
  });
});

describe('WorkQueue, priorities', () => {
  it('hands out normal keys first', async () => {
    queue.add('listed', 'low');
    queue.add('changed');
    expect(await takeAll()).toEqual(['changed', 'listed']);
  });

  it('raises a low key that is added as normal, and never lowers one', async () => {
    queue.add('x', 'low');
    queue.add('a', 'low');
    queue.add('b');
    queue.add('a');
    queue.add('b', 'low');
    expect(await takeAll()).toEqual(['b', 'a', 'x']);
  });

  it('keeps the higher priority of adds during work', async () => {
    queue.add('a', 'low');
    await queue.get();
    queue.add('a', 'low');
    queue.add('a', 'normal');
    queue.add('listed', 'low');
    queue.done('a');
    expect(await takeAll()).toEqual(['a', 'listed']);
  });

  it('hands out a low key after every fourth normal one, even if normal ones never end', async () => {
    for (let i = 0; i < 12; i++) queue.add(`n${i}`);
    queue.add('low1', 'low');
    queue.add('low2', 'low');
    const keys = await takeAll();
    expect([keys.indexOf('low1'), keys.indexOf('low2')]).toEqual([4, 9]);
  });
});

describe('WorkQueue, shutdown', () => {
  it('sends those who wait away and hands out nothing more', async () => {
    const waiting = queue.get();
    const drained = queue.shutdown();
    queue.add('a');
    queue.addAfter('b', 1);
    await clock.advance(10);
    expect([await waiting, await queue.get(), await drained]).toEqual([undefined, undefined, undefined]);
    expect(queue.length).toBe(0);
  });

  it('is drained when the last key being worked on is done', async () => {
    queue.add('a');
    queue.add('b');
    await queue.get();
    queue.add('a');
    let isDrained = false;
    void queue.shutdown().then(() => (isDrained = true));
    await clock.advance(1_000);
    expect(isDrained).toBe(false);
    queue.done('a');
    await clock.advance(0);
    expect(isDrained).toBe(true);
    expect(await queue.get()).toBeUndefined();
  });
});

describe('WorkQueue, as a model', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const priority = fc.constantFrom('normal' as const, 'low' as const);
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key, priority }),
    fc.record({ do: fc.constant('addAfter' as const), key, priority, ms: fc.nat(50) }),
    fc.record({ do: fc.constant('fail' as const), key }),
    fc.record({ do: fc.constant('work' as const), ms: fc.nat(40) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60) }),
  );

  it('never works on a key twice at once, loses nothing that was added, and delays nothing beyond its earliest time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, workers) => {
        clock = new VirtualClock();
        queue = new WorkQueue({ clock });
        /** What each key is owed: a start of work at or after `from`. */
        const owed = new Map<string, number>();
        const delayed = new Map<string, number>();
        const working = new Set<string>();
        let workMs = 0;
        const run = async (): Promise<void> => {
          for (let next = await queue.get(); next !== undefined; next = await queue.get()) {
            expect(working.has(next)).toBe(false);
            working.add(next);
            owed.delete(next);
            const due = delayed.get(next);
            if (due !== undefined && due <= clock.monotonic()) delayed.delete(next);
            await new Promise<void>((resolve) => clock.after(workMs, resolve));
            working.delete(next);
            queue.done(next);
          }
        };
        const running = Array.from({ length: workers }, run);
        const delay = (name: string, ms: number) => {
          const due = clock.monotonic() + ms;
          delayed.set(name, Math.min(due, delayed.get(name) ?? due));
        };
        for (const now of steps) {
          if (now.do === 'add') {
            owed.set(now.key, clock.monotonic());
            queue.add(now.key, now.priority);
          } else if (now.do === 'addAfter') {
            delay(now.key, now.ms);
            queue.addAfter(now.key, now.ms, now.priority);
          } else if (now.do === 'fail') {
            delay(now.key, queue.addRateLimited(now.key));
            queue.forget(now.key);
          } else if (now.do === 'work') {
            workMs = now.ms;
          } else {
            await clock.advance(now.ms);
          }
          // With a worker free for each key, work begins at once; so an overdue key can only be one being worked on.
          if (workers > 2 && now.do === 'wait') {
            for (const due of delayed.values()) expect(due > clock.monotonic() || working.size > 0).toBe(true);
          }
        }
        await clock.advance(1_000);
        expect([...owed.keys()]).toEqual([]);
        expect([...delayed.keys()]).toEqual([]);
        expect(queue.length).toBe(0);
        await Promise.all([queue.shutdown(), ...running]);
      }),
      { numRuns: 200 },
    );
  });
});
