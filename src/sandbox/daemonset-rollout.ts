import type { KubeObject } from '../kube/object.ts';
import { type Place, REVISION_LABEL, revisionOf } from './daemonset-place.ts';
import { recordAt } from './json.ts';
import { isReady, isTerminating } from './pods.ts';

/**
 * The Pods to delete now so that ones of the present template take their places. One that is not available goes at
 * once; of the others as many as may be missing at the same time.
 */
export function rolledOut(set: KubeObject, places: readonly Place[]): KubeObject[] {
  const strategy = recordAt(set, 'spec', 'updateStrategy');
  if (strategy['type'] !== 'RollingUpdate') return [];
  const revision = revisionOf(set);
  const limit = limitOf(recordAt(strategy, 'rollingUpdate')['maxUnavailable'], places);
  const broken: KubeObject[] = [];
  const candidates: KubeObject[] = [];
  let missing = 0;
  for (const { pods } of places) {
    if (pods.length === 0) continue;
    const staying = pods.filter((pod) => !isTerminating(pod));
    const [pod, ...others] = staying;
    if (pod === undefined || others.length > 0) missing++;
    else if (pod.metadata.labels?.[REVISION_LABEL] === revision) missing += isReady(pod) ? 0 : 1;
    else if (isReady(pod)) candidates.push(pod);
    else {
      broken.push(pod);
      missing++;
    }
  }
  return [...broken, ...candidates.slice(0, Math.max(0, limit - missing))];
}

/** A share of the wanted Pods is rounded up. */
function limitOf(value: unknown, places: readonly Place[]): number {
  if (typeof value !== 'string') return Number(value);
  const wanted = places.filter(({ isWanted }) => isWanted).length;
  return Math.ceil((wanted * Number.parseInt(value)) / 100);
}
