import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { annotatedBehaviour, type Behaviour, hasProbe, mustEnd } from './behaviour.ts';
import { end, isMissing, newRun, type Run } from './container.ts';
import { Controller, type Keys, own, refFrom } from './controller.ts';
import type { Delay } from './delays.ts';
import { warn } from './events.ts';
import { isSame, recordAt, recordsAt } from './json.ts';
import { isFinished, isTerminating } from './pods.ts';
import { HOST_IP, podStatus } from './pod-status.ts';
import { programOf } from './programs.ts';
import { configProblem, mountProblem } from './references.ts';
import { keyOf } from './store.ts';

/** A Pod on the node. */
interface PodRun {
  readonly uid: string;
  readonly init: readonly Run[];
  readonly main: readonly Run[];
  readonly ip: string;
  stopAt: number | undefined;
}

type Rule = (pod: KubeObject) => Behaviour | undefined;
/** What a Pod does by itself, and by the annotations of its namespace. */
type Usual = (pod: KubeObject, ofNamespace?: Readonly<Record<string, string>>) => Behaviour;

/**
 * The kubelet of every node: mounts, pulls, starts, probes, restarts and stops the containers of Pods that are bound
 * to one. What a Pod refers to is resolved as the real one does; until then the Pod waits, and says for what.
 */
export class Kubelet {
  readonly #api: SandboxApi;
  readonly #delay: Delay;
  readonly #usual: Usual;
  readonly #pods = new Map<string, PodRun>();
  readonly #waiting = new Set<string>();
  readonly #rules: Rule[] = [];
  readonly #controller: Controller;
  #addresses = 0;

  constructor(api: SandboxApi, delay: Delay, behaviour: Usual = annotatedBehaviour) {
    this.#api = api;
    this.#usual = behaviour;
    this.#delay = delay;
    const retry = ({ object }: { object: KubeObject }): string[] =>
      [...this.#waiting].filter((key) => key.startsWith(`${object.metadata.namespace}/`));
    const delayMs = (): number => delay('retry');
    this.#controller = new Controller({ api, delayMs, reconcile: (key, keys) => this.#reconcile(key, keys) })
      .on(Builtin.Pod, (event) => (isNews(event) ? own(event) : []))
      .on(Builtin.Secret, retry)
      .on(Builtin.ConfigMap, retry)
      .on(Builtin.Namespace, ({ object, previous }) => {
        if (isSame(object.metadata.annotations, previous?.metadata.annotations)) return [];
        this.#reconsider();
        return [];
      });
  }

  /** Makes Pods that `match` behave so, running ones too, until the returned function is called. The newest rule wins. */
  behave(match: (pod: KubeObject) => boolean, behaviour: Behaviour): () => void {
    const rule: Rule = (pod) => (match(pod) ? behaviour : undefined);
    this.#rules.unshift(rule);
    this.#reconsider();
    return () => {
      this.#rules.splice(this.#rules.indexOf(rule), 1);
      this.#reconsider();
    };
  }

  stop(): void {
    this.#controller.stop();
  }

  #behaviourOf(pod: KubeObject): Behaviour {
    const found = this.#rules.map((rule) => rule(pod)).find((behaviour) => behaviour !== undefined);
    const namespace = this.#api.find(Builtin.Namespace, { name: pod.metadata.namespace ?? '' });
    const asked = { ...this.#usual(pod, namespace?.metadata.annotations), ...found };
    return asked.exitCode === undefined ? { ...programOf(pod), ...asked } : asked;
  }

  #reconcile(key: string, keys: Keys): void {
    const pod = this.#api.find(Builtin.Pod, refFrom(key));
    this.#waiting.delete(key);
    if (pod === undefined) {
      this.#pods.delete(key);
      return;
    }
    if (recordAt(pod, 'spec')['nodeName'] === undefined) return;
    const now = this.#api.clock.now();
    const run = this.#runOf(key, pod);
    if (isTerminating(pod)) {
      this.#stop(pod, run, now, keys);
      return;
    }
    if (isFinished(pod)) return;
    const problem = mountProblem(this.#api, pod);
    if (problem !== undefined && [...run.init, ...run.main].every(({ state }) => state === 'created')) {
      this.#waiting.add(key);
      warn(this.#api, pod, 'FailedMount', problem, 'kubelet');
    } else {
      this.#advance(pod, run, now);
    }
    this.#write(pod, run, now);
    const due = [...run.init, ...run.main].flatMap((container) => nextOf(container));
    if (problem === undefined && due.length > 0) keys.addAfter(key, Math.max(0, Math.min(...due) - now));
  }

  #runOf(key: string, pod: KubeObject): PodRun {
    const { uid = '' } = pod.metadata;
    let run = this.#pods.get(key);
    if (run?.uid !== uid) {
      const isOfNode = recordAt(pod, 'spec')['hostNetwork'] === true;
      const n = isOfNode ? 0 : this.#addresses++;
      run = {
        uid,
        init: recordsAt(pod, 'spec', 'initContainers').map(newRun),
        main: recordsAt(pod, 'spec', 'containers').map(newRun),
        ip: isOfNode ? HOST_IP : `10.244.${Math.floor(n / 254) % 256}.${(n % 254) + 1}`,
        stopAt: undefined,
      };
      this.#pods.set(key, run);
    }
    return run;
  }

  #advance(pod: KubeObject, { init, main }: PodRun, now: number): void {
    for (const container of init) {
      this.#step(pod, container, now, true);
      if (container.state !== 'ended') return;
    }
    for (const container of main) this.#step(pod, container, now, false);
  }

