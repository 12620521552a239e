import type { Reader } from '../access.ts';
import { summaries, type WebContext } from '../context.ts';
import { html } from '../html.ts';
import { page, type Filter } from '../instances.ts';
import { standings, words } from '../standing.ts';
import type { Page } from './page.ts';
import { tableOf } from './row.ts';

const pageSize = 100;

/** Resources, narrowed by the URL; so much at a time that the page stays quick however many there are. */
export function list(context: WebContext, reader: Reader, filter: Filter, after: string | undefined): Page {
  const found = summaries(context, reader, filter);
  const { items, next, remaining } = page(found, pageSize, after);
  const query = (more: Record<string, string | undefined>): string => {
    const entries = Object.entries({ ...filter, ...more }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as [string, string]],
    );
    return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
  };
  const namespaces = [...new Set(summaries(context, reader).map(({ namespace }) => namespace))].sort();
  const option = (value: string, chosen: string | undefined, label = value) =>
    html`<option value="${value}" ${value === (chosen ?? '') ? html` selected` : ''}>${label}</option>`;
  const body = html`<h1>Resources</h1>
    <form class="filter" method="get" action="/instances" role="search">
      <label
        >Search<input
          type="search"
          name="q"
          id="search"
          value="${filter.q ?? ''}"
          placeholder="name, or what it waits for"
      /></label>
      <label
        >Kind<select name="kind">
          ${option('', filter.kind, 'all')}${context.view.kinds.map(({ declaration: { kind } }) => option(kind, filter.kind))}
        </select></label
      >
      <label
        >Namespace<select name="namespace">
          ${option('', filter.namespace, 'all')}${namespaces.map((name) => option(name, filter.namespace))}
        </select></label
      >
      <label
        >Is<select name="standing">
          ${option('', filter.standing, 'anything')}${standings.map((one) => option(one, filter.standing, words[one]))}
        </select></label
      >
      <label>State<input name="state" value="${filter.state ?? ''}" size="14" /></label>
      <button>Show</button>
    </form>
    <p class="note" id="count">
      ${found.length} ${found.length === 1 ? 'resource' : 'resources'}${after === undefined ? '' : ', continued'}
    </p>
    ${found.length === 0 ? html`<p>Nothing is like that. <a href="/instances">Show all</a></p>` : tableOf(items)}
    ${next === undefined ? '' : html`<p><a rel="next" href="/instances${query({ after: next })}">${remaining} more</a></p>`}`;
  return { title: 'Resources', path: '/instances', follows: query({}), body };
}
