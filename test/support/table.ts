import { fact, type Facts, type Lifecycle, type Progress } from '../../src/machines/engine/facts.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';

/**
 * One hand-written expectation: the machine is stored in `at`; every step up to and including `upTo` is done ('' is
 * none); `but` says otherwise of one step. It comes to rest in `rests`.
 */
export interface Row {
  readonly at: string;
  readonly upTo: string;
  readonly but?: readonly [step: string, is: Progress];
  readonly lifecycle?: Lifecycle;
  /** The deletion steps that are done, in order. */
  readonly gone?: string;
  readonly rests: string;
  /** How many arrows lead there. */
  readonly arrows?: number;
}

const deletion = ['Unreferenced', 'Stopped', 'CleanedUp', 'Removed'];

export function factsFor(kind: Kind, row: Omit<Row, 'at' | 'rests'>): Facts {
  const reached = (names: readonly string[], last: string) =>
    Object.fromEntries(
      names.map((name, index) => [
        name,
        row.but?.[0] === name ? fact(row.but[1]) : fact(index <= names.indexOf(last) ? 'done' : 'todo'),
      ]),
    );
  return {
    lifecycle: row.lifecycle ?? 'live',
    steps: reached(kind.stepNames, row.upTo),
    deletion: reached(deletion, row.gone ?? '') as Facts['deletion'],
  };
}

/** Deletion and pausing are the same for every kind: written once, by hand, for one whose last step is `last`. */
export function lifecycleRows(states: readonly string[], last: string): Row[] {
  const reached = (at: string) => (at === 'Ready' ? last : at);
  return [
    ...states.map((at): Row => ({
      at,
      upTo: reached(at),
      lifecycle: 'deleting',
      rests: 'Deleting.Requested',
      arrows: 1,
    })),
    ...states.map((at): Row => ({ at, upTo: reached(at), lifecycle: 'paused', rests: 'Paused', arrows: 1 })),
    { at: 'Paused', upTo: '', lifecycle: 'paused', rests: 'Paused' },
    { at: 'Paused', upTo: '', rests: 'Pending' },
    { at: 'Paused', upTo: last, rests: 'Ready' },
    { at: 'Paused', upTo: last, lifecycle: 'deleting', rests: 'Deleting.Requested' },
    { at: 'Deleting.Requested', upTo: last, lifecycle: 'deleting', rests: 'Deleting.Requested' },
    { at: 'Deleting.Requested', upTo: '', lifecycle: 'deleting', gone: 'Unreferenced', rests: 'Deleting.Unreferenced' },
    {
      at: 'Deleting.Unreferenced',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'Unreferenced',
      rests: 'Deleting.Unreferenced',
    },
    { at: 'Deleting.Unreferenced', upTo: '', lifecycle: 'deleting', gone: 'Stopped', rests: 'Deleting.Stopped' },
    { at: 'Deleting.Stopped', upTo: '', lifecycle: 'deleting', gone: 'Stopped', rests: 'Deleting.Stopped' },
    { at: 'Deleting.Stopped', upTo: '', lifecycle: 'deleting', gone: 'CleanedUp', rests: 'Deleting.CleanedUp' },
    { at: 'Deleting.CleanedUp', upTo: '', lifecycle: 'deleting', gone: 'CleanedUp', rests: 'Deleting.CleanedUp' },
    { at: 'Deleting.CleanedUp', upTo: '', lifecycle: 'deleting', gone: 'Removed', rests: 'Deleting.Removed' },
    { at: 'Deleting.Removed', upTo: '', lifecycle: 'deleting', gone: 'Removed', rests: 'Deleting.Removed' },
    // Somebody refers to it again, or something comes back: it goes back as far as that.
    { at: 'Deleting.Unreferenced', upTo: '', lifecycle: 'deleting', gone: '', rests: 'Deleting.Requested' },
    {
      at: 'Deleting.Stopped',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'Stopped',
      but: ['Unreferenced', 'blocked'],
      rests: 'Deleting.Requested',
    },
    { at: 'Deleting.Stopped', upTo: '', lifecycle: 'deleting', gone: 'Unreferenced', rests: 'Deleting.Unreferenced' },
    {
      at: 'Deleting.CleanedUp',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'CleanedUp',
      but: ['Unreferenced', 'blocked'],
      rests: 'Deleting.Requested',
    },
    {
      at: 'Deleting.CleanedUp',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'CleanedUp',
      but: ['Stopped', 'working'],
      rests: 'Deleting.Unreferenced',
    },
    { at: 'Deleting.CleanedUp', upTo: '', lifecycle: 'deleting', gone: 'Stopped', rests: 'Deleting.Stopped' },
    {
      at: 'Deleting.Removed',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'Removed',
      but: ['Unreferenced', 'blocked'],
      rests: 'Deleting.Requested',
    },
    {
      at: 'Deleting.Removed',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'Removed',
      but: ['Stopped', 'working'],
      rests: 'Deleting.Unreferenced',
    },
    {
      at: 'Deleting.Removed',
      upTo: '',
      lifecycle: 'deleting',
      gone: 'Removed',
      but: ['CleanedUp', 'failed'],
      rests: 'Deleting.Stopped',
    },
    { at: 'Deleting.Removed', upTo: '', lifecycle: 'deleting', gone: 'CleanedUp', rests: 'Deleting.CleanedUp' },
    // A status of another life, on a resource that is not being deleted.
    { at: 'Deleting.Requested', upTo: '', rests: 'Pending' },
    { at: 'Deleting.Removed', upTo: last, rests: 'Ready' },
  ];
}
