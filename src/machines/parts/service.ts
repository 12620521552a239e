import { Builtin } from '../../kube/object.ts';
import type { Child } from '../engine/child.ts';
import { objectFor, selectorFor } from '../engine/ownership.ts';
import { applied } from './applied.ts';

/** A Service in front of one component. `headless` gives each Pod a name of its own, ready or not. */
export function service<Spec>(part: {
  readonly id: string;
  readonly suffix?: string;
  /** The id of the workload it leads to. */
  readonly to: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly headless?: boolean;
  /** It leads to Pods that are not ready, too. */
  readonly even?: 'not ready';
}): Child<Spec> {
  return applied<Spec>({
    id: part.id,
    ...(part.suffix === undefined ? {} : { suffix: part.suffix }),
    type: Builtin.Service,
    want: (scope, self) => ({
      object: {
        ...objectFor(scope, self, part.to),
        spec: {
          ...(part.headless === true ? { clusterIP: 'None' } : {}),
          ...(part.headless === true || part.even === 'not ready' ? { publishNotReadyAddresses: true } : {}),
          selector: selectorFor(scope, part.to),
          ports: Object.entries(part.ports).map(([name, port]) => ({ name, port, protocol: 'TCP', targetPort: port })),
        },
      },
    }),
  });
}
