import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import type { Behaviour } from './behaviour.ts';
import { recordAt } from './json.ts';
import { badRequest } from './refusal.ts';

/** A fault as a person asks for it: `job-fail:db-sync,times=3`. */
export interface FaultOrder {
  readonly name: FaultName;
  /** The component, the claim, or how much: whatever the fault is about. */
  readonly of: string | undefined;
  readonly times: number | undefined;
}

export type FaultName = keyof typeof faultNames;

/** What can go wrong on demand, in words for the help text. */
export const faultNames = {
  'image-missing': 'COMPONENT: no registry has its image',
  'pod-crash': 'COMPONENT: its containers exit with an error soon after each start',
  'pod-not-ready': 'COMPONENT: its Pods run and are never ready',
  'job-fail': 'COMPONENT[,times=N]: its Job fails, each time or the first N times',
  'job-hang': 'COMPONENT: its Job never ends',
  'volume-lost': 'CLAIM: the volume of this claim is lost, until the fault ends or the claim is made again',
  slow: '[FACTOR]: everything on the nodes takes 10 times as long, or FACTOR times',
  'api-409': '[SHARE]: the operator’s writes meet a conflict, half of them or this share',
  'api-410': 'watches and pages expire, every two seconds',
  'api-429': '[SHARE]: the operator’s requests are asked to come back in a second',
  'api-500': '[SHARE]: the operator’s requests fail, and nothing is done',
  'api-timeout-before': '[SHARE]: the operator’s requests are never answered, and nothing is done',
  'api-timeout-after': '[SHARE]: the operator’s requests are never answered, and yet done',
  'watch-stop': 'the operator’s watches say nothing more',
  'watch-drop': 'the operator’s watches are cut every two seconds',
  'watch-repeat': 'the operator’s watches say everything twice',
} as const;

/** Reads an order; `BadRequest` says what would be right. */
export function orderFrom(text: string): FaultOrder {
  const [name = '', rest = ''] = text.split(/:(.*)/s);
  if (!(name in faultNames)) {
    throw badRequest(`there is no fault '${name}'; there are ${Object.keys(faultNames).join(', ')}`);
  }
  const [of, ...options] = rest.split(',').filter((part) => part !== '');
  const times = options.find((option) => option.startsWith('times='))?.slice('times='.length);
  if (times !== undefined && !/^\d+$/.test(times)) throw badRequest(`times is a whole number, not '${times}'`);
  const needsName = faultNames[name as FaultName].match(/^[A-Z]+/)?.[0];
  if (needsName !== undefined && of === undefined)
    throw badRequest(`${name} wants to know which: ${name}:${needsName}`);
  return { name: name as FaultName, of, times: times === undefined ? undefined : Number(times) };
}

/** The faults of a world, from their beginning to their end. */
export class Faults {
  readonly #api: SandboxApi;
  readonly #behave: Behave;
  readonly #active = new Map<string, { readonly order: FaultOrder; readonly end: () => void }>();
  #slowness = 1;

  constructor(api: SandboxApi, behave: Behave) {
    this.#api = api;
    this.#behave = behave;
  }

  /** What every delay of the nodes is multiplied by. */
  get slowness(): number {
    return this.#slowness;
  }

  /** Those that are going on, as they were ordered. */
  get list(): readonly string[] {
    return [...this.#active.keys()];
  }

  /** Begins it; one that was ordered in the same words goes on as it is. */
  begin(text: string): void {
    if (this.#active.has(text)) return;
    const order = orderFrom(text);
    this.#active.set(text, { order, end: this.#start(order) });
  }

  /** Ends it, or all; true when there was one. */
  end(text?: string): boolean {
    const ended = [...this.#active].filter(([name]) => text === undefined || name === text);
    for (const [name, { end }] of ended) {
      this.#active.delete(name);
      end();
    }
    return ended.length > 0;
  }

  /** The share of requests that suffer from it: 0 to 1. */
  shareOf(name: FaultName): number {
    const found = [...this.#active.values()].find(({ order }) => order.name === name);
    return found === undefined ? 0 : Number(found.order.of ?? (name.startsWith('watch') ? 1 : 0.5));
  }

  #start({ name, of = '', times }: FaultOrder): () => void {
    switch (name) {
      case 'image-missing':
        return this.#pods(of, { imageMissing: true });
      case 'pod-crash':
        return this.#pods(of, { crash: true, log: 'the sandbox was asked to crash this' });
      case 'pod-not-ready':
        return this.#pods(of, { neverReady: true });
      case 'job-hang':
        return this.#pods(of, { hang: true });
      case 'job-fail':
        return this.#pods(of, { exitCode: 1, log: 'the sandbox was asked to let this fail' }, times);
      case 'slow':
        this.#slowness = Number(of === '' ? 10 : of);
        return () => (this.#slowness = 1);
      case 'volume-lost':
        return this.#lose(of);
      case 'api-410':
        return this.#expire();
      // Requests and streams ask for themselves, by `shareOf`.
      case 'api-409':
      case 'api-429':
      case 'api-500':
      case 'api-timeout-before':
      case 'api-timeout-after':
      case 'watch-stop':
      case 'watch-drop':
      case 'watch-repeat':
        return () => {};
    }
  }

  /** Of `times` Pods at most. */
  #pods(component: string, behaviour: Behaviour, times = Number.POSITIVE_INFINITY): () => void {
    const hit = new Set<string>();
    return this.#behave((pod) => {
      const { labels = {}, uid = '' } = pod.metadata;
      const name = labels['app.kubernetes.io/component'];
      if (name !== component && `${labels['app.kubernetes.io/instance']}-${name}` !== component) return false;
      if (hit.size < times) hit.add(uid);
      return hit.has(uid);
    }, behaviour);
  }

  /** Returns what brings the volume back, where the claim is still the same. */
  #lose(claim: string): () => void {
    const found = this.#api.store
      .list(Builtin.PersistentVolumeClaim)
      .filter(({ metadata }) => metadata.name === claim || `${metadata.namespace}/${metadata.name}` === claim);
    if (found.length === 0) throw badRequest(`there is no PersistentVolumeClaim '${claim}'`);
    const setPhase = (phase: string): void => {
      for (const { metadata } of found) {
        const live = this.#api.find(Builtin.PersistentVolumeClaim, metadata);
        if (live?.metadata.uid !== metadata.uid) continue;
        this.#api.update(
          Builtin.PersistentVolumeClaim,
          metadata,
          (now) => ({ ...now, status: { ...recordAt(now, 'status'), phase } }),
          { subresource: 'status' },
        );
      }
    };
    setPhase('Lost');
    return () => setPhase('Bound');
  }

  #expire(): () => void {
    let cancel = (): void => {};
    const again = (): void => {
      this.#api.compact();
      cancel = this.#api.clock.after(2000, again);
    };
    again();
    return () => cancel();
  }
}

type Behave = (match: (pod: KubeObject) => boolean, behaviour: Behaviour) => () => void;
