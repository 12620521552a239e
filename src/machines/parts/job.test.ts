import { describe, expect, it } from 'vitest';
import { digest, live, now, otherDigest, pod, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import { Annotation } from '../engine/annotations.ts';
import type { Finding } from '../engine/child.ts';
import { keyText } from '../engine/ledger.ts';
import type { Scope } from '../engine/scope.ts';
import { job, pauseAfter } from './job.ts';

interface Spec {
  readonly image: string;
}

const sync = job<Spec>({
  id: 'sync',
  key: (scope) => ({ image: scope.cr.spec.image, password: scope.digest('password') }),
  program: (scope) => ({ name: 'sync', image: scope.cr.spec.image, user: 42425, command: ['sync'], mounts: [] }),
  learn: () => ({ release: '2025.1' }),
  says: { what: 'a word', form: /^[a-z]+$/ },
});

type Given = Parameters<typeof scopeWith<Spec>>[0];

const given = (more: Given = {}): Scope<Spec> => scopeWith<Spec>({ spec: { image: 'new' }, ...more });
const look = (more: Given = {}): Finding => sync.look(given(more));
const key = (image: string, digests = digest) => ({ image, password: digests('password') });

/** The Job as it was made for `image`, with this status. */
function jobFor(image: string, status: object = {}, annotations: Record<string, string> = {}): KubeObject {
  const { due } = sync.look(scopeWith<Spec>({ spec: { image } }));
  if (due?.verb !== 'create') throw new Error('the Job is not made');
  const { metadata, ...rest } = due.object;
  return live(Builtin.Job, 'a-sync', {
    ...rest,
    metadata: { ...metadata, uid: 'uid-of-job', annotations: { ...metadata.annotations, ...annotations } },
    status,
  });
}

const at = (ms: number): string => new Date(ms).toISOString();
const ended = (type: 'Complete' | 'Failed', more: object = {}) => ({
  conditions: [{ type, status: 'True', lastTransitionTime: at(now), ...more }],
});
const running = pod('sync', { phase: 'Running', containerStatuses: [{ name: 'sync', state: { running: {} } }] });
const waits = pod('sync', {
  phase: 'Pending',
  containerStatuses: [
    { name: 'sync', image: 'new', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
  ],
});
const done = { jobs: { sync: key('new') } };
const uidLabel = 'batch.kubernetes.io/controller-uid';

/** A Pod of the Job that `jobFor` makes, which has ended. */
function ownPod(phase: 'Succeeded' | 'Failed', labels: object = {}, message = 'word'): KubeObject {
  const terminated = { exitCode: phase === 'Succeeded' ? 0 : 1, message };
  const found = pod('sync', { phase, containerStatuses: [{ name: 'sync', state: { terminated } }] });
  const { metadata } = found;
  return { ...found, metadata: { ...metadata, labels: { ...metadata.labels, [uidLabel]: 'uid-of-job', ...labels } } };
}

describe('a Job that was never run', () => {
  it('is created with a fixed name, its key, and nothing that retries by itself', () => {
    const { due, ...found } = look();
    expect(found).toMatchObject({ is: 'absent', settled: false, reason: 'NotRun', key: keyText(key('new')) });
    if (due?.verb !== 'create') throw new Error('not created');
    expect(due.object.metadata).toMatchObject({
      name: 'a-sync',
      annotations: { [Annotation.key]: keyText(key('new')), [Annotation.attempt]: '1' },
    });
    expect(due.object['spec']).toMatchObject({
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      activeDeadlineSeconds: 3600,
      template: { spec: { restartPolicy: 'Never', automountServiceAccountToken: false } },
    });
    expect(due.object['spec']).not.toHaveProperty('ttlSecondsAfterFinished');
  });

  it('is not created while Pods of an old one are there', () => {
    expect(look({ objects: [running] })).toMatchObject({ is: 'progressing', reason: 'PodsTerminating' });
    expect(look({ objects: [running] }).due).toBeUndefined();
  });

  it('says why its key cannot be said, and is not created', () => {
    const blocked = { reason: 'DependencyNotReady', message: 'no data yet', by: { kind: 'MariaDB', name: 'm' } };
    const child = job<Spec>({ id: 'sync', key: () => ({ blocked }), program: () => ({}) as never });
    expect(child.look(given())).toEqual({ ...blocked, is: 'blocked', settled: false });
  });
});

describe('a Job that runs', () => {
  it('is waited for', () => {
    const found = look({ objects: [jobFor('new'), running] });
    expect(found).toMatchObject({ is: 'progressing', settled: false, reason: 'JobRunning' });
    expect(found.due).toBeUndefined();
  });

  it('tells what keeps its Pod from starting', () => {
    const found = look({ objects: [jobFor('new'), waits] });
    expect(found).toMatchObject({
      is: 'progressing',
      reason: 'ImagePullBackOff',
      by: { kind: 'Pod', name: 'a-sync-x' },
    });
    expect(found.message).toBe('Job/a-sync waits: Pod/a-sync-x: ImagePullBackOff (image new): no such image');
  });

  it('has its labels brought back, and never its spec sent again', () => {
    const { metadata, ...rest } = jobFor('new');
    const stripped = { ...rest, metadata: { ...metadata, labels: {} } };
    const { due } = look({ objects: [stripped, running] });
    // An apply without the spec would ask for its removal.
    expect(due).toMatchObject({ verb: 'patch', patch: { metadata: { uid: 'uid-of-job', labels: metadata.labels } } });
    expect(due?.verb === 'patch' && Object.keys(due.patch)).toEqual(['metadata']);
  });
});

describe('a Job that succeeded', () => {
  it('teaches its key and what it said, and is settled', () => {
    const said = pod('sync', {
      containerStatuses: [{ name: 'sync', state: { terminated: { exitCode: 0, message: 'word\n' } } }],
    });
    expect(look({ objects: [jobFor('new', ended('Complete')), said] })).toMatchObject({
      is: 'ready',
      settled: true,
      learned: { jobs: { sync: key('new') }, release: '2025.1', answers: { sync: 'word' } },
    });
  });

  it.each<[string, Finding['is'], KubeObject[], object?]>([
    ['of its own has ended well', 'ready', [ownPod('Succeeded')]],
    ['of its own has ended well, and said nothing yet', 'progressing', [ownPod('Succeeded', {}, '')]],
    ['of an older Job has ended well', 'progressing', [ownPod('Succeeded', { [uidLabel]: 'older' })]],
    ['has ended well beside another', 'progressing', [ownPod('Succeeded'), running]],
    ['has failed', 'progressing', [ownPod('Failed')]],
    ['has ended well too late', 'failed', [ownPod('Succeeded')], ended('Failed')],
  ])('is known by its Pod, before the Job controller says so: one that %s', (_, is, pods, status = {}) => {
    expect(look({ objects: [jobFor('new', status), ...pods] }).is).toBe(is);
  });

  it('and did not say what it had to counts as failed, and is tried again', () => {
    const found = look({ objects: [jobFor('new', ended('Complete'))] });
    expect(found).toMatchObject({ is: 'failed', settled: false });
    expect(found.message).toContain('it ended well, but did not say a word');
    expect(found.due?.verb ?? found.wakeAt).toBeDefined();
  });

  it.each([
    { what: 'deleted', objects: [] },
    { what: 'there still', objects: [jobFor('new', ended('Complete'))] },
    { what: 'there for an older key', objects: [jobFor('old', ended('Complete'))] },
  ])('is not run again once it is recorded, when it is $what', ({ objects }) => {
    const found = look({ record: done, objects });
    expect(found).toMatchObject({ is: 'ready', settled: true });
    expect(found.due).toBeUndefined();
  });

  it('is not run again when the digest key is another, and records digests of that one', () => {
    const found = look({ record: done, digest: otherDigest });
    expect(found).toMatchObject({ is: 'ready', learned: { jobs: { sync: key('new', otherDigest) } } });
  });
});

describe('a Job whose key changed', () => {
  const before = { jobs: { sync: key('old') } };

  it('is lost, and run again when nothing of it is there', () => {
    const found = look({ record: before });
    expect(found).toMatchObject({ is: 'lost', settled: false, due: { verb: 'create' } });
    expect(found.message).toBe('Job/a-sync has to run: image changed');
  });

  it.each([
    { what: 'finished', objects: [jobFor('old', ended('Complete'))], record: before },
    { what: 'failed', objects: [jobFor('old', ended('Failed'))], record: {} },
    { what: 'never started', objects: [jobFor('old'), waits], record: {} },
    { what: 'has no Pod', objects: [jobFor('old')], record: {} },
  ])('is replaced at once when the old one $what', ({ objects, record }) => {
    expect(look({ objects, record }).due).toMatchObject({
      verb: 'delete',
      uid: 'uid-of-job',
      propagation: 'Foreground',
    });
  });

  it('waits for the old one to end when that has started', () => {
    const found = look({ objects: [jobFor('old'), running], record: before });
    expect(found).toMatchObject({ is: 'progressing', settled: false, reason: 'OldRunActive' });
    expect(found.due).toBeUndefined();
  });

  it('waits until the old one is gone', () => {
    const going = jobFor('old');
    going.metadata.deletionTimestamp = at(now);
    expect(look({ objects: [going] })).toMatchObject({ is: 'progressing', reason: 'JobTerminating' });
    expect(look({ objects: [going] }).due).toBeUndefined();
  });
});

describe('a Job that failed', () => {
  const failed = (attempt: number, more: object = {}) =>
    jobFor('new', ended('Failed', { reason: 'BackoffLimitExceeded', ...more }), {
      [Annotation.attempt]: String(attempt),
    });
  const crashed = pod('sync', {
    phase: 'Failed',
    containerStatuses: [
      { name: 'sync', state: { terminated: { exitCode: 3, reason: 'Error', message: 'no such table\n' } } },
    ],
  });

  it.each([
    { attempt: 1, seconds: 10 },
    { attempt: 2, seconds: 20 },
    { attempt: 3, seconds: 40 },
    { attempt: 6, seconds: 320 },
    { attempt: 7, seconds: 600 },
    { attempt: 100, seconds: 600 },
    { attempt: 5000, seconds: 600 },
  ])('is replaced $seconds s after failure $attempt, not earlier', ({ attempt, seconds }) => {
    expect(pauseAfter(attempt)).toBe(seconds * 1000);
    const early = look({ objects: [failed(attempt)], now: now + seconds * 1000 - 1 });
    expect(early).toMatchObject({ is: 'failed', settled: false, wakeAt: now + seconds * 1000, failures: attempt });
    expect(early.due).toBeUndefined();
    const late = look({ objects: [failed(attempt)], now: now + seconds * 1000 });
    expect(late.due).toMatchObject({ verb: 'delete', uid: 'uid-of-job', why: `try ${attempt + 1}` });
  });

  it.each([
    { attempt: 1, stalled: undefined },
    { attempt: 2, stalled: undefined },
    { attempt: 3, stalled: true },
    { attempt: 9, stalled: true },
  ])('needs a person after failure $attempt: $stalled', ({ attempt, stalled }) => {
    expect(look({ objects: [failed(attempt)] }).stalled).toBe(stalled);
  });

  it('tells exit code, end of the log and when it tries again', () => {
    expect(look({ objects: [failed(2), crashed] }).message).toBe(
      'Job/a-sync failed (try 2): Pod/a-sync-x ended with exit code 3: no such table; next try 2026-01-01T00:00:20.000Z',
    );
  });

  it('counts past its deadline as failed, and says so', () => {
    const found = look({ objects: [failed(1, { reason: 'DeadlineExceeded' })], settings: { jobDeadlineSeconds: 60 } });
    expect(found).toMatchObject({ is: 'failed', reason: 'JobDeadlineExceeded' });
    expect(found.message).toContain('deadline of 60 s exceeded');
  });

  it('counts on when it is made again for the same key, and from 1 for another', () => {
    const attempts = { sync: { key: keyText(key('new')), failures: 4 } };
    const attemptOf = ({ due }: Finding) =>
      due?.verb === 'create' ? due.object.metadata.annotations?.[Annotation.attempt] : undefined;
    expect(attemptOf(look({ attempts }))).toBe('5');
    expect(attemptOf(look({ attempts, spec: { image: 'newer' } }))).toBe('1');
  });

  it('is replaced at once for a nonce, which acts once', () => {
    const annotations = { [Annotation.retry]: 'now' };
    const asked = look({ objects: [failed(9)], annotations });
    expect(asked).toMatchObject({ due: { verb: 'delete', why: 'retry now' } });
    // The request may be lost: the nonce is spent only when a Job carries it.
    expect(asked.learned?.handled).toBeUndefined();
    const carried = jobFor('new', ended('Failed', { reason: 'BackoffLimitExceeded' }), {
      [Annotation.attempt]: '9',
      [Annotation.retriedFor]: 'now',
    });
    expect(look({ objects: [carried], annotations })).toMatchObject({ learned: { handled: { retry: 'now' } } });
    expect(look({ objects: [carried], annotations }).due).toBeUndefined();
    const again = look({ objects: [failed(9)], annotations, record: { handled: { retry: 'now' } } });
    expect(again.due).toBeUndefined();
  });

  it.each(['abc', '', '-3', '1.5', '0', 'Infinity'])(
    'counts as the first failure when somebody made its count %j',
    (count) => {
      const spoilt = jobFor('new', ended('Failed'), { [Annotation.attempt]: count });
      expect(look({ objects: [spoilt] })).toMatchObject({ is: 'failed', failures: 1, wakeAt: now + 10_000 });
    },
  );

  it('is tried again at once where nobody can say when it failed', () => {
    expect(look({ objects: [failed(1, { lastTransitionTime: undefined })] }).due).toMatchObject({ verb: 'delete' });
  });
});

describe('a Job of a stranger', () => {
  it.each([
    { what: 'of nobody', metadata: { ownerReferences: [], annotations: {} } },
    {
      what: 'of an earlier resource of this name',
      metadata: { ownerReferences: [{ apiVersion: 'x', kind: 'Keystone', name: 'a', uid: 'older', controller: true }] },
    },
  ])('is left alone when it is $what', ({ metadata }) => {
    const { metadata: own, ...rest } = jobFor('new', ended('Complete'));
    const found = look({ objects: [{ ...rest, metadata: { ...own, ...metadata } }] });
    expect(found).toMatchObject({ is: 'failed', settled: false, stalled: true, reason: 'NameConflict' });
    expect(found.due).toBeUndefined();
    expect(found.learned).toBeUndefined();
  });
});
