import { describe, expect, it } from 'vitest';
import { ours, ref, testHands } from '../../test/support/hands.ts';
import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import { object, secret, template } from '../sandbox/test-world.ts';
import { create } from './create.ts';

const service = (port: number, rest: object = {}): KubeObject =>
  ours(Builtin.Service, 'x', {
    spec: { selector: { app: 'x' }, ports: [{ name: 'p', port, protocol: 'TCP', targetPort: port }] },
    ...rest,
  });
const due = (type: ResourceType, wanted: KubeObject, more: object = {}) =>
  ({ verb: 'create', type, object: wanted, ...more }) as const;

describe('create', () => {
  it('makes the object with one request, and remembers the answer', async () => {
    const hands = testHands();
    await create(due(Builtin.Service, service(80)), hands);
    expect(hands.api.get(Builtin.Service, ref('x'))).toMatchObject({ spec: { ports: [{ port: 80 }] } });
    expect(hands.calls).toEqual(['apply Service']);
    expect(hands.remembered[0]?.metadata.uid).toBe(hands.api.get(Builtin.Service, ref('x')).metadata.uid);
  });

  it('owns what it made, so that a later apply takes away what is wanted no more', async () => {
    const hands = testHands();
    const extra = ours(Builtin.Service, 'x', {
      spec: { selector: { app: 'x', tier: 'y' }, ports: [{ name: 'p', port: 80 }] },
    });
    await create(due(Builtin.Service, extra), hands);
    await hands.client.apply(Builtin.Service, service(80));
    expect(hands.api.get(Builtin.Service, ref('x'))['spec']).toMatchObject({ selector: { app: 'x' } });
    expect((hands.api.get(Builtin.Service, ref('x'))['spec'] as { selector: object }).selector).not.toHaveProperty(
      'tier',
    );
  });

  it('leaves a stranger of that name alone, and says whose it is', async () => {
    const hands = testHands();
    await hands.admin.create(Builtin.Service, object(Builtin.Service, 'x', { spec: { ports: [{ port: 1 }] } }));
    const before = hands.api.get(Builtin.Service, ref('x'));
    await expect(create(due(Builtin.Service, service(80)), hands)).rejects.toMatchObject({
      name: 'TerminalError',
      message: expect.stringContaining('Service/x was not made by this resource') as string,
    });
    expect(hands.api.get(Builtin.Service, ref('x'))).toEqual(before);
  });

  it('takes its own back, whose labels were taken away', async () => {
    const hands = testHands();
    const { metadata } = service(80);
    const spec = { selector: { app: 'y' }, ports: [{ name: 'p', port: 80, protocol: 'TCP', targetPort: 80 }] };
    await hands.admin.create(Builtin.Service, { ...service(80), spec, metadata: { ...metadata, labels: {} } });
    await create(due(Builtin.Service, service(80)), hands);
    expect(hands.api.get(Builtin.Service, ref('x'))).toMatchObject({
      metadata: { labels: metadata.labels },
      spec: { selector: { app: 'x' } },
    });
  });

  it('sends of a Job that is there only the metadata', async () => {
    const hands = testHands();
    const spec = { template: template('j', { restartPolicy: 'Never' }) };
    const { metadata, ...rest } = ours(Builtin.Job, 'j', { spec });
    // By an apply of our own, whose answer got lost: to leave the spec out of the next one would remove it.
    await hands.client.apply(Builtin.Job, { ...rest, metadata: { ...metadata, labels: {} } });
    const other = { ...spec, backoffLimit: 0, activeDeadlineSeconds: 5 };
    await create(due(Builtin.Job, ours(Builtin.Job, 'j', { spec: other })), hands);
    const found = hands.api.get(Builtin.Job, ref('j'));
    expect(found.metadata.labels).toMatchObject(metadata.labels ?? {});
    expect(found['spec']).not.toHaveProperty('activeDeadlineSeconds');
  });

  it('waits for one of its own that is being deleted', async () => {
    const hands = testHands();
    const { metadata, ...rest } = service(1);
    await hands.admin.create(Builtin.Service, { ...rest, metadata: { ...metadata, finalizers: ['x/y'] } });
    await hands.admin.delete(Builtin.Service, ref('x'));
    await expect(create(due(Builtin.Service, service(80)), hands)).rejects.toMatchObject({ reason: 'Conflict' });
  });

  it('writes files with the passwords of their Secrets in them, and a digest of what it wrote', async () => {
    const hands = testHands();
    await hands.admin.create(Builtin.Secret, secret('s', { password: Buffer.from("p'@").toString('base64') }));
    const reference = { secret: 's', key: 'password', as: 'url' } as const;
    const files = { 'a.conf': ['url = db://u:', reference, '@h\n'] };
    await create(due(Builtin.Secret, ours(Builtin.Secret, 'c'), { files }), hands);
    const data = hands.api.get(Builtin.Secret, ref('c'))['data'] as Record<string, string>;
    expect(Buffer.from(data['a.conf'] ?? '', 'base64').toString()).toBe('url = db://u:p%27%40@h\n');
    expect(hands.api.get(Builtin.Secret, ref('c')).metadata.annotations).toHaveProperty(
      ['openstack.k8s.io/content'],
      expect.stringMatching(/^[0-9a-f]{8}:[0-9a-f]{32}$/),
    );
  });

  it.each([
    { what: 'the Secret', data: undefined, said: 'Secret/s does not exist' },
    { what: 'its key', data: { other: 'eA==' }, said: "Secret/s has no key 'password'" },
  ])('writes nothing where $what is missing', async ({ data, said }) => {
    const hands = testHands();
    if (data !== undefined) await hands.admin.create(Builtin.Secret, secret('s', data));
    const files = { f: [{ secret: 's', key: 'password', as: 'ini' } as const] };
    await expect(create(due(Builtin.Secret, ours(Builtin.Secret, 'c'), { files }), hands)).rejects.toThrow(said);
    expect(hands.api.find(Builtin.Secret, ref('c'))).toBeUndefined();
  });
});
