import type { Graph, GraphNode } from './graph.ts';

/** The graph as a Mermaid `stateDiagram-v2`, for READMEs and runbooks. `marked` states get a thick border. */
export function mermaidOf(graph: Graph, marked: readonly string[] = []): string {
  const lines = ['stateDiagram-v2'];
  const write = (parent: string | undefined, indent: string): void => {
    for (const node of graph.nodes.filter((candidate) => candidate.parent === parent)) {
      if (node.isInitial) lines.push(`${indent}[*] --> ${idOf(node.id)}`);
      if (node.is === 'state') lines.push(`${indent}state "${titleOf(node)}" as ${idOf(node.id)}`);
      else {
        lines.push(`${indent}state "${titleOf(node)}" as ${idOf(node.id)} {`);
        write(node.id, `${indent}  `);
        lines.push(`${indent}}`);
      }
    }
  };
  write(undefined, '  ');
  for (const { from, to, label } of graph.edges)
    lines.push(`  ${idOf(from)} --> ${idOf(to)}${label === '' ? '' : ` : ${label}`}`);
  if (marked.length > 0) {
    lines.push('  classDef here stroke-width:4px');
    for (const state of marked) lines.push(`  class ${idOf(state)} here`);
  }
  return `${lines.join('\n')}\n`;
}

function idOf(state: string): string {
  return state.replaceAll('.', '_');
}

function titleOf(node: GraphNode): string {
  return node.is === 'frame' ? 'any of these' : (node.id.split('.').at(-1) ?? node.id);
}
