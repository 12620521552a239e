import { z } from 'zod';
import type { Child, Files } from '../engine/child.ts';
import type { Column } from '../engine/kind.ts';
import { childName, type Scope } from '../engine/scope.ts';
import { directPod, httpProbes, type Mount, type Placement } from './pod-spec.ts';
import { bin } from './program.ts';
import { sourceOf } from './secret.ts';
import { service } from './service.ts';
import { deployment } from './workload.ts';

/** What a service with an API says of it in its status. */
export const apiStatus = {
  apiEndpoint: z.string().max(255).optional().describe('URL of the API inside the cluster.'),
};

/** And shows of it under `-o wide`. */
export const apiColumn: Column = { name: 'Endpoint', jsonPath: '.status.apiEndpoint', priority: 1 };

/** `http://<cr>-<suffix>.<ns>.svc:<port>`: a Service of the resource, from inside the cluster. */
export function serviceUrl<Spec>(scope: Scope<Spec>, suffix: string, port: number): string {
  return `http://${childName(scope, suffix)}.${scope.namespace}.svc:${port}`;
}

interface WsgiApi<Spec> {
  /** Of the container, and of the directory below /etc: `placement`. */
  readonly name: string;
  readonly image: (scope: Scope<Spec>) => string;
  /** Kolla's uid of the service. */
  readonly user: number;
  readonly port: number;
  /** All of the resource's configuration; `<name>.conf` and `uwsgi.ini` are what the API reads. */
  readonly files: (scope: Scope<Spec>) => Files;
  readonly mounts: (scope: Scope<Spec>) => readonly Mount[];
  /** What it mounts besides its configuration. */
  readonly more?: (scope: Scope<Spec>) => readonly Mount[];
  /** Paths of the probes; `alive` is `ready` unless said otherwise. */
  readonly probes: { readonly ready: string; readonly alive?: string };
}

/** Service and Deployment `-api` of a service whose whole API is one WSGI module under uwsgi. */
export function wsgiApi<Spec extends Placement & { readonly replicas: number }>(part: WsgiApi<Spec>): Child<Spec>[] {
  const { name, image, user, port, files, mounts, more, probes } = part;
  const ini = `/etc/${name}/uwsgi.ini`;
  return [
    service<Spec>({ id: 'api-service', suffix: 'api', to: 'api', ports: { api: port } }),
    deployment<Spec>({
      id: 'api',
      replicas: (cr) => cr.replicas,
      image,
      config: (scope) => sourceOf(scope, files, `${name}.conf`, 'uwsgi.ini'),
      pod: (scope) =>
        directPod(scope, {
          name,
          image: image(scope),
          user,
          command: [bin('uwsgi'), '--ini', ini],
          ports: { api: port },
          mounts: [
            ...mounts(scope),
            { at: ini, secret: childName(scope, 'config'), file: 'uwsgi.ini' },
            ...(more?.(scope) ?? []),
          ],
          ...httpProbes(port, probes.ready, probes.alive),
          placement: scope.cr.spec,
        }),
    }),
  ];
}
