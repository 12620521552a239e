import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { type Place, REVISION_LABEL, revisionOf } from './daemonset-place.ts';
import { isReady, withoutZeros } from './pods.ts';

/** Counts the nodes by what the oldest Pod of the set there does. */
export function writeStatus(api: SandboxApi, set: KubeObject, places: readonly Place[]): void {
  const wanted = places.filter(({ isWanted }) => isWanted);
  const heads = wanted.flatMap(({ pods }) => pods.slice(0, 1));
  const revision = revisionOf(set);
  const ready = heads.filter(isReady).length;
  const status = {
    currentNumberScheduled: heads.length,
    numberMisscheduled: places.filter(({ isWanted, pods }) => !isWanted && pods.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready,
    ...withoutZeros({
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: heads.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision).length,
      numberAvailable: ready,
      numberUnavailable: wanted.length - ready,
    }),
  };
  api.update(Builtin.DaemonSet, set.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
}
