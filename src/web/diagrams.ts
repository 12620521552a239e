import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../machines/engine/kind.ts';
import type { Geometry } from './diagram/geometry.ts';

/** The committed drawings of all machines, by kind. Throws where one is missing: `npm run generate` makes it. */
export function loadDiagrams(kinds: readonly Kind[], folder: string): ReadonlyMap<string, Geometry> {
  return new Map(
    kinds.map(({ declaration: { kind } }) => {
      const path = join(folder, `${kind.toLowerCase()}.json`);
      return [kind, JSON.parse(readFileSync(path, 'utf8')) as Geometry];
    }),
  );
}
