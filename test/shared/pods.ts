import type { KubeObject } from '../../src/kube/object.ts';

interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type?: string } };
  volumes?: {
    name: string;
    secret?: { secretName: string; items?: { key: string }[] };
    configMap?: { name: string; items?: { key: string }[] };
    persistentVolumeClaim?: { claimName: string };
  }[];
  containers: Container[];
  initContainers?: Container[];
}

interface Container {
  name: string;
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef } }[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    capabilities?: { drop?: string[] };
  };
}

interface KeyRef {
  name: string;
  key: string;
}

type Look = (kind: string, name: string) => Promise<KubeObject | undefined>;

/** Every reference of a Pod that leads nowhere, and every way in which it is not `restricted`: simulated nodes run it all the same. */
export async function problemsOf(pod: KubeObject, look: Look): Promise<string[]> {
  const spec = pod['spec'] as PodSpec;
  const problems: string[] = [];
  const say = (problem: string): void => void problems.push(`${pod.metadata.name}: ${problem}`);
  const need = async (kind: string, name: string, ...keys: string[]): Promise<void> => {
    const object = await look(kind, name);
    if (object === undefined) return say(`${kind}/${name} does not exist`);
    for (const key of keys) {
      if (!(key in ((object['data'] ?? {}) as object))) say(`${kind}/${name} has no key ${key}`);
    }
  };
  if (spec.serviceAccountName !== undefined && spec.serviceAccountName !== '')
    await need('ServiceAccount', spec.serviceAccountName);
  const mounted = new Map<string, string[]>();
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const context = container.securityContext;
    if (context?.allowPrivilegeEscalation !== false) say('privilege escalation is allowed');
    if (context?.readOnlyRootFilesystem !== true) say('the root file system is writable');
    if (!(context?.capabilities?.drop ?? []).includes('ALL')) say('capabilities are kept');
    for (const { name, value, valueFrom } of container.env ?? []) {
      if (value !== undefined && /password|secret|token/i.test(name)) say(`${name} is a plain value`);
      if (valueFrom?.secretKeyRef !== undefined)
        await need('Secret', valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key);
      if (valueFrom?.configMapKeyRef !== undefined)
        await need('ConfigMap', valueFrom.configMapKeyRef.name, valueFrom.configMapKeyRef.key);
    }
    for (const { name, subPath } of container.volumeMounts ?? []) {
      if (!(spec.volumes ?? []).some((volume) => volume.name === name)) say(`no volume ${name}`);
      if (subPath !== undefined) mounted.set(name, [...(mounted.get(name) ?? []), subPath]);
    }
  }
  for (const { name, secret, configMap, persistentVolumeClaim } of spec.volumes ?? []) {
    const files = mounted.get(name) ?? [];
    if (secret !== undefined)
      await need('Secret', secret.secretName, ...files, ...(secret.items ?? []).map((item) => item.key));
    if (configMap !== undefined)
      await need('ConfigMap', configMap.name, ...files, ...(configMap.items ?? []).map((item) => item.key));
    if (persistentVolumeClaim !== undefined) await need('PersistentVolumeClaim', persistentVolumeClaim.claimName);
  }
  if (spec.securityContext?.runAsNonRoot !== true) say('it may run as root');
  if (spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault') say('no seccomp profile');
  if (spec.automountServiceAccountToken !== false) say('it has a token of the API');
  return problems;
}
