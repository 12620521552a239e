import type { KubeObject } from '../kube/object.ts';
import type { Behaviour } from './behaviour.ts';

/** What programs say as they end well, by the component whose Pods run them: images have no programs here. */
const sayings: Readonly<Record<string, (pod: KubeObject) => string>> = {
  'cell-setup': ({ metadata: { uid = '' } }) => uid,
};

/** What a Pod does because of the program in it. */
export function programOf(pod: KubeObject): Behaviour {
  const component = pod.metadata.labels?.['app.kubernetes.io/component'] ?? '';
  const terminationMessage = Object.hasOwn(sayings, component) ? sayings[component]?.(pod) : undefined;
  return terminationMessage === undefined ? {} : { terminationMessage };
}
