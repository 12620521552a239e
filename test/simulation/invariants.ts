import { data } from './invariants/data.ts';
import { deletion } from './invariants/deletion.ts';
import { jobs } from './invariants/jobs.ts';
import { leadership } from './invariants/leadership.ts';
import { ownership } from './invariants/ownership.ts';
import { ordered } from './invariants/phases.ts';
import { rollouts } from './invariants/rollouts.ts';
import { status } from './invariants/status.ts';
import { taint } from './invariants/taint.ts';
import { traffic } from './invariants/traffic.ts';
import type { Check, Truth } from './truth.ts';

/**
 * What always holds, looked at with each request and each change of the world:
 *
 * | I1 | jobs       | a workload has an image only after db-sync of that image, or of the one it belongs to, succeeded on that data
 * | I2 | jobs       | of the Jobs on one database at most one has a Pod that runs; those of the catalog are not on it
 * | I3 | jobs, rollouts | no Job runs again for what it succeeded with: db-sync and online-migrations the image and the data, cell-setup the data; no Pod restarts for the configuration it has
 * | I4 | data       | a generated Secret keeps its data, unless a rotation was asked for
 * | I5 | data       | data goes only with `Delete` or its namespace; every delete names a uid; a resource only with the one that made it, or when its block is gone
 * | I6 | ownership  | what is made has one owner, which controls it; what has another owner is not touched
 * | I7 | deletion   | the finalizer goes when all else has gone, outside of Kubernetes too, and is not put back; phases go in reverse
 * | I8 | status     | Ready at a generation: every child is there, and complete for that generation; a control plane's were Ready at theirs
 * | I9 | taint      | no value of a Secret outside of Secrets
 * | I10 | leadership | writes come from the holder of the Lease, within its deadline
 * | I11 | leadership | one status, one write at a time
 * | I12 | traffic    | writes are bounded, and change something; none at all once it is quiet (`simulation.ts`)
 * | I13 | status     | states follow arrows; a transition time changes with its status
 * | I14 | jobs, phases | what uses another resource is begun after that was Ready once, a phase after all of the one before
 *
 * Liveness (L1, L3, L5), end state and counts are the oracle's.
 */
export function invariants(truth: Truth, log: readonly string[]) {
  const counted = traffic(truth);
  const all: readonly Check[] = [
    jobs(truth),
    rollouts(truth),
    data(truth),
    ownership(truth),
    deletion(truth),
    ordered(truth),
    status(truth),
    leadership(truth),
    counted,
    taint(truth, log),
  ];
  return { all, traffic: counted };
}
