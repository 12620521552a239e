import type { KubeObject } from '../kube/object.ts';
import type { Kind } from '../machines/engine/kind.ts';
import { storedStatus } from '../machines/engine/status.ts';
import type { OperatorView } from '../runtime/view.ts';
import type { Geometry } from './diagram/geometry.ts';
import type { Coverage } from './diagrams.ts';
import type { Overlay, StateMark } from './diagram/svg.ts';
import { summaryOf, type Summary } from './instances.ts';
import { words } from './standing.ts';
import type { Way } from './why.ts';

/** One resource on its machine: where it is, what it has done, and which arrows its guards hold. */
export function liveOverlay(geometry: Geometry, summary: Summary, ways: readonly Way[], history: Passages): Overlay {
  const order = geometry.nodes.filter(({ parent, is }) => parent === 'live' && is === 'state').map(({ id }) => id);
  const at = order.indexOf(summary.state);
  const states: Record<string, StateMark> = {};
  for (const done of at > 0 ? order.slice(0, at) : []) states[done] = { is: 'done', note: 'done' };
  states[summary.state] = { is: summary.standing, note: words[summary.standing], isHere: true };
  const compound = summary.state.split('.')[0];
  if (compound !== undefined && compound !== summary.state) states[compound] = { is: summary.standing, note: '' };
  const edges: Record<string, 'taken' | 'open' | 'held'> = {};
  const drawn = (from: string, to: string): string | undefined =>
    geometry.edges.find((edge) => edge.arrows.some((arrow) => arrow.from === from && arrow.to === to))?.id;
  for (const { from, to } of history) {
    const id = drawn(from, to);
    if (id !== undefined) edges[id] = 'taken';
  }
  for (const way of ways) {
    const id = drawn(summary.state, way.to);
    if (id !== undefined && way.leads === 'on') edges[id] = way.holds ? 'open' : 'held';
  }
  return { states, edges, title: `${summary.kind} ${summary.namespace}/${summary.name} is in ${summary.state}` };
}

type Passages = readonly { readonly from: string; readonly to: string }[];

/** How many resources are in each state; `href` makes a state lead to their list. */
export function countsOverlay(counts: Readonly<Record<string, number>>, href?: (state: string) => string): Overlay {
  const states = Object.entries(counts).map(([state, count]) => [
    state,
    {
      ...(count > 0 ? { is: state === 'Ready' ? ('done' as const) : ('active' as const) } : {}),
      note: count === 0 ? '' : String(count),
      ...(href === undefined ? {} : { href: href(state) }),
    },
  ]);
  return { states: Object.fromEntries(states) as NonNullable<Overlay['states']> };
}

/** Which arrows the model tests have followed; one that stands for several is followed when each of them is. */
export function coverageOverlay({ edges }: Geometry, { byFacts, restored }: Coverage): Overlay {
  const walked = new Set([...byFacts, ...restored]);
  const marks = edges.map(
    ({ id, arrows }) => [id, arrows.every(({ from, to }) => walked.has(`${from}>${to}`)) ? 'taken' : 'held'] as const,
  );
  return { edges: Object.fromEntries(marks) };
}

/** Every state of a machine, and how many of the resources are in it. */
export function countsOf(view: OperatorView, kind: Kind, geometry: Geometry, isShown: (cr: KubeObject) => boolean) {
  const states = geometry.nodes.filter(({ is }) => is === 'state').map(({ id }) => id);
  const counts: Record<string, number> = Object.fromEntries(states.map((state) => [state, 0]));
  for (const cr of view.all(kind).filter(isShown)) {
    const { state } = summaryOf(kind, cr);
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

export function historyOf(cr: KubeObject): NonNullable<ReturnType<typeof storedStatus>>['machine']['history'] {
  return storedStatus(cr)?.machine.history ?? [];
}
