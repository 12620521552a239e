import { html, type Html } from '../html.ts';
import type { Summary } from '../instances.ts';
import { glyphs, words, type Standing } from '../standing.ts';

export function pill(standing: Standing, word: string = words[standing]): Html {
  return html`<span class="pill ${standing}"><span aria-hidden="true">${glyphs[standing]}</span> ${word}</span>`;
}

/** A moment, as a time that the page keeps counting. */
export function ago(at: string | undefined): Html | '' {
  return at === undefined
    ? ''
    : html`<time datetime="${at}" data-ago title="${at}">${at.slice(0, 19).replace('T', ' ')}</time>`;
}

export function linkTo({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string {
  return `/instances/${[kind, namespace, name].map(encodeURIComponent).join('/')}`;
}

/** A line of a list; the page's script makes the same one from a change that it is told. */
export function rowOf(summary: Summary): Html {
  const key = `${summary.kind}/${summary.namespace}/${summary.name}`;
  return html`<tr data-key="${key}">
    <td><a href="${linkTo(summary)}">${summary.kind}/${summary.name}</a></td>
    <td>${summary.namespace}</td>
    <td>${pill(summary.standing)}</td>
    <td class="mono">${summary.state}</td>
    <td>${summary.waitingFor ?? ''}</td>
    <td>${ago(summary.since)}</td>
  </tr>`;
}

export function tableOf(rows: readonly Summary[]): Html {
  return table(['Resource', 'Namespace', 'Is', 'State', 'Waits for', 'Since'], rows.map(rowOf), 'rows');
}

/** Scrolls by itself where the page is narrow. */
export function table(heads: readonly string[], rows: readonly Html[], id?: string): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th>${head}</th>`)}
        </tr>
      </thead>
      <tbody${id === undefined ? '' : html` id="${id}"`}>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** A diagram as files with a name of their own. It stands above the diagram, which may be higher than the window. */
export function takeAlong(path: string, name: string): Html {
  const file = (ending: string, label: string) =>
    html`<a href="${path}.${ending}" download="${name}.${ending}">${label}</a>`;
  return html`<p>
    Save this diagram: ${file('svg', 'SVG')} · ${file('mmd', 'Mermaid')} · ${file('json', 'JSON')}
    <button type="button" data-png="${path}.svg">PNG</button>
  </p>`;
}
