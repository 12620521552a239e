interface Item<V> {
  readonly key: string;
  readonly due: number;
  readonly order: number;
  value: V;
}

/** Keys with a time each, the earliest first; equal times in the order they were put. A binary heap. */
export class DelayHeap<V> {
  readonly #heap: Item<V>[] = [];
  /** The item that counts for a key. Others in the heap are leftovers, skipped when they come up. */
  readonly #current = new Map<string, Item<V>>();
  #order = 0;

  /** For a key that is there already: the earlier time of both, and the new value. */
  put(key: string, due: number, value: V): void {
    const known = this.#current.get(key);
    if (known !== undefined && known.due <= due) {
      known.value = value;
      return;
    }
    const item = { key, due, order: this.#order++, value };
    this.#current.set(key, item);
    this.#heap.push(item);
    this.#siftUp(this.#heap.length - 1);
  }

  get(key: string): V | undefined {
    return this.#current.get(key)?.value;
  }

  nextDue(): number | undefined {
    return this.#first()?.due;
  }

  /** Takes out all that is due at `now`, in order. */
  takeDue(now: number): [key: string, value: V][] {
    const taken: [string, V][] = [];
    for (let item = this.#first(); item !== undefined && item.due <= now; item = this.#first()) {
      this.#removeFirst();
      this.#current.delete(item.key);
      taken.push([item.key, item.value]);
    }
    return taken;
  }

  #first(): Item<V> | undefined {
    for (;;) {
      const item = this.#heap[0];
      if (item === undefined || this.#current.get(item.key) === item) return item;
      this.#removeFirst();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(index: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #siftDown(): void {
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let first = index;
      if (left < this.#heap.length && this.#isBefore(left, first)) first = left;
      if (right < this.#heap.length && this.#isBefore(right, first)) first = right;
      if (first === index) return;
      this.#swap(index, first);
      index = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#heap[a]!;
    const other = this.#heap[b]!;
    return one.due < other.due || (one.due === other.due && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = held;
  }
}