  /** Lets everything happen to a container that is due. */
  #step(pod: KubeObject, run: Run, now: number, isInit: boolean): void {
    if (run.state === 'created') {
      run.behaviour = this.#behaviourOf(pod);
      run.state = 'pulling';
      run.due = now + (run.behaviour.pullMs ?? this.#delay('pull'));
    }
    if (run.state === 'pulling' && isDue(run, now)) {
      if (run.behaviour.imageMissing === true || isMissing(run.spec['image'])) this.#pullFails(pod, run, now);
      else this.#start(pod, run, now, isInit);
    } else if (run.state === 'noImage' && isDue(run, now)) {
      run.reason = 'ImagePullBackOff';
      run.message = `Back-off pulling image "${String(run.spec['image'])}"`;
      run.due = undefined;
    } else if (run.state === 'badConfig' || (run.state === 'backOff' && isDue(run, now))) {
      this.#start(pod, run, now, isInit);
    }
    if (run.state !== 'running') return;
    if (run.readyAt !== undefined && run.readyAt <= now) run.ready = true;
    if (run.endsAt === undefined || run.endsAt > now) return;
    const { crash, exitCode } = run.behaviour;
    end(run, now, isInit ? 0 : (exitCode ?? (crash === true ? 1 : 0)));
    if (!isInit && shouldRestart(pod, run)) this.#backOff(pod, run, now);
  }

  #pullFails(pod: KubeObject, run: Run, now: number): void {
    const image = String(run.spec['image']);
    run.state = 'noImage';
    run.reason = 'ErrImagePull';
    run.message = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    run.due = now + this.#delay('pullRetry');
    warn(this.#api, pod, 'Failed', `Failed to pull image "${image}": not found`, 'kubelet');
  }

  #start(pod: KubeObject, run: Run, now: number, isInit: boolean): void {
    const problem = configProblem(this.#api, pod, run.spec);
    if (problem !== undefined) {
      run.state = 'badConfig';
      run.reason = 'CreateContainerConfigError';
      run.message = problem;
      run.due = undefined;
      this.#waiting.add(keyOf(pod));
      return;
    }
    if (run.state === 'backOff') run.restarts++;
    run.state = 'running';
    run.due = undefined;
    run.startedAt = now;
    run.ready = false;
    run.behaviour = this.#behaviourOf(pod);
    this.#plan(pod, run, isInit, now);
  }

