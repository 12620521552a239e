import { kinds } from '../../src/machines/index.ts';
import { kubectl, list } from './kubectl.ts';

const resources = kinds.map(({ type }) => type.plural).join(',');

/** Everything a person would ask for after a failure, as text. */
export async function dump(namespaces: readonly string[]): Promise<string> {
  const parts: string[] = [];
  const tell = async (...args: string[]): Promise<void> => {
    const said = await kubectl(args).catch((error: Error) => error.message);
    parts.push(`--- kubectl ${args.join(' ')}\n${said}`);
  };
  for (const namespace of namespaces) {
    await tell('get', '-n', namespace, `all,pvc,secrets,${resources}`, '-o', 'wide');
    await tell('describe', '-n', namespace, resources);
    await tell('get', 'events', '-n', namespace, '--sort-by=.metadata.creationTimestamp');
    for (const pod of await list(namespace, 'pods').catch(() => [])) {
      const { name } = pod.metadata;
      if (isWell(pod['status'] as PodStatus)) continue;
      await tell('describe', '-n', namespace, 'pod', name);
      await tell('logs', '-n', namespace, name, '--all-containers', '--tail=60');
      await tell('logs', '-n', namespace, name, '--all-containers', '--tail=60', '--previous');
    }
  }
  const operator = 'openstack-operator';
  await tell('get', '-n', operator, 'pods,lease,events');
  await tell('logs', '-n', operator, '-l', `app.kubernetes.io/name=${operator}`, '--prefix', '--tail=120');
  return parts.join('\n');
}

interface PodStatus {
  phase?: string;
  containerStatuses?: { ready: boolean; restartCount: number }[];
}

function isWell({ phase, containerStatuses = [] }: PodStatus): boolean {
  if (phase === 'Succeeded') return true;
  return phase === 'Running' && containerStatuses.every(({ ready, restartCount }) => ready && restartCount === 0);
}
