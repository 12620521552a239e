import { existsSync, readFileSync } from 'node:fs';
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

/** Where the generated diagrams and the script of the pages lie: in the repository, or beside the bundle. */
export function diagramFolder(): string {
  const here = import.meta.dirname;
  const places = ['visualizations', '../visualizations', '../../visualizations'].map((place) => join(here, place));
  const found = places.find((place) => existsSync(join(place, 'client.js')));
  if (found === undefined) throw new Error(`no visualizations in ${places.join(', ')}; npm run generate makes them`);
  return found;
}
