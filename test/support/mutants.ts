import { createMachine } from 'xstate';
import { compiled } from '../../src/machines/engine/decide.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import type { Crossed, Machine } from '../../src/machines/engine/machine.ts';
import { describeTerm, type Term } from '../../src/machines/engine/terms.ts';

/** A machine with one mistake in it, and what the mistake is. */
export interface Mutant {
  readonly mistake: string;
  readonly machine: Machine;
}

interface Arrow {
  target: string;
  guard?: { type: string; params: { terms: Term[] } };
  actions: { params: Crossed };
}

interface Node {
  always?: Arrow[];
  states?: Record<string, Node>;
}

/** Every machine that differs from the kind's in one arrow taken away, one guard term left out, or one term negated. */
export function mutantsOf(kind: Kind): Mutant[] {
  const { config, implementations } = compiled(kind);
  const build = (mistake: string, edit: (arrows: Arrow[], at: number) => void, place: number[]): Mutant => {
    const copy = structuredClone(config) as unknown as Node;
    const [nodeAt = 0, arrowAt = 0] = place;
    edit(nodesOf(copy)[nodeAt]?.always ?? [], arrowAt);
    return { mistake, machine: createMachine(copy as never, implementations as never) as unknown as Machine };
  };
  return nodesOf(structuredClone(config) as unknown as Node).flatMap((node, nodeAt) =>
    (node.always ?? []).flatMap((arrow, at) => {
      const { from, to } = arrow.actions.params;
      const name = `${from} → ${to}`;
      const terms = arrow.guard?.params.terms ?? [];
      return [
        build(`${name} taken away`, (arrows) => arrows.splice(at, 1), [nodeAt, at]),
        ...terms.flatMap((term, index) => [
          build(`${name} without ${describeTerm(term)}`, (arrows) => arrows[at]?.guard?.params.terms.splice(index, 1), [
            nodeAt,
            at,
          ]),
          build(
            `${name} with ${describeTerm(term)} negated`,
            (arrows) => arrows[at]?.guard?.params.terms.splice(index, 1, negated(term)),
            [nodeAt, at],
          ),
        ]),
      ];
    }),
  );
}

function nodesOf(root: Node): Node[] {
  return [root, ...Object.values(root.states ?? {}).flatMap(nodesOf)];
}

function negated(term: Term): Term {
  switch (term.name) {
    case 'lifecycle':
      return { name: 'not', is: term.is };
    case 'not':
      return { name: 'lifecycle', is: term.is };
    case 'done':
      return { name: 'lost', step: term.step };
    case 'lost':
      return { name: 'done', step: term.step };
  }
}
