import { createHash } from 'node:crypto';
import { compiled } from '../../machines/engine/decide.ts';
import type { Kind } from '../../machines/engine/kind.ts';
import type { Crossed, Effect } from '../../machines/engine/machine.ts';
import { describeTerm } from '../../machines/engine/terms.ts';

/** A machine as a picture shows it: its states, and its arrows with those that say the same drawn once. */
export interface Graph {
  /** Name of the kind. */
  readonly id: string;
  readonly version: number;
  /** Of everything below: 12 hexadecimal digits of a SHA-256. */
  readonly hash: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  /** The state's path, `Deleting.Stopped`; of a frame around states that share a tag, the tag. */
  readonly id: string;
  readonly parent?: string;
  readonly is: 'state' | 'compound' | 'frame';
  readonly isInitial: boolean;
  readonly about: string;
  /** What the state ensures, as `apply api`. */
  readonly ensures: readonly string[];
}

export interface GraphEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Its guard; empty where it always holds. */
  readonly label: string;
  /** The guard as it is drawn: what the states at both ends say already is left out. */
  readonly text: string;
  /** `forward` leads to Ready, `back` to an earlier state; `aside` out of the order. */
  readonly goes: 'forward' | 'back' | 'aside';
  /** The machine's own arrows that it stands for. */
  readonly arrows: readonly { readonly from: string; readonly to: string }[];
}

interface StateNode {
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, StateNode>>;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly config: { readonly initial?: string };
  readonly invoke: readonly unknown[];
  readonly always?: readonly unknown[];
}

const frame = 'live';

/** The graph of a kind's compiled machine: nothing is drawn that XState does not have. Pure. */
export function graphOf(kind: Kind): Graph {
  const root = compiled(kind).root as unknown as StateNode;
  const states = descendants(root);
  const live = states.filter((state) => state.tags.includes(frame)).map(pathOf);
  const nodes: GraphNode[] = [
    { id: frame, is: 'frame', isInitial: false, about: 'The states of a resource at work.', ensures: [] },
    ...states.map((state) => nodeFor(root, state)),
  ];
  const edges = bundled(states, live);
  const { version } = kind.plan;
  const text = JSON.stringify({ version, nodes, edges });
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { id: kind.declaration.kind, version, hash, nodes, edges };
}

function descendants(node: StateNode): StateNode[] {
  return Object.values(node.states).flatMap((state) => [state, ...descendants(state)]);
}

function pathOf({ path }: StateNode): string {
  return path.join('.');
}

function nodeFor(root: StateNode, state: StateNode): GraphNode {
  const outer = state.path.slice(0, -1);
  const holder = outer.reduce((node, name) => node.states[name] ?? node, root);
  const parent = outer.length > 0 ? outer.join('.') : state.tags.includes(frame) ? frame : undefined;
  return {
    id: pathOf(state),
    ...(parent === undefined ? {} : { parent }),
    is: Object.keys(state.states).length > 0 ? 'compound' : 'state',
    isInitial: holder.config.initial === state.path.at(-1),
    about: state.description ?? '',
    ensures: state.invoke.map((invoke) => {
      const { verb, child } = (invoke as { input: Effect }).input;
      return child === undefined ? verb : `${verb} ${child}`;
    }),
  };
}

/** Arrows with the same target and guard are one: from the frame if all of its states have it, else from the nearest state. */
function bundled(states: readonly StateNode[], live: readonly string[]): GraphEdge[] {
  const order = states.map(pathOf);
  const bundles = new Map<string, { to: string; label: string; from: string[] }>();
  for (const state of states) {
    for (const way of state.always ?? []) {
      const { to, terms } = (way as { actions: readonly { params: Crossed }[] }).actions[0]!.params;
      const label = terms.map(describeTerm).join(' and ');
      const bundle = bundles.get(`${to} ${label}`) ?? { to, label, from: [] };
      bundle.from.push(pathOf(state));
      bundles.set(`${to} ${label}`, bundle);
    }
  }
  const family = (state: string): string => (live.includes(state) ? frame : state.split('.').slice(0, -1).join('.'));
  return [...bundles.values()].flatMap(({ to, label, from }) => {
    const families = Map.groupBy(from, family);
    return [...families].flatMap(([name, members]) => {
      const isWhole = name === frame && members.length === live.length;
      // States outside of any family stand for themselves.
      const groups = name === '' ? members.map((state) => [state]) : [members];
      return groups.map((group): GraphEdge => {
        const at = isWhole ? frame : nearest(group, to, order);
        const isInLine = name !== '' && !isWhole && name === family(to);
        const goes = !isInLine ? 'aside' : order.indexOf(to) > order.indexOf(at) ? 'forward' : 'back';
        const text = drawn(label, at, to);
        return {
          id: `${at}>${to}`,
          from: at,
          to,
          label,
          text,
          goes,
          arrows: group.map((state) => ({ from: state, to })),
        };
      });
    });
  });
}

/** `done(DBSynced)` on the arrow to DBSynced is `done`. */
function drawn(label: string, from: string, to: string): string {
  const [, term, step] = /^(\w+)\((\w+)\)$/.exec(label) ?? [];
  return term !== undefined && [from, to].some((state) => state.split('.').at(-1) === step) ? term : label;
}

function nearest(states: readonly string[], to: string, order: readonly string[]): string {
  const far = (state: string): number => Math.abs(order.indexOf(state) - order.indexOf(to));
  return states.reduce((best, state) => (far(state) < far(best) ? state : best));
}
