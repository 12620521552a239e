import type { DeletionStep, Facts, Lifecycle, StepFact } from './facts.ts';

/** One named question about the facts. A guard is a list of them, all of which must hold. */
export type Term =
  | { readonly name: 'lifecycle'; readonly is: Lifecycle }
  | { readonly name: 'not'; readonly is: Lifecycle }
  | { readonly name: 'done'; readonly step: string }
  | { readonly name: 'lost'; readonly step: string };

/** What a term read and whether it holds. The engine decides and explains by the same evaluation. */
export interface Answer {
  readonly term: string;
  readonly holds: boolean;
  readonly read: { readonly path: string; readonly value: string; readonly wanted: string; readonly object?: string };
  readonly because: string;
}

export function evaluate(term: Term, facts: Facts): Answer {
  switch (term.name) {
    case 'lifecycle':
    case 'not': {
      const holds = (facts.lifecycle === term.is) === (term.name === 'lifecycle');
      return {
        term: describeTerm(term),
        holds,
        read: { path: 'lifecycle', value: facts.lifecycle, wanted: term.name === 'not' ? `not ${term.is}` : term.is },
        because: `the resource is ${facts.lifecycle}`,
      };
    }
    case 'done':
    case 'lost': {
      const fact = factOf(term.step, facts);
      return {
        term: describeTerm(term),
        holds: (fact.is === 'done') === (term.name === 'done'),
        read: {
          path: `${term.step}.is`,
          value: fact.is,
          wanted: term.name === 'done' ? 'done' : 'not done',
          ...(fact.by === undefined ? {} : { object: `${fact.by.kind}/${fact.by.name}` }),
        },
        because: fact.message,
      };
    }
  }
}

/** `done(DBSynced)`: how a term is written on an arrow. */
export function describeTerm(term: Term): string {
  switch (term.name) {
    case 'lifecycle':
      return term.is;
    case 'not':
      return `not ${term.is}`;
    case 'done':
    case 'lost':
      return `${term.name}(${term.step})`;
  }
}

function factOf(step: string, facts: Facts): StepFact {
  const found = facts.steps[step] ?? facts.deletion[step as DeletionStep];
  if (found === undefined) throw new Error(`no fact for the step '${step}'`);
  return found;
}
