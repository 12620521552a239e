import { createActor, getStateNodes, type AnyActorScope, type ExecutableActionObject, type StateValue } from 'xstate';
import type { Facts } from './facts.ts';
import type { Kind } from './kind.ts';
import { machineFor, type Crossed, type Effect, type Machine } from './machine.ts';
import { evaluate, type Answer, type Term } from './terms.ts';

/** Where a resource stands: a state's path, `DBSynced` or `Deleting.Stopped`, and the plan it belongs to. */
export interface Position {
  readonly version: number;
  readonly state: string;
}

export interface Decision {
  readonly state: string;
  /** The arrows followed, in order; empty when nothing moved. */
  readonly crossed: readonly Crossed[];
  /** What the state ensures, in order. */
  readonly effects: readonly Effect[];
  /** Every arrow that leads out of the state, with all of its terms answered. */
  readonly why: readonly Outlook[];
}

/** One way out of a state and what it waits for. */
export interface Outlook {
  readonly to: string;
  readonly answers: readonly Answer[];
}

/**
 * Pure: the same position and facts always give the same decision. The stored position is a hint only: unknown or old
 * ones are translated by `migrate` or begin at Pending, and come to the same rest.
 */
export function decide(kind: Kind, stored: Position | undefined, facts: Facts): Decision {
  const machine = compiled(kind);
  return decideFrom(machine, resume(kind, machine, stored), facts);
}

/** The same, on a given machine and from a state that it has. */
export function decideFrom(machine: Machine, state: string, facts: Facts): Decision {
  const start = machine.resolveState({ value: valueOf(state), context: { facts } });
  const [snapshot, actions] = transition(machine, start, { type: 'OBSERVED', facts });
  if (snapshot.status === 'error') {
    throw new Error(`the machine ${machine.id} failed in ${state}`, { cause: snapshot.error });
  }
  const nodes = getStateNodes(machine.root, snapshot.value);
  return {
    state: pathOf(snapshot.value),
    crossed: actions.flatMap((action) => (action.type === 'crossed' ? [action.params as unknown as Crossed] : [])),
    effects: nodes.flatMap((node) => node.invoke.map((invoke) => (invoke as unknown as { input: Effect }).input)),
    why: nodes.flatMap((node) => (node.always ?? []).map((way) => outlook(way as unknown as Way, facts))),
  };
}

const scopes = new WeakMap<Machine, AnyActorScope>();

/**
 * What XState's own `transition` gives: the next snapshot, and the actions on the way. That one makes an actor for every
 * call, and with it works out the machine's first snapshot, which is most of its time; here one that is never started
 * serves all.
 */
function transition(
  machine: Machine,
  start: ReturnType<Machine['resolveState']>,
  event: { type: 'OBSERVED'; facts: Facts },
): [ReturnType<Machine['resolveState']>, ExecutableActionObject[]] {
  let scope = scopes.get(machine);
  if (scope === undefined) scopes.set(machine, (scope = inertScope(machine)));
  const actions: ExecutableActionObject[] = [];
  const actionExecutor = (action: ExecutableActionObject): void => void actions.push(action);
  return [machine.transition(start, event, { ...scope, actionExecutor }), actions];
}

function inertScope(machine: Machine): AnyActorScope {
  const self = createActor(machine);
  const nothing = (): void => {};
  return {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: nothing,
  };
}

interface Way {
  readonly actions: readonly { readonly params: Crossed }[];
}

function outlook(way: Way, facts: Facts): Outlook {
  const crossed = way.actions[0]?.params;
  const terms: readonly Term[] = crossed?.terms ?? [];
  return { to: crossed?.to ?? '', answers: terms.map((term) => evaluate(term, facts)) };
}

const machines = new WeakMap<Kind, Machine>();

/** The machine of a kind, made once. */
export function compiled(kind: Kind): Machine {
  let machine = machines.get(kind);
  if (machine === undefined) {
    machine = machineFor(kind);
    machines.set(kind, machine);
  }
  return machine;
}

function resume(kind: Kind, machine: Machine, stored: Position | undefined): string {
  if (stored === undefined) return 'Pending';
  const state = stored.version === kind.plan.version ? stored.state : kind.plan.migrate?.[stored.state];
  return state !== undefined && hasState(machine, state) ? state : 'Pending';
}

function hasState(machine: Machine, path: string): boolean {
  let node = machine.root;
  for (const name of path.split('.')) {
    const child = Object.hasOwn(node.states, name) ? node.states[name] : undefined;
    if (child === undefined) return false;
    node = child as typeof node;
  }
  return true;
}

function valueOf(path: string): StateValue {
  return (
    path
      .split('.')
      .reduceRight<StateValue | undefined>(
        (value, name) => (value === undefined ? name : { [name]: value }),
        undefined,
      ) ?? 'Pending'
  );
}

function pathOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  const [name, inner] = Object.entries(value)[0] ?? ['Pending', undefined];
  return inner === undefined ? name : `${name}.${pathOf(inner)}`;
}
