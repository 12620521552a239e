import { stringify } from 'yaml';
import type { KubeObject } from '../../kube/object.ts';
import type { Reader } from '../access.ts';
import { childOf, type Child } from '../children.ts';
import { childrenOf, instanceIn, type WebContext } from '../context.ts';
import type { Geometry } from '../diagram/geometry.ts';
import { renderSvg } from '../diagram/svg.ts';
import { html, raw, type Html } from '../html.ts';
import type { Summary } from '../instances.ts';
import { historyOf, liveOverlay } from '../overlay.ts';
import { words, type Standing } from '../standing.ts';
import type { Ref } from '../cause.ts';
import { whyOf, type Way, type Why } from '../why.ts';
import { linked } from './linked.ts';
import { madeSection } from './made.ts';
import type { Page } from './page.ts';
import { ago, linkTo, pill, table, takeAlong } from './row.ts';

export interface Asked {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One resource: why it waits, where it is on its machine, what it went through, what belongs to it. `seq` looks back. */
export async function instance(
  context: WebContext,
  reader: Reader,
  asked: Asked,
  seq: number | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const { kind, geometry, cr, summary } = instanceIn(context, reader, asked);
  const look = await context.view.look(kind, cr, signal);
  const why = whyOf(context.view, reader, kind, cr, look);
  const history = historyOf(cr);
  const past = seq === undefined ? undefined : history[seq];
  const shown: Summary =
    past === undefined ? summary : { ...summary, state: past.to, standing: past.to === 'Ready' ? 'done' : 'active' };
  const overlay = liveOverlay(
    geometry,
    shown,
    past === undefined ? why.ways : [],
    past === undefined ? history : history.slice(0, (seq ?? 0) + 1),
  );
  const here = linkTo(summary);
  const body = html`<p class="crumbs">
      <a href="/instances?kind=${summary.kind}">${summary.kind}</a> in
      <a href="/instances?namespace=${summary.namespace}">${summary.namespace}</a>
    </p>
    <h1>
      ${summary.kind}/${summary.name} ${pill(summary.standing)} <span class="note">in state</span>
      <span class="mono">${summary.state}</span>
    </h1>
    <p class="sentence ${summary.standing}" id="sentence">${linked(context, reader, cr, why.sentence)}</p>
    ${rootCause(why, summary.namespace)}
    <p class="note">
      ${summary.since === undefined ? '' : html`${summary.state === 'Ready' && summary.ready === 'False' ? 'Not Ready since' : 'It came to this state'} ${ago(summary.since)}. `}${summary.failures > 0 ? html`Failed tries: ${summary.failures}. ` : ''}${summary.retryAt === undefined ? '' : html`Next try <time datetime="${summary.retryAt}" data-until>${summary.retryAt}</time>. `}Generation
      ${summary.observedGeneration} of ${summary.generation} was looked at. <a href="${here}/whatif">What if?</a> ·
      <a href="${here}/events">Events</a>
    </p>
    ${past === undefined ? madeSection(context, reader, kind, cr) : ''}
    <div class="columns">
      <section aria-label="Diagram">
        ${past === undefined ? takeAlong(`/api/v1${here}/graph`, `${summary.kind}-${summary.name}`) : html`<p class="sentence active">As it was ${ago(past.at)}: ${past.from} → ${past.to}, because ${past.why}. <a href="${here}">Back to now</a></p>`}
        <div class="picture">${raw(renderSvg(geometry, overlay))}</div>
      </section>
      <section aria-label="Why">
        ${whyPanel(
          why,
          summary,
          context.view.kinds.map(({ declaration }) => declaration.kind),
        )}
        <h2>What it went through</h2>
        ${timeline(here, history, seq, geometry)}
        <h2>What belongs to it</h2>
        ${childrenTable(
          childrenOf(context, reader, kind, cr).map((child) => childOf(child, context.view.kinds)),
          summary.namespace,
          (sentence) => linked(context, reader, cr, sentence),
          context.view.kinds.map(({ declaration }) => declaration.kind),
        )}
      </section>
    </div>
    <h2>Steps</h2>
    ${table(
      ['Step', 'Is', 'Because'],
      why.steps.map(
        (step, index) =>
          html`<tr>
            <td>${step.name}</td>
            <td>${step.is}${step.is === 'done' && !step.healthy ? ', not healthy' : ''}</td>
            <td>${step.message === why.steps[index - 1]?.message ? 'the same' : step.message}</td>
          </tr>`,
      ),
    )}
    <h2>Conditions</h2>
    ${conditions(cr)}
    <details>
      <summary>YAML</summary>
      <pre>${stringify(bare(cr), { lineWidth: 0 })}</pre>
    </details>`;
  const follows = `?kind=${summary.kind}&namespace=${encodeURIComponent(summary.namespace)}&name=${encodeURIComponent(summary.name)}`;
  return {
    title: `${summary.kind}/${summary.name}`,
    path: '/instances',
    body,
    ...(past === undefined ? { follows } : {}),
  };
}

/** One click away from where it began. */
function rootCause({ cause }: Why, namespace: string): Html | '' {
  if (cause === undefined) return '';
  const { through, standing, object } = cause;
  const links = through.map(({ kind, name }, index) => {
    const link = html`<a href="${linkTo({ kind, namespace, name })}">${kind}/${name}</a>`;
    return index === through.length - 1 ? html`<strong>${link}</strong>` : html`${link} → `;
  });
  return html`<p id="cause">
    Root cause: ${links}
    ${pill(standing)}${object === undefined ? '' : html` → <strong>${object.kind}/${object.name}</strong>`}
  </p>`;
}

function whyPanel(why: Why, summary: Summary, ours: readonly string[]): Html {
  const on = why.ways.filter(({ leads }) => leads === 'on');
  const others = why.ways.filter(({ leads }) => leads !== 'on');
  return html`<div class="card">
    <h2>Why</h2>
    ${on.length === 0 ? html`<p>${stays(summary)}</p>` : on.map(wayOf)}
    ${why.blockedBy.length === 0 ? '' : html`<p>Held by ${refs(why.blockedBy, summary.namespace, ours)}</p>`}
    ${why.blocks.length === 0 ? '' : html`<p>Holds up ${refs(why.blocks, summary.namespace, ours)}</p>`}
    ${
      why.try.length === 0
        ? ''
        : html`<p>To see more:</p>
            <pre class="commands">${why.try.join('\n')}</pre>`
    }
    ${
      others.length === 0
        ? ''
        : html`<details>
            <summary>Other ways out of ${why.state} (${others.length})</summary>
            ${others.map(wayOf)}
          </details>`
    }
  </div>`;
}

function stays({ ready, state }: Summary): string {
  if (ready === 'True') return 'It has arrived: nothing is left to do.';
  return state === 'Ready'
    ? 'It has gone its whole way, and is Ready again by itself as soon as what holds it is well.'
    : 'There is no way on from here by itself.';
}

function wayOf({ to, terms }: Way): Html {
  return html`<div>
    → <strong>${to}</strong>${terms.length === 0 ? ' always' : ' needs'}
    <ul class="terms">
      ${terms.map(
        ({ term, holds, read, because }) =>
          html`<li class="${holds ? 'yes' : 'no'}">
            ${holds ? '✓' : '✕'} <code>${term}</code>: <code>${read.path}</code> is
            <code>${read.value}</code
            >${holds ? '' : html`, wanted <code>${read.wanted}</code>`}${because === '' ? '' : html` · ${because}`}
          </li>`,
      )}
    </ul>
  </div>`;
}

function refs(list: readonly Ref[], namespace: string, ours: readonly string[]): Html[] {
  return list.map(({ kind, name }, index) => {
    const text = `${kind}/${name}`;
    const shown = ours.includes(kind)
      ? html`<a href="${linkTo({ kind, namespace, name })}">${text}</a>`
      : html`<strong>${text}</strong>`;
    return html`${index === 0 ? '' : ', '}${shown}`;
  });
}

function timeline(
  here: string,
  history: ReturnType<typeof historyOf>,
  seq: number | undefined,
  { edges, nodes }: Geometry,
): Html {
  if (history.length === 0) return html`<p class="note">It has not moved yet.</p>`;
  const inside = (state: string): readonly string[] =>
    nodes.filter(({ id, parent, isInitial }) => id === state || (parent === state && isInitial)).map(({ id }) => id);
  const isKnown = (from: string, to: string): boolean =>
    edges.some(({ arrows }) =>
      arrows.some(
        (arrow) =>
          (arrow.from === from || from.startsWith(`${arrow.from}.`)) &&
          (arrow.to === to || inside(arrow.to).includes(to)),
      ),
    );
  return html`<ol class="history" reversed>
    ${[...history.entries()]
      .reverse()
      .map(
        ([index, { at, from, to, why }]) =>
          html`<li${index === seq ? html` aria-current="true"` : ''}><a href="${here}?seq=${index}">${ago(at)}</a> ${from} → <strong>${to}</strong>: ${why}${isKnown(from, to) ? '' : html` <em class="no">✕ today's machine has no such arrow</em>`}</li>`,
      )}
  </ol>`;
}

const childWords: Partial<Record<Standing, string>> = { active: 'under way', done: 'well' };

function childrenTable(
  found: readonly Child[],
  namespace: string,
  text: (sentence: string) => Html,
  ours: readonly string[],
): Html {
  if (found.length === 0) return html`<p class="note">Nothing yet.</p>`;
  const rank = { failed: 0, paused: 1, active: 2, waiting: 3, done: 4 };
  const children = [...found].sort((a, b) => rank[a.standing] - rank[b.standing] || (a.kind < b.kind ? -1 : 1));
  return table(
    ['Object', 'Is'],
    children.map(({ kind, name, standing, says }) => {
      const isOurs = ours.includes(kind);
      const what = isOurs
        ? html`<a href="${linkTo({ kind, namespace, name })}">${kind}/${name}</a>`
        : `${kind}/${name}`;
      return html`<tr>
        <td>${what}</td>
        <td>
          ${isOurs ? pill(standing) : pill(standing, childWords[standing] ?? words[standing])}
          ${isOurs ? text(says) : says}
        </td>
      </tr>`;
    }),
  );
}

function conditions(cr: KubeObject): Html {
  const { conditions } = (cr['status'] ?? {}) as { conditions?: Record<string, string>[] };
  if (!Array.isArray(conditions)) return html`<p class="note">None yet.</p>`;
  return table(
    ['Condition', 'Status', 'Reason', 'Message', 'Since'],
    conditions.map(
      (each) =>
        html`<tr>
          <td>${each['type']}</td>
          <td>${each['status']}</td>
          <td>${each['reason']}</td>
          <td>${each['message']}</td>
          <td>${ago(each['lastTransitionTime'])}</td>
        </tr>`,
    ),
  );
}

/** As `kubectl get -o yaml` shows it. */
function bare(cr: KubeObject): object {
  const { managedFields: _, ...metadata } = cr.metadata;
  return { ...cr, metadata };
}
