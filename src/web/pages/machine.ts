import type { Reader } from '../access.ts';
import { machineIn, summaries, type WebContext } from '../context.ts';
import { renderSvg } from '../diagram/svg.ts';
import { html, raw } from '../html.ts';
import { page } from '../instances.ts';
import { countsOf, countsOverlay, coverageOverlay } from '../overlay.ts';
import type { Page } from './page.ts';
import { table, tableOf, takeAlong } from './row.ts';

export function machines({ view, diagrams }: WebContext): Page {
  const body = html`<h1>Machines</h1>
    <p class="note">Every resource is backed by one of these; what you see is what decides.</p>
    <div class="cards">
      ${view.kinds.map(({ declaration: { kind, about } }) => {
        const geometry = diagrams.get(kind);
        return html`<div class="card">
          <strong><a href="/machines/${kind}">${kind}</a></strong>
          <p>${about}</p>
          <span class="note"
            >${geometry?.nodes.filter(({ is }) => is === 'state').length} states · definition
            <code>${geometry?.hash}</code></span
          >
        </div>`;
      })}
    </div>`;
  return { title: 'Machines', path: '/machines', body };
}

export function machine(context: WebContext, reader: Reader, name: string, withCoverage: boolean): Page {
  const { kind, geometry } = machineIn(context, name);
  const counts = countsOf(context.view, kind, geometry, (cr) => reader.sees(cr.kind, cr.metadata.namespace ?? ''));
  const coverage = context.coverage.get(geometry.id);
  const link = (state: string): string => `/instances?kind=${geometry.id}&state=${encodeURIComponent(state)}`;
  const { items, remaining } = page(summaries(context, reader, { kind: geometry.id }), 50, undefined);
  const body = html`<h1>${geometry.id}</h1>
    <p>
      ${kind.declaration.about}
      <span class="note"
        >Version ${geometry.version}, definition <code>${geometry.hash}</code>. A number is how many resources are in a
        state; choose a state to see them.</span
      >
    </p>
    ${takeAlong(`/api/v1/machines/${geometry.id}/diagram`, geometry.id)}
    <div class="picture">
      ${raw(renderSvg(geometry, { ...countsOverlay(counts, link), ...(withCoverage && coverage !== undefined ? coverageOverlay(geometry, coverage) : {}) }))}
    </div>
    ${coverage === undefined ? '' : html`<p class="note">The model tests have followed ${coverage.byFacts.length} of its ${coverage.arrows} arrows by disturbing a cluster, and ${coverage.restored.length} more by putting a status back. <a href="/machines/${geometry.id}${withCoverage ? '' : '?overlay=coverage'}">${withCoverage ? 'Hide them' : 'Show them'}</a></p>`}
    <h2>States</h2>
    ${table(
      ['State', 'Resources', 'Means', 'Ensures'],
      geometry.nodes
        .filter(({ is }) => is === 'state')
        .map(
          ({ id, about, ensures }) =>
            html`<tr>
              <td class="mono">${id}</td>
              <td><a href="${link(id)}">${counts[id] ?? 0}</a></td>
              <td>${about}</td>
              <td class="mono">${ensures.join(', ')}</td>
            </tr>`,
        ),
    )}
    <h2>Resources</h2>
    ${tableOf(items)}${remaining > 0 ? html`<p><a href="/instances?kind=${geometry.id}">and ${remaining} more</a></p>` : ''}`;
  return { title: geometry.id, path: '/machines', follows: `?kind=${geometry.id}`, body };
}
