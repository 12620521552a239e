import { Builtin, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { SandboxApi } from './api.ts';
import { type JsonObject, isRecord, recordAt, recordsAt } from './json.ts';

/** Why the volumes of a Pod cannot be mounted, in the kubelet's words; undefined when they can. */
export function mountProblem(api: SandboxApi, pod: KubeObject): string | undefined {
  const { namespace = '' } = pod.metadata;
  for (const volume of recordsAt(pod, 'spec', 'volumes')) {
    const name = String(volume['name']);
    const sources = isRecord(volume['projected']) ? recordsAt(volume, 'projected', 'sources') : [volume];
    for (const source of sources) {
      const problem =
        fileProblem(api, Builtin.Secret, namespace, source['secret'], 'secretName') ??
        fileProblem(api, Builtin.ConfigMap, namespace, source['configMap'], 'name');
      if (problem !== undefined) return `MountVolume.SetUp failed for volume "${name}" : ${problem}`;
    }
  }
  return undefined;
}

/** Why a container cannot be configured, in the kubelet's words. */
export function configProblem(api: SandboxApi, pod: KubeObject, container: JsonObject): string | undefined {
  const { namespace = '' } = pod.metadata;
  for (const source of recordsAt(container, 'envFrom')) {
    const problem =
      objectProblem(api, Builtin.Secret, namespace, source['secretRef']) ??
      objectProblem(api, Builtin.ConfigMap, namespace, source['configMapRef']);
    if (problem !== undefined) return problem;
  }
  for (const variable of recordsAt(container, 'env')) {
    const source = recordAt(variable, 'valueFrom');
    const problem =
      keyProblem(api, Builtin.Secret, namespace, source['secretKeyRef']) ??
      keyProblem(api, Builtin.ConfigMap, namespace, source['configMapKeyRef']);
    if (problem !== undefined) return problem;
  }
  return subPathProblem(api, pod, container);
}

function fileProblem(
  api: SandboxApi,
  type: ResourceType,
  namespace: string,
  source: unknown,
  nameField: 'secretName' | 'name',
): string | undefined {
  if (!isRecord(source)) return undefined;
  const name = String(source[nameField] ?? source['name']);
  const isOptional = source['optional'] === true;
  const found = api.find(type, { namespace, name });
  if (found === undefined) return isOptional ? undefined : `${type.kind.toLowerCase()} "${name}" not found`;
  const missing = recordsAt(source, 'items').find(({ key }) => !hasKey(found, String(key)));
  if (missing === undefined || isOptional) return undefined;
  const what =
    type.kind === 'Secret' ? 'references non-existent secret key' : 'configmap references non-existent config key';
  return `${what}: ${String(missing['key'])}`;
}

function objectProblem(api: SandboxApi, type: ResourceType, namespace: string, source: unknown): string | undefined {
  if (!isRecord(source) || source['optional'] === true) return undefined;
  const name = String(source['name']);
  return api.find(type, { namespace, name }) === undefined
    ? `${type.kind.toLowerCase()} "${name}" not found`
    : undefined;
}

function keyProblem(api: SandboxApi, type: ResourceType, namespace: string, source: unknown): string | undefined {
  if (!isRecord(source) || source['optional'] === true) return undefined;
  const problem = objectProblem(api, type, namespace, source);
  if (problem !== undefined) return problem;
  const name = String(source['name']);
  const key = String(source['key']);
  const found = api.find(type, { namespace, name });
  return found !== undefined && hasKey(found, key)
    ? undefined
    : `couldn't find key ${key} in ${type.kind} ${namespace}/${name}`;
}

/** A file of a read-only volume that a mount names and nobody writes. */
function subPathProblem(api: SandboxApi, pod: KubeObject, container: JsonObject): string | undefined {
  const { namespace = '' } = pod.metadata;
  for (const mount of recordsAt(container, 'volumeMounts')) {
    if (typeof mount['subPath'] !== 'string' || mount['subPath'] === '') continue;
    const volume = recordsAt(pod, 'spec', 'volumes').find(({ name }) => name === mount['name']);
    const files = filesOf(api, namespace, volume);
    if (files === undefined || files.some((file) => isWithin(file, String(mount['subPath'])))) continue;
    return `failed to prepare subPath for volumeMount "${String(mount['name'])}" of container "${String(container['name'])}"`;
  }
  return undefined;
}

function filesOf(api: SandboxApi, namespace: string, volume: JsonObject | undefined): string[] | undefined {
  const isSecret = isRecord(volume?.['secret']);
  if (!isSecret && !isRecord(volume?.['configMap'])) return undefined;
  const source = recordAt(volume, isSecret ? 'secret' : 'configMap');
  const items = recordsAt(source, 'items');
  if (items.length > 0) return items.map(({ path }) => String(path));
  const name = String(source[isSecret ? 'secretName' : 'name']);
  const found = api.find(isSecret ? Builtin.Secret : Builtin.ConfigMap, { namespace, name });
  return Object.keys({ ...recordAt(found, 'data'), ...recordAt(found, 'binaryData') });
}

function isWithin(file: string, path: string): boolean {
  return file === path || file.startsWith(`${path}/`);
}

function hasKey(object: KubeObject, key: string): boolean {
  return key in recordAt(object, 'data') || key in recordAt(object, 'binaryData');
}
