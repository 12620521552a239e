import elk, { type ElkExtendedEdge, type ElkLabel, type ElkNode } from 'elkjs';
import { sizes, textWidth, type Geometry, type PlacedEdge, type PlacedNode } from '../src/web/diagram/geometry.ts';
import type { Graph, GraphEdge, GraphNode } from '../src/web/diagram/graph.ts';

// CommonJS with `exports.default`, which Node takes for the module itself.
const Elk = elk as unknown as typeof elk.default;

/** Places for a graph, by ELK's layered layout. The same graph always gives the same places. */
export async function layout(graph: Graph): Promise<Geometry> {
  const { x: _x, y: _y, width = 0, height = 0, ...root } = await placed(graph);
  const boxes = new Map<string, ElkNode>();
  collect(root as ElkNode, boxes);
  const nodes = graph.nodes.map((node): PlacedNode => ({ ...node, ...boxOf(boxes.get(node.id)) }));
  const found = new Map(
    [root as ElkNode, ...boxes.values()].flatMap(({ edges = [] }) => edges.map((edge) => [edge.id, edge])),
  );
  const edges = graph.edges.map((edge): PlacedEdge => {
    const { sections = [], labels = [] } = found.get(edge.id) ?? { sections: [], labels: [] };
    const [section] = sections;
    if (section === undefined) throw new Error(`${graph.id}: the arrow ${edge.id} was not placed`);
    const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
    const [label] = labels;
    return {
      ...edge,
      points: points.map(({ x, y }) => ({ x: round(x), y: round(y) })),
      ...(label === undefined ? {} : { labelBox: boxOf(label) }),
    };
  });
  return { ...graph, width: Math.ceil(width), height: Math.ceil(height), nodes, edges };
}

/**
 * Columns from left to right: the states at work, then what lies aside of them; inside each, from top to bottom.
 * An arrow into the first state of a frame ends at the frame, as statecharts have it.
 */
async function placed(graph: Graph): Promise<ElkNode> {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  for (const { id, from, to } of graph.edges) {
    // ELK's own message for this is its whole source.
    if (!nodes.has(from) || !nodes.has(to)) throw new Error(`${graph.id}: the arrow ${id} leads to no state`);
  }
  const container = (node: string): string | undefined => nodes.get(node)?.parent;
  const edgesIn = (parent: string | undefined): ElkExtendedEdge[] =>
    graph.edges.flatMap((edge): ElkExtendedEdge[] => {
      const target = nodes.get(edge.to);
      const crosses = container(edge.from) !== container(edge.to);
      if (crosses && target?.isInitial !== true) throw new Error(`${graph.id}: ${edge.id} leads into a frame`);
      const to = crosses ? (target?.parent ?? edge.to) : edge.to;
      if (container(edge.from) !== parent) return [];
      return [
        { id: edge.id, sources: [edge.from], targets: [to], labels: labelsOf(edge), layoutOptions: optionsOf(edge) },
      ];
    });
  const inside = (parent: string | undefined): ElkNode[] =>
    graph.nodes
      .filter((node) => node.parent === parent)
      .map((node): ElkNode =>
        node.is === 'state'
          ? { id: node.id, ...sizeOf(node) }
          : {
              id: node.id,
              children: inside(node.id),
              edges: edgesIn(node.id),
              layoutOptions: {
                ...common,
                'elk.direction': 'DOWN',
                'elk.padding': '[top=44,left=20,bottom=20,right=20]',
              },
            },
      );
  return new Elk().layout({
    id: 'root',
    layoutOptions: {
      ...common,
      'elk.direction': 'RIGHT',
      'elk.json.edgeCoords': 'ROOT',
      'elk.json.shapeCoords': 'ROOT',
      'elk.padding': '[top=12,left=12,bottom=12,right=12]',
    },
    children: inside(undefined),
    edges: edgesIn(undefined),
  });
}

const common = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  'elk.spacing.nodeNode': '28',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.spacing.edgeLabel': '4',
};

function labelsOf({ text }: GraphEdge): ElkLabel[] {
  if (text === '') return [];
  return [{ text, width: textWidth(text, sizes.label) + 8, height: sizes.label + 6 }];
}

function optionsOf({ goes }: GraphEdge): Record<string, string> {
  const straight = {
    'elk.layered.priority.straightness': '10',
    'elk.layered.priority.direction': '10',
    'elk.layered.priority.shortness': '10',
  };
  return { 'elk.edgeLabels.placement': 'CENTER', ...(goes === 'forward' ? straight : {}) };
}

/** Room for the name and for a line below it: a glyph, a word, a count. */
function sizeOf(node: GraphNode): { width: number; height: number } {
  const name = node.id.split('.').at(-1) ?? node.id;
  return { width: Math.max(168, textWidth(name, sizes.title) + 32), height: 52 };
}

function collect(node: ElkNode, into: Map<string, ElkNode>): void {
  into.set(node.id, node);
  for (const child of node.children ?? []) collect(child, into);
}

function boxOf(shape: { x?: number; y?: number; width?: number; height?: number } | undefined) {
  const { x = 0, y = 0, width = 0, height = 0 } = shape ?? {};
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
