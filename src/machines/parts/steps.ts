import type { Child } from '../engine/child.ts';
import type { Step } from '../engine/kind.ts';
import { catalogJob, catalogRemovalJob, type CatalogEntry } from './catalog.ts';
import { databaseJob, dropJob } from './database.ts';
import type { Program } from './pod-spec.ts';
import { schemaJob } from './schema.ts';
import type { Scope } from '../engine/scope.ts';

/** Steps that the services have in common. */

interface DatabaseSpec {
  readonly release: string;
  readonly database: { readonly secretName?: string | undefined };
}

/** DBCreated. `plain`: the databases of a service that has more than the one called like it. */
export function databaseStep<Spec extends DatabaseSpec>(plain?: readonly string[]): Step<Spec, 'database'> {
  return {
    about: `The ${plain === undefined ? 'database and its user' : 'databases and their user'} exist, with the present password.`,
    needs: ['database'],
    apply: [databaseJob<Spec>(plain === undefined ? {} : { plain })],
  };
}

/** DBSynced. */
export function schemaStep<Spec extends DatabaseSpec>(
  image: (scope: Scope<Spec>) => string,
  program: (scope: Scope<Spec>) => Omit<Program, 'name' | 'image'>,
): Step<Spec, 'database'> {
  return {
    about: 'The schema is that of the image.',
    needs: ['database'],
    apply: [schemaJob<Spec>({ image, program })],
  };
}

/** Bootstrapped: it builds on nothing but Keystone. */
export function catalogStep<Spec>(entry: CatalogEntry<Spec>): Step<Spec, 'identity'> {
  return {
    about: 'Its user and its entry in the catalog exist.',
    needs: ['identity'],
    when: 'at once',
    apply: [catalogJob<Spec>(entry)],
  };
}

/** What `deletionPolicy: Delete` takes away outside of Kubernetes. */
export function cleanUpFor<Spec extends DatabaseSpec>(entry: CatalogEntry<Spec>): readonly Child<Spec>[] {
  return [catalogRemovalJob<Spec>(entry), dropJob<Spec>()];
}
