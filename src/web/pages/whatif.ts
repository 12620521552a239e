import { stringify } from 'yaml';
import type { KubeObject } from '../../kube/object.ts';
import type { Reader } from '../access.ts';
import { instanceIn, type WebContext } from '../context.ts';
import { html, type Html } from '../html.ts';
import type { Prediction } from '../whatif.ts';
import type { Asked } from './instance.ts';
import type { Page } from './page.ts';
import { linkTo, table } from './row.ts';

/** The form of a question, and what would happen. Nothing is written, whatever is asked. */
export function whatIf(
  context: WebContext,
  reader: Reader,
  asked: Asked,
  text: string | undefined,
  answer: Prediction | string | undefined,
): Page {
  const { kind, cr, summary } = instanceIn(context, reader, asked);
  const here = linkTo(summary);
  const images = imagesOf(context.view.children(kind, cr));
  const body = html`<p class="crumbs"><a href="${here}">${summary.kind}/${summary.name}</a></p>
    <h1>What if?</h1>
    <p class="note">Asked of the machine itself, on a copy. Nothing is written.</p>
    <form method="get" action="${here}/whatif">
      <label
        >With these fields of the spec (YAML)<textarea name="spec" rows="5" spellcheck="false">
${text ?? 'replicas: 3\n'}</textarea>
      </label>
      <p><button>Ask</button></p>
    </form>
    ${answer === undefined ? '' : typeof answer === 'string' ? html`<p class="sentence failed">${answer}</p>` : predictionOf(answer, kind.stepNames)}
    <h2>Its spec now</h2>
    <pre>${stringify(cr['spec'] ?? {}, { lineWidth: 0 })}</pre>
    ${images.length === 0 ? '' : html`<p>It runs ${images.map((image, index) => html`${index === 0 ? '' : ', '}<code>${image}</code>`)}.</p>`}
    <details>
      <summary>Fields that a ${summary.kind} may have</summary>
      ${table(
        ['Field', 'Means'],
        Object.entries(kind.declaration.spec.shape).map(
          ([field, { description }]) =>
            html`<tr>
              <td class="mono">${field}</td>
              <td>${description ?? ''}</td>
            </tr>`,
        ),
      )}
    </details>`;
  return { title: `What if: ${summary.kind}/${summary.name}`, path: '/instances', body };
}

/** What its workloads run: where the spec names no image, nothing else tells what could be changed. */
function imagesOf(children: readonly (KubeObject & Workload)[]): string[] {
  const containers = children.flatMap(({ spec }) => spec?.template?.spec?.containers ?? []);
  return [...new Set(containers.flatMap(({ image }) => image ?? []))].sort();
}

interface Workload {
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { image?: string }[] } } };
}

/** Where it would come to rest; and since a machine moves on as things get done, the way that is left from there. */
function headlineOf({ from, to, steps, ways }: Prediction, order: readonly string[]): Html {
  const onward = ways.filter(({ leads }) => leads === 'on');
  if (from === to) {
    const because = onward.flatMap(({ terms }) => terms).find(({ holds }) => !holds)?.because ?? '';
    return html`It would stay in <strong>${to}</strong>${because === '' ? '.' : `, for it still waits: ${because}`}`;
  }
  const stages = ['Pending', ...order, 'Ready'];
  const [start, rest] = [stages.indexOf(from), stages.indexOf(to)];
  const direction = start < 0 || rest < 0 ? '' : rest < start ? 'back ' : 'on ';
  const held = steps.find(({ is }) => is === 'blocked');
  const left = rest < 0 || onward.length === 0 ? [] : stages.slice(rest + 1);
  const then =
    held !== undefined
      ? `, and wait there: ${held.message}`
      : left.length > 0
        ? `, and from there on to ${left.join(' → ')}, each as soon as its step is done.`
        : '.';
  return html`It would go from <strong>${from}</strong> ${direction}to <strong>${to}</strong>${then}`;
}

function predictionOf(prediction: Prediction, order: readonly string[]): Html {
  const { steps, requests } = prediction;
  return html`<div class="card">
    <p class="sentence active">${headlineOf(prediction, order)}</p>
    ${
      steps.length === 0
        ? html`<p>No step would change.</p>`
        : html`${table(
            ['Step', 'Is', 'Would be', 'Because'],
            steps.map(
              (step) =>
                html`<tr>
                  <td>${step.name}</td>
                  <td>${step.before}</td>
                  <td>${step.is}${step.is === 'done' && !step.healthy ? ', with work to do' : ''}</td>
                  <td>${step.message}</td>
                </tr>`,
            ),
          )}`
    }
    ${
      requests.length === 0
        ? html`<p>Nothing would be asked of the cluster.</p>`
        : html`<p>First it would:</p>
            <ul>
              ${requests.map(({ verb, object, why }) => html`<li>${verb} <strong>${object}</strong>${why === undefined ? '' : `: ${why}`}</li>`)}
            </ul>`
    }
  </div>`;
}
