import { Builtin, resourceName } from '../../../src/kube/object.ts';
import type { Request } from '../faults.ts';
import { ownNamespace } from '../fleet.ts';
import { at, writes, type Check, type Truth } from '../truth.ts';

/** After its last renewal a leader leads for this long at most. */
const renewDeadlineMs = 10_000;

/** I10: only the leader sends writes. I11: of one process, never two writes of one status at once. */
export function leadership(truth: Truth): Check {
  const open = new Map<string, Request>();
  let renewedAt = 0;

  const isStatus = ({ verb, name }: Request): boolean => verb === 'replace' && name.endsWith('/status');
  const keyOf = ({ process, type, namespace, name }: Request) =>
    `${process.identity} ${type.kind}/${namespace}/${name}`;

  return {
    sent: (request) => {
      const { process, verb, type, name, namespace } = request;
      if (isStatus(request)) {
        const before = open.get(keyOf(request));
        if (before !== undefined) truth.breach('I11', `${keyOf(request)} is written twice at once by one process`);
        open.set(keyOf(request), request);
      }
      if (truth.processes === 1 || !writes.includes(verb)) return;
      // Who stands for election writes the Lease; and every process may make the key of the digests, which is made once.
      if (resourceName(type) === resourceName(Builtin.Lease) || (type.kind === 'Secret' && namespace === ownNamespace))
        return;
      const lease = truth.api.list(Builtin.Lease, { namespace: ownNamespace }).items[0];
      const holder = at(lease, 'spec', 'holderIdentity');
      if (holder !== process.identity)
        truth.breach('I10', `${process.identity} sends ${verb} ${type.kind}/${name} while ${String(holder)} leads`);
      else if (truth.clock.monotonic() > renewedAt + renewDeadlineMs)
        truth.breach('I10', `${process.identity} sends ${verb} ${type.kind}/${name} after its lead has ended`);
    },
    settled: (request) => {
      if (open.get(keyOf(request)) === request) open.delete(keyOf(request));
    },
    changed: ({ object }) => {
      if (object.kind === 'Lease') renewedAt = truth.clock.monotonic();
    },
  };
}
