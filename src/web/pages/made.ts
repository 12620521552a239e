import type { KubeObject } from '../../kube/object.ts';
import type { Kind } from '../../machines/engine/kind.ts';
import type { Reader } from '../access.ts';
import type { Ref } from '../cause.ts';
import { childrenOf, type WebContext } from '../context.ts';
import { html, type Html } from '../html.ts';
import { sentenceOf, summaryOf } from '../instances.ts';
import { isMadeBy, kindsIn, stagesOf, type Member, type Stage } from '../made.ts';
import type { Standing } from '../standing.ts';
import { linked } from './linked.ts';
import { linkTo, pill } from './row.ts';

/** The resources that one is made of, a column for each step; nothing where it is made of no resource. */
export function madeSection(context: WebContext, reader: Reader, kind: Kind, cr: KubeObject): Html | '' {
  const { namespace = '' } = cr.metadata;
  if (kindsIn(kind).length === 0) return '';
  const made = childrenOf(context, reader, kind, cr).flatMap((child) => {
    const of = context.view.kinds.find(({ declaration }) => declaration.kind === child.kind);
    return of === undefined || !isMadeBy(child, cr) ? [] : [{ cr: child, summary: summaryOf(of, child) }];
  });
  const stages = stagesOf(kind, cr, made, (name) => reader.sees(name, namespace));
  const members = stages.flatMap((stage) => stage.members);
  if (members.length === 0) return '';
  const { phase } = (cr['status'] ?? {}) as { phase?: unknown };
  const link = ({ kind: of, name }: Ref): Html =>
    html`<a href="${linkTo({ kind: of, namespace, name })}">${of}/${name}</a>`;
  return html`<section aria-label="Services by phase" id="services">
    <h2>
      Services by phase
      <span class="segments" aria-hidden="true"
        >${members.map((member) => html`<i class="${standingOf(member) ?? 'later'}"></i>`)}</span
      >
      <span class="note"
        >${readyOf(members)} of ${members.length}
        Ready${typeof phase === 'string' && phase !== 'Ready' ? `, in phase ${phase}` : ''}</span
      >
    </h2>
    <div class="stages">
      ${stages.map(
        (stage, index) =>
          html`<section
            aria-label="${stage.step}"
            class="${readyOf(stage.members) === stage.members.length ? '' : 'open'}"
          >
            <h3>${index + 1}. ${stage.step} ${stagePill(stage)}</h3>
            ${stage.members.map((member) => card(member, link, (text) => linked(context, reader, cr, text)))}
          </section>`,
      )}
    </div>
  </section>`;
}

function card(member: Member, link: (ref: Ref) => Html, text: (sentence: string) => Html): Html {
  const { kind, name, summary, waitsFor, holdsUp } = member;
  if (summary === undefined)
    return html`<div class="card later"><strong>${kind}/${name}</strong> <span class="note">not made yet</span></div>`;
  const isReady = summary.ready === 'True';
  const says = waitsFor === undefined ? text(sentenceOf(summary)) : html`waits for ${link(waitsFor)}`;
  return html`<div class="card ${summary.standing}">
    <strong>${link(member)}</strong> ${pill(summary.standing)}
    ${summary.state === 'Ready' ? '' : html`<span class="mono">${summary.state}</span>`}
    ${isReady ? '' : html`<p>${says}</p>`}
    ${isReady || holdsUp.length === 0 ? '' : html`<p class="note">holds up ${holdsUp.map((ref, index) => html`${index === 0 ? '' : ', '}${link(ref)}`)}</p>`}
  </div>`;
}

/** The worst that any of them does, and how many are done. */
function stagePill({ members }: Stage): Html {
  const seen = members.flatMap((member) => standingOf(member) ?? []);
  if (seen.length === 0) return html`<span class="note">not begun</span>`;
  const order: readonly Standing[] = ['failed', 'paused', 'active', 'waiting', 'done'];
  const worst = seen.length < members.length ? 'active' : 'done';
  const standing = order.find((one) => seen.includes(one) && one !== 'done') ?? worst;
  return pill(standing, `${readyOf(members)} of ${members.length}`);
}

function standingOf({ summary }: Member): Standing | undefined {
  return summary?.standing;
}

function readyOf(members: readonly Member[]): number {
  return members.filter(({ summary }) => summary?.ready === 'True').length;
}
