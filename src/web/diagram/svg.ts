import { html, raw, type Html } from '../html.ts';
import { glyphs, type Standing } from '../standing.ts';
import { sizes, type Geometry, type PlacedEdge, type PlacedNode, type Point } from './geometry.ts';

export interface StateMark {
  readonly is?: Standing;
  /** A word or a number below its name. */
  readonly note?: string;
  readonly href?: string;
  /** The resource is in this state. */
  readonly isHere?: boolean;
}

/** What a picture says beyond the machine itself. */
export interface Overlay {
  /** State → how it stands, and a word or a number to say below its name. */
  readonly states?: Readonly<Record<string, StateMark>>;
  /** Arrow → `taken` lately, `open` as it would be followed next, `held` by its guard. */
  readonly edges?: Readonly<Record<string, 'taken' | 'open' | 'held'>>;
  /** Said to those who do not see the picture. */
  readonly title?: string;
  /** With its own colours, to be looked at by itself. */
  readonly isAlone?: boolean;
}

/** The picture as SVG text. Pure: classes only, no styles on elements, so that it may stand in a page with a strict CSP. */
export function renderSvg(geometry: Geometry, overlay: Overlay = {}): string {
  const { width, height, nodes, edges } = geometry;
  const title = overlay.title ?? `The states of a ${geometry.id}`;
  const frames = nodes.filter((node) => node.is !== 'state');
  const states = nodes.filter((node) => node.is === 'state');
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    class="diagram"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="group"
    aria-label="${title}"
  >
    <title>${title}</title>
    ${
      overlay.isAlone === true
        ? html`<style>
              ${raw(standalone)}</style
            ><rect class="paper" width="${width}" height="${height}" />`
        : ''
    }
    <defs>
      ${['plain', 'taken', 'open', 'held'].map(
        (name) =>
          html`<marker
            id="tip-${name}"
            class="tip ${name}"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
            ><path d="M0 0 8 4 0 8z"
          /></marker>`,
      )}
    </defs>
    ${frames.map((node) => frameOf(node, overlay))} ${edges.map((edge) => lineOf(edge, overlay))}
    ${states.map((node) => stateOf(node, overlay))} ${edges.map((edge) => labelOf(edge, overlay))}
  </svg>`.text.replaceAll(/\n\s*/g, '\n');
}

function frameOf(node: PlacedNode, { states = {} }: Overlay): Html {
  const { is, note } = states[node.id] ?? {};
  const name = node.is === 'frame' ? 'any of these' : node.id;
  return html`<g class="${node.is} ${is ?? ''}" data-frame="${node.id}">
    <title>${node.about}</title>
    <rect x="${node.x}" y="${node.y}" width="${node.width}" height="${node.height}" rx="10" />
    <text class="name" x="${node.x + 16}" y="${node.y + 26}">${name}${note === undefined ? '' : ` ${note}`}</text>
  </g>`;
}

function stateOf(node: PlacedNode, { states = {} }: Overlay): Html {
  const { is, note, href, isHere = false } = states[node.id] ?? {};
  const middle = node.x + node.width / 2;
  const name = node.id.split('.').at(-1) ?? node.id;
  const said = [is === undefined ? '' : glyphs[is], note ?? ''].filter((word) => word !== '').join(' ');
  const body = html`<title>${node.about}</title>
    <rect x="${node.x}" y="${node.y}" width="${node.width}" height="${node.height}" rx="8" />
    <text class="name" x="${middle}" y="${node.y + (said === '' ? 31 : 22)}">${name}</text>
    ${said === '' ? '' : html`<text class="note" x="${middle}" y="${node.y + 40}">${said}</text>`}
    ${node.isInitial ? html`<circle class="initial" cx="${node.x}" cy="${node.y}" r="5" />` : ''}`;
  const label = [name, said].filter((word) => word !== '').join(', ');
  return href === undefined
    ? html`<g
        class="${['state', is, isHere && 'here'].filter(Boolean).join(' ')}"
        data-state="${node.id}"
        role="img"
        tabindex="${isHere ? 0 : -1}"
        aria-label="${isHere ? `${label}, now` : label}"
        >${body}</g
      >`
    : html`<a href="${href}" class="state ${is ?? ''}" data-state="${node.id}" aria-label="${label}">${body}</a>`;
}

function lineOf(edge: PlacedEdge, { edges = {} }: Overlay): Html {
  const mark = edges[edge.id];
  return html`<path
    class="edge ${edge.goes} ${mark ?? ''}"
    data-edge="${edge.id}"
    d="${pathOf(edge.points)}"
    marker-end="url(#tip-${mark ?? 'plain'})"
  />`;
}

function labelOf(edge: PlacedEdge, { edges = {} }: Overlay): Html | '' {
  const { labelBox: box, label, text } = edge;
  if (box === undefined) return '';
  const others = edge.arrows.length > 1 ? `, from ${edge.arrows.map(({ from }) => from).join(', ')}` : '';
  return html`<g class="label ${edge.goes} ${edges[edge.id] ?? ''}" data-label="${edge.id}">
    <title>${label}${others}</title>
    <rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="3" />
    <text x="${box.x + box.width / 2}" y="${box.y + box.height - 5}">${text}</text>
  </g>`;
}

/** Straight lines with round corners. */
function pathOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (before === undefined) return `M${at(point)}`;
      if (after === undefined) return `L${at(point)}`;
      return `L${at(towards(point, before))}Q${at(point)} ${at(towards(point, after))}`;
    })
    .join('');
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(6, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}

/** The part of the pages' style sheet that a picture needs by itself. */
export const diagramStyle = `
.diagram text { font-family: ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace; fill: var(--text); text-anchor: middle; }
.diagram rect { fill: var(--box); stroke: var(--line); stroke-width: 1.25; }
.diagram .name { font-size: ${sizes.title}px; font-weight: 600; }
.diagram .note { font-size: ${sizes.note}px; }
.diagram .label text { font-size: ${sizes.label}px; fill: var(--line); }
.diagram .label > rect { fill: var(--paper); stroke: none; }
.diagram .frame > rect, .diagram .compound > rect { fill: none; stroke-dasharray: 2 4; }
.diagram .frame > .name, .diagram .compound > .name { text-anchor: start; font-weight: 400; fill: var(--line); }
.diagram .paper { fill: var(--paper); stroke: none; }
.diagram .initial { fill: var(--line); }
.diagram .edge { fill: none; stroke: var(--line); stroke-width: 1.25; }
.diagram .edge.back, .diagram .edge.aside { stroke-opacity: 0.55; }
.diagram .tip { fill: var(--line); }
.diagram .active > rect { fill: var(--active-tint); stroke: var(--active); stroke-width: 3; }
.diagram .active > .note { fill: var(--active); }
.diagram .done > rect { fill: var(--done-tint); stroke: var(--done); }
.diagram .done > .note { fill: var(--done); }
.diagram .waiting > rect { fill: var(--waiting-tint); stroke: var(--waiting); stroke-width: 3; stroke-dasharray: 8 4; }
.diagram .waiting > .note { fill: var(--waiting); }
.diagram .failed > rect { fill: var(--failed-tint); stroke: var(--failed); stroke-width: 4; }
.diagram .failed > .note { fill: var(--failed); }
.diagram .paused > rect { fill: var(--paused-tint); stroke: var(--paused); stroke-width: 3; stroke-dasharray: 1 5; stroke-linecap: round; }
.diagram .paused > .note { fill: var(--paused); }
.diagram .edge.taken { stroke: var(--done); stroke-width: 2; stroke-opacity: 1; }
.diagram .edge.open { stroke: var(--active); stroke-width: 2.5; stroke-opacity: 1; }
.diagram .edge.held { stroke: var(--waiting); stroke-width: 2; stroke-dasharray: 6 4; stroke-opacity: 1; }
.diagram .tip.taken { fill: var(--done); }
.diagram .tip.open { fill: var(--active); }
.diagram .tip.held { fill: var(--waiting); }
.diagram .label.held text { fill: var(--waiting); }
`;

type Colours = Readonly<Record<string, string>>;

/** Every colour there is, in either theme; text on its tint has a contrast of 5.3 at least. */
const colours: { readonly light: Colours; readonly dark: Colours } = {
  light: {
    text: '#17202b',
    line: '#5b6675',
    paper: '#ffffff',
    box: '#f4f6f9',
    active: '#0057b8',
    'active-tint': '#e3f0ff',
    done: '#00715a',
    'done-tint': '#e4f5ef',
    waiting: '#7a5a00',
    'waiting-tint': '#fff4d6',
    failed: '#b33a00',
    'failed-tint': '#ffeade',
    paused: '#5b4b8a',
    'paused-tint': '#eee9fb',
  },
  dark: {
    text: '#e6ebf2',
    line: '#8d9bab',
    paper: '#11161d',
    box: '#1b222c',
    active: '#5db2ff',
    'active-tint': '#12314f',
    done: '#57c7a3',
    'done-tint': '#12332a',
    waiting: '#f0c24a',
    'waiting-tint': '#3a2f0f',
    failed: '#ff9b6b',
    'failed-tint': '#43200f',
    paused: '#c3b5f5',
    'paused-tint': '#2c2547',
  },
};

/** The theme that the system has, or the one that the reader chose (`data-theme`). */
export const palette = `
:root { color-scheme: light; ${variables(colours.light)} }
:root[data-theme='dark'] { color-scheme: dark; ${variables(colours.dark)} }
@media (prefers-color-scheme: dark) { :root:not([data-theme='light']) { color-scheme: dark; ${variables(colours.dark)} } }
`;

function variables(of: Colours): string {
  return Object.entries(of)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');
}

const standalone = palette + diagramStyle;
