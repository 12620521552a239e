import { z } from 'zod';
import { defineKind } from './engine/kind.ts';
import { directPod, imageFor } from './parts/pod-spec.ts';
import { service } from './parts/service.ts';
import { deletionPolicy, image, placement } from './parts/spec.ts';
import { deployment } from './parts/workload.ts';

const spec = z.strictObject({
  replicas: z.int().min(0).max(32).default(1).describe('0 or 1: several servers would each hold other keys.'),
  image,
  ...placement,
  deletionPolicy,
});

type Spec = z.output<typeof spec>;

/** Memcached: the token cache of a cloud. It holds nothing that cannot be lost. */
export const memcached = defineKind(
  {
    kind: 'Memcached',
    plural: 'memcacheds',
    about: 'The cache of a cloud.',
    spec,
    rules: [
      {
        rule: 'self.replicas <= 1',
        message: 'replicas above 1 are not done in this version: write 1, or 0 to stop it',
      },
    ],
  },
  {
    version: 1,
    steps: {
      Deployed: {
        about: 'The server runs and accepts connections.',
        apply: [
          service<Spec>({ id: 'service', suffix: '', to: 'server', ports: { memcached: 11211 } }),
          deployment<Spec>({
            id: 'server',
            suffix: '',
            replicas: (cr) => cr.replicas,
            image: (scope) => imageFor(scope, 'memcached'),
            pod: (scope) =>
              directPod(scope, {
                name: 'memcached',
                image: imageFor(scope, 'memcached'),
                user: 42457,
                command: ['memcached', '-v', '-l', '0.0.0.0', '-p', '11211', '-c', '5000', '-U', '0', '-m', '256'],
                ports: { memcached: 11211 },
                mounts: [{ at: '/tmp', empty: true }],
                readiness: { tcpSocket: { port: 11211 }, periodSeconds: 2, timeoutSeconds: 2 },
                liveness: { tcpSocket: { port: 11211 }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
                placement: scope.cr.spec,
              }),
          }),
        ],
      },
    },
  },
);
