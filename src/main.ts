import { parseArgs } from 'node:util';
import { hostname } from 'node:os';
import { defaultSettings } from './machines/engine/settings.ts';
import { kinds } from './machines/index.ts';

const usage = `openstack-operator: brings up and runs OpenStack on Kubernetes

  --sandbox                run on a simulated cluster in this process, with samples/
  --once                   with --sandbox: end when everything is Ready
  --file PATH              with --sandbox: apply this YAML instead of samples/ (may be given again); of a folder
                           what its kustomization.yaml lists, without one every YAML in it
  --speed N                with --sandbox: simulated nodes are N times faster (1)
  --fault NAME[:WHAT]      with --sandbox: begin with this fault (may be given again); --fault help lists them
  --api-port PORT          with --sandbox: of the simulated API (any that is free)
  --quiet                  with --sandbox: say nothing of what happens
  --kubeconfig FILE        the cluster; default: KUBECONFIG, the Pod's own account, ~/.kube/config
  --namespace NS           look after this namespace only; default: all
  --own-namespace NS       where the operator's own objects live; default: the Pod's, or openstack-operator
  --image-prefix PREFIX    where images come from (${defaultSettings.imagePrefix})
  --distro NAME            second half of the image tags (${defaultSettings.distro})
  --pull-secret NAME       Secret for pulling images, in each cloud's namespace
  --job-deadline SECONDS   after which a Job counts as failed (${defaultSettings.jobDeadlineSeconds})
  --allow-privileged       run the parts that need root on nodes, in namespaces that enforce Pod Security privileged
  --workers N              resources worked on at once (8)
  --no-leader-elect        do not wait for the lead: only where one process runs
  --http-host HOST         for /healthz, /readyz and /metrics (127.0.0.1)
  --http-port PORT         (8080; with --sandbox any that is free)
  --web-host HOST          for the web view and its API, which ask who you are (127.0.0.1)
  --web-port PORT          (0: there is no web view; with --sandbox it is at --http-port)
  --log-level LEVEL        trace, debug, info, warn, error (info)
  --log-format FORMAT      text or json (text on a terminal)
`;

/** A word on the command line that nobody understands. */
class Misuse extends Error {}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (isMisuse(error)) process.stderr.write(`\n${usage}`);
  process.exitCode = isMisuse(error) ? 2 : 1;
}

function isMisuse(error: unknown): boolean {
  return error instanceof Misuse || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}

async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    strict: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      sandbox: { type: 'boolean', default: false },
      once: { type: 'boolean', default: false },
      file: { type: 'string', multiple: true, default: [] },
      speed: { type: 'string', default: '1' },
      fault: { type: 'string', multiple: true, default: [] },
      'api-port': { type: 'string', default: '0' },
      quiet: { type: 'boolean', default: false },
      kubeconfig: { type: 'string' },
      namespace: { type: 'string' },
      'own-namespace': { type: 'string' },
      'image-prefix': { type: 'string', default: defaultSettings.imagePrefix },
      distro: { type: 'string', default: defaultSettings.distro },
      'pull-secret': { type: 'string' },
      'job-deadline': { type: 'string', default: String(defaultSettings.jobDeadlineSeconds) },
      'allow-privileged': { type: 'boolean', default: false },
      workers: { type: 'string', default: '8' },
      'no-leader-elect': { type: 'boolean', default: false },
      'http-host': { type: 'string', default: '127.0.0.1' },
      'http-port': { type: 'string' },
      'web-host': { type: 'string', default: '127.0.0.1' },
      'web-port': { type: 'string', default: '0' },
      'log-level': { type: 'string', default: 'info' },
      'log-format': { type: 'string', default: process.stdout.isTTY ? 'text' : 'json' },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const settings = {
    imagePrefix: values['image-prefix'],
    distro: values.distro,
    pullSecret: values['pull-secret'],
    jobDeadlineSeconds: wholeNumber('--job-deadline', values['job-deadline'], 1),
    allowPrivileged: values['allow-privileged'],
  };
  // Either way of running stays out of the memory of the other.
  if (values.sandbox) {
    const { runInSandbox } = await import('./sandbox-main.ts');
    const { faultNames } = await import('./sandbox/faults.ts');
    if (values.fault.includes('help')) {
      for (const [name, about] of Object.entries(faultNames)) process.stdout.write(`${name.padEnd(20)} ${about}\n`);
      return 0;
    }
    return runInSandbox({
      kinds,
      settings,
      workers: wholeNumber('--workers', values.workers, 1),
      files: values.file,
      once: values.once,
      quiet: values.quiet,
      apiPort: wholeNumber('--api-port', values['api-port'], 0),
      httpPort: wholeNumber('--http-port', values['http-port'] ?? '0', 0),
      speed: wholeNumber('--speed', values.speed, 1),
      faults: values.fault,
    });
  }
  const { runInCluster } = await import('./runtime/main.ts');
  const webPort = wholeNumber('--web-port', values['web-port'], 0);
  const web = webPort === 0 ? undefined : await import('./web/in-cluster.ts');
  return runInCluster({
    kinds,
    settings,
    identity: `${hostname()}_${process.pid}_${Date.now().toString(36)}`,
    kubeconfig: values.kubeconfig,
    namespace: values.namespace,
    ownNamespace: values['own-namespace'],
    workers: wholeNumber('--workers', values.workers, 1),
    leaderElect: !values['no-leader-elect'],
    ...(web === undefined ? {} : { pages: web.pagesInCluster({ host: values['web-host'], port: webPort }) }),
    httpHost: values['http-host'],
    httpPort: wholeNumber('--http-port', values['http-port'] ?? '8080', 0),
    logLevel: oneOf('--log-level', values['log-level'], ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    logFormat: oneOf('--log-format', values['log-format'], ['text', 'json']),
  });
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Misuse(`${flag} wants a whole number of at least ${least}, not '${text}'`);
  return value;
}

function oneOf<const T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new Misuse(`${flag} wants one of ${allowed.join(', ')}, not '${text}'`);
  return found;
}
