import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../src/kube/object.ts';
import { apply, get, kubectl, until } from './kubectl.ts';

/** How one run of the client ended, and what it wrote. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

interface As {
  /** The admin password; the one in its Secret unless said. */
  readonly password?: string | undefined;
  /** The Keystone that is asked; `keystone` unless said. */
  readonly keystone?: string;
  /** The image it runs in; that of Keystone unless said. */
  readonly image?: string;
}

/**
 * Runs a script in a Pod of the cloud's namespace, as a user would: Kolla's image, under `restricted`, environment
 * `OS_*`.
 */
export async function ask(namespace: string, script: string, as: As = {}): Promise<Answer> {
  const name = `ask-${randomUUID().slice(0, 8)}`;
  return runPod(client(namespace, name, ['bash', '-ec', script], as));
}

/** Makes a Pod, waits until it has ended, and takes it away. */
export async function runPod(pod: KubeObject): Promise<Answer> {
  const { name, namespace = '' } = pod.metadata;
  await apply(pod);
  const phase = await until(`Pod/${name} to end`, 90, async () => {
    const status = (await get(namespace, 'pod', name))?.['status'] as { phase?: string } | undefined;
    return ['Succeeded', 'Failed'].includes(status?.phase ?? '') && status?.phase;
  });
  const text = await kubectl(['logs', '-n', namespace, name]);
  await kubectl(['delete', 'pod', '-n', namespace, name, '--wait=false']);
  return { ok: phase === 'Succeeded', text };
}

/** The token that `openstack token issue` gives; throws when it gives none. */
export async function token(namespace: string): Promise<string> {
  const { ok, text } = await ask(namespace, 'openstack token issue -f value -c id');
  if (!ok) throw new Error(`no token: ${text}`);
  return text.trim();
}

const keystoneImage = 'quay.io/openstack.kolla/keystone:2025.1-ubuntu-noble';

/** A Pod of Kolla's image that is the user admin. */
export function client(
  namespace: string,
  name: string,
  command: readonly string[],
  { password, keystone = 'keystone', image = keystoneImage }: As,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { test: 'openstack-client' } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 42425,
        runAsGroup: 42425,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'openstack',
          image,
          command,
          env: [
            ...Object.entries({
              OS_AUTH_URL: `http://${keystone}-api.${namespace}.svc:5000/v3`,
              OS_USERNAME: 'admin',
              OS_PROJECT_NAME: 'admin',
              OS_USER_DOMAIN_NAME: 'Default',
              OS_PROJECT_DOMAIN_NAME: 'Default',
              OS_REGION_NAME: 'RegionOne',
              OS_INTERFACE: 'internal',
              OS_IDENTITY_API_VERSION: '3',
              HOME: '/tmp',
            }).map(([key, value]) => ({ name: key, value })),
            password === undefined
              ? {
                  name: 'OS_PASSWORD',
                  valueFrom: { secretKeyRef: { name: `${keystone}-admin-password`, key: 'password' } },
                }
              : { name: 'OS_PASSWORD', value: password },
          ],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}
