import type { KubeClient } from '../kube/client.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { DEFAULT_CLASS } from './admission.ts';
import { SandboxApi, type SandboxOptions } from './api.ts';
import type { Behaviour } from './behaviour.ts';
import type { ClientOptions } from './client.ts';
import { startDaemonSets } from './daemonset.ts';
import { startDefinitions } from './definitions.ts';
import { delayFrom, type Delays, INSTANT, REAL_LOOKING } from './delays.ts';
import { startDeployments } from './deployment.ts';
import { startEndpointSlices } from './endpoints.ts';
import { Faults } from './faults.ts';
import { startGarbageCollector } from './garbage.ts';
import { startJobs } from './job.ts';
import { Kubelet } from './kubelet.ts';
import { startNamespaces } from './namespaces.ts';
import { type Node, startNodes } from './nodes.ts';
import { startReplicaSets } from './replicaset.ts';
import { startScheduler } from './scheduler.ts';
import { startStatefulSets } from './statefulset.ts';
import { startVolumes } from './volumes.ts';

export interface WorldOptions extends SandboxOptions {
  delays?: 'instant' | 'real-looking' | Partial<Delays>;
  /** Divides every delay, now and then; 1 by default. */
  speed?: () => number;
  /** By default one, `sandbox-node`. */
  nodes?: readonly Node[];
  /** What Pods do; by default what their `sim/…` annotations say. */
  behaviour?: (pod: KubeObject, ofNamespace?: Readonly<Record<string, string>>) => Behaviour;
}

/** A cluster in this process. */
export interface World {
  readonly api: SandboxApi;
  readonly client: (options?: ClientOptions) => KubeClient;
  /** Makes the Pods that `match` behave so until the returned function is called; running ones follow at once. */
  readonly behave: (match: (pod: KubeObject) => boolean, behaviour: Behaviour) => () => void;
  /** What goes wrong on demand. */
  readonly faults: Faults;
  /** Ends every controller. Leaves no timer but those of open watches. */
  readonly stop: () => void;
}

/** An API with all its controllers, its nodes, and the StorageClass `standard`. */
export function startWorld(options: WorldOptions): World {
  const api = new SandboxApi(options);
  const slowness = (): number => faults.slowness;
  const { speed = () => 1 } = options;
  const delay = delayFrom(delaysOf(options.delays), options.random, () => speed() / slowness());
  const controllerMs = (): number => delay('controller');
  const kubelet = new Kubelet(api, delay, options.behaviour);
  const faults = new Faults(api, (match, behaviour) => kubelet.behave(match, behaviour));
  const running = [
    startNamespaces(api, controllerMs),
    startDefinitions(api, controllerMs),
    startGarbageCollector(api, controllerMs),
    startDeployments(api, controllerMs),
    startReplicaSets(api, controllerMs),
    startStatefulSets(api, controllerMs),
    startDaemonSets(api, controllerMs),
    startEndpointSlices(api, controllerMs),
    ...startJobs(api, controllerMs),
    startVolumes(api, () => delay('bind')),
    startNodes(api, options.nodes ?? [{ name: 'sandbox-node' }], controllerMs),
    startScheduler(api, () => delay('schedule')),
    kubelet,
  ];
  api.create(Builtin.StorageClass, STANDARD);
  return {
    api,
    client: (clientOptions) => api.client(clientOptions),
    behave: (match, behaviour) => kubelet.behave(match, behaviour),
    faults,
    stop: () => {
      faults.end();
      running.forEach((controller) => controller.stop());
    },
  };
}

const STANDARD: KubeObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { [DEFAULT_CLASS]: 'true' } },
  provisioner: 'sandbox/volumes',
  allowVolumeExpansion: true,
};

function delaysOf(delays: WorldOptions['delays'] = 'instant'): Delays {
  if (delays === 'instant') return INSTANT;
  return delays === 'real-looking' ? REAL_LOOKING : { ...INSTANT, ...delays };
}
