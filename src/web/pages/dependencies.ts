import type { Reader } from '../access.ts';
import { summaries, type WebContext } from '../context.ts';
import { dependenciesOf } from '../dependencies.ts';
import { html } from '../html.ts';
import { keyFor, parseKey } from '../keys.ts';
import type { Summary } from '../instances.ts';
import type { Page } from './page.ts';
import { linkTo, pill } from './row.ts';

/** More than anybody can look at in one picture. */
const most = 150;

/** Which namespaces there are, those with something that is not Ready first. */
function choice(all: readonly Summary[]): Page {
  const namespaces = [...Map.groupBy(all, ({ namespace }) => namespace)]
    .map(([name, members]) => ({
      name,
      count: members.length,
      open: members.filter(({ standing }) => standing !== 'done').length,
    }))
    .sort((a, b) => b.open - a.open || (a.name < b.name ? -1 : 1));
  const body = html`<h1>Dependencies</h1>
    <p>${all.length} resources are too many for one picture. Choose a namespace:</p>
    <ul>
      ${namespaces.slice(0, 300).map(({ name, count, open }) => html`<li><a href="/dependencies?namespace=${name}">${name}</a>: ${count}${open === 0 ? ', all Ready' : `, ${open} not Ready`}</li>`)}
    </ul>`;
  return { title: 'Dependencies', path: '/dependencies', body };
}

/** Who is built on whom, in columns; what is waited for right now stands out. */
export function dependencies(context: WebContext, reader: Reader, namespace: string | undefined): Page {
  const all = summaries(context, reader, namespace === undefined ? {} : { namespace });
  if (all.length > most && namespace === undefined) return choice(all);
  const { instances: found, uses } = dependenciesOf(context, reader, namespace);
  // What is not Ready is what people come here for.
  const instances = [...found]
    .sort((a, b) => Number(a.standing === 'done') - Number(b.standing === 'done'))
    .slice(0, most);
  const depths = [...new Set(instances.map(({ depth }) => depth))].sort((a, b) => a - b);
  const body = html`<h1>Dependencies</h1>
    ${instances.length === 0 ? html`<p>There is no resource yet.</p>` : ''}
    ${found.length > most ? html`<p class="note">${most} of ${found.length} are shown, those that are not Ready first. <a href="/instances?namespace=${namespace}">All</a></p>` : ''}
    <div class="phases">
      ${depths.map(
        (depth) =>
          html`<section aria-label="Level ${depth + 1}">
            <h2>${depth === 0 ? 'Built on nothing' : depth === 1 ? 'Built on these' : 'And on those'}</h2>
            ${instances
              .filter((instance) => instance.depth === depth)
              .map((instance) => {
                const own = uses.filter(({ from }) => from === keyFor(instance));
                return html`<div class="card">
                  <a href="${linkTo(instance)}"><strong>${instance.kind}/${instance.name}</strong></a>
                  <span class="note">${instance.namespace}</span> ${pill(instance.standing)}
                  <ul class="terms">
                    ${own.map(({ to, waits, exists, made }) => {
                      const { kind, name, namespace: at } = parseKey(to);
                      const said = !exists
                        ? 'does not exist'
                        : waits
                          ? 'is waited for'
                          : made
                            ? 'is part of it'
                            : 'is used';
                      return html`<li class="${waits || !exists ? 'no' : 'yes'}">
                        ${waits || !exists ? '◷' : '✓'}
                        ${exists ? html`<a href="${linkTo({ kind, namespace: at, name })}">${kind}/${name}</a>` : html`${kind}/${name}`}
                        ${said}
                      </li>`;
                    })}
                  </ul>
                </div>`;
              })}
          </section>`,
      )}
    </div>`;
  return {
    title: 'Dependencies',
    path: '/dependencies',
    follows: namespace === undefined ? '' : `?namespace=${encodeURIComponent(namespace)}`,
    body,
  };
}
