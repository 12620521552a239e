import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayHeap } from './delay-heap.ts';

describe('DelayHeap', () => {
  it('gives back each key once, at its earliest time, in order, with the value put last', () => {
    const put = fc.record({ key: fc.constantFrom(...'abcdefgh'), due: fc.nat(20), value: fc.nat() });
    fc.assert(
      fc.property(fc.array(put, { maxLength: 60 }), (puts) => {
        const heap = new DelayHeap<number>();
        const model = new Map<string, { due: number; value: number }>();
        for (const { key, due, value } of puts) {
          heap.put(key, due, value);
          model.set(key, { due: Math.min(due, model.get(key)?.due ?? due), value });
        }
        for (let now = 0; now <= 20; now++) {
          const due = [...model].filter(([, item]) => item.due === now);
          expect(new Map(heap.takeDue(now))).toEqual(new Map(due.map(([key, item]) => [key, item.value])));
          const later = [...model.values()].map((item) => item.due).filter((time) => time > now);
          expect(heap.nextDue()).toBe(later.length === 0 ? undefined : Math.min(...later));
        }
      }),
    );
  });

  it('keeps the order of keys that are due at the same time', () => {
    const heap = new DelayHeap<string>();
    for (const key of 'hgfedcba') heap.put(key, 5, '');
    expect(heap.takeDue(4)).toEqual([]);
    expect(heap.takeDue(5).map(([key]) => key)).toEqual([...'hgfedcba']);
  });
});
