import { expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { withDefaults } from './defaults.ts';
import { recordAt } from './json.ts';
import { deployment, job, object, statefulSet, testApi } from './test-world.ts';

it('fills in what the real server fills in', () => {
  const { api } = testApi();
  const service = api.create(Builtin.Service, object(Builtin.Service, 'a', { spec: { ports: [{ port: 80 }] } }));
  expect(service['spec']).toMatchObject({
    type: 'ClusterIP',
    sessionAffinity: 'None',
    clusterIP: expect.stringMatching(/^10\.96\./),
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
  });
  const headless = api.create(Builtin.Service, object(Builtin.Service, 'b', { spec: { clusterIP: 'None' } }));
  expect(headless['spec']).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
  expect(api.create(Builtin.Deployment, deployment('a'))['spec']).toMatchObject({
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  });
  expect(api.create(Builtin.StatefulSet, statefulSet('a'))['spec']).toMatchObject({
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    volumeClaimTemplates: [{ spec: { volumeMode: 'Filesystem' } }],
  });
  const made = api.create(Builtin.Job, job('a'));
  expect(made['spec']).toMatchObject({
    backoffLimit: 6,
    completions: 1,
    parallelism: 1,
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': made.metadata.uid } },
    template: { metadata: { labels: { app: 'a', 'job-name': 'a', 'controller-uid': made.metadata.uid } } },
  });
});

it('folds stringData into data', () => {
  const { api } = testApi();
  const made = api.create(Builtin.Secret, object(Builtin.Secret, 'a', { data: { a: 'eA==' }, stringData: { b: 'y' } }));
  expect(made).toMatchObject({ type: 'Opaque', data: { a: 'eA==', b: 'eQ==' } });
  expect(made).not.toHaveProperty('stringData');
});

it('fills in Pod templates: policies, probes, volume modes and requests', () => {
  const probe = { httpGet: { port: 80 } };
  const containers = [
    {
      name: 'a',
      image: 'i',
      readinessProbe: probe,
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: '1' } },
    },
    { name: 'b', image: 'i:1' },
  ];
  const volumes = [
    { name: 's', secret: { secretName: 's' } },
    { name: 'c', configMap: { name: 'c', defaultMode: 256 } },
  ];
  const { spec } = withDefaults(Builtin.Pod, object(Builtin.Pod, 'a', { spec: { containers, volumes } }));
  expect(spec).toMatchObject({
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    containers: [
      {
        imagePullPolicy: 'Always',
        readinessProbe: {
          httpGet: { path: '/', scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          failureThreshold: 3,
        },
        ports: [{ protocol: 'TCP' }],
        resources: { requests: { cpu: '1' } },
      },
      { imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
    ],
    volumes: [{ secret: { defaultMode: 420 } }, { configMap: { defaultMode: 256 } }],
  });
});

it('changes nothing the second time', () => {
  const { api } = testApi();
  for (const made of [
    api.create(Builtin.Deployment, deployment('a')),
    api.create(Builtin.StatefulSet, statefulSet('a')),
    api.create(Builtin.Job, job('a')),
  ]) {
    expect(withDefaults(Builtin[made.kind as 'Job'], made)).toBe(made);
    expect(recordAt(made, 'spec')['replicas'] ?? recordAt(made, 'spec')['completions']).toBeGreaterThan(0);
  }
});
