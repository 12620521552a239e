import type { Graph, GraphEdge, GraphNode } from './graph.ts';

/** A graph with places: what `renderSvg` draws. Pixels from the top left corner; made by `npm run generate`. */
export interface Geometry extends Omit<Graph, 'nodes' | 'edges'> {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedNode extends GraphNode, Box {}

export interface PlacedEdge extends GraphEdge {
  /** Corners of its line, from its beginning to its tip. */
  readonly points: readonly Point[];
  readonly labelBox?: Box;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Every monospace font in use is as wide as 0.602 of its size or less. */
export const charWidth = 0.602;
export const sizes = { title: 14, note: 12, label: 12 } as const;

export function textWidth(text: string, size: number): number {
  return Math.ceil([...text].length * size * charWidth);
}
