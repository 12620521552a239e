import { faultNames, type Faults } from '../faults.ts';
import { notServed, Refusal } from '../refusal.ts';

const ROOT = '/sandbox/faults';

/**
 * The sandbox's own API, which no cluster has. `GET /sandbox/faults` tells what goes on and what could;
 * `PUT /sandbox/faults/job-fail:db-sync,times=2` begins a fault, `DELETE` ends it, or all of them.
 */
export function control(faults: Faults, method: string, path: string): object | undefined {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return undefined;
  const order = decodeURIComponent(path.slice(ROOT.length + 1));
  switch (method) {
    case 'GET':
      return { active: faults.list, known: faultNames };
    case 'PUT':
    case 'POST':
      if (order === '') throw new Refusal('BadRequest', `which fault? PUT ${ROOT}/NAME[:WHAT][,times=N]`, 400);
      faults.begin(order);
      return { active: faults.list };
    case 'DELETE':
      if (!faults.end(order === '' ? undefined : order) && order !== '') throw notServed();
      return { active: faults.list };
    default:
      throw new Refusal('Unsupported', `${method} is not for ${ROOT}`, 405, undefined, 'MethodNotAllowed');
  }
}
