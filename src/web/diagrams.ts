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

/** Which arrows the model tests have followed; written by them. */
export interface Coverage {
  /** Of the machine that was walked. */
  readonly hash: string;
  readonly arrows: number;
  /** `from>to`, by a change of the cluster. */
  readonly byFacts: readonly string[];
  /** And those that only a status put back leads to. */
  readonly restored: readonly string[];
}

/** By kind; without what is of another machine than today's. */
export function loadCoverage(diagrams: ReadonlyMap<string, Geometry>, folder: string): ReadonlyMap<string, Coverage> {
  const all = JSON.parse(readFileSync(join(folder, 'coverage.json'), 'utf8')) as Record<string, Coverage>;
  return new Map(Object.entries(all).filter(([kind, { hash }]) => diagrams.get(kind)?.hash === hash));
}

/** Where the generated diagrams and the script of the pages lie: in the repository, or beside the bundle. */
export function diagramFolder(): string {
  const here = import.meta.dirname;
  const places = ['visualizations', '../visualizations', '../../visualizations'].map((place) => join(here, place));
  const found = places.find((place) => existsSync(join(place, 'client.js')));
  if (found === undefined) throw new Error(`no visualizations in ${places.join(', ')}; npm run generate makes them`);
  return found;
}
