import { createHmac, createSecretKey } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import { isApiError } from '../kube/errors.ts';
import { Builtin } from '../kube/object.ts';
import { type Clock, type Random, sleep } from '../kube/ports.ts';

const name = 'openstack-operator-digest-key';

/**
 * The function that makes keyed digests, `<key id>:<32 hex digits>`. Its key is a Secret in the operator's namespace,
 * made once, shared by all replicas and kept for ever: with another key no digest can be compared with an earlier one.
 * With `patience`, a server that is busy is asked again until it answers, and one that is not there for a minute.
 */
export async function loadDigest(
  client: KubeClient,
  namespace: string,
  random: Random,
  signal: AbortSignal,
  patience?: { readonly clock: Clock; readonly onRetry: (error: unknown) => void },
): Promise<(text: string) => string> {
  if (patience === undefined) return load(client, namespace, random, signal);
  const { clock, onRetry } = patience;
  const until = clock.monotonic() + patienceMs;
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    try {
      return await load(client, namespace, random, signal);
    } catch (error) {
      const mayPass = isApiError(error, ...BUSY) || (isApiError(error, 'Network') && clock.monotonic() < until);
      if (!mayPass) throw error;
      onRetry(error);
      await sleep(clock, pauseMs, signal);
      signal.throwIfAborted();
    }
  }
}

const patienceMs = 60_000;
/** What a server says, or does not, that is busy or just starting. */
const BUSY = ['Conflict', 'TooManyRequests', 'ServerError', 'Timeout'] as const;

async function load(
  client: KubeClient,
  namespace: string,
  random: Random,
  signal: AbortSignal,
): Promise<(text: string) => string> {
  const ref = { namespace, name };
  for (;;) {
    try {
      const secret = await client.get(Builtin.Secret, ref, { signal });
      const key = Buffer.from(((secret['data'] ?? {}) as Record<string, string>)['key'] ?? '', 'base64');
      if (key.length < 32)
        throw new Error(`Secret ${namespace}/${name} has no key of 32 bytes; delete it to have one made`);
      return digestWith(key);
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
    try {
      const key = Buffer.from(random.bytes(32)).toString('base64');
      const metadata = { ...ref, labels: { 'app.kubernetes.io/part-of': 'openstack-operator' } };
      await client.create(
        Builtin.Secret,
        { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { key } },
        { signal },
      );
    } catch (error) {
      // Another replica was quicker: its key is the one.
      if (!isApiError(error, 'AlreadyExists')) throw error;
    }
  }
}

/** HMAC-SHA-256, cut to 128 bits; the id tells one key from another and nothing more. */
export function digestWith(key: Uint8Array): (text: string) => string {
  // Made once: making it anew costs more than the digest.
  const secret = createSecretKey(key);
  const hmac = (text: string): string => createHmac('sha256', secret).update(text).digest('hex');
  const id = hmac('the id of this key').slice(0, 8);
  return (text) => `${id}:${hmac(text).slice(0, 32)}`;
}
