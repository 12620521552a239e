import { z } from 'zod';
import type { Reader } from './access.ts';
import type { WebContext } from './context.ts';
import { keyFor } from './keys.ts';
import { isMadeBy, kindsIn } from './made.ts';
import { Summary, summaryOf, waitsFor } from './instances.ts';
import { parse } from '../runtime/reconcile.ts';

/** Who uses whom, or is made of whom; `waits` where that is what it waits for right now. */
export const Dependencies = z.object({
  instances: z.array(Summary.extend({ depth: z.int().describe('0: uses nothing; else one more than what it uses') })),
  uses: z.array(
    z.object({
      from: z.string().describe('Kind/namespace/name'),
      to: z.string(),
      waits: z.boolean(),
      exists: z.boolean(),
      made: z.boolean().describe('It is made of it, and not only built on it'),
    }),
  ),
});
export type Dependencies = z.infer<typeof Dependencies>;

export function dependenciesOf({ view }: WebContext, reader: Reader, namespace?: string): Dependencies {
  const depths = new Map<string, number>();
  const depthOf = (kind: string): number => {
    const known = depths.get(kind);
    if (known !== undefined) return known;
    depths.set(kind, 0);
    const found = view.kinds.find(({ declaration }) => declaration.kind === kind);
    const below = [
      ...Object.values(found?.plan.uses ?? {}).map((use) => use.kind),
      ...(found === undefined ? [] : kindsIn(found)),
    ];
    const depth = Math.max(0, ...below.map((other) => depthOf(other) + 1));
    depths.set(kind, depth);
    return depth;
  };
  const instances: Dependencies['instances'] = [];
  const uses: Dependencies['uses'] = [];
  for (const kind of view.kinds) {
    for (const cr of view.all(kind)) {
      const at = cr.metadata.namespace ?? '';
      if (!reader.sees(kind.declaration.kind, at) || (namespace !== undefined && at !== namespace)) continue;
      const summary = summaryOf(kind, cr);
      instances.push({ ...summary, depth: depthOf(kind.declaration.kind) });
      for (const made of kindsIn(kind).length === 0 ? [] : view.children(kind, cr)) {
        const { kind: of, metadata } = made;
        if (!isMadeBy(made, cr) || !kindsIn(kind).includes(of) || !reader.sees(of, at)) continue;
        const to = keyFor({ kind: of, namespace: at, name: metadata.name });
        uses.push({
          from: keyFor(summary),
          to,
          waits: waitsFor(summary, { kind: of, name: metadata.name }),
          exists: true,
          made: true,
        });
      }
      const parsed = parse(kind, cr);
      if (typeof parsed === 'string') continue;
      for (const use of Object.values(kind.plan.uses ?? {})) {
        if (!reader.sees(use.kind, at)) continue;
        const name = use.ref(parsed.spec);
        if (name === undefined) continue;
        const type = view.kinds.find(({ declaration }) => declaration.kind === use.kind);
        uses.push({
          from: keyFor(summary),
          to: keyFor({ kind: use.kind, namespace: at, name }),
          waits: waitsFor(summary, { kind: use.kind, name }),
          exists: type !== undefined && view.find(type, { namespace: at, name }) !== undefined,
          made: false,
        });
      }
    }
  }
  return { instances, uses };
}
