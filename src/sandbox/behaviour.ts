import type { KubeObject } from '../kube/object.ts';
import { recordAt, recordsAt } from './json.ts';

type Annotations = Readonly<Record<string, string>>;

/** What the containers of a Pod do. All times in milliseconds; what is absent is up to the world's delays. */
export interface Behaviour {
  pullMs?: number;
  readyAfterMs?: number;
  /** How long it runs before it exits; absent: a Job's Pod for the usual time, any other for ever. */
  runMs?: number;
  exitCode?: number;
  /** What it printed; its end is the termination message where the policy falls back to logs. */
  log?: string;
  terminationMessage?: string;
  /** Exits with an error soon after each start. */
  crash?: boolean;
  neverReady?: boolean;
  /** Never exits. */
  hang?: boolean;
  /** No registry has its images. */
  imageMissing?: boolean;
}

/**
 * Reads the `sim/…` annotations of a Pod, and those that its namespace has for it: `sim/hang` for every Pod,
 * `db-sync.sim/hang` for a component, `keystone-db-sync.sim/hang` for that of one instance; the most particular wins.
 */
export function annotatedBehaviour(pod: KubeObject, ofNamespace: Annotations = {}): Behaviour {
  const { labels = {}, annotations: own = {} } = pod.metadata;
  const component = labels['app.kubernetes.io/component'] ?? '';
  const instance = labels['app.kubernetes.io/instance'] ?? '';
  const annotations: Record<string, string> = {};
  for (const prefix of ['sim/', `${component}.sim/`, `${instance}-${component}.sim/`]) {
    for (const [name, value] of Object.entries(ofNamespace)) {
      if (name.startsWith(prefix)) annotations[`sim/${name.slice(prefix.length)}`] = value;
    }
  }
  Object.assign(annotations, own);
  const is = (name: string): boolean => annotations[name] !== undefined && annotations[name] !== 'false';
  const time = (name: string): number | undefined => durationMs(annotations[name]);
  const readyAfterMs = time('sim/ready-delay');
  const runMs = time('sim/run-time');
  const code = annotations['sim/exit-code'];
  const log = annotations['sim/log'];
  return {
    ...(readyAfterMs === undefined ? {} : { readyAfterMs }),
    ...(runMs === undefined ? {} : { runMs }),
    ...(code !== undefined ? { exitCode: Number(code) } : is('sim/fail') ? { exitCode: 1 } : {}),
    ...(log === undefined ? {} : { log }),
    ...(is('sim/crash') ? { crash: true } : {}),
    ...(is('sim/never-ready') ? { neverReady: true } : {}),
    ...(is('sim/hang') ? { hang: true } : {}),
    ...(is('sim/image-missing') ? { imageMissing: true } : {}),
  };
}

/** A Go duration such as `1m30s`, `200ms`; undefined when it is none. */
function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0);
  }
  return total;
}

export function hasProbe(pod: KubeObject): boolean {
  return recordsAt(pod, 'spec', 'containers').some(
    ({ readinessProbe, startupProbe }) => readinessProbe !== undefined || startupProbe !== undefined,
  );
}

export function mustEnd(pod: KubeObject): boolean {
  return recordAt(pod, 'spec')['restartPolicy'] !== 'Always';
}
