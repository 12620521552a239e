import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { Builtin, type KubeObject, type ResourceType } from './kube/object.ts';
import type { Clock } from './kube/ports.ts';
import { crdFor } from './machines/engine/crd.ts';
import type { Kind } from './machines/engine/kind.ts';
import type { Settings } from './machines/engine/scope.ts';
import { runInCluster } from './runtime/main.ts';
import { systemClock, systemRandom } from './runtime/system.ts';
import { startHttp } from './sandbox/http/server.ts';
import { startWorld, type World } from './sandbox/world.ts';
import { everybody } from './web/access.ts';
import { diagramFolder } from './web/diagrams.ts';
import { mountWeb } from './web/web.ts';

export interface SandboxRun {
  readonly kinds: readonly Kind[];
  readonly settings: Settings;
  readonly workers: number;
  /** YAML to apply instead of the folder samples: files and folders. */
  readonly files: readonly string[];
  /** Ends when everything is Ready. */
  readonly once: boolean;
  readonly quiet: boolean;
  /** Of the simulated API; 0: any that is free. */
  readonly apiPort: number;
  /** Of the operator's own pages; 0: any that is free. */
  readonly httpPort: number;
  /** How many times faster than real-looking the nodes are. */
  readonly speed: number;
  /** Faults to begin with. */
  readonly faults: readonly string[];
}

const namespace = 'openstack';
const ownNamespace = 'openstack-operator';

/**
 * A simulated cluster with an API on loopback, and the operator beside it, which knows it as any other cluster. Applies
 * the files and tells what happens. Ctrl-C leaves nothing.
 */
export async function runInSandbox(options: SandboxRun): Promise<number> {
  const clock = systemClock;
  const begun = clock.monotonic();
  const say = (line: string): void => {
    if (!options.quiet) process.stdout.write(`${seconds(clock.monotonic() - begun)}  ${line}\n`);
  };
  const resources = read((options.files.length > 0 ? options.files : [samples]).flatMap(filesIn));
  const world = startWorld({ clock, random: systemRandom, delays: 'real-looking', speed: () => options.speed });
  let refused = false;
  const folder = mkdtempSync(join(tmpdir(), 'openstack-sandbox-'));
  try {
    const api = await startHttp({ world, port: options.apiPort });
    try {
      const kubeconfig = join(folder, 'kubeconfig');
      writeFileSync(kubeconfig, kubeconfigFor(api.url), { mode: 0o600 });
      say(`a simulated cluster listens on ${api.url}; nothing leaves this machine`);
      say(`export KUBECONFIG=${kubeconfig}`);
      const wanted = await furnish(world, options, resources);
      const done = new AbortController();
      const code = await runInCluster({
        ...options,
        kubeconfig,
        identity: 'sandbox',
        namespace: undefined,
        ownNamespace,
        leaderElect: false,
        httpHost: '127.0.0.1',
        logLevel: 'warn',
        logFormat: 'text',
        signal: done.signal,
        // Only this machine can come here, and there is nothing on it to steal.
        pages: {
          mount: (app, view) =>
            mountWeb(app, { view, clock, access: everybody, epoch: epochFor(clock), folder: diagramFolder() }),
        },
        onPassage: (cr, { from, to, why }) => say(`${cr.kind}/${cr.metadata.name}  ${from} → ${to}: ${why}`),
        onUp: (url) => {
          say(`see it live on ${url}`);
          applyAll(world, wanted, say).then(
            () =>
              whenReady(world, wanted, () => {
                const count = options.kinds.flatMap(({ type }) => world.api.store.list(type)).length;
                say(
                  `${count === 1 ? 'the one resource is' : `all ${count} resources are`} Ready${options.once ? '' : '; Ctrl-C ends it'}`,
                );
                if (options.once) done.abort();
              }),
            (error: unknown) => {
              process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
              refused = true;
              done.abort();
            },
          );
        },
      });
      return refused ? 1 : code;
    } finally {
      await api.close();
    }
  } finally {
    world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Wanted {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** Namespaces, CRDs and the faults to begin with; resolves to what is to be applied. */
async function furnish(world: World, options: SandboxRun, resources: readonly KubeObject[]): Promise<Wanted[]> {
  const admin = world.client({ manager: 'kubectl' });
  for (const name of [namespace, ownNamespace]) {
    await admin.create(Builtin.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const kind of options.kinds) await admin.create(Builtin.CustomResourceDefinition, crdFor(kind));
  const wanted = resources.map((resource) => typed(options.kinds, resource));
  options.faults.forEach((fault) => world.faults.begin(fault));
  return wanted;
}

async function applyAll(world: World, wanted: readonly Wanted[], say: (line: string) => void): Promise<void> {
  const admin = world.client({ manager: 'kubectl' });
  for (const { type, object } of wanted) {
    await admin.apply(type, object);
    say(`${object.kind}/${object.metadata.name}  applied`);
  }
}

/** Calls `then` once, when all of them are Ready for the first time. */
function whenReady(world: World, wanted: readonly Wanted[], then: () => void): void {
  const isReady = ({ type, object: { metadata } }: Wanted): boolean => {
    const live = world.api.find(type, { namespace: metadata.namespace ?? namespace, name: metadata.name });
    const { conditions = [] } = (live?.['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
    return conditions.some(({ type: name, status }) => name === 'Ready' && status === 'True');
  };
  const crs = wanted.filter(({ type }) => type.group !== '');
  const end = world.api.store.subscribe(undefined, () => {
    if (!crs.every(isReady)) return;
    end();
    // The transition that made the last one Ready is told first.
    systemClock.after(50, then);
  });
}

/** Tells this process from one before or after it on the same port. */
function epochFor(clock: Clock): string {
  return clock.now().toString(36);
}

/** For kubectl; there is nothing secret in it. */
function kubeconfigFor(server: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'sandbox', cluster: { server } }],
    users: [{ name: 'sandbox', user: {} }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'sandbox', namespace } }],
    'current-context': 'sandbox',
  });
}

const samples = join(import.meta.dirname, '..', 'samples');

/** As kubectl takes a path: of a folder what its kustomization lists, without one every YAML in it. */
function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const list = join(path, 'kustomization.yaml');
  if (!existsSync(list)) {
    const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => join(path, name));
  }
  const { apiVersion: _, kind: __, resources = [], ...others } = parse(readFileSync(list, 'utf8')) as Kustomization;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`${list}: the sandbox reads its resources only, not ${other}`);
  return resources.flatMap((resource) => filesIn(join(path, resource)));
}

interface Kustomization {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly resources?: readonly string[];
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

function typed(kinds: readonly Kind[], object: KubeObject): Wanted {
  const kind = kinds.find((candidate) => candidate.declaration.kind === object.kind);
  const type = kind?.type ?? Object.values(Builtin).find((candidate) => candidate.kind === object.kind);
  if (type === undefined) throw new Error(`the sandbox has no kind ${object.kind}`);
  const metadata = type.namespaced
    ? { ...object.metadata, namespace: object.metadata.namespace ?? namespace }
    : object.metadata;
  return { type, object: { ...object, metadata } };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}
