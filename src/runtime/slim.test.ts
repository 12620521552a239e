import { describe, expect, it } from 'vitest';
import { digest } from '../../test/support/scope.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import type { SecretView } from '../machines/engine/scope.ts';
import { deployment, job, object } from '../sandbox/test-world.ts';
import { slimmer, type PodView } from './slim.ts';

const slim = slimmer(digest);
const value = Buffer.from('hunter2hunter2').toString('base64');

describe('what the cache keeps', () => {
  it('of a Secret is a digest for each key, and nowhere its data', () => {
    const lastApplied = JSON.stringify({ data: { password: value } });
    const secret = object(Builtin.Secret, 's', {
      type: 'Opaque',
      data: { password: value, empty: '' },
      stringData: { plain: 'hunter2hunter2' },
      metadata: {
        uid: 'u',
        labels: { a: 'b' },
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': lastApplied, kept: 'x' },
        managedFields: [{ manager: 'm' }],
      },
    });
    const kept = slim(Builtin.Secret)(secret) as SecretView;
    expect(kept.digests).toEqual({ password: digest(value), empty: digest('') });
    expect(kept.metadata).toMatchObject({ name: 's', uid: 'u', labels: { a: 'b' }, annotations: { kept: 'x' } });
    const text = JSON.stringify(kept);
    for (const secretText of [value, 'hunter2', 'stringData', 'managedFields']) expect(text).not.toContain(secretText);
  });

  it('of a Secret without data are no digests', () => {
    expect((slim(Builtin.Secret)(object(Builtin.Secret, 's')) as SecretView).digests).toEqual({});
  });

  it('of a Pod is how it does, where, and which Secrets it reads, not its spec', () => {
    const pod = object(Builtin.Pod, 'p', {
      metadata: {
        uid: 'u',
        resourceVersion: '5',
        labels: { a: 'b' },
        annotations: { big: 'x'.repeat(1000) },
        deletionTimestamp: 't',
      },
      spec: {
        nodeName: 'one',
        volumes: [
          { name: 'v', secret: { secretName: 'mounted' } },
          { name: 'e', emptyDir: {} },
        ],
        containers: [
          {
            name: 'c',
            env: [
              { name: 'A', valueFrom: { secretKeyRef: { name: 'in-env', key: 'k' } } },
              { name: 'B', value: 'b' },
            ],
          },
          { name: 'd', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'mounted', key: 'k' } } }] },
        ],
      },
      status: {
        phase: 'Running',
        conditions: [
          { type: 'PodScheduled', status: 'True' },
          { type: 'Ready', status: 'False' },
        ],
        containerStatuses: [{ name: 'c', state: { running: {} } }],
      },
    });
    const kept = slim(Builtin.Pod)(pod) as PodView;
    expect(kept).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'p',
        namespace: 'default',
        uid: 'u',
        resourceVersion: '5',
        labels: { a: 'b' },
        deletionTimestamp: 't',
      },
      secrets: ['mounted', 'in-env'],
      nodeName: 'one',
      status: {
        phase: 'Running',
        conditions: [{ type: 'PodScheduled', status: 'True' }],
        containerStatuses: [{ name: 'c', state: { running: {} } }],
      },
    });
  });

  it('of a Pod that nobody has looked at yet is something too', () => {
    expect(slim(Builtin.Pod)(object(Builtin.Pod, 'p'))).toMatchObject({ secrets: [], status: { conditions: [] } });
  });

  it('of a Job is no spec, but its annotations and status', () => {
    const full = job('j', {}, {});
    const kept = slim(Builtin.Job)({
      ...full,
      metadata: { ...full.metadata, annotations: { key: 'k' } },
      status: { failed: 1 },
    });
    expect(kept).toMatchObject({ metadata: { annotations: { key: 'k' } }, status: { failed: 1 } });
    expect(kept).not.toHaveProperty('spec');
  });

  it('of anything else is all but the noise, and the given object is not changed', () => {
    const full: KubeObject = { ...deployment('d'), status: { replicas: 1 } };
    const noisy = { ...full, metadata: { ...full.metadata, managedFields: [{}] } };
    const before = structuredClone(noisy);
    expect(slim(Builtin.Deployment)(noisy)).toEqual(full);
    expect(noisy).toEqual(before);
  });
});
