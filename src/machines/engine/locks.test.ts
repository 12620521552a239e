import { describe, expect, it } from 'vitest';
import { scopeWith } from '../../../test/support/scope.ts';
import { Builtin } from '../../kube/object.ts';
import type { Child, Due, Finding, Lock } from './child.ts';
import { Locks } from './locks.ts';

type Holds = ReturnType<Lock<unknown>['holds']>;

const scope = scopeWith();
const away = (id: string): Due => ({
  verb: 'delete',
  type: Builtin.Job,
  ref: { namespace: 'ns', name: `a-${id}` },
  uid: id,
  propagation: 'Foreground',
  why: 'another goes first',
});

function jobs(holds: Readonly<Record<string, Holds>>): Child<unknown>[] {
  return Object.entries(holds).map(([id, holder]) => ({
    id,
    type: Builtin.Job,
    verb: 'run',
    holds: 'nothing',
    lock: { name: 'database', holds: () => holder },
    nameIn: () => `a-${id}`,
    look: () => begins(id),
  }));
}

/** What a Job that has to run finds. */
function begins(id: string): Finding {
  const object = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: `a-${id}`, namespace: 'ns' } };
  return {
    is: 'absent',
    settled: false,
    reason: 'NotRun',
    message: 'it has not run yet',
    by: { kind: 'Job', name: `a-${id}` },
    due: { verb: 'create', type: Builtin.Job, object },
  };
}

/** What becomes of each Job: `begins`, the Job that is taken away, or the sentence that says what it waits for. */
function outcomes(holds: Readonly<Record<string, Holds>>): string[] {
  const children = jobs(holds);
  const locks = new Locks(children, scope);
  return children.map((child) => {
    const { due, message } = locks.guard(child, child.look(scope));
    if (due?.verb === 'create') return 'begins';
    return due?.verb === 'delete' ? `takes ${due.ref.name} away` : message;
  });
}

describe('Of the Jobs with one lock', () => {
  it('the first begins, and the others wait for it', () => {
    expect(outcomes({ make: undefined, sync: undefined })).toEqual([
      'begins',
      'Job/a-sync waits for Job/a-make: both work on the database',
    ]);
  });

  it('none begins while another is at work, whether that comes before or after it', () => {
    expect(outcomes({ make: undefined, sync: 'at work' })[0]).toBe(
      'Job/a-make waits for Job/a-sync: both work on the database',
    );
    expect(outcomes({ make: 'at work', sync: undefined })[1]).toBe(
      'Job/a-sync waits for Job/a-make: both work on the database',
    );
  });

  it('a later one that has not started gives way, and an earlier one does not', () => {
    expect(outcomes({ make: undefined, sync: away('sync') })[0]).toBe('takes a-sync away');
    expect(outcomes({ make: away('make'), sync: undefined })[1]).toBe(
      'Job/a-sync waits for Job/a-make: both work on the database',
    );
  });

  it('one with another lock, or none, waits for nobody', () => {
    const [make, sync] = jobs({ make: 'at work', sync: undefined }) as [Child<unknown>, Child<unknown>];
    const other = { ...sync, lock: { name: 'catalog', holds: () => undefined } };
    const { lock: _, ...free } = sync;
    for (const child of [other, free]) {
      expect(new Locks([make, child], scope).guard(child, begins('sync')).due?.verb).toBe('create');
    }
  });

  it('what is not about to begin is left as it was found', () => {
    const [make, sync] = jobs({ make: 'at work', sync: undefined }) as [Child<unknown>, Child<unknown>];
    const { due: _, ...found } = begins('sync');
    expect(new Locks([make, sync], scope).guard(sync, found)).toEqual(found);
  });
});
