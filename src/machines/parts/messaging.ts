import { z } from 'zod';
import type { Child } from '../engine/child.ts';
import type { Use } from '../engine/kind.ts';
import type { Scope } from '../engine/scope.ts';
import type { Ini, Text } from '../engine/text.ts';
import { given } from './secret.ts';
import { objectName, ref } from './spec.ts';

/** Fields of a service that speaks by RabbitMQ. */
export const messagingFields = {
  rabbitmqRef: ref('RabbitMQ', 'rabbitmq'),
  messageQueue: z
    .strictObject({
      secretName: objectName('a Secret in this namespace')
        .optional()
        .describe(
          'A Secret of yours with a whole URL (rabbit://user:password@host:5672/vhost) under the key `transport_url`; rabbitmqRef is not used then.',
        ),
    })
    .prefault({})
    .describe('The message queue, where it is none of this operator’s.'),
};

interface MessagingSpec {
  readonly rabbitmqRef: string;
  readonly messageQueue: { readonly secretName?: string | undefined };
}

/** The RabbitMQ, as the peer `messaging`; none where the user named a Secret. */
export const messagingUse: Use<MessagingSpec> = {
  kind: 'RabbitMQ',
  ref: (cr) => (cr.messageQueue.secretName === undefined ? cr.rabbitmqRef : undefined),
};

/** The Secret that the user named. */
export function messagingSecret<Spec extends MessagingSpec>(): Child<Spec> {
  return given<Spec>({
    id: 'message-queue-secret',
    name: (cr) => cr.messageQueue.secretName,
    key: 'transport_url',
    field: 'messageQueue.secretName',
  });
}

/** `rabbit://user:password@host:5672//`, for oslo.messaging. */
export function transportUrl<Spec extends MessagingSpec>(scope: Scope<Spec>): Text {
  const { secretName } = scope.cr.spec.messageQueue;
  if (secretName !== undefined) return [{ secret: secretName, key: 'transport_url', as: 'ini' }];
  const { name } = scope.peer('messaging');
  const secret = credentialsOf(name);
  return [
    'rabbit://',
    { secret, key: 'username', as: 'url' },
    ':',
    { secret, key: 'password', as: 'url' },
    `@${name}.${scope.namespace}.svc:${amqpPort}//`,
  ];
}

/** The Secret with user name and password of a RabbitMQ of ours. */
export function credentialsOf(rabbitmq: string): string {
  return `${rabbitmq}-credentials`;
}

export const amqpPort = 5672;

/** The ports by which a readiness probe knows that the queue is reached; none where only the user's Secret knows. */
export function messagingPorts<Spec extends MessagingSpec>(scope: Scope<Spec>): readonly number[] {
  return scope.cr.spec.messageQueue.secretName === undefined ? [amqpPort] : [];
}

/** RabbitMQ 4 has no other queues that outlive a broker. */
export const messagingSections: Ini = {
  oslo_messaging_rabbit: { rabbit_quorum_queue: true, rabbit_transient_quorum_queue: true },
};
