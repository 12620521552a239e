import { isApiError } from '../../kube/errors.ts';
import type { Reader } from '../access.ts';
import { instanceIn, type WebContext } from '../context.ts';
import { toldIn, type Told } from '../events.ts';
import { html } from '../html.ts';
import type { Asked } from './instance.ts';
import type { Page } from './page.ts';
import { ago, linkTo, pill, table } from './row.ts';

/** What was told of a resource and of what belongs to it. A page of its own, since each look asks the API server. */
export async function events(context: WebContext, reader: Reader, asked: Asked, signal: AbortSignal): Promise<Page> {
  const { kind, cr, summary } = instanceIn(context, reader, asked);
  const here = linkTo(summary);
  const told = await context.view.events(kind, cr, signal).then(toldIn, (failure: unknown) => {
    if (isApiError(failure)) return failure.message;
    throw failure;
  });
  const body = html`<p class="crumbs"><a href="${here}">${summary.kind}/${summary.name}</a></p>
    <h1>Events</h1>
    <p class="note">
      Of ${summary.kind}/${summary.name} and of what belongs to it, the newest first. Kubernetes forgets them after an
      hour; <a href="${here}">what it went through</a> is remembered for longer.
    </p>
    ${typeof told === 'string' ? html`<p class="sentence failed">They could not be read: ${told}</p>` : told.length === 0 ? html`<p>Nothing was told.</p>` : table(['When', 'Type', 'About', 'Reason', 'Says', 'Times', 'By'], told.map(rowOf))}`;
  return { title: `Events: ${summary.kind}/${summary.name}`, path: '/instances', body };
}

function rowOf({ at, type, about, reason, note, count, by }: Told) {
  return html`<tr>
    <td>${ago(at)}</td>
    <td>${type === 'Warning' ? pill('failed', type) : type}</td>
    <td>${about}</td>
    <td>${reason}</td>
    <td>${note}</td>
    <td>${count}</td>
    <td>${by}</td>
  </tr>`;
}
