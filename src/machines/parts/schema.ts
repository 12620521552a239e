import type { Child } from '../engine/child.ts';
import type { Lesson } from '../engine/ledger.ts';
import type { Scope } from '../engine/scope.ts';
import { onDatabase, trustedIdentity } from './database.ts';
import { job } from './job.ts';
import type { Program } from './pod-spec.ts';
import { refusedRelease, releaseOf } from './release.ts';

/**
 * Job `-db-sync`: brings the schema to that of the image, once for each image and database. It never goes back to an
 * older release, and teaches the one it came to.
 */
export function schemaJob<Spec extends { release: string }>(part: {
  readonly image: (scope: Scope<Spec>) => string;
  readonly program: (scope: Scope<Spec>) => Omit<Program, 'name' | 'image'>;
}): Child<Spec> {
  return job<Spec>({
    id: 'db-sync',
    alone: onDatabase,
    key: (scope) => {
      const database = trustedIdentity(scope);
      if (typeof database !== 'string') return database;
      const image = part.image(scope);
      return refusedRelease(scope, image) ?? { image, database };
    },
    program: (scope) => ({ name: 'db-sync', image: part.image(scope), ...part.program(scope) }),
    learn: (scope): Lesson => ({ release: releaseOf(part.image(scope), scope.cr.spec.release) }),
  });
}
