import { assign, fromPromise, setup } from 'xstate';
import type { Child, Verb } from './child.ts';
import { deletionSteps, fact, type Facts } from './facts.ts';
import type { Kind } from './kind.ts';
import { describeTerm, evaluate, type Term } from './terms.ts';

/** What a state ensures as long as it is active: a verb on one child, or on the resource itself. */
export interface Effect {
  readonly verb: Verb;
  /** Absent for what concerns the resource itself. */
  readonly child?: string;
}

/** An arrow that was followed. */
export interface Crossed {
  readonly from: string;
  readonly to: string;
  readonly terms: readonly Term[];
}

const nothingKnown: Facts = {
  lifecycle: 'live',
  steps: {},
  deletion: { Unreferenced: fact('todo'), Stopped: fact('todo'), CleanedUp: fact('todo'), Removed: fact('todo') },
};

/**
 * The XState machine of a kind. States are the steps, in order, between Pending and Ready, and beside them Paused and
 * Deleting with its own steps. Each live state has an arrow forward (the next step is done) and one back for every
 * step before it (that step is no longer done), so the facts alone say where it comes to rest.
 *
 *   Pending → SecretsReady → … → Ready       Paused ⇄ Pending       any → Deleting.Requested → … → Deleting.Removed
 */
export function machineFor(kind: Kind) {
  const steps = kind.stepNames;
  const live = ['Pending', ...steps];
  const states: Record<string, object> = {};
  live.forEach((name, index) => {
    const next = steps[index];
    states[name] = {
      description: index === 0 ? 'Nothing is there yet.' : aboutStep(kind, name),
      tags: ['live'],
      invoke: invokes([{ verb: 'hold' }, ...effectsOf(kind, index + 1)]),
      always: [
        ...leaving(name),
        ...steps.slice(0, index).map((lost, at) => arrow(name, live[at] ?? 'Pending', [{ name: 'lost', step: lost }])),
        next === undefined ? arrow(name, 'Ready', []) : arrow(name, next, [{ name: 'done', step: next }]),
      ],
    };
  });
  states['Ready'] = {
    description: 'Every step is done.',
    tags: ['live'],
    invoke: invokes([{ verb: 'hold' }, ...effectsOf(kind, steps.length)]),
    always: [
      ...leaving('Ready'),
      ...steps.map((lost, at) => arrow('Ready', live[at] ?? 'Pending', [{ name: 'lost', step: lost }])),
    ],
  };
  states['Paused'] = {
    description: 'A person asked for no more changes; what is there is still watched.',
    always: [
      arrow('Paused', 'Deleting', [{ name: 'lifecycle', is: 'deleting' }]),
      arrow('Paused', 'Pending', [{ name: 'lifecycle', is: 'live' }]),
    ],
  };
  states['Deleting'] = deleting();

  return setup({
    types: {
      context: {} as { facts: Facts },
      events: {} as { type: 'OBSERVED'; facts: Facts },
    },
    guards: {
      hold: ({ context }, params: { terms: readonly Term[] }) =>
        params.terms.map((term) => evaluate(term, context.facts)).every((answer) => answer.holds),
    },
    actions: {
      observe: assign(({ event }) => ({ facts: event.facts })),
      crossed: (_, _params: Crossed) => {},
    },
    actors: Object.fromEntries(
      ['generate', 'require', 'apply', 'run', 'claim', 'hold', 'remember', 'remove', 'release'].map((verb) => [
        verb,
        fromPromise<void, Effect>(() => Promise.resolve()),
      ]),
    ),
  }).createMachine({
    id: kind.declaration.kind,
    version: String(kind.plan.version),
    context: { facts: nothingKnown },
    initial: 'Pending',
    on: { OBSERVED: { actions: 'observe' } },
    states,
    // No plan is long enough to need more steps; a loop is a mistake and must not hang the operator.
    options: { maxIterations: 100 },
  } as never);
}

export type Machine = ReturnType<typeof machineFor>;

function leaving(from: string): object[] {
  return [
    arrow(from, 'Deleting', [{ name: 'lifecycle', is: 'deleting' }]),
    arrow(from, 'Paused', [{ name: 'lifecycle', is: 'paused' }]),
  ];
}

function deleting(): object {
  const names = ['Requested', ...deletionSteps];
  const about: Record<string, string> = {
    Requested: 'Waits while another resource refers to it.',
    Unreferenced: 'Nothing refers to it; its workloads are being stopped.',
    Stopped: 'Its workloads are gone; clean-up is under way.',
    CleanedUp: 'Clean-up is done; its data is being removed.',
    Removed: 'All that goes is gone; the finalizer is being taken away.',
  };
  return {
    description: 'The resource is being deleted, in steps.',
    initial: 'Requested',
    always: [arrow('Deleting', 'Pending', [{ name: 'not', is: 'deleting' }])],
    states: Object.fromEntries(
      names.map((name, index) => {
        const next = deletionSteps[index];
        return [
          name,
          {
            description: about[name],
            invoke: invokes([
              ...(next === 'Stopped' ? [{ verb: 'remember' } as const] : []),
              next === undefined ? { verb: 'release' } : { verb: 'remove', child: next },
            ]),
            always: [
              ...deletionSteps
                .slice(0, index)
                .map((lost, at) => arrow(`Deleting.${name}`, `Deleting.${names[at]}`, [{ name: 'lost', step: lost }])),
              ...(next === undefined
                ? []
                : [arrow(`Deleting.${name}`, `Deleting.${next}`, [{ name: 'done', step: next }])]),
            ],
          },
        ];
      }),
    ),
  };
}

/** The effects of the first `count` steps, as whatever a state reached stays ensured in every later one; and of those that wait for no turn. */
function effectsOf(kind: Kind, count: number): Effect[] {
  const steps = Object.values(kind.plan.steps).filter(
    ({ when = 'in turn' }, index) => index < count || when !== 'in turn',
  );
  return [
    ...steps.flatMap((step) => step.apply.map((child: Child<unknown>) => ({ verb: child.verb, child: child.id }))),
    { verb: 'remember' },
  ];
}

function invokes(effects: readonly Effect[]): object[] {
  return effects.map((effect) => ({
    id: effect.child === undefined ? effect.verb : `${effect.verb}:${effect.child}`,
    src: effect.verb,
    input: effect,
  }));
}

function arrow(from: string, to: string, terms: readonly Term[]): object {
  const inDeleting = from.startsWith('Deleting.');
  return {
    target: inDeleting ? to.replace('Deleting.', '') : to,
    ...(terms.length === 0 ? {} : { guard: { type: 'hold', params: { terms } } }),
    actions: { type: 'crossed', params: { from, to, terms } satisfies Crossed },
    description: terms.map(describeTerm).join(' and '),
  };
}

function aboutStep(kind: Kind, name: string): string {
  return kind.plan.steps[name]?.about ?? '';
}
