import { describe, expect, it } from 'vitest';
import { scopeWith } from '../../../test/support/scope.ts';
import { directPod, type Program } from './pod-spec.ts';

const program: Program = {
  name: 'api',
  image: 'keystone:1',
  user: 42425,
  command: ['uwsgi', '--ini', '/etc/a/uwsgi.ini'],
  env: { HOME: '/tmp', PASSWORD: { secret: 'a-password', key: 'password' } },
  ports: { api: 5000 },
  mounts: [
    { at: '/etc/a/a.conf', secret: 'a-config', file: 'a.conf' },
    { at: '/etc/a/uwsgi.ini', secret: 'a-config', file: 'uwsgi.ini' },
    { at: '/etc/a/keys', secret: 'a-keys' },
    { at: '/var/lib/a', volume: 'data', subPath: 'x' },
    { at: '/var/lib/b', claim: 'a-images' },
    { at: '/tmp', empty: true },
  ],
};
const pod = (more: Partial<Program> = {}) => directPod(scopeWith(), { ...program, ...more });
const [container] = pod().containers;

describe('a Pod of our own', () => {
  it('runs a command of ours: the entry point of the image ends for want of its config.json', () => {
    expect(container).toMatchObject({ image: 'keystone:1', command: ['uwsgi', '--ini', '/etc/a/uwsgi.ini'] });
    expect(container).not.toHaveProperty('args');
  });

  it('is the user of the service, who can become nobody else and asks Kubernetes nothing', () => {
    expect(pod()).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 42425,
        runAsGroup: 42425,
        fsGroup: 42425,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('takes passwords from Secrets: who may read Pods reads none', () => {
    expect(container?.env).toEqual([
      { name: 'HOME', value: '/tmp' },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'a-password', key: 'password' } } },
    ]);
  });

  it('has each file by itself, so that what the image has beside it stays to be seen; directories follow their Secret', () => {
    expect(container?.volumeMounts).toEqual([
      { name: 'a-config', mountPath: '/etc/a/a.conf', subPath: 'a.conf', readOnly: true },
      { name: 'a-config', mountPath: '/etc/a/uwsgi.ini', subPath: 'uwsgi.ini', readOnly: true },
      { name: 'a-keys', mountPath: '/etc/a/keys', readOnly: true },
      { name: 'data', mountPath: '/var/lib/a', subPath: 'x' },
      { name: 'a-images', mountPath: '/var/lib/b' },
      { name: 'empty-5', mountPath: '/tmp' },
    ]);
    expect(pod().volumes).toEqual([
      { name: 'a-config', secret: { secretName: 'a-config', defaultMode: 0o440 } },
      { name: 'a-keys', secret: { secretName: 'a-keys', defaultMode: 0o440 } },
      { name: 'a-images', persistentVolumeClaim: { claimName: 'a-images' } },
      { name: 'empty-5', emptyDir: {} },
    ]);
  });

  it('goes where the user wants it, with what the user grants it', () => {
    const tolerations = [{ operator: 'Exists' }];
    const placed = pod({
      placement: { resources: { limits: { cpu: '1' } }, nodeSelector: { disk: 'ssd' }, tolerations },
    });
    expect(placed).toMatchObject({ nodeSelector: { disk: 'ssd' }, tolerations });
    expect(placed.containers[0]?.resources).toEqual({ limits: { cpu: '1' } });
  });

  it('names the Secret for a private registry, where the operator has one', () => {
    const scope = scopeWith({ settings: { pullSecret: 'registry' } });
    expect(directPod(scope, program).imagePullSecrets).toEqual([{ name: 'registry' }]);
  });
});
