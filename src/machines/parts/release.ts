import type { Scope } from '../engine/scope.ts';
import type { Blocked } from './job.ts';

/** Releases whose schemas and commands this version knows, oldest first. */
const known = ['2025.1'];

/** `2025.1` from `…/keystone:2025.1-ubuntu-noble`; what the spec says where the tag does not begin with a release. */
export function releaseOf(image: string, otherwise: string): string {
  const tag = /:([^/:]+)$/.exec(image.split('@')[0] ?? '')?.[1] ?? '';
  return /^([0-9]{4}\.[0-9])(?![0-9])/.exec(tag)?.[1] ?? otherwise;
}

/** Why this image may not be rolled out on the recorded schema; undefined when it may. */
export function refusedRelease<Spec extends { release: string }>(
  scope: Scope<Spec>,
  image: string,
): Blocked | undefined {
  const wanted = releaseOf(image, scope.cr.spec.release);
  const have = scope.record.release;
  const by = { kind: scope.kind, name: scope.name };
  const refuse = (message: string): Blocked => ({ blocked: { stalled: true, reason: 'ReleaseRefused', message, by } });
  if (!known.includes(wanted)) {
    return refuse(`release ${wanted} of image ${image} is not known to this operator (it knows ${known.join(', ')})`);
  }
  if (have !== undefined && wanted < have) {
    return refuse(`the database is at release ${have}; going back to ${wanted} (image ${image}) would break it`);
  }
  return undefined;
}
