import type { Request } from 'express';
import type { KubeObject } from '../kube/object.ts';
import type { Kind } from '../machines/engine/kind.ts';
import type { OperatorView } from '../runtime/view.ts';
import type { Access, Reader } from './access.ts';
import { Problem } from './api/problem.ts';
import type { Geometry } from './diagram/geometry.ts';
import type { Coverage } from './diagrams.ts';
import { matches, sorted, summaryOf, type Filter, type Summary } from './instances.ts';
import type { Stream } from './stream.ts';

/** What pages and API answer from. */
export interface WebContext {
  readonly view: OperatorView;
  readonly diagrams: ReadonlyMap<string, Geometry>;
  readonly coverage: ReadonlyMap<string, Coverage>;
  readonly stream: Stream;
  readonly access: Access;
}

export interface Machine {
  readonly kind: Kind;
  readonly geometry: Geometry;
}

/** The machine of a kind by its name or plural, in any case. */
export function machineIn({ view, diagrams }: WebContext, name: string): Machine {
  const wanted = name.toLowerCase();
  const kind = view.kinds.find(({ declaration }) =>
    [declaration.kind.toLowerCase(), declaration.plural].includes(wanted),
  );
  const geometry = kind && diagrams.get(kind.declaration.kind);
  if (kind === undefined || geometry === undefined) {
    const known = view.kinds.map(({ declaration }) => declaration.kind).join(', ');
    throw new Problem(404, 'No such machine', `there is no machine '${name}'; there are ${known}`);
  }
  return { kind, geometry };
}

export function instanceIn(
  context: WebContext,
  reader: Reader,
  { kind: name, namespace, name: instance }: { kind: string; namespace: string; name: string },
): Machine & { cr: KubeObject; summary: Summary } {
  const machine = machineIn(context, name);
  const cr = reader.sees(machine.kind.declaration.kind, namespace)
    ? context.view.find(machine.kind, { namespace, name: instance })
    : undefined;
  if (cr === undefined)
    throw new Problem(404, 'No such resource', `there is no ${machine.kind.declaration.kind} ${namespace}/${instance}`);
  return { ...machine, cr, summary: summaryOf(machine.kind, cr) };
}

/** All that the reader may see and the filter lets through, in order. */
export function summaries({ view }: WebContext, reader: Reader, filter: Filter = {}): Summary[] {
  const found = view.kinds
    .filter(
      ({ declaration: { kind } }) => filter.kind === undefined || kind.toLowerCase() === filter.kind.toLowerCase(),
    )
    .flatMap((kind) =>
      view
        .all(kind)
        .filter(({ metadata }) => reader.sees(kind.declaration.kind, metadata.namespace ?? ''))
        .map((cr) => summaryOf(kind, cr)),
    );
  return sorted(
    view.kinds,
    found.filter((summary) => matches(summary, filter)),
  );
}

/** What belongs to a resource, without resources that the reader may not see. */
export function childrenOf({ view }: WebContext, reader: Reader, kind: Kind, cr: KubeObject): KubeObject[] {
  const isOurs = (name: string): boolean => view.kinds.some(({ declaration }) => declaration.kind === name);
  return view
    .children(kind, cr)
    .filter((child) => !isOurs(child.kind) || reader.sees(child.kind, child.metadata.namespace ?? ''));
}

/** Ends with the connection, so that nobody works for who has gone. */
export function signalOf(request: Request): AbortSignal {
  const controller = new AbortController();
  request.on('close', () => {
    if (!request.complete || request.destroyed) controller.abort();
  });
  return controller.signal;
}
