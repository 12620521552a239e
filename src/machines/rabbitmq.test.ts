import { describe, expect, it } from 'vitest';
import type { V1Container, V1PodTemplateSpec } from '@kubernetes/client-node';
import { digest, live, scopeWith } from '../../test/support/scope.ts';
import { Builtin } from '../kube/object.ts';
import { fill } from './engine/text.ts';
import { rabbitmq } from './rabbitmq.ts';

const keys = ['username', 'password', 'cookie'];
const credentials = live(Builtin.Secret, 'a-credentials', {
  digests: Object.fromEntries(keys.map((key) => [key, digest(key)])),
});

function made(id: string) {
  const child = rabbitmq.children.find((each) => each.id === id);
  const spec = rabbitmq.declaration.spec.parse({});
  const due = child?.look(scopeWith<unknown>({ kind: 'RabbitMQ', spec, objects: [credentials] })).due;
  if (due?.verb !== 'create') throw new Error(`${id} is not made`);
  return due;
}

function container(): V1Container | undefined {
  return (made('server').object['spec'] as { template: V1PodTemplateSpec }).template.spec?.containers[0];
}

describe('the Pod of RabbitMQ', () => {
  it('is asked for its port while it starts: each rabbitmq-diagnostics is an Erlang that it would compete with', () => {
    expect(container()?.startupProbe).toMatchObject({ tcpSocket: { port: 5672 }, periodSeconds: 1 });
    expect(container()?.readinessProbe).toMatchObject({ tcpSocket: { port: 5672 } });
  });

  it('gives its user the password of the Secret at each start: from the environment it is taken once', () => {
    const read = (file: string) => fill(made('config').files?.[file] ?? [], ({ key }) => `the ${key}`);
    const [, file = ''] = /^load_definitions = \/etc\/rabbitmq\/(.+)$/m.exec(read('rabbitmq.conf')) ?? [];
    expect(JSON.parse(read(file) || '{}')).toMatchObject({
      users: [{ name: 'the username', password: 'the password' }],
      permissions: [{ user: 'the username', vhost: '/', configure: '.*', write: '.*', read: '.*' }],
    });
    expect(container()?.volumeMounts).toContainEqual(expect.objectContaining({ mountPath: '/etc/rabbitmq' }));
    expect(container()?.env?.map(({ name }) => name)).not.toContain('RABBITMQ_DEFAULT_PASS');
  });
});
