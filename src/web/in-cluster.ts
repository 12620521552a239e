import { randomBytes } from 'node:crypto';
import type { Pages } from '../runtime/main.ts';
import { systemClock } from '../runtime/system.ts';
import { clusterAccess } from './cluster-access.ts';
import { diagramFolder } from './diagrams.ts';
import { mountWeb } from './web.ts';

/** The pages of an operator in a cluster: for those whom the API server knows, as far as they may list the resources. */
export function pagesInCluster(at: { readonly host: string; readonly port: number }): Pages {
  return {
    at,
    mount: (app, view, client) =>
      mountWeb(app, {
        view,
        clock: systemClock,
        access: clusterAccess({ client, clock: systemClock, view }),
        signsIn: true,
        epoch: randomBytes(6).toString('hex'),
        folder: diagramFolder(),
      }),
  };
}
