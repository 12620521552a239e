import { describe, expect, it } from 'vitest';
import { live, scopeWith } from '../../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../../kube/object.ts';
import { Annotation } from '../engine/annotations.ts';
import { volumeOf } from './volume.ts';

interface Spec {
  readonly size: string;
  readonly storageClassName?: string;
}

const volume = volumeOf<Spec>({
  id: 'data',
  component: 'server',
  of: (scope) => scope.name,
  storage: (spec) => spec,
  isIdentity: true,
});

const labels = {
  'app.kubernetes.io/name': 'mariadb',
  'app.kubernetes.io/instance': 'a',
  'app.kubernetes.io/component': 'server',
  'app.kubernetes.io/managed-by': 'openstack-operator',
};

function claim(uid = 'u1', rest: { phase?: string; size?: string; metadata?: object } = {}): KubeObject {
  const { phase = 'Bound', size = '10Gi', metadata = {} } = rest;
  return live(Builtin.PersistentVolumeClaim, 'data-a-0', {
    metadata: { uid, labels, annotations: { [Annotation.owner]: 'MariaDB/a' }, ...metadata },
    spec: { resources: { requests: { storage: size } } },
    status: { phase },
  });
}

type Given = Parameters<typeof scopeWith<Spec>>[0];
const look = (more: Given = {}) => volume.look(scopeWith<Spec>({ kind: 'MariaDB', spec: { size: '10Gi' }, ...more }));

describe('a volume claim', () => {
  it('that is not there yet is waited for, never made', () => {
    expect(look()).toMatchObject({ is: 'absent', settled: false });
    expect(look().due).toBeUndefined();
  });

  it('that is bound is ready, and its uid is the identity of the data', () => {
    expect(look({ objects: [claim()] })).toMatchObject({ is: 'ready', settled: true, learned: { dataID: 'u1' } });
    expect(look({ objects: [claim()] }).due).toBeUndefined();
  });

  it('that is not bound is waited for, and teaches nothing', () => {
    const found = look({ objects: [claim('u1', { phase: 'Pending' })] });
    expect(found).toMatchObject({ is: 'progressing', settled: false, reason: 'VolumePending' });
    expect(found.learned).toBeUndefined();
  });

  it('that was there once is lost, and looked for behind its labels', () => {
    expect(look({ record: { dataID: 'u1' } })).toMatchObject({
      is: 'lost',
      reason: 'VolumeLost',
      due: { verb: 'reclaim' },
    });
  });

  it('of a stranger is left alone', () => {
    const found = look({ objects: [claim('u1', { metadata: { annotations: {} } })] });
    expect(found).toMatchObject({ is: 'failed', stalled: true, reason: 'NameConflict' });
    expect(found.due).toBeUndefined();
  });

  it.each([
    { size: '10Gi', due: undefined },
    { size: '10240Mi', due: undefined },
    { size: '5Gi', due: undefined },
    {
      size: '20Gi',
      due: {
        verb: 'patch',
        patch: { metadata: { uid: 'u1' }, spec: { resources: { requests: { storage: '20Gi' } } } },
      },
    },
  ])('of 10Gi where $size is wanted leads to $due.verb', ({ size, due }) => {
    const found = look({ objects: [claim()], spec: { size } });
    if (due === undefined) expect(found.due).toBeUndefined();
    else expect(found.due).toMatchObject(due);
  });

  it('has its labels brought back', () => {
    expect(look({ objects: [claim('u1', { metadata: { labels: {} } })] }).due).toMatchObject({
      verb: 'apply',
      uid: 'u1',
    });
  });

  it('says that its class is missing, until it is there or the claim is bound', () => {
    const spec = { size: '10Gi', storageClassName: 'fast' };
    expect(look({ spec })).toMatchObject({ is: 'blocked', reason: 'StorageClassNotFound', by: { name: 'fast' } });
    expect(look({ spec, objects: [live(Builtin.StorageClass, 'fast')] }).is).toBe('absent');
    expect(look({ spec, objects: [claim()] }).is).toBe('ready');
  });
});

describe('a volume that is being deleted', () => {
  it('is no healthy volume, though its Pod still keeps it, and nothing is done to it', () => {
    const ending = claim();
    ending.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const found = look({ record: { dataID: ending.metadata.uid ?? '' }, objects: [ending] });
    expect(found).toMatchObject({ is: 'progressing', settled: true, reason: 'VolumeTerminating' });
    expect(found.due).toBeUndefined();
  });
});

describe('a volume that is another one', () => {
  const record = { dataID: 'u1' };
  const objects = [claim('u2')];

  it('is refused, and stays unknown, until a person says what to think of it', () => {
    const found = look({ record, objects });
    expect(found).toMatchObject({ is: 'failed', settled: false, stalled: true, reason: 'DataReplaced' });
    expect(found.message).toContain('accept-data: u2=restored');
    expect(found.learned).toBeUndefined();
    expect(found.due).toBeUndefined();
  });

  it.each(['u2=restored', 'u2=empty'])('is taken when the person says %s, once', (said) => {
    const annotations = { [Annotation.acceptData]: said };
    const found = look({ record, objects, annotations });
    expect(found).toMatchObject({
      is: 'ready',
      settled: true,
      learned: { dataID: 'u2', handled: { acceptData: said } },
      notes: [{ reason: 'DataAccepted' }],
    });
    const later = look({ record: { dataID: 'u2', handled: { acceptData: said } }, objects, annotations });
    expect(later).toMatchObject({ is: 'ready' });
    expect(later.notes).toBeUndefined();
  });

  it.each(['u1=restored', 'u3=empty', 'u2', 'u2=', 'u2=yes', 'restored', 'u2=empty '])(
    'is not taken for %j',
    (said) => {
      expect(look({ record, objects, annotations: { [Annotation.acceptData]: said } }).reason).toBe('DataReplaced');
    },
  );

  it('is told on also where this resource is new and only those that use it remember the old data', () => {
    const annotations = { [Annotation.acceptData]: 'u2=empty' };
    const found = look({ record: { dataID: 'u2' }, objects, annotations });
    expect(found).toMatchObject({ is: 'ready', learned: { dataID: 'u2', handled: { acceptData: 'u2=empty' } } });
    expect(look({ objects, annotations }).learned).toMatchObject({ handled: { acceptData: 'u2=empty' } });
  });
});
