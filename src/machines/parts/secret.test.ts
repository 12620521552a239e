import { describe, expect, it } from 'vitest';
import { digest, live, now, otherDigest, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import type { Files } from '../engine/child.ts';
import { Annotation } from '../engine/annotations.ts';
import { configFiles, contentDigest, generated, given, password, sourceOf } from './secret.ts';

interface Spec {
  readonly own?: string;
  readonly hours?: number;
}

type Given = NonNullable<Parameters<typeof scopeWith<Spec>>[0]>;
const scope = (more: Given = {}) => scopeWith<Spec>({ spec: {}, ...more });
const hour = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();

const labels = {
  'app.kubernetes.io/name': 'keystone',
  'app.kubernetes.io/instance': 'a',
  'app.kubernetes.io/component': 'pw',
  'app.kubernetes.io/managed-by': 'openstack-operator',
};

function made(
  metadata: Record<string, unknown> = {},
  digests: Record<string, string> = { password: digest('v1') },
): KubeObject {
  const annotations = { [Annotation.owner]: 'Keystone/a', ...(metadata['annotations'] as object) };
  return live(Builtin.Secret, 'a-pw', {
    metadata: { labels, creationTimestamp: at(now), ...metadata, annotations },
    digests,
  });
}

describe('a generated Secret', () => {
  const plain = generated<Spec>({ id: 'pw', keys: { password: password(32) } });
  const known = { digests: { 'pw/password': digest('v1') } };

  it('is made where it was never there, and holds data: it has no owner reference', () => {
    const { due, ...found } = plain.look(scope());
    expect(found).toMatchObject({ is: 'absent', settled: false });
    expect(due).toMatchObject({ verb: 'generate', again: false, keys: { password: { make: 'password', length: 32 } } });
    expect(due !== undefined && 'object' in due && due.object.metadata.ownerReferences).toBeUndefined();
  });

  it('is made anew where it was there, and that is a loss', () => {
    expect(plain.look(scope({ record: known }))).toMatchObject({ is: 'lost', due: { verb: 'generate', again: true } });
  });

  it('is ready where it is there, and its digests are learned', () => {
    const found = plain.look(scope({ objects: [made()] }));
    expect(found).toMatchObject({ is: 'ready', settled: true, learned: { digests: { 'pw/password': digest('v1') } } });
    expect(found.due).toBeUndefined();
    expect(found.notes).toBeUndefined();
  });

  it.each([
    { what: 'another value', live: { password: digest('v2') }, noted: ["Secret/a-pw: somebody changed 'password'"] },
    { what: 'the same value', live: { password: digest('v1') }, noted: [] },
    { what: 'a digest of another key', live: { password: otherDigest('v2') }, noted: [] },
  ])('with $what than recorded leads to $noted.length warnings', ({ live: digests, noted }) => {
    const found = plain.look(scope({ objects: [made({}, digests)], record: known }));
    expect((found.notes ?? []).map((note) => note.message)).toEqual(noted);
    expect(found.is).toBe('ready');
  });

  it('that we rotated ourselves is no change by somebody', () => {
    const rotated = made({ annotations: { [Annotation.rotatedAt]: at(now) } }, { password: digest('v2') });
    expect(plain.look(scope({ objects: [rotated], record: known })).notes).toBeUndefined();
  });

  it('without its key needs a person; one of a stranger, or being deleted, is left alone', () => {
    expect(plain.look(scope({ objects: [made({}, {})] }))).toMatchObject({
      is: 'failed',
      stalled: true,
      reason: 'KeyMissing',
    });
    const stranger = made({ annotations: { [Annotation.owner]: 'Keystone/b' } });
    expect(plain.look(scope({ objects: [stranger] }))).toMatchObject({
      is: 'failed',
      stalled: true,
      reason: 'NameConflict',
    });
    const going = plain.look(scope({ objects: [made({ deletionTimestamp: at(now) })] }));
    expect(going).toMatchObject({ is: 'absent', reason: 'Terminating' });
    expect(going.due).toBeUndefined();
  });

  it('has its labels brought back without its data', () => {
    const { due } = plain.look(scope({ objects: [made({ labels: {} })] }));
    expect(due).toMatchObject({ verb: 'apply', uid: 'uid-of-a-pw' });
    expect(JSON.stringify(due)).not.toContain('"data"');
  });

  it('is not wanted where the user gave one', () => {
    const unless = generated<Spec>({
      id: 'pw',
      keys: { password: password(32) },
      unless: (spec) => spec.own !== undefined,
    });
    expect(unless.look(scope({ spec: { own: 'mine' } }))).toMatchObject({
      is: 'ready',
      settled: true,
      reason: 'NotNeeded',
    });
    expect(unless.look(scope()).due).toMatchObject({ verb: 'generate' });
  });
});

describe('a Secret that cannot be replaced', () => {
  const part = (evidence: string | undefined) =>
    generated<Spec>({ id: 'pw', keys: { password: password(32) }, irreplaceable: () => evidence });

  it('is never made anew once something was built on it: it is looked for, and a person is told', () => {
    for (const record of [{}, { digests: { 'pw/password': digest('v1') } }]) {
      const found = part('Job/a-db-sync was made with it').look(scope({ record }));
      expect(found).toMatchObject({
        is: 'lost',
        settled: false,
        stalled: true,
        reason: 'SecretLost',
        due: { verb: 'reclaim' },
      });
      expect(found.message).toContain(
        'because Job/a-db-sync was made with it; restore it from a backup with the keys password',
      );
    }
  });

  it('is made while nothing is built on it', () => {
    expect(part(undefined).look(scope()).due).toMatchObject({ verb: 'generate' });
  });
});

describe('rotation', () => {
  const timed = generated<Spec>({
    id: 'pw',
    keys: { password: password(32) },
    rotate: { as: 'pw', everyHours: (spec) => spec.hours ?? 24 },
  });
  const byHand = generated<Spec>({ id: 'pw', keys: { password: password(32) }, rotate: { as: 'pw' } });
  const asking = (nonce: string) => ({ annotations: { [Annotation.rotate]: nonce } });

  it('is due when its time has come since it was made, not earlier, and then since the last', () => {
    expect(timed.look(scope({ objects: [made()], now: now + 24 * hour - 1 }))).toMatchObject({
      wakeAt: now + 24 * hour,
    });
    expect(timed.look(scope({ objects: [made()], now: now + 24 * hour })).due).toMatchObject({
      verb: 'rotate',
      at: at(now + 24 * hour),
    });
    const rotated = made({ annotations: { [Annotation.rotatedAt]: at(now + 24 * hour) } });
    expect(timed.look(scope({ objects: [rotated], now: now + 24 * hour }))).toMatchObject({ wakeAt: now + 48 * hour });
  });

  it('follows a changed interval', () => {
    expect(timed.look(scope({ objects: [made()], spec: { hours: 1 }, now: now + hour })).due).toMatchObject({
      why: 'every 1 h',
    });
  });

  it('never comes by the clock where nobody asked for that', () => {
    const found = byHand.look(scope({ objects: [made()], now: now + 1e6 * hour }));
    expect(found.due).toBeUndefined();
    expect(found.wakeAt).toBeUndefined();
  });

  it('is done for a nonce once, and not for another Secret', () => {
    expect(byHand.look(scope({ objects: [made()], ...asking('pw=1') })).due).toMatchObject({
      verb: 'rotate',
      nonce: 'pw=1',
    });
    for (const other of ['other=1', 'pwx=1', ''])
      expect(byHand.look(scope({ objects: [made()], ...asking(other) })).due).toBeUndefined();
    const handled = { handled: { rotate: 'pw=1' } };
    expect(byHand.look(scope({ objects: [made()], ...asking('pw=1'), record: handled })).due).toBeUndefined();
  });

  it('is not done again where it was done and the record of it was lost, but noted', () => {
    const done = made({ annotations: { [Annotation.rotatedAt]: at(now), [Annotation.rotatedFor]: 'pw=1' } });
    const found = byHand.look(scope({ objects: [done], ...asking('pw=1') }));
    expect(found.due).toBeUndefined();
    expect(found.learned).toMatchObject({ handled: { rotate: 'pw=1' } });
  });

  it('teaches the digests of what is there also where the nonce is noted', () => {
    const done = made({ annotations: { [Annotation.rotatedAt]: at(now), [Annotation.rotatedFor]: 'pw=1' } });
    expect(byHand.look(scope({ objects: [done], ...asking('pw=1') })).learned?.digests).toMatchObject({
      'pw/password': digest('v1'),
    });
  });

  it('is not done to a Secret of a stranger, or one without its key', () => {
    const due = { now: now + 1000 * hour };
    expect(
      timed.look(scope({ objects: [made({ annotations: { [Annotation.owner]: 'x' } })], ...due })).due,
    ).toBeUndefined();
    expect(timed.look(scope({ objects: [made({}, {})], ...due })).due).toBeUndefined();
  });
});

describe('a Secret of the user', () => {
  const user = given<Spec>({ id: 'user', name: (spec) => spec.own, key: 'password', field: 'own' });
  const own = { spec: { own: 'mine' } };

  it.each([
    { what: 'not named', more: {}, is: 'ready', reason: 'NotNeeded' },
    { what: 'missing', more: own, is: 'blocked', reason: 'SecretNotFound' },
    {
      what: 'without its key',
      more: { ...own, objects: [live(Builtin.Secret, 'mine', { digests: { other: 'x' } })] },
      is: 'blocked',
      reason: 'SecretKeyNotFound',
    },
    {
      what: 'there',
      more: { ...own, objects: [live(Builtin.Secret, 'mine', { digests: { password: 'x' } })] },
      is: 'ready',
      reason: 'Exists',
    },
  ])('is $is when it is $what', ({ more, is, reason }) => {
    const found = user.look(scope(more));
    expect(found).toMatchObject({ is, reason });
    expect(found.due).toBeUndefined();
  });

  it('is watched by name, only where it is named', () => {
    expect(user.foreign?.(scope(own))).toEqual([{ type: Builtin.Secret, ref: { namespace: 'ns', name: 'mine' } }]);
    expect(user.foreign?.(scope())).toEqual([]);
  });

  it('tells what to create', () => {
    expect(user.look(scope(own)).message).toBe(
      "Secret/mine, named in spec.own, does not exist; create it with the key 'password'",
    );
  });
});

describe('a Secret with configuration', () => {
  const files = { 'a.conf': ['x = ', { secret: 'a-pw', key: 'password', as: 'ini' as const }] };
  const config = configFiles<Spec>({ id: 'config', files: () => files });
  const written = { 'a.conf': digest('rendered') };

  /** As the effect wrote it with the password of this moment. */
  function rendered(more: { digests?: Record<string, string>; content?: string } = {}): KubeObject {
    const { due } = config.look(scope({ objects: [made()] }));
    if (due?.verb !== 'create') throw new Error('not written');
    const { metadata, ...rest } = due.object;
    const content = more.content ?? contentDigest({ digest }, { digests: written });
    return live(Builtin.Secret, 'a-config', {
      ...rest,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [Annotation.content]: content } },
      digests: more.digests ?? written,
    });
  }

  it('waits for the passwords in it', () => {
    expect(config.look(scope())).toMatchObject({
      is: 'blocked',
      reason: 'SecretNotReady',
      by: { kind: 'Secret', name: 'a-pw' },
    });
  });

  it('is left alone while nothing has changed', () => {
    const found = config.look(scope({ objects: [made(), rendered()] }));
    expect(found).toMatchObject({ is: 'ready', settled: true });
    expect(found.due).toBeUndefined();
  });

  it.each([
    {
      what: 'a password in it changed',
      objects: () => [made({}, { password: digest('v2') }), rendered()],
      why: 'what is wanted has changed',
    },
    {
      what: 'somebody edited a file',
      objects: () => [made(), rendered({ digests: { 'a.conf': digest('edited') } })],
      why: 'its data was changed by somebody else',
    },
    {
      what: 'somebody added a file',
      objects: () => [made(), rendered({ digests: { ...written, b: digest('') } })],
      why: 'its data was changed by somebody else',
    },
    {
      what: 'somebody took a file away',
      objects: () => [made(), rendered({ digests: {} })],
      why: 'its data was changed by somebody else',
    },
  ])('is written again when $what', ({ objects, why }) => {
    expect(config.look(scope({ objects: objects() })).due).toMatchObject({ verb: 'apply', why, files });
  });

  it('has another source exactly when a file, a password or its place changes', () => {
    const source = (more: Given, of: Files = files) => sourceOf(scope(more), () => of);
    const first = source({ objects: [made()] });
    expect(source({ objects: [made({ labels: {} })] })).toBe(first);
    expect(source({ objects: [made({}, { password: digest('v2') })] })).not.toBe(first);
    expect(source({ objects: [made()] }, { 'a.conf': ['y = ', files['a.conf'][1] ?? ''] })).not.toBe(first);
    expect(source({ objects: [made()] }, { 'b.conf': files['a.conf'] })).not.toBe(first);
  });
});
