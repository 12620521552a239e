import { readFileSync } from 'node:fs';

/**
 * The operator's own share of bringing up the control plane `cloud`, from the audit log: along the longest chain of
 * waits, the time between the write that it waited for and the write by which it went on.
 */
export interface Share {
  readonly seconds: number;
  /** From what it saw to what it did, with the milliseconds between, in order. */
  readonly steps: readonly { readonly saw: string; readonly did: string; readonly ms: number }[];
}

/** A Job's Pod tells first that it has ended. */
const ended = (job: string): RegExp => new RegExp(`^(jobs ${job}|pods ${job}-[a-z0-9]+)$`);

/** What the operator does, and what of others it does that for. Resource and name, without the prefix of the cloud. */
const chain: readonly (readonly [did: string, saw: RegExp])[] = [
  ['keystones keystone', /^(statefulsets|deployments) (mariadb|rabbitmq|memcached|ovn-.*)$/],
  ['jobs keystone-db-create', /^keystones keystone$/],
  ['jobs keystone-db-sync', ended('keystone-db-create')],
  ['deployments keystone-api', ended('keystone-db-sync')],
  ['jobs keystone-bootstrap', /^deployments keystone-api$/],
  ['novas nova', ended('keystone-bootstrap')],
  ['jobs nova-db-create', /^novas nova$/],
  ['jobs nova-db-sync', ended('nova-db-create')],
  ['jobs nova-cell-setup', ended('nova-db-sync')],
  ['deployments nova-api', ended('nova-cell-setup')],
  ['statefulsets nova-compute', /^(deployments nova-.*|(jobs|pods) nova-endpoint-create.*)$/],
  ['jobs nova-discover-hosts', /^(statefulsets nova-compute|(jobs|pods) nova-online-migrations.*)$/],
  ['openstackcontrolplanes ', /^(jobs|pods|deployments|statefulsets) .*$/],
];

/** Throws where a step of the chain is not in the log. */
export function shareOf(auditLog: string, namespace: string, name = 'cloud'): Share {
  const writes = writesIn(auditLog, namespace, name);
  const made = (what: string) => writes.find(({ about, isOurs, code }) => isOurs && about === what && code === 201);
  const steps = chain.map(([what, cause]) => {
    const did = what.endsWith(' ') ? writes.findLast(({ about, isOurs }) => isOurs && about === what) : made(what);
    if (did === undefined) throw new Error(`the audit log does not tell of ${what}`);
    // What the operator made itself is seen as it was made; of everything else the last word counts.
    const saw =
      writes.findLast(({ about, isOurs, at }) => !isOurs && cause.test(about) && at < did.at) ??
      writes.find(({ about, isOurs }) => isOurs && cause.test(about));
    if (saw === undefined) throw new Error(`the audit log does not tell what came before ${what}`);
    return { saw: saw.about, did: what, ms: did.at - saw.at };
  });
  return { seconds: steps.reduce((sum, { ms }) => sum + ms, 0) / 1000, steps };
}

/** One line, and the steps that took longest. */
export function tellShare({ seconds, steps }: Share): string {
  const longest = steps.toSorted((a, b) => b.ms - a.ms).slice(0, 3);
  return (
    `the operator's own share: ${seconds.toFixed(2)} s over ${steps.length} steps; the longest: ` +
    longest.map(({ saw, did, ms }) => `${saw.trim()} → ${did.trim()} ${ms} ms`).join(', ')
  );
}

interface Write {
  readonly about: string;
  readonly isOurs: boolean;
  readonly code: number;
  readonly at: number;
}

function writesIn(auditLog: string, namespace: string, name: string): Write[] {
  const writes: Write[] = [];
  for (const line of readFileSync(auditLog, 'utf8').split('\n')) {
    if (!line.includes(`"namespace":"${namespace}"`)) continue;
    const entry = parsed(line);
    const { resource = '', name: object = '' } = entry?.objectRef ?? {};
    const { code = 0 } = entry?.responseStatus ?? {};
    if (entry?.stage !== 'ResponseComplete' || code >= 300 || ['get', 'list', 'watch'].includes(entry.verb)) continue;
    if (object !== name && !object.startsWith(`${name}-`)) continue;
    writes.push({
      about: `${resource} ${object.slice(name.length + 1)}`,
      isOurs: entry.user.username === 'system:serviceaccount:openstack-operator:openstack-operator',
      code,
      at: Date.parse(entry.stageTimestamp),
    });
  }
  return writes.toSorted((a, b) => a.at - b.at);
}

interface AuditEntry {
  stage: string;
  verb: string;
  stageTimestamp: string;
  user: { username: string };
  objectRef?: { resource?: string; name?: string };
  responseStatus?: { code?: number };
}

/** Undefined for the last line, which may be half written. */
function parsed(line: string): AuditEntry | undefined {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    return undefined;
  }
}
