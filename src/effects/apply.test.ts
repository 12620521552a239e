import { describe, expect, it } from 'vitest';
import { ours, ref, testHands } from '../../test/support/hands.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { apply } from './apply.ts';
import { create } from './create.ts';

const wanted = (port: number): KubeObject =>
  ours(Builtin.Service, 'x', {
    spec: { selector: { app: 'x' }, ports: [{ name: 'p', port, protocol: 'TCP', targetPort: port }] },
  });

async function withService() {
  const hands = testHands();
  await create({ verb: 'create', type: Builtin.Service, object: wanted(80) }, hands);
  const { uid = '' } = hands.api.get(Builtin.Service, ref('x')).metadata;
  const bring = (object: KubeObject, of = uid) =>
    apply({ verb: 'apply', type: Builtin.Service, object, uid: of, why: 'test' }, hands);
  return { hands, bring, uid };
}

describe('apply', () => {
  it('brings back what somebody changed, and leaves what others added', async () => {
    const { hands, bring } = await withService();
    const patch = { metadata: { annotations: { theirs: 'x' } }, spec: { selector: { app: 'y' } } };
    await hands.admin.mergePatch(Builtin.Service, ref('x'), patch);
    await bring(wanted(80));
    expect(hands.api.get(Builtin.Service, ref('x'))).toMatchObject({
      metadata: { annotations: { theirs: 'x' } },
      spec: { selector: { app: 'x' } },
    });
  });

  it('changes nothing where nothing differs', async () => {
    const { hands, bring } = await withService();
    const { resourceVersion } = hands.api.get(Builtin.Service, ref('x')).metadata;
    await bring(wanted(80));
    expect(hands.api.get(Builtin.Service, ref('x')).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('is a Conflict where the object is gone: it makes none', async () => {
    const { hands, bring } = await withService();
    await hands.admin.delete(Builtin.Service, ref('x'));
    await expect(bring(wanted(80))).rejects.toMatchObject({ name: 'ApiError', reason: 'Conflict' });
    expect(hands.api.find(Builtin.Service, ref('x'))).toBeUndefined();
  });

  it('is a Conflict where the name is another object now', async () => {
    const { hands, bring, uid } = await withService();
    await hands.admin.delete(Builtin.Service, ref('x'));
    await hands.admin.create(Builtin.Service, wanted(99));
    await expect(bring(wanted(80), uid)).rejects.toMatchObject({ name: 'ApiError', reason: 'Conflict' });
    expect(hands.api.get(Builtin.Service, ref('x'))).toMatchObject({ spec: { ports: [{ port: 99 }] } });
  });

  it('passes other refusals on as they are', async () => {
    const { bring } = await withService();
    const bad = ours(Builtin.Service, 'x', { spec: { ports: [{ port: 1 }], clusterIP: 'None' } });
    await expect(bring(bad)).rejects.toMatchObject({ name: 'ApiError', reason: 'Invalid' });
  });
});
