import { execFileSync } from 'node:child_process';
import type { KubeObject } from '../../src/kube/object.ts';
import { apply, cluster, get, kubectl, list, until } from './kubectl.ts';

export const operatorNamespace = 'openstack-operator';
const childTypes = 'deployments,statefulsets,services,secrets,persistentvolumeclaims,jobs';
const managed = ['-l', 'app.kubernetes.io/managed-by=openstack-operator'];

/** As users are told to; there it stays as it is. */
export async function installOperator(): Promise<void> {
  await kubectl(['apply', '-k', 'config/']);
  await kubectl(['rollout', 'status', '-n', operatorNamespace, 'deployment/openstack-operator', '--timeout=90s']);
  await leader();
}

/** Allows what needs root on nodes, in this namespace: the operator gets its flag, the namespace its label. */
export async function allowPrivileged(namespace: string): Promise<void> {
  const deployment = ['-n', operatorNamespace, 'deployment/openstack-operator'];
  const flag = [{ op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--allow-privileged' }];
  await kubectl(['patch', ...deployment, '--type=json', '-p', JSON.stringify(flag)]);
  await kubectl(['rollout', 'status', ...deployment, '--timeout=90s']);
  await kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=privileged', '--overwrite']);
}

/** Waits for a DaemonSet that runs on each node where it is wanted. */
export async function runsOnNodes(namespace: string, name: string, seconds = 180): Promise<void> {
  await until(`DaemonSet/${name} to run on its node`, seconds, async () => {
    const set = await get(namespace, 'daemonset', name);
    const status = (set?.['status'] ?? {}) as { desiredNumberScheduled?: number; numberReady?: number };
    return status.desiredNumberScheduled === 1 && status.numberReady === 1;
  });
}

/** A namespace as users are told to make it: nothing but `restricted` Pods gets in. */
export async function makeNamespace(name: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

/** Blocks on a watch, so it returns in the moment it happens. */
export async function condition(namespace: string, resource: string, type: string, seconds = 180): Promise<void> {
  await kubectl(['wait', '-n', namespace, resource, `--for=condition=${type}`, `--timeout=${seconds}s`]);
}

export function children(namespace: string): Promise<KubeObject[]> {
  return list(namespace, childTypes, ...managed);
}

/** `Kind/name` → resourceVersion of the resources themselves and everything made for them. */
export async function versions(namespace: string): Promise<Record<string, string | undefined>> {
  const all = [...(await children(namespace)), ...(await list(namespace, 'keystones,mariadbs,memcacheds'))];
  return Object.fromEntries(all.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]));
}

/** The Jobs with their UIDs, and how many Pods each has had. */
export async function runs(namespace: string): Promise<{ name: string; uid: string; pods: number }[]> {
  const pods = await list(namespace, 'pods');
  const jobs = await list(namespace, 'jobs', ...managed);
  return jobs.map(({ metadata: { name, uid = '' } }) => ({
    name,
    uid,
    pods: pods.filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === uid)).length,
  }));
}

/** Names of Jobs that were ever begun here, one for each run, by the Events of their Pods' creation. */
export async function begun(namespace: string): Promise<string[]> {
  const events = (await list(namespace, 'events')) as (KubeObject & {
    reason: string;
    involvedObject: { kind: string; name: string };
  })[];
  return events
    .filter(({ reason, involvedObject }) => reason === 'SuccessfulCreate' && involvedObject.kind === 'Job')
    .map(({ involvedObject }) => involvedObject.name)
    .toSorted();
}

export async function secret(namespace: string, name: string): Promise<Record<string, string>> {
  const found = await get(namespace, 'secret', name);
  const data = (found?.['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** The Pod that holds the Lease; another than `before`, where that is given. */
export function leader(...before: readonly string[]): Promise<string> {
  return until(`a leader${before.length === 0 ? '' : ` other than ${before.join(' and ')}`}`, 60, async () => {
    const lease = await get(operatorNamespace, 'lease', 'openstack-operator');
    const holder = (lease?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity?.split('_')[0];
    return holder !== undefined && holder !== '' && !before.includes(holder) && holder;
  });
}

/**
 * Ends the operator in a Pod at once: a deletion by force alone still sends SIGTERM first, and the Lease would be given
 * back in order. Then takes the Pod away by force.
 */
export async function crash(pod: string): Promise<void> {
  const id = await containerOf(operatorNamespace, pod);
  endContainer(id ?? '');
  await kill(pod);
}

/** The container that runs in a Pod of one. */
export async function containerOf(namespace: string, pod: string): Promise<string | undefined> {
  const live = await get(namespace, 'pod', pod);
  const { containerStatuses = [] } = (live?.['status'] ?? {}) as {
    containerStatuses?: { state: { running?: object }; containerID?: string }[];
  };
  const [status] = containerStatuses;
  return status?.state.running === undefined ? undefined : status.containerID?.replace('containerd://', '');
}

/** By SIGKILL, as if its program had crashed. */
export function endContainer(id: string): void {
  execFileSync('/usr/bin/ctr', ['-a', cluster().containerd, '-n', 'k8s.io', 'task', 'kill', '--signal', 'SIGKILL', id]);
}

export function kill(...pods: string[]): Promise<string> {
  return kubectl(['delete', 'pod', '-n', operatorNamespace, ...pods, '--grace-period=0', '--force']);
}

/** How many reconciles of a kind this operator's Pod has ended well, from its metrics. */
export async function reconciles(pod: string, kind: string): Promise<number> {
  const path = `/api/v1/namespaces/${operatorNamespace}/pods/${pod}:8080/proxy/metrics`;
  const text = await kubectl(['get', '--raw', path]);
  return Number(
    new RegExp(`^controller_runtime_reconcile_total\\{controller="${kind}",result="success"\\} (\\d+)`, 'm').exec(
      text,
    )?.[1] ?? 0,
  );
}

/** Seconds from `start` to each state that the resource reached, by its own history. */
export async function statesOf(
  namespace: string,
  resource: string,
  name: string,
  start: number,
): Promise<Record<string, number>> {
  const found = await get(namespace, resource, name);
  const { machine } = (found?.['status'] ?? {}) as { machine?: { history: { at: string; to: string }[] } };
  return Object.fromEntries((machine?.history ?? []).map(({ at, to }) => [to, (Date.parse(at) - start) / 1000]));
}
