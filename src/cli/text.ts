import type { Happening } from '../web/happenings.ts';
import type { Summary } from '../web/instances.ts';
import { keyFor } from '../web/keys.ts';
import type { Cause } from '../web/cause.ts';
import { glyphs, words, type Standing } from '../web/standing.ts';
import type { Trace, Why } from './answers.ts';
import type { Entry } from './cloud.ts';

/** For a terminal: what could steer it is shown as �. */
export function plain(text: string): string {
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

export function statusText(entries: readonly Entry[], now: number, withNamespace: boolean): string {
  if (entries.length === 0)
    return 'there is no resource here; kubectl apply one, or look elsewhere with -n NAMESPACE or -A\n';
  const rows = entries.map(({ summary }) => [
    ...(withNamespace ? [summary.namespace] : []),
    `${glyphs[summary.standing]} ${summary.kind}/${summary.name}`,
    summary.state,
    summary.since === undefined ? '' : span(now - Date.parse(summary.since)),
    summary.waitingFor ?? '',
  ]);
  return `${headlineOf(entries)}\n\n${table([[...(withNamespace ? ['NAMESPACE'] : []), '  RESOURCE', 'STATE', 'FOR', 'WAITS FOR'], ...rows])}`;
}

function headlineOf(entries: readonly Entry[]): string {
  const ready = entries.filter(({ summary }) => summary.ready === 'True').length;
  if (ready < entries.length) return `${ready} of ${entries.length} resources are Ready`;
  return ready === 1 ? 'the one resource is Ready' : `all ${ready} resources are Ready`;
}

export function whyText(why: Why, now: number): string {
  const since = why.since === undefined ? '' : ` for ${span(now - Date.parse(why.since))}`;
  const left = why.retryAt === undefined ? undefined : Date.parse(why.retryAt) - now;
  const retry = left === undefined ? '' : left > 0 ? `, next in ${span(left)}` : ', next now';
  const lines = [
    `${glyphs[why.standing as Standing]} ${why.kind}/${why.name}  ${words[why.standing as Standing]}, in state ${why.state}${since}${why.failures > 0 ? `   failed tries: ${why.failures}${retry}` : ''}`,
    why.sentence,
    '',
    table(
      why.steps.map(({ name, done, message }, index) => [
        `  ${done ? glyphs.done : glyphs.failed} ${name}`,
        message === why.steps[index - 1]?.message ? 'the same' : message,
      ]),
    ).trimEnd(),
    ...(why.blockedBy === undefined ? [] : ['', `held by   ${wayTo(why.blockedBy, why.cause)}`]),
    ...(why.blocks.length === 0 ? [] : [`holds up  ${why.blocks.join(', ')}`]),
    ...(why.try.length === 0 ? [] : ['', 'to see more:', ...why.try.map((command) => `  ${command}`)]),
  ];
  return `${plain(lines.join('\n'))}\n`;
}

/** Of a whole cloud: what it waits for, those that wait for nobody else first. */
export function whyAllText(open: readonly Why[], count: number, now: number): string {
  if (count === 0) return statusText([], now, false);
  if (open.length === 0) return `all ${count} resources are Ready\n`;
  return open.map((why) => whyText(why, now)).join('\n');
}

/** From what holds it to where that ends. */
function wayTo(blockedBy: string, cause: Cause | undefined): string {
  if (cause === undefined) return blockedBy;
  const { through, object } = cause;
  return [...through, ...(object === undefined ? [] : [object])].map(({ kind, name }) => `${kind}/${name}`).join(' → ');
}

export function traceText(trace: Trace, indent = ''): string {
  const { kind, name, standing, state, waitingFor, uses, heldBy } = trace;
  const inner = `${indent}   `;
  const says = waitingFor === undefined ? '' : `  ${waitingFor}`;
  const glyph = glyphs[(standing ?? 'failed') as Standing];
  const head = !trace.exists
    ? trace.step === undefined
      ? `${glyph} ${kind}/${name}  does not exist`
      : `  ${kind}/${name}  not made yet`
    : `${glyph} ${kind}/${name}  ${trace.again === true ? 'as above' : `${state}${says}`}`;
  const lines = uses.map((used, index) => {
    const begins = used.step !== undefined && used.step !== uses[index - 1]?.step;
    const title = begins ? `${inner}${used.step}\n` : '';
    return `${title}${traceText(used, used.step === undefined ? inner : `${inner}   `)}`;
  });
  const held = heldBy === undefined ? '' : `${inner}${glyph} ${plain(heldBy)}\n`;
  return `${indent}${plain(head)}\n${lines.join('')}${held}`;
}

export function historyText(history: readonly Happening[], withNamespace: boolean): string {
  if (history.length === 0) return 'nothing has moved\n';
  return table([
    ['AT', ...(withNamespace ? ['NAMESPACE'] : []), 'RESOURCE', 'FROM', 'TO', 'BECAUSE'],
    ...history.map(({ at, namespace, kind, name, from, to, why }) => [
      at,
      ...(withNamespace ? [namespace] : []),
      `${kind}/${name}`,
      from,
      to,
      why,
    ]),
  ]);
}

/** A line for each resource that does not stand as it stood before. */
export function changesText(
  before: readonly Entry[],
  after: readonly Entry[],
  now: number,
  withNamespace: boolean,
): string {
  const at = new Date(now).toISOString().slice(11, 19);
  const place = ({ namespace, kind, name }: Summary): string =>
    `${withNamespace ? `${namespace}  ` : ''}${kind}/${name}`;
  const lineOf = ({ summary }: Entry): string =>
    `${glyphs[summary.standing]} ${place(summary)}  ${summary.state}${summary.waitingFor === undefined ? '' : `  ${summary.waitingFor}`}`;
  const old = new Set(before.map(lineOf));
  const still = new Set(after.map(({ summary }) => keyFor(summary)));
  const lines = [
    ...before.filter(({ summary }) => !still.has(keyFor(summary))).map(({ summary }) => `  ${place(summary)}  is gone`),
    ...after.map(lineOf).filter((line) => !old.has(line)),
    ...(after.length > 0 && after.every(({ summary }) => summary.ready === 'True') ? [`  ${headlineOf(after)}`] : []),
  ];
  return lines.map((line) => `${at} ${plain(line).replaceAll('\n', ' ')}\n`).join('');
}

/** Columns as wide as they have to be; the last as long as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => [...(row[column] ?? '')].length)));
  return clean
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - [...cell].length),
        )
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}
