import { isDeepStrictEqual } from 'node:util';
import { Builtin, type KubeObject } from '../../../src/kube/object.ts';
import { Annotation } from '../../../src/machines/engine/annotations.ts';
import { at, find, kindOf, nameOf, type Check, type Truth } from '../truth.ts';

const workloads: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** I3 of what runs for ever: Pods are not restarted for a configuration that is what it was. */
export function rollouts(truth: Truth): Check {
  /** Workload → what its Secrets held when its Pods were last described. */
  const known = new Map<string, readonly unknown[]>();

  return {
    changed: ({ type, object, previous }) => {
      if (!workloads.includes(object.kind ?? '') || type === 'DELETED' || kindOf(truth, object) === undefined) return;
      const [before, now] = [previous, object].map((one) => at(one, 'spec', 'template'));
      if (isDeepStrictEqual(before, now)) return;
      const { uid = '' } = object.metadata;
      const held = secretsOf(truth, object);
      const isSame = isDeepStrictEqual(known.get(uid), held) && !truth.isPerson();
      if (isSame && isDeepStrictEqual(withoutDigest(before), withoutDigest(now)))
        truth.breach('I3', `${nameOf(object)} restarts its Pods, though its configuration is what it was`);
      known.set(uid, held);
    },
  };
}

function secretsOf(truth: Truth, workload: KubeObject): readonly unknown[] {
  const volumes = (at(workload, 'spec', 'template', 'spec', 'volumes') ?? []) as { secret?: { secretName: string } }[];
  return volumes.flatMap(({ secret }) =>
    secret === undefined
      ? []
      : [find(truth, Builtin.Secret, workload.metadata.namespace ?? '', secret.secretName)?.['data']],
  );
}

function withoutDigest(template: unknown): unknown {
  const copy = structuredClone(template) as { metadata?: { annotations?: Record<string, string> } };
  delete copy.metadata?.annotations?.[Annotation.config];
  return copy;
}
