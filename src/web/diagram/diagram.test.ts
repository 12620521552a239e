import { describe, expect, it } from 'vitest';
import { compiled } from '../../machines/engine/decide.ts';
import { kinds } from '../../machines/index.ts';
import { diagramFolder, loadCoverage, loadDiagrams } from '../diagrams.ts';
import type { Box, Geometry, PlacedNode } from './geometry.ts';
import { sizes, textWidth } from './geometry.ts';
import { graphOf } from './graph.ts';
import { mermaidOf } from './mermaid.ts';
import { renderSvg } from './svg.ts';

const folder = diagramFolder();
const drawings = loadDiagrams(kinds, folder);

describe.each(kinds.map((kind) => ({ name: kind.declaration.kind, kind })))(
  'the drawing of $name',
  ({ name, kind }) => {
    const graph = graphOf(kind);
    const geometry = drawings.get(name) as Geometry;
    const states = geometry.nodes.filter(({ is }) => is === 'state');
    const boxes = geometry.nodes.filter(({ is }) => is !== 'state');

    it('is of the machine that runs', () => expect(geometry.hash).toBe(graph.hash));

    it('has been walked by the model tests as it is: npm run test:model -- --write', () => {
      const { arrows, byFacts, restored } = loadCoverage(drawings, folder).get(name) ?? {
        arrows: 0,
        byFacts: [],
        restored: [],
      };
      const drawn = graph.edges.flatMap((edge) => edge.arrows.map(({ from, to }) => `${from}>${to}`));
      expect(drawn).toHaveLength(arrows);
      expect([...byFacts, ...restored].filter((arrow) => !drawn.includes(arrow))).toEqual([]);
      expect(byFacts.length).toBeGreaterThan(arrows / 2);
    });

    it('has each arrow of the machine once, and no other', () => {
      interface Node {
        path: readonly string[];
        states: Record<string, Node>;
        always?: readonly { target?: readonly { path: readonly string[] }[] }[];
      }
      const real: string[] = [];
      const walk = (node: Node): void => {
        for (const way of node.always ?? []) real.push(`${node.path.join('.')}>${way.target?.[0]?.path.join('.')}`);
        Object.values(node.states).forEach(walk);
      };
      walk(compiled(kind).root as unknown as Node);
      const drawn = graph.edges.flatMap(({ arrows }) => arrows.map(({ from, to }) => `${from}>${to}`));
      expect(drawn.sort()).toEqual(real.sort());
      expect(new Set(drawn).size).toBe(drawn.length);
    });

    it('keeps everything on the paper, and every state inside its frame', () => {
      const paper = { x: 0, y: 0, width: geometry.width, height: geometry.height };
      for (const node of geometry.nodes) {
        expect(isInside(node, paper), node.id).toBe(true);
        const frame = geometry.nodes.find(({ id }) => id === node.parent);
        if (frame !== undefined) expect(isInside(node, frame), node.id).toBe(true);
      }
    });

    it('lets no two of its texts lie on one another', () => {
      const texts = [
        ...states,
        ...geometry.edges.flatMap(({ id, labelBox }) => (labelBox === undefined ? [] : [{ id, ...labelBox }])),
      ];
      for (const [index, one] of texts.entries()) {
        for (const other of texts.slice(index + 1))
          expect(overlap(one, other), `${one.id} and ${other.id}`).toBe(false);
      }
    });

    it('leads each line from one state to the other', () => {
      for (const { id, points, from } of geometry.edges) {
        expect(points.length, id).toBeGreaterThan(1);
        expect(
          touches(
            points[0]!,
            geometry.nodes.find((node) => node.id === from)!,
          ),
          id,
        ).toBe(true);
        // Into a frame, or to the state itself.
        const tips = geometry.nodes.filter((node) => touches(points.at(-1)!, node));
        expect(tips.length, id).toBeGreaterThan(0);
      }
    });

    it('has room for each name', () => {
      for (const node of states) {
        expect(textWidth(node.id.split('.').at(-1) ?? '', sizes.title)).toBeLessThanOrEqual(node.width - 16);
      }
    });

    it('is SVG without a style on any element, so that a strict page can hold it', () => {
      const svg = renderSvg(geometry);
      expect(svg).not.toMatch(/style=|<style|<script|on\w+=/);
      for (const { id } of states) expect(svg.split(`data-state="${id}"`)).toHaveLength(2);
      for (const { id } of boxes) expect(svg).toContain(`data-frame="${id}"`);
      expect(renderSvg(geometry, { isAlone: true })).toContain('<style>');
    });

    it('escapes whatever an overlay says', () => {
      const svg = renderSvg(geometry, {
        title: '<img src=x>',
        states: { Ready: { is: 'failed', note: '"><script>', href: '" onclick="x' } },
      });
      expect(svg).not.toMatch(/<img|<script|" onclick/);
    });

    it('is a Mermaid diagram with every state and arrow', () => {
      const lines = mermaidOf(graph, ['Ready']).split('\n');
      expect(lines[0]).toBe('stateDiagram-v2');
      expect(lines.filter((line) => line.includes(' --> ') && !line.includes('[*]'))).toHaveLength(graph.edges.length);
      for (const { id } of states)
        expect(
          lines.some((line) => line.includes(`as ${id.replaceAll('.', '_')}`)),
          id,
        ).toBe(true);
      expect(lines).toContain('  class Ready here');
    });
  },
);

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function touches({ x, y }: { x: number; y: number }, node: PlacedNode): boolean {
  const near = (value: number, edge: number): boolean => Math.abs(value - edge) <= 1.5;
  const within = (value: number, from: number, size: number): boolean =>
    value >= from - 1.5 && value <= from + size + 1.5;
  const onSide = (near(x, node.x) || near(x, node.x + node.width)) && within(y, node.y, node.height);
  const onEnd = (near(y, node.y) || near(y, node.y + node.height)) && within(x, node.x, node.width);
  return onSide || onEnd;
}
