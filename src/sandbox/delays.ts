import type { Random } from '../kube/ports.ts';

/** How long things take in a world, in milliseconds, each between two bounds. */
export type Delays = Readonly<Record<DelayName, readonly [number, number]>>;

type DelayName =
  /** from an event to the controller acting on it */
  | 'controller'
  /** from a Pod's creation to its binding, and from a claim's to its volume */
  | 'schedule'
  | 'bind'
  /** from an event to the kubelet acting on it */
  | 'retry'
  | 'pull'
  /** from ErrImagePull to ImagePullBackOff */
  | 'pullRetry'
  | 'init'
  /** from start to ready, of a container with a probe */
  | 'ready'
  /** of a Job's container */
  | 'run'
  /** from start to exit of a crashing container, and the unit of its back-off */
  | 'crash'
  | 'backOff'
  /** from SIGTERM to the end */
  | 'stop';

export type Delay = (name: DelayName) => number;

/** Everything within a few milliseconds: for interleavings. */
export const INSTANT: Delays = {
  controller: [0, 2],
  schedule: [0, 1],
  bind: [0, 2],
  retry: [0, 1],
  pull: [0, 1],
  pullRetry: [5, 10],
  init: [0, 1],
  ready: [0, 2],
  run: [0, 3],
  crash: [1, 2],
  backOff: [10_000, 10_000],
  stop: [0, 2],
};

/** Slow enough to watch. */
export const REAL_LOOKING: Delays = {
  controller: [5, 20],
  schedule: [10, 50],
  bind: [100, 400],
  retry: [20, 60],
  pull: [250, 350],
  pullRetry: [4_000, 6_000],
  init: [200, 400],
  ready: [1_000, 3_000],
  run: [2_000, 4_000],
  crash: [500, 1_500],
  backOff: [10_000, 10_000],
  stop: [200, 800],
};

export function delayFrom(delays: Delays, random: Random, speed: () => number = () => 1): Delay {
  return (name) => {
    const [least, most] = delays[name];
    const usual = least === most ? least : Math.round(least + random.fraction() * (most - least));
    return usual / speed();
  };
}
