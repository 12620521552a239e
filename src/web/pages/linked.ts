import type { Reader } from '../access.ts';
import { named } from '../cause.ts';
import type { WebContext } from '../context.ts';
import { html, type Html } from '../html.ts';
import { seenAs } from '../why.ts';
import type { KubeObject } from '../../kube/object.ts';
import { linkTo } from './row.ts';

/** A sentence about `cr` as it is, in which the names of resources lead to their pages. */
export function linked({ view }: WebContext, reader: Reader, cr: KubeObject, sentence: string): Html {
  const { namespace = '' } = cr.metadata;
  let at = 0;
  const parts: Html[] = [];
  for (const { 0: text, index } of sentence.matchAll(named)) {
    const [kind = '', name = ''] = text.split('/');
    if (seenAs(view, reader, cr, { kind, name }) === undefined) continue;
    parts.push(html`${sentence.slice(at, index)}<a href="${linkTo({ kind, namespace, name })}">${text}</a>`);
    at = index + text.length;
  }
  return html`${parts}${sentence.slice(at)}`;
}
