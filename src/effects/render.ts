import { isApiError, TerminalError } from '../kube/errors.ts';
import { Builtin, type KubeObject } from '../kube/object.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import type { Files } from '../machines/engine/child.ts';
import { fill, secretsIn, type SecretRef } from '../machines/engine/text.ts';
import { contentDigest } from '../machines/parts/secret.ts';
import type { Hands } from './ports.ts';

/**
 * The object with its files rendered: passwords are read from their Secrets now, stand in the data, and are forgotten.
 * The annotation keeps a keyed digest of the data, by which the cache sees later whether somebody changed it.
 */
export async function rendered(due: { object: KubeObject; files?: Files }, hands: Hands): Promise<KubeObject> {
  const { object, files } = due;
  if (files === undefined) return object;
  const values = await secretValues(Object.values(files).flatMap(secretsIn), object.metadata.namespace ?? '', hands);
  const data: Record<string, string> = {};
  const digests: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) {
    const content = fill(text, (ref) => values.get(`${ref.secret}/${ref.key}`) ?? '');
    data[name] = Buffer.from(content).toString('base64');
    digests[name] = hands.digest(data[name]);
  }
  const annotations = { ...object.metadata.annotations, [Annotation.content]: contentDigest(hands, { digests }) };
  return { ...object, metadata: { ...object.metadata, annotations }, data };
}

async function secretValues(refs: readonly SecretRef[], namespace: string, hands: Hands): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const name of new Set(refs.map((ref) => ref.secret))) {
    const data = await secretData(name, namespace, hands);
    for (const { key } of refs.filter((ref) => ref.secret === name)) {
      const value = data[key];
      if (value === undefined) throw new TerminalError(`Secret/${name} has no key '${key}'; add it`);
      values.set(`${name}/${key}`, textOf(value, `Secret/${name}`, key));
    }
  }
  return values;
}

function textOf(base64: string, secret: string, key: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'));
  } catch (error) {
    throw new TerminalError(`the key '${key}' of ${secret} is not UTF-8 text; change it`, { cause: error });
  }
}

/** The data of a Secret, base64 as it comes; read from the API each time and never kept. */
export async function secretData(
  name: string,
  namespace: string,
  { client, signal }: Pick<Hands, 'client' | 'signal'>,
): Promise<Record<string, string>> {
  try {
    const secret = await client.get(Builtin.Secret, { namespace, name }, { signal });
    return (secret['data'] ?? {}) as Record<string, string>;
  } catch (error) {
    if (isApiError(error, 'NotFound'))
      throw new TerminalError(`Secret/${name} does not exist; create it`, { cause: error });
    throw error;
  }
}
