import type { Child, Finding } from './child.ts';
import type { Scope } from './scope.ts';

/**
 * Jobs that must not run beside each other: what is wanted may change, and make an earlier one due, while a later one is
 * at work. Who comes first in the order of the steps goes first; a later one that has not started gives way.
 */
export class Locks {
  readonly #children: readonly Child<unknown>[];
  readonly #scope: Scope<unknown>;
  readonly #taken = new Map<string, Child<unknown>>();

  /** `children` in the order of the steps. */
  constructor(children: readonly Child<unknown>[], scope: Scope<unknown>) {
    this.#children = children;
    this.#scope = scope;
  }

  /** The finding, without beginning what would run beside another. */
  guard(child: Child<unknown>, finding: Finding): Finding {
    const { due, ...rest } = finding;
    const { lock } = child;
    if (lock === undefined || due?.verb !== 'create') return finding;
    const waits = (other: Child<unknown>): Finding => {
      const [name, holder] = [child, other].map((one) => `${one.type.kind}/${one.nameIn(this.#scope)}`);
      return { ...rest, reason: 'Waiting', message: `${name} waits for ${holder}: both work on the ${lock.name}` };
    };
    let isLater = false;
    for (const other of this.#children) {
      if (other === child) isLater = true;
      else if (other.lock?.name === lock.name) {
        const by = other.lock.holds(this.#scope);
        if (by === 'at work' || (by !== undefined && !isLater)) return waits(other);
        if (by !== undefined) return { ...waits(other), due: by };
      }
    }
    const first = this.#taken.get(lock.name);
    if (first !== undefined) return waits(first);
    this.#taken.set(lock.name, child);
    return finding;
  }
}
