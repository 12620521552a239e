import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { resourceName, type ResourceType } from '../kube/object.ts';
import type { Clock } from '../kube/ports.ts';
import type { RequestInfo } from './client.ts';
import type { QueueHooks } from './queue.ts';
import type { ReflectorStats } from './reflector.ts';

/**
 * A registry with what this operator measures: under the names and labels of controller-runtime where it has one, so
 * that existing dashboards and alerts work. Each call makes one of its own.
 */
export function createMetrics(options: { readonly clock: Clock }) {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    ...controllerMetrics(registers),
    ...machineMetrics(registers),
    /** Hand it to the client as `onRequest`. */
    onRequest: requestMetrics(registers),
    /** Hooks for a queue, which is to be shown to `watchQueue` too. */
    ...queueMetrics(registers, options.clock),
    /** Reads a reflector's counts at each scrape. */
    watchReflector: reflectorMetrics(registers),
    /** Reads at each scrape whether we lead, under the name of the Lease. */
    watchLeader: (name: string, isLeader: () => boolean) => {
      const collect = (gauge: Gauge): void => gauge.set({ name }, isLeader() ? 1 : 0);
      gauge(registers, 'leader_election_master_status', 'Whether this process leads: 1 or 0', ['name'], collect);
    },
    /** Reads at each scrape how far the event loop lags behind. */
    watchEventLoop: (lagMs: () => number) => {
      const collect = (lag: Gauge): void => lag.set(lagMs() / 1_000);
      gauge(registers, 'event_loop_lag_seconds', 'The longest lag of the event loop of late', [], collect);
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

type Registers = Registry[];

function controllerMetrics(registers: Registers) {
  const [controller, result] = ['controller', 'result'];
  return {
    reconciles: counter(registers, 'controller_runtime_reconcile_total', 'Reconciles', [controller, result]),
    reconcileErrors: counter(registers, 'controller_runtime_reconcile_errors_total', 'Failed reconciles', [controller]),
    terminalReconcileErrors: counter(
      registers,
      'controller_runtime_terminal_reconcile_errors_total',
      'Reconciles that failed in a way that trying again cannot mend',
      [controller],
    ),
    reconcileTime: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Length of a reconcile',
      labelNames: [controller],
      buckets: RECONCILE_BUCKETS,
      registers,
    }),
    activeWorkers: gauge(registers, 'controller_runtime_active_workers', 'Workers at work', [controller]),
    maxConcurrentReconciles: gauge(registers, 'controller_runtime_max_concurrent_reconciles', 'Workers', [controller]),
  };
}

function machineMetrics(registers: Registers) {
  return {
    transitions: counter(registers, 'machine_transitions_total', 'Transitions of machines', ['kind', 'from', 'to']),
    instances: gauge(registers, 'machine_instances', 'Resources by the state of their machine', ['kind', 'state']),
  };
}

function requestMetrics(registers: Registers): (request: RequestInfo) => void {
  const requests = counter(registers, 'rest_client_requests_total', 'Requests to the API server', [
    'code',
    'method',
    'host',
  ]);
  // client-go calls a request without an answer <error>.
  return ({ code, method, host }) => requests.inc({ code: code === 0 ? '<error>' : code, method, host });
}

/** What of a queue is read at a scrape. */
interface QueueState {
  readonly length: number;
  readonly processing: ReadonlyMap<string, number>;
}

function queueMetrics(registers: Registers, clock: Clock) {
  const name = ['name'];
  const queues = new Map<string, QueueState>();
  const adds = counter(registers, 'workqueue_adds_total', 'Keys added', name);
  const retries = counter(registers, 'workqueue_retries_total', 'Keys added again after a failure', name);
  const waited = histogram('workqueue_queue_duration_seconds', 'How long a key waited');
  const worked = histogram('workqueue_work_duration_seconds', 'How long work on a key took');
  scraped('workqueue_depth', 'Keys waiting', (queue) => queue.length);
  scraped('workqueue_unfinished_work_seconds', 'Time spent on all work under way', (queue) =>
    secondsOfWork(queue).reduce((sum, seconds) => sum + seconds, 0),
  );
  scraped('workqueue_longest_running_processor_seconds', 'Time spent on the oldest work under way', (queue) =>
    Math.max(0, ...secondsOfWork(queue)),
  );
  return {
    queueHooks: (queue: string): QueueHooks => ({
      added: () => adds.inc({ name: queue }),
      retried: () => retries.inc({ name: queue }),
      started: (ms) => waited.observe({ name: queue }, ms / 1_000),
      done: (ms) => worked.observe({ name: queue }, ms / 1_000),
    }),
    watchQueue: (queue: string, state: QueueState) => void queues.set(queue, state),
  };

  function histogram(metric: string, help: string): Histogram {
    return new Histogram({ name: metric, help, labelNames: name, buckets: QUEUE_BUCKETS, registers });
  }

  function scraped(metric: string, help: string, read: (queue: QueueState) => number): void {
    gauge(registers, metric, help, name, (target) => {
      for (const [queue, state] of queues) target.set({ name: queue }, read(state));
    });
  }

  function secondsOfWork({ processing }: QueueState): number[] {
    return Array.from(processing.values(), (since) => (clock.monotonic() - since) / 1_000);
  }
}

interface ReflectorState {
  readonly type: ResourceType;
  readonly stats: Readonly<ReflectorStats>;
}

function reflectorMetrics(registers: Registers): (reflector: ReflectorState) => void {
  const reflectors: ReflectorState[] = [];
  for (const what of ['lists', 'watches', 'events', 'errors'] as const) {
    const name = `reflector_${what}_total`;
    counter(registers, name, `What reflectors did: ${what}`, ['resource'], (target) => {
      target.reset();
      for (const { type, stats } of reflectors) target.inc({ resource: resourceName(type) }, stats[what]);
    });
  }
  return (reflector) => void reflectors.push(reflector);
}

function counter(
  registers: Registers,
  name: string,
  help: string,
  labelNames: string[],
  collect: (counter: Counter) => void = () => {},
): Counter {
  return new Counter({ name, help, labelNames, registers, collect: read });
  function read(this: Counter): void {
    collect(this);
  }
}

function gauge(
  registers: Registers,
  name: string,
  help: string,
  labelNames: string[],
  collect: (gauge: Gauge) => void = () => {},
): Gauge {
  return new Gauge({ name, help, labelNames, registers, collect: read });
  function read(this: Gauge): void {
    collect(this);
  }
}

/** controller-runtime's. */
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** controller-runtime's: from 10 ns to 1,000 s, each ten times the one before. */
const QUEUE_BUCKETS = Array.from({ length: 12 }, (_, index) => Number(`1e${index - 8}`));
