import type { Reader } from '../access.ts';
import { summaries, type WebContext } from '../context.ts';
import { happeningsOf } from '../happenings.ts';
import { html, type Html } from '../html.ts';
import { sentenceOf, type Summary } from '../instances.ts';
import { standings } from '../standing.ts';
import type { Page } from './page.ts';
import { ago, linkTo, pill } from './row.ts';

/** Lines of what happened: at least, at most. */
const [fewest, most] = [20, 100];

/** What needs a person first, then how all stand, then what happened last. */
export function overview(context: WebContext, reader: Reader): Page {
  const all = summaries(context, reader);
  const ready = all.filter(({ standing }) => standing === 'done').length;
  const open = all.filter(({ standing }) => standing !== 'done');
  const rank = (summary: Summary): number =>
    ['failed', 'paused', 'active', 'waiting', 'done'].indexOf(summary.standing);
  const attention = [...open].sort((a, b) => rank(a) - rank(b));
  const body = html`<h1>${headline(all.length, ready)}</h1>
    ${
      all.length === 0
        ? html`<p>There is no resource yet. Make one:</p>
            <pre>kubectl apply -k samples/</pre>`
        : ''
    }
    ${
      attention.length === 0
        ? ''
        : html`<h2>Needs attention (${attention.length})</h2>
            ${attention.slice(0, 20).map(card)}`
    }
    ${attention.length > 20 ? html`<p><a href="/instances">and ${attention.length - 20} more</a></p>` : ''}
    <h2>Machines</h2>
    <div class="cards">
      ${context.view.kinds.map(({ declaration: { kind, about } }) => {
        const mine = all.filter((summary) => summary.kind === kind);
        return html`<div class="card">
          <strong><a href="/machines/${kind}">${kind}</a></strong> <span class="note">${about}</span><br />
          ${
            mine.length === 0
              ? html`<span class="note">none</span>`
              : standings.map((standing) => {
                  const count = mine.filter((summary) => summary.standing === standing).length;
                  return count === 0
                    ? ''
                    : html`<a href="/instances?kind=${kind}&standing=${standing}"
                        >${pill(standing, `${count} ${words(standing)}`)}</a
                      > `;
                })
          }
        </div>`;
      })}
    </div>
    <h2>What happened last</h2>
    ${happenings(context, reader, all)}`;
  return { title: 'Overview', path: '/', follows: '', body };
}

function headline(count: number, ready: number): string {
  if (count === 0) return 'No resources';
  return ready === count ? `All ${count} resources are Ready` : `${ready} of ${count} resources are Ready`;
}

function words(standing: (typeof standings)[number]): string {
  return { active: 'at work', done: 'Ready', waiting: 'waiting', failed: 'failed', paused: 'paused' }[standing];
}

function card(summary: Summary): Html {
  return html`<div class="card">
    <a href="${linkTo(summary)}"><strong>${summary.kind}/${summary.name}</strong></a>
    <span class="note">${summary.namespace}</span> ${pill(summary.standing)} <span class="note">in state</span>
    <span class="mono">${summary.state}</span>, ${ago(summary.since)}
    <p class="sentence ${summary.standing}">${sentenceOf(summary)}</p>
  </div>`;
}

/** All of the last hour, and of longer ago so that a quiet cloud tells something, too. */
function happenings({ view }: WebContext, reader: Reader, all: readonly Summary[]): Html {
  const seen = view.kinds.flatMap((kind) =>
    view
      .all(kind)
      .filter(({ metadata }) => reader.sees(kind.declaration.kind, metadata.namespace ?? ''))
      .map((cr) => ({ kind: kind.declaration.kind, cr })),
  );
  const told = happeningsOf(seen);
  const hourAgo = new Date(view.now() - 3_600_000).toISOString();
  const lines = told.slice(0, most).filter(({ at }, index) => index < fewest || at >= hourAgo);
  if (lines.length === 0) return html`<p class="note">${all.length === 0 ? 'Nothing.' : 'Nothing has moved yet.'}</p>`;
  return html`<ul class="history">
      ${lines.map(
        (line) =>
          html`<li>
            ${ago(line.at)} · <a href="${linkTo(line)}">${line.kind}/${line.name}</a> ${line.from} →
            <strong>${line.to}</strong>: ${line.why}
          </li>`,
      )}
    </ul>
    ${told.length === lines.length ? '' : html`<p class="note">${told.length - lines.length} more are remembered: <code>kubectl openstack history -A</code>, or on the page of each resource.</p>`}`;
}
