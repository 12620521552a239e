import { describe, expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { recordAt } from './json.ts';
import { conditionOf, job, status, testWorld } from './test-world.ts';

const ref = { name: 'sync', namespace: 'default' };

function running(spec: object = {}, annotations: Record<string, string> = {}) {
  const world = testWorld();
  world.api.create(Builtin.Job, job('sync', spec, annotations));
  const find = () => world.api.get(Builtin.Job, ref);
  const pods = () => world.api.list(Builtin.Pod).items;
  return { ...world, find, pods };
}

describe('Job', () => {
  it('completes, and stays with its Pod', async () => {
    const { clock, find, pods } = running({}, { 'sim/run-time': '3s' });
    await clock.advance(1000);
    expect(status(find())).toMatchObject({ active: 1, ready: 1, startTime: '2026-01-01T00:00:00Z' });
    await clock.advance(3000);
    expect(status(find())).toMatchObject({ succeeded: 1, completionTime: '2026-01-01T00:00:03Z' });
    expect(status(find())).not.toHaveProperty('active');
    expect(conditionOf(find(), 'SuccessCriteriaMet')).toMatchObject({ status: 'True', reason: 'CompletionsReached' });
    expect(conditionOf(find(), 'Complete')).toMatchObject({ status: 'True', reason: 'CompletionsReached' });
    expect(pods()).toHaveLength(1);
    expect(pods()[0]?.metadata.finalizers).toBeUndefined();
    expect(status(pods()[0])['phase']).toBe('Succeeded');
  });

  it('fails at once without retries, and the Pod says why', async () => {
    const { clock, find, pods, behave } = running({ backoffLimit: 0 });
    behave(() => true, { exitCode: 3, log: 'line\nno such table', terminationMessage: 'cause' });
    await clock.advance(1000);
    expect(status(find())).toMatchObject({ failed: 1 });
    for (const type of ['FailureTarget', 'Failed']) {
      expect(conditionOf(find(), type)).toMatchObject({ status: 'True', reason: 'BackoffLimitExceeded' });
    }
    expect(status(pods()[0])).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 3, reason: 'Error', message: 'cause' } } }],
    });
  });

  it('tries again with back-off as often as it may', async () => {
    const { clock, find, pods } = running({ backoffLimit: 2 }, { 'sim/fail': 'true' });
    await clock.advance(9000);
    expect(pods()).toHaveLength(1);
    await clock.advance(2000);
    expect(pods()).toHaveLength(2);
    await clock.advance(40_000);
    expect(status(find())).toMatchObject({ failed: 3 });
    expect(conditionOf(find(), 'Failed')?.['reason']).toBe('BackoffLimitExceeded');
  });

  it('is cut off at its deadline', async () => {
    const { clock, find, pods } = running({ activeDeadlineSeconds: 60 }, { 'sim/hang': 'true' });
    await clock.advance(59_000);
    expect(conditionOf(find(), 'Failed')).toBeUndefined();
    await clock.advance(2000);
    expect(conditionOf(find(), 'Failed')).toMatchObject({ status: 'True', reason: 'DeadlineExceeded' });
    expect(pods().filter((pod) => status(pod)['phase'] === 'Running')).toEqual([]);
  });

  it.each([
    { policy: 'Failed', atOnce: 1 },
    { policy: 'TerminatingOrFailed', atOnce: 2 },
  ])('with podReplacementPolicy $policy has up to $atOnce Pods when one is deleted', async ({ policy, atOnce }) => {
    const world = testWorld({ delays: { stop: [60_000, 60_000] } });
    const { api, clock } = world;
    const spec = { podReplacementPolicy: policy };
    const made = job('sync', spec, { 'sim/hang': 'true' });
    Object.assign(recordAt(made, 'spec', 'template', 'spec'), { terminationGracePeriodSeconds: 60 });
    api.create(Builtin.Job, made);
    await clock.advance(100);
    api.delete(Builtin.Pod, api.list(Builtin.Pod).items[0]?.metadata ?? ref);
    await clock.advance(30_000);
    expect(api.list(Builtin.Pod).items).toHaveLength(atOnce);
    await clock.advance(60_000);
    expect(api.list(Builtin.Pod).items).toHaveLength(1);
    expect(status(api.get(Builtin.Job, ref))).toMatchObject({ failed: 1, active: 1 });
  });

  it('orphans its Pod by default, and takes it along in the foreground', async () => {
    for (const { policy, left } of [
      { policy: undefined, left: 1 },
      { policy: 'Foreground' as const, left: 0 },
    ]) {
      const { api, clock, pods } = running({}, { 'sim/hang': 'true' });
      await clock.advance(100);
      api.delete(Builtin.Job, ref, policy === undefined ? {} : { propagationPolicy: policy });
      await clock.advance(1000);
      expect(api.find(Builtin.Job, ref)).toBeUndefined();
      expect(pods()).toHaveLength(left);
      expect(pods().flatMap((pod) => pod.metadata.finalizers ?? [])).toEqual([]);
    }
  });

  it('in the foreground outlives its Pods', async () => {
    const { api, clock, pods } = running({}, { 'sim/hang': 'true' });
    await clock.advance(100);
    const order: string[] = [];
    api.store.subscribe(undefined, ({ type, object }) => type === 'DELETED' && order.push(object.kind));
    api.delete(Builtin.Job, ref, { propagationPolicy: 'Foreground' });
    await clock.advance(1000);
    expect(order).toEqual(['Pod', 'Job']);
    expect(pods()).toEqual([]);
  });
});
