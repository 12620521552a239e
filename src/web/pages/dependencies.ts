import type { Reader } from '../access.ts';
import type { WebContext } from '../context.ts';
import { dependenciesOf } from '../dependencies.ts';
import { html } from '../html.ts';
import { keyFor, parseKey } from '../keys.ts';
import type { Page } from './page.ts';
import { linkTo, pill } from './row.ts';

/** Who is built on whom, in columns; what is waited for right now stands out. */
export function dependencies(context: WebContext, reader: Reader, namespace: string | undefined): Page {
  const { instances, uses } = dependenciesOf(context, reader, namespace);
  const depths = [...new Set(instances.map(({ depth }) => depth))].sort((a, b) => a - b);
  const body = html`<h1>Dependencies</h1>
    ${instances.length === 0 ? html`<p>There is no resource yet.</p>` : ''}
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
                    ${own.map(({ to, waits, exists }) => {
                      const { kind, name, namespace: at } = parseKey(to);
                      const said = !exists ? 'does not exist' : waits ? 'is waited for' : 'is used';
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
