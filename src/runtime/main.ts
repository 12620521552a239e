import type { Express } from 'express';
import type { KubeClient } from '../kube/client.ts';
import type { Kind } from '../machines/engine/kind.ts';
import type { Settings } from '../machines/engine/scope.ts';
import { cachesAreSynced, eventLoopTurns, leaseIsSane, watchesAreAlive, watchEventLoop } from './checks.ts';
import { HttpKubeClient } from './client.ts';
import { loadKubeConfig } from './config.ts';
import { fenced } from './fence.ts';
import { serveHttp, servePages } from './http.ts';
import { LeaderElector } from './lease.ts';
import { createLog } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createOperator, type Operator, type OperatorHooks, type OperatorOptions } from './operator.ts';
import { systemClock, systemRandom } from './system.ts';
import type { OperatorView } from './view.ts';

export interface ClusterOptions {
  readonly kinds: readonly Kind[];
  readonly settings: Settings;
  readonly identity: string;
  readonly kubeconfig: string | undefined;
  readonly namespace: string | undefined;
  readonly ownNamespace: string | undefined;
  readonly workers: number;
  readonly leaderElect: boolean;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly logLevel: string;
  readonly logFormat: 'text' | 'json';
  /** Told of every arrow that a resource followed; by default it is logged. */
  readonly onPassage?: OperatorOptions['onPassage'];
  readonly pages?: Pages;
  /** Told where /healthz, /readyz and /metrics are. */
  readonly onUp?: (url: string) => void;
  /** Ends it as SIGTERM does. */
  readonly signal?: AbortSignal;
}

/** What people look at. */
export interface Pages {
  /** Adds them to a server; what it returns ends them. */
  readonly mount: (app: Express, view: OperatorView, client: KubeClient) => { close: () => void };
  /** A server of their own; without it, that of /healthz. */
  readonly at?: { readonly host: string; readonly port: number };
}

const name = 'openstack-operator';

/** Runs until SIGTERM or SIGINT, or until the lead is lost; resolves to the exit code. */
export async function runInCluster(options: ClusterOptions): Promise<number> {
  const clock = systemClock;
  const log = createLog({ clock, level: options.logLevel, format: options.logFormat });
  const access = await loadKubeConfig({
    clock,
    ...(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig }),
  });
  const ownNamespace =
    options.ownNamespace ?? (process.env['KUBERNETES_SERVICE_HOST'] === undefined ? name : (access.namespace ?? name));
  const metrics = createMetrics({ clock });
  const client = new HttpKubeClient(access, {
    clock,
    userAgent: `${name}/${options.identity}`,
    onRequest: metrics.onRequest,
  });
  const stopped = new AbortController();
  const campaign = new AbortController();
  let exitCode = 0;
  let gained = (): void => {};
  const lead = new Promise<void>((resolve) => (gained = resolve));
  const elector = new LeaderElector({
    client,
    clock,
    random: systemRandom,
    namespace: ownNamespace,
    name,
    identity: options.identity,
    onGained: () => {
      log.info({ identity: options.identity }, 'this process leads');
      gained();
    },
    onLost: () => {
      log.error('the lead is lost: this process ends');
      exitCode = 1;
      stopped.abort();
    },
    onError: (error) => log.warn({ err: error }, 'the Lease could not be read or renewed'),
  });
  const isLeader = (): boolean => !options.leaderElect || elector.isLeader();
  const operator = await createOperator({
    client,
    fenced: fenced(client, isLeader),
    clock,
    random: systemRandom,
    kinds: options.kinds,
    settings: options.settings,
    identity: options.identity,
    ownNamespace,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    workers: options.workers,
    log,
    hooks: hooksFor(metrics),
    ...(options.onPassage === undefined ? {} : { onPassage: options.onPassage }),
  });
  metrics.watchQueue('operator', operator.queue);
  operator.caches.reflectors.forEach((reflector) => metrics.watchReflector(reflector));
  metrics.watchLeader(name, isLeader);
  const loop = watchEventLoop(clock);
  metrics.watchEventLoop(() => loop.lagMs());
  const reflectors = () => operator.caches.reflectors;
  let shown: { close: () => void } | undefined;
  const mount = (app: Express): void => {
    shown = options.pages?.mount(app, operator.view, client);
  };
  const at = options.pages?.at;
  const giveUp = (error: unknown): never => {
    operator.kill();
    loop.stop();
    throw error;
  };
  const http = await serveHttp({
    clock,
    host: options.httpHost,
    port: options.httpPort,
    metrics: {
      contentType: metrics.registry.contentType,
      metrics: () => {
        countNow(metrics, options, operator);
        return metrics.registry.metrics();
      },
    },
    health: { loop: eventLoopTurns(loop), watches: watchesAreAlive(reflectors), lease: leaseIsSane(elector) },
    readiness: { caches: cachesAreSynced(reflectors) },
    ...(at === undefined ? { mount } : {}),
  }).catch(giveUp);
  const pages =
    at === undefined
      ? undefined
      : await servePages({ clock, ...at, mount }).catch(async (error) => {
          await http.close(0);
          return giveUp(error);
        });
  log.info(
    { server: access.server, http: http.url, pages: pages?.url, namespace: options.namespace ?? 'all' },
    'the operator is up',
  );
  options.onUp?.(http.url);
  options.signal?.addEventListener('abort', () => stopped.abort(), { once: true });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info(`${signal}: ending what is begun, then this process`);
      stopped.abort();
    });
  }
  const campaigning = options.leaderElect ? elector.run(campaign.signal) : Promise.resolve();
  if (!options.leaderElect) gained();
  void lead.then(() => operator.lead());
  await new Promise<void>((resolve) => stopped.signal.addEventListener('abort', () => resolve(), { once: true }));
  // The Lease is given back last: until the last reconcile has ended, nobody else may begin.
  await (exitCode === 0 ? operator.stop() : operator.kill());
  campaign.abort();
  await campaigning;
  loop.stop();
  shown?.close();
  await pages?.close();
  await http.close();
  await client.close();
  log.info('ended');
  return exitCode;
}

/** What is counted only when somebody asks: resources by state, and workers. */
function countNow(metrics: Metrics, { kinds, workers }: ClusterOptions, { caches, queue }: Operator): void {
  metrics.instances.reset();
  const busy = [...queue.processing.keys()];
  for (const kind of kinds) {
    const controller = kind.declaration.kind;
    metrics.maxConcurrentReconciles.set({ controller }, workers);
    metrics.activeWorkers.set({ controller }, busy.filter((key) => key.startsWith(`${controller}/`)).length);
    for (const cr of caches.all(kind.type)) {
      const state = (cr['status'] as { state?: string } | undefined)?.state ?? 'Pending';
      metrics.instances.inc({ kind: controller, state });
    }
  }
}

function hooksFor(metrics: Metrics): OperatorHooks {
  return {
    queue: metrics.queueHooks('operator'),
    outcome: (controller, outcome, ms) => {
      const result = outcome.result === 'failed' ? 'error' : outcome.result === 'again' ? 'requeue' : 'success';
      metrics.reconciles.inc({ controller, result });
      metrics.reconcileTime.observe({ controller }, ms / 1000);
      if (outcome.result !== 'failed') return;
      metrics.reconcileErrors.inc({ controller });
      if (outcome.terminal) metrics.terminalReconcileErrors.inc({ controller });
    },
    passage: (kind, from, to) => metrics.transitions.inc({ kind, from, to }),
  };
}
