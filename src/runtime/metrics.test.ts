import { beforeEach, describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { WorkQueue } from './queue.ts';

let clock: VirtualClock;
let metrics: Metrics;

beforeEach(() => {
  clock = new VirtualClock();
  metrics = createMetrics({ clock });
});

/** The samples of the scraped page whose line begins so. */
async function samples(start: string): Promise<string[]> {
  const page = await metrics.registry.metrics();
  return page.split('\n').filter((line) => line.startsWith(start));
}

describe('metrics', () => {
  it('have the names and labels of controller-runtime', async () => {
    const controller = 'keystone';
    metrics.reconciles.inc({ controller, result: 'success' });
    metrics.reconcileErrors.inc({ controller });
    metrics.terminalReconcileErrors.inc({ controller });
    metrics.reconcileTime.observe({ controller }, 0.3);
    metrics.activeWorkers.set({ controller }, 2);
    metrics.maxConcurrentReconciles.set({ controller }, 8);
    expect(await samples('controller_runtime_reconcile_t')).toContain(
      'controller_runtime_reconcile_total{controller="keystone",result="success"} 1',
    );
    expect(await samples('controller_runtime_')).toEqual(
      expect.arrayContaining([
        'controller_runtime_reconcile_errors_total{controller="keystone"} 1',
        'controller_runtime_terminal_reconcile_errors_total{controller="keystone"} 1',
        'controller_runtime_reconcile_time_seconds_bucket{le="0.3",controller="keystone"} 1',
        'controller_runtime_active_workers{controller="keystone"} 2',
        'controller_runtime_max_concurrent_reconciles{controller="keystone"} 8',
      ]),
    );
  });

  it('follow a queue', async () => {
    const queue = new WorkQueue({ clock, hooks: metrics.queueHooks('main') });
    metrics.watchQueue('main', queue);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(2_000);
    await queue.get();
    await clock.advance(1_000);
    await queue.get();
    await clock.advance(4_000);
    queue.addRateLimited('a');
    queue.done('a');
    queue.add('a');
    await queue.get();
    expect(await samples('workqueue_')).toEqual(
      expect.arrayContaining([
        'workqueue_adds_total{name="main"} 4',
        'workqueue_retries_total{name="main"} 1',
        'workqueue_depth{name="main"} 1',
        'workqueue_queue_duration_seconds_sum{name="main"} 12',
        'workqueue_queue_duration_seconds_bucket{le="1e-8",name="main"} 0',
        'workqueue_work_duration_seconds_sum{name="main"} 5',
        'workqueue_unfinished_work_seconds{name="main"} 4',
        'workqueue_longest_running_processor_seconds{name="main"} 4',
      ]),
    );
  });

  it('count requests, also those without an answer', async () => {
    const request = { verb: 'get', method: 'GET', host: 'api:6443', resource: 'pods', durationMs: 1 } as const;
    for (const code of [200, 200, 0]) metrics.onRequest({ ...request, code });
    expect(await samples('rest_client')).toEqual([
      'rest_client_requests_total{code="200",method="GET",host="api:6443"} 2',
      'rest_client_requests_total{code="<error>",method="GET",host="api:6443"} 1',
    ]);
  });

  it('read reflectors anew at each scrape, several of a type together', async () => {
    const stats = { lists: 1, watches: 2, events: 3, errors: 4 };
    metrics.watchReflector({ type: Builtin.Deployment, stats });
    metrics.watchReflector({ type: Builtin.Deployment, stats: { ...stats } });
    await samples('');
    stats.events += 10;
    expect(await samples('reflector_')).toEqual([
      'reflector_lists_total{resource="deployments.apps"} 2',
      'reflector_watches_total{resource="deployments.apps"} 4',
      'reflector_events_total{resource="deployments.apps"} 16',
      'reflector_errors_total{resource="deployments.apps"} 8',
    ]);
  });

  it('say whether we lead, how the loop lags, and where the machines are', async () => {
    let isLeader = false;
    metrics.watchLeader('openstack-operator', () => isLeader);
    metrics.watchEventLoop(() => 1_500);
    metrics.transitions.inc({ kind: 'Keystone', from: 'Pending', to: 'Ready' });
    metrics.instances.set({ kind: 'Keystone', state: 'Ready' }, 3);
    expect(await samples('leader_')).toEqual(['leader_election_master_status{name="openstack-operator"} 0']);
    isLeader = true;
    expect(await samples('leader_')).toEqual(['leader_election_master_status{name="openstack-operator"} 1']);
    expect(await samples('event_loop')).toEqual(['event_loop_lag_seconds 1.5']);
    expect(await samples('machine_')).toEqual([
      'machine_transitions_total{kind="Keystone",from="Pending",to="Ready"} 1',
      'machine_instances{kind="Keystone",state="Ready"} 3',
    ]);
  });

  it('are apart in each registry', async () => {
    createMetrics({ clock }).instances.set({ kind: 'Keystone', state: 'Ready' }, 3);
    expect(await samples('machine_instances')).toEqual([]);
  });
});