  /** When a running container becomes ready and when it ends, by its behaviour. */
  #plan(pod: KubeObject, run: Run, isInit: boolean, now: number): void {
    const { readyAfterMs, runMs, neverReady, hang, crash } = run.behaviour;
    if (isInit) {
      run.endsAt = run.startedAt + this.#delay('init');
      return;
    }
    run.readyAt = neverReady === true ? undefined : now + (readyAfterMs ?? (hasProbe(pod) ? this.#delay('ready') : 0));
    if (neverReady === true) run.ready = false;
    if (hang === true) run.endsAt = undefined;
    else if (crash === true) run.endsAt = now + (runMs ?? this.#delay('crash'));
    else if (runMs !== undefined) run.endsAt = now + runMs;
    else run.endsAt = mustEnd(pod) ? now + this.#delay('run') : undefined;
    if (crash === true && run.readyAt !== undefined && run.endsAt !== undefined && run.readyAt >= run.endsAt) {
      run.readyAt = undefined;
    }
  }

  #backOff(pod: KubeObject, run: Run, now: number): void {
    // The first restart comes at once; then 10 s, 20 s, … up to 5 minutes, as the delays scale it.
    const wait = run.restarts === 0 ? 0 : Math.min(2 ** (run.restarts - 1), 30) * this.#delay('backOff');
    run.state = 'backOff';
    run.reason = 'CrashLoopBackOff';
    run.message = `back-off restarting failed container=${run.name} pod=${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})`;
    run.due = now + wait;
  }

  #stop(pod: KubeObject, run: PodRun, now: number, keys: Keys): void {
    const { uid = '' } = pod.metadata;
    if (run.stopAt === undefined) {
      const grace = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
      run.stopAt = isFinished(pod) ? now : now + Math.min(grace, this.#delay('stop'));
    }
    if (now < run.stopAt) {
      keys.addAfter(keyOf(pod), run.stopAt - now);
      return;
    }
    if (!isFinished(pod)) {
      for (const container of [...run.init, ...run.main]) stopContainer(container, now);
      this.#write(pod, run, now);
    }
    this.#pods.delete(keyOf(pod));
    if ((pod.metadata.deletionGracePeriodSeconds ?? 0) > 0) {
      this.#api.delete(Builtin.Pod, pod.metadata, { preconditions: { uid }, graceSeconds: 0 });
    }
  }

  #write(pod: KubeObject, run: PodRun, now: number): void {
    const status = podStatus(pod, run.init, run.main, now, run.ip);
    this.#api.update(Builtin.Pod, pod.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
  }

  /** Running containers follow a change of the rules at once; those that keep their behaviour notice nothing. */
  #reconsider(): void {
    const now = this.#api.clock.now();
    for (const [key, { main }] of this.#pods) {
      const pod = this.#api.find(Builtin.Pod, refFrom(key));
      if (pod === undefined) continue;
      const behaviour = this.#behaviourOf(pod);
      for (const container of main) {
        if (isEqual(container.behaviour, behaviour)) continue;
        if (container.state === 'running') {
          container.behaviour = behaviour;
          this.#plan(pod, container, false, now);
        } else if (container.state === 'noImage') {
          container.behaviour = behaviour;
          container.state = 'pulling';
          container.due = now + this.#delay('pull');
        }
      }
      this.#controller.add(key);
    }
  }
}

/** A Pod that has just come to the node, or is to go. Its status is our own work. */
function isNews({ object, previous }: { object: KubeObject; previous?: KubeObject }): boolean {
  const isBound = recordAt(object, 'spec')['nodeName'] !== recordAt(previous, 'spec')['nodeName'];
  return isBound || object.metadata.deletionTimestamp !== previous?.metadata.deletionTimestamp;
}

function isDue(run: Run, now: number): boolean {
  return run.due !== undefined && run.due <= now;
}

function nextOf(run: Run): number[] {
  if (run.state === 'created') return [];
  if (run.state !== 'running') return run.due === undefined ? [] : [run.due];
  const ready = run.ready || run.readyAt === undefined ? [] : [run.readyAt];
  return run.endsAt === undefined ? ready : [...ready, run.endsAt];
}

/** By SIGTERM; one that did not run ends as unknown. */
function stopContainer(run: Run, now: number): void {
  if (run.state === 'ended') return;
  if (run.state !== 'running') run.startedAt = now;
  end(run, now, run.state === 'running' ? 143 : 137);
}

function shouldRestart(pod: KubeObject, run: Run): boolean {
  const policy = recordAt(pod, 'spec')['restartPolicy'];
  return policy === 'Always' || (policy === 'OnFailure' && run.exit?.exitCode !== 0);
}

function isEqual(a: Behaviour, b: Behaviour): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof Behaviour)[];
  return keys.every((key) => a[key] === b[key]);
}
