import { describe, expect, it } from 'vitest';
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { scopeWith } from '../../test/support/scope.ts';
import { rabbitmq } from './rabbitmq.ts';

describe('the Pod of RabbitMQ', () => {
  it('is asked for its port while it starts: each rabbitmq-diagnostics is an Erlang that it would compete with', () => {
    const server = rabbitmq.children.find(({ id }) => id === 'server');
    const due = server?.look(scopeWith<unknown>({ kind: 'RabbitMQ', spec: rabbitmq.declaration.spec.parse({}) })).due;
    if (due?.verb !== 'create') throw new Error('no StatefulSet is made');
    const { template } = due.object['spec'] as { template: V1PodTemplateSpec };
    const [container] = template.spec?.containers ?? [];
    expect(container?.startupProbe).toMatchObject({ tcpSocket: { port: 5672 }, periodSeconds: 1 });
    expect(container?.readinessProbe).toMatchObject({ tcpSocket: { port: 5672 } });
  });
});
