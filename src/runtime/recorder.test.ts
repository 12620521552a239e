import { describe, expect, it } from 'vitest';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { secret, testApi } from '../sandbox/test-world.ts';
import { Recorder } from './recorder.ts';

const note = { type: 'Warning', reason: 'SecretChanged', message: 'somebody changed it' } as const;
const minute = 60_000;

function recording() {
  const { api, clock } = testApi();
  const errors: unknown[] = [];
  const about = api.create(Builtin.Secret, secret('s'));
  const recorder = new Recorder({
    client: api.client(),
    clock,
    identity: 'me',
    onError: (error) => errors.push(error),
  });
  const events = (): KubeObject[] => api.list(Builtin.Event, {}).items;
  const record = async (what: { type: 'Normal' | 'Warning'; reason: string; message: string } = note, of = about) => {
    recorder.record(of, what, 'Observe');
    await recorder.flush();
  };
  return { api, clock, errors, about, events, record, recorder };
}

describe('the Recorder', () => {
  it('writes an Event that names the object, the reason and itself', async () => {
    const { events, record, about, errors } = recording();
    await record();
    expect(errors).toEqual([]);
    expect(events()).toMatchObject([
      {
        type: 'Warning',
        reason: 'SecretChanged',
        note: 'somebody changed it',
        action: 'Observe',
        reportingController: 'openstack-operator',
        reportingInstance: 'me',
        regarding: { kind: 'Secret', name: 's', namespace: 'default', uid: about.metadata.uid },
      },
    ]);
    expect(events()[0]?.['eventTime']).toMatch(/\.\d{6}Z$/);
  });

  it('counts a repetition, and tells of it at most every five minutes', async () => {
    const { api, clock, events, record } = recording();
    await record();
    const { version } = api.store;
    for (let times = 0; times < 10; times++) await record();
    expect(api.store.version).toBe(version);
    await clock.advance(5 * minute);
    await record();
    expect(events()).toHaveLength(1);
    expect(events()[0]?.['series']).toMatchObject({ count: 12 });
  });

  it('tells other news, and the same of another object, as Events of their own', async () => {
    const { api, events, record } = recording();
    await record();
    await record({ ...note, message: 'other' });
    await record({ ...note, reason: 'Other' });
    await record(note, api.create(Builtin.Secret, secret('t')));
    expect(events()).toHaveLength(4);
    expect(new Set(events().map((event) => event.metadata.name)).size).toBe(4);
  });

  it('tells again what the API server has forgotten: Events live an hour', async () => {
    const { api, clock, errors, events, record } = recording();
    await record();
    api.delete(Builtin.Event, { namespace: 'default', name: events()[0]?.metadata.name ?? '' }, {});
    await clock.advance(90 * minute);
    await record();
    expect(errors).toEqual([]);
    expect(events()).toMatchObject([{ reason: 'SecretChanged' }]);
  });

  it('keeps a note within what the API server takes', async () => {
    const { events, record, errors } = recording();
    await record({ ...note, message: 'x'.repeat(5000) });
    expect(errors).toEqual([]);
    expect(events()[0]?.['note']).toHaveLength(1024);
  });

  it('reports what cannot be written, and lets nobody wait', async () => {
    const { errors, record, about } = recording();
    await record(note, { ...about, metadata: { ...about.metadata, namespace: 'nowhere' } });
    expect(errors).toHaveLength(1);
  });

  it('remembers a thousand, and forgets the oldest', async () => {
    const { events, record } = recording();
    await record();
    for (let count = 0; count < 1000; count++) await record({ ...note, message: `${count}` });
    await record();
    expect(events().filter((event) => event['note'] === note.message)).toHaveLength(2);
  });
});
