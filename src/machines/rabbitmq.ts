import { z } from 'zod';
import { Builtin } from '../kube/object.ts';
import type { Files } from './engine/child.ts';
import { defineKind } from './engine/kind.ts';
import { childName, type Scope } from './engine/scope.ts';
import { credentialsOf, amqpPort } from './parts/messaging.ts';
import { directPod, imageFor } from './parts/pod-spec.ts';
import { configFiles, generated, password, sourceOf } from './parts/secret.ts';
import { service } from './parts/service.ts';
import { deletionPolicy, image, placement, replicas, storage, storageRules } from './parts/spec.ts';
import { volumeOf } from './parts/volume.ts';
import { statefulSet } from './parts/workload.ts';

const spec = z.strictObject({
  replicas: replicas(1),
  image,
  ...placement,
  storage,
  clusterEnabled: z.boolean().default(false).describe('A cluster of several brokers. Not in this version.'),
  deletionPolicy,
});

type Spec = z.output<typeof spec>;

const user = 42439;

/** RabbitMQ: one broker with one volume, by which the parts of Nova and Neutron speak to each other. */
export const rabbitmq = defineKind(
  {
    kind: 'RabbitMQ',
    plural: 'rabbitmqs',
    about: 'The message broker of a cloud.',
    spec,
    rules: [
      {
        rule: '!self.clusterEnabled',
        message: 'clusterEnabled is not done in this version: leave it out; one broker with one volume is made',
      },
      ...storageRules,
    ],
  },
  {
    version: 1,
    recordOn: 'credentials',
    steps: {
      SecretsReady: {
        about: 'User, password, cookie and the configuration exist.',
        apply: [
          generated<Spec>({
            id: 'credentials',
            keys: { username: password(16), password: password(32), cookie: password(32) },
            irreplaceable: (scope) => {
              const name = claimOf(scope);
              const claim = scope.lookup.get(Builtin.PersistentVolumeClaim, { namespace: scope.namespace, name });
              return claim === undefined ? undefined : `PersistentVolumeClaim/${name} holds a broker made with it`;
            },
            rotate: { as: 'password', keys: ['password'] },
          }),
          configFiles<Spec>({ id: 'config', files }),
        ],
      },
      Deployed: {
        about: 'The broker runs with its volume and says that it works.',
        apply: [
          service<Spec>({
            id: 'service',
            suffix: '',
            to: 'server',
            ports: { amqp: amqpPort, management: 15672, prometheus: 15692, distribution: 25672, epmd: 4369 },
            headless: true,
          }),
          statefulSet<Spec>({
            id: 'server',
            suffix: '',
            service: (scope) => scope.name,
            replicas: (cr) => cr.replicas,
            image: (scope) => imageFor(scope, 'rabbitmq'),
            storage: (cr) => cr.storage,
            config: (scope) => sourceOf(scope, files),
            pod: (scope) =>
              directPod(scope, {
                name: 'rabbitmq',
                image: imageFor(scope, 'rabbitmq'),
                user,
                // The wrapper on the PATH sends what the broker says to a file.
                command: ['/usr/lib/rabbitmq/bin/rabbitmq-server'],
                env: {
                  HOME: '/var/lib/rabbitmq',
                  RABBITMQ_LOGS: '-',
                  RABBITMQ_ERLANG_COOKIE: { secret: credentialsOf(scope.name), key: 'cookie' },
                  // Idle schedulers of Erlang otherwise spin for a while.
                  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
                },
                ports: { amqp: amqpPort, management: 15672, prometheus: 15692 },
                mounts: [
                  { at: '/etc/rabbitmq', secret: childName(scope, 'config') },
                  { at: '/var/lib/rabbitmq', volume: 'data' },
                  { at: '/var/log/rabbitmq', empty: true },
                  { at: '/tmp', empty: true },
                ],
                // It listens once all else of it is up, and says nothing of connections without a word.
                startup: { ...listens, periodSeconds: 1, failureThreshold: 300 },
                readiness: { ...listens, periodSeconds: 5 },
                // This starts an Erlang of its own, which takes long where processors are scarce; so it is asked seldom.
                liveness: {
                  exec: { command: ['rabbitmq-diagnostics', '--quiet', 'ping'] },
                  periodSeconds: 60,
                  failureThreshold: 5,
                  timeoutSeconds: 60,
                },
                grace: 60,
                placement: scope.cr.spec,
              }),
          }),
          volumeOf<Spec>({ id: 'data', component: 'server', of: (scope) => scope.name, storage: (cr) => cr.storage }),
        ],
      },
    },
  },
);

const listens = { tcpSocket: { port: amqpPort }, timeoutSeconds: 5 };

function claimOf(scope: { readonly name: string }): string {
  return `data-${scope.name}-0`;
}

function files(scope: Scope<Spec>): Files {
  const secret = credentialsOf(scope.name);
  return {
    'rabbitmq.conf': [
      [
        'loopback_users = none',
        // Read at every start: another password is set by it, too.
        'load_definitions = /etc/rabbitmq/definitions.json',
        'log.console = true',
        'log.file = false',
        'vm_memory_high_watermark.relative = 0.4',
        '',
      ].join('\n'),
    ],
    'definitions.json': [
      '{"users": [{"name": "',
      { secret, key: 'username', as: 'json' },
      '", "password": "',
      { secret, key: 'password', as: 'json' },
      '", "tags": ["administrator"]}], "vhosts": [{"name": "/"}], "permissions": [{"user": "',
      { secret, key: 'username', as: 'json' },
      '", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}]}\n',
    ],
    enabled_plugins: ['[rabbitmq_management,rabbitmq_prometheus].\n'],
  };
}
