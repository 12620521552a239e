import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ApiError } from './kube/errors.ts';
import { Builtin, type KubeObject } from './kube/object.ts';
import { crdFor } from './machines/engine/crd.ts';
import type { Kind } from './machines/engine/kind.ts';
import type { Settings } from './machines/engine/scope.ts';
import { createLog } from './runtime/log.ts';
import { createOperator } from './runtime/operator.ts';
import { systemClock, systemRandom } from './runtime/system.ts';
import { startWorld } from './sandbox/world.ts';

export interface SandboxRun {
  readonly kinds: readonly Kind[];
  readonly settings: Settings;
  readonly files: readonly string[];
  readonly once: boolean;
}

const namespace = 'openstack';

/** The real operator on a simulated cluster in this process: applies the samples and tells what happens. */
export async function runInSandbox({ kinds, settings, files, once }: SandboxRun): Promise<number> {
  const clock = systemClock;
  const begun = clock.monotonic();
  const say = (line: string): void => void process.stdout.write(`${seconds(clock.monotonic() - begun)}  ${line}\n`);
  const resources = read(files.length > 0 ? files : samples());
  const world = startWorld({
    clock,
    random: systemRandom,
    delays: 'real-looking',
    admit: (_, object) => admit(kinds, object),
  });
  const admin = world.client({ manager: 'kubectl' });
  for (const name of [namespace, 'openstack-operator']) {
    await admin.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const kind of kinds) await admin.create(Builtin.CustomResourceDefinition, crdFor(kind));
  let changed = (): void => {};
  const operator = await createOperator({
    client: world.client({ watchLagMs: 2 }),
    clock,
    random: systemRandom,
    kinds,
    settings,
    identity: 'sandbox',
    ownNamespace: 'openstack-operator',
    log: createLog({ clock, level: 'warn', format: 'text' }),
    hooks: {},
    onPassage: (cr, { from, to, why }) => {
      say(`${cr.kind}/${cr.metadata.name}  ${from} → ${to}: ${why}`);
      changed();
    },
  });
  void operator.lead();
  say('a simulated cluster runs in this process; nothing leaves it');
  const wanted = resources.map((resource) => typed(kinds, resource));
  for (const { type, object } of wanted) {
    await admin.apply(type, object);
    say(`${object.kind}/${object.metadata.name}  applied`);
  }
  const isReady = ({ type, object }: (typeof wanted)[number]): boolean => {
    const live = world.api.find(type, {
      namespace: object.metadata.namespace ?? namespace,
      name: object.metadata.name,
    });
    const conditions =
      ((live?.['status'] ?? {}) as { conditions?: { type: string; status: string }[] }).conditions ?? [];
    return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  };
  const stop = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0));
    let told = false;
    world.api.store.subscribe(undefined, () => {
      if (told || !wanted.every(isReady)) return;
      told = true;
      // The transition that made the last one Ready is told first.
      clock.after(20, () => {
        say(`all ${wanted.length} resources are Ready${once ? '' : '; Ctrl-C ends it'}`);
        if (once) resolve(0);
      });
    });
  });
  const code = await stop;
  await operator.stop();
  world.stop();
  return code;
}

function samples(): string[] {
  const folder = join(import.meta.dirname, '..', 'samples');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .map((name) => join(folder, name));
}

function read(files: readonly string[]): KubeObject[] {
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
      const [problem] = document.errors;
      if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
      const object: unknown = document.toJS({ maxAliasCount: 100 });
      return object === null ? [] : [object as KubeObject];
    }),
  );
}

function typed(kinds: readonly Kind[], object: KubeObject) {
  const kind = kinds.find((candidate) => candidate.declaration.kind === object.kind);
  const type = kind?.type ?? Object.values(Builtin).find((candidate) => candidate.kind === object.kind);
  if (type === undefined) throw new Error(`the sandbox has no kind ${object.kind}`);
  const metadata = type.namespaced
    ? { ...object.metadata, namespace: object.metadata.namespace ?? namespace }
    : object.metadata;
  return { type, object: { ...object, metadata } };
}

/** What a CRD's schema does on a real API server. */
function admit(kinds: readonly Kind[], object: KubeObject): KubeObject {
  const kind = kinds.find((candidate) => candidate.declaration.kind === object.kind);
  const result = kind?.declaration.spec.safeParse(object['spec'] ?? {});
  if (result === undefined) return object;
  if (result.success) return { ...object, spec: result.data };
  const causes = result.error.issues.map((issue) => ({
    field: `spec.${issue.path.join('.')}`,
    message: issue.message,
  }));
  const said = causes.map((cause) => `${cause.field}: ${cause.message}`).join(', ');
  throw new ApiError('Invalid', `${object.kind} "${object.metadata.name}" is invalid: ${said}`, { code: 422, causes });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}
