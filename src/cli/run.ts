import { parseArgs } from 'node:util';
import type { KubeClient } from '../kube/client.ts';
import { isApiError } from '../kube/errors.ts';
import { refOf } from '../kube/object.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import type { Kind } from '../machines/engine/kind.ts';
import type { Geometry } from '../web/diagram/geometry.ts';
import { mermaidOf } from '../web/diagram/mermaid.ts';
import { renderSvg } from '../web/diagram/svg.ts';
import { historyOf, liveOverlay } from '../web/overlay.ts';
import { traceOf, whyOf, type Why } from './answers.ts';
import { Misuse, pick, readCloud, type Entry } from './cloud.ts';
import { historyText, plain, statusText, traceText, whyAllText, whyText } from './text.ts';

export const usage = `kubectl openstack: why is my cloud not ready?

  status                 how all resources stand
  why [KIND/NAME]        why it is where it is: the object that it waits for, and what is wrong with it;
                         without a name, of all that are not Ready
  trace KIND/NAME        it, and what it is built on
  history KIND/NAME      the arrows that it followed, with their causes
  graph KIND/NAME        its machine, with where it is (-o svg or mermaid)
  pause KIND/NAME        no more changes to it, until
  resume KIND/NAME       goes on
  retry KIND/NAME        what has failed is tried again now
  ui                     a way to the operator's pages, until Ctrl-C

  -n, --namespace NS     default: that of the kubeconfig
  -A, --all-namespaces   with status
  -o, --output FORMAT    text or json; of graph: svg, mermaid or json
      --kubeconfig FILE  default: KUBECONFIG, ~/.kube/config
      --context NAME     of the kubeconfig
      --port PORT        with ui: on this machine (8081)

Ends with 0: Ready. 1: not Ready. 2: failed, or a person has to act. 3: it could not be asked.
`;

/** What the program needs of the world. */
export interface Cli {
  readonly kinds: readonly Kind[];
  readonly diagrams: ReadonlyMap<string, Geometry>;
  readonly connect: (options: {
    kubeconfig?: string;
    context?: string;
  }) => Promise<{ client: KubeClient; namespace: string }>;
  /** Runs kubectl until it ends; resolves to its exit code. */
  readonly kubectl: (args: readonly string[]) => Promise<number>;
  readonly now: () => number;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

type Command = (
  entry: Entry,
  all: readonly Entry[],
  format: string,
  cli: Cli,
  client: KubeClient,
) => Promise<void> | void;

const commands: Readonly<Record<string, Command>> = {
  why: (entry, all, format, cli) => {
    const why = whyOf(entry, all);
    cli.print(format === 'json' ? json(why) : whyText(why, cli.now()));
  },
  trace: (entry, all, format, cli) => {
    const trace = traceOf(entry, all);
    cli.print(format === 'json' ? json(trace) : traceText(trace));
  },
  history: (entry, _, format, cli) => {
    const items = historyOf(entry.cr);
    cli.print(format === 'json' ? json({ items }) : historyText(items));
  },
  graph: (entry, _, format, cli) => {
    const geometry = cli.diagrams.get(entry.summary.kind);
    if (geometry === undefined) throw new Misuse(`there is no diagram of ${entry.summary.kind}`);
    const overlay = { ...liveOverlay(geometry, entry.summary, [], historyOf(entry.cr)), isAlone: true };
    const drawn: Record<string, () => string> = {
      svg: () => renderSvg(geometry, overlay),
      mermaid: () => mermaidOf(geometry, [entry.summary.state]),
      json: () => json({ ...geometry, overlay }),
    };
    const draw = drawn[format === 'text' ? 'mermaid' : format];
    if (draw === undefined) throw new Misuse(`a graph comes as svg, mermaid or json, not as '${format}'`);
    cli.print(draw());
  },
  pause: annotates(() => ({ [Annotation.paused]: 'true' }), 'is paused: nothing of it is changed until it is resumed'),
  resume: annotates(() => ({ [Annotation.paused]: null }), 'goes on'),
  retry: annotates((now) => ({ [Annotation.retry]: new Date(now).toISOString() }), 'is tried again'),
};

/** Runs one command; resolves to the exit code. */
export async function run(args: readonly string[], cli: Cli): Promise<number> {
  try {
    return await dispatch(args, cli);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    cli.complain(`${plain(message)}\n`);
    if (isMisuse(error)) cli.complain('kubectl openstack --help tells what there is\n');
    else if (isApiError(error, 'Forbidden'))
      cli.complain('it needs the right to get, list and (to pause, resume and retry) patch the resources\n');
    return 3;
  }
}

async function dispatch(args: readonly string[], cli: Cli): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      namespace: { type: 'string', short: 'n' },
      'all-namespaces': { type: 'boolean', short: 'A', default: false },
      output: { type: 'string', short: 'o', default: 'text' },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      port: { type: 'string', default: '8081' },
    },
  });
  const [command = 'help', ...words] = positionals;
  if (values.help || command === 'help') {
    cli.print(usage);
    return 0;
  }
  const { kubeconfig, context, port } = values;
  if (command === 'ui') return ui(cli, { kubeconfig, context, port });
  const run = commands[command];
  if (run === undefined && command !== 'status')
    throw new Misuse(`there is no command '${command}'; there are status, ${Object.keys(commands).join(', ')}, ui`);
  const format = values.output;
  if (command !== 'graph' && format !== 'text' && format !== 'json')
    throw new Misuse(`-o is text or json, not '${format}'`);
  const access = await cli.connect({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  const namespace = values['all-namespaces'] ? undefined : (values.namespace ?? access.namespace);
  const all = await readCloud(access.client, cli.kinds, namespace);
  if (run === undefined) {
    cli.print(
      format === 'json'
        ? json({ items: all.map(({ summary }) => summary) })
        : statusText(all, cli.now(), values['all-namespaces']),
    );
    return Math.max(0, ...all.map(exitCode));
  }
  if (command === 'why' && words.length === 0) {
    const open = all.filter(({ summary }) => summary.ready !== 'True').map((entry) => whyOf(entry, all));
    const isHeld = ({ blockedBy }: Why): boolean => open.some(({ kind, name }) => blockedBy === `${kind}/${name}`);
    const items = [...open.filter((why) => !isHeld(why)), ...open.filter(isHeld)];
    cli.print(format === 'json' ? json({ items }) : whyAllText(items, all.length, cli.now()));
    return Math.max(0, ...all.map(exitCode));
  }
  const entry = pick(cli.kinds, all, words);
  await run(entry, all, format, cli, access.client);
  return command === 'why' || command === 'trace' ? exitCode(entry) : 0;
}

/** The pages lie on the loopback of the operator's Pods: the API server is the way there, and asks who comes. */
async function ui(
  cli: Cli,
  { kubeconfig, context, port }: { kubeconfig: string | undefined; context: string | undefined; port: string },
): Promise<number> {
  if (!/^\d{1,5}$/.test(port)) throw new Misuse(`--port wants a number, not '${port}'`);
  cli.print(
    `open http://127.0.0.1:${port} and sign in with a token of an account that may list the resources:\n  kubectl create token NAME -n NAMESPACE\n`,
  );
  const where = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ];
  const code = await cli.kubectl([
    ...where,
    '-n',
    'openstack-operator',
    'port-forward',
    'deployment/openstack-operator',
    `${port}:8081`,
  ]);
  return code === 0 ? 0 : 3;
}

function exitCode({ summary }: Entry): number {
  if (summary.standing === 'failed') return 2;
  return summary.ready === 'True' ? 0 : 1;
}

function annotates(make: (now: number) => Record<string, string | null>, said: string): Command {
  return async ({ kind, cr, summary }, _, __, cli, client) => {
    await client.mergePatch(kind.type, refOf(cr), { metadata: { annotations: make(cli.now()) } });
    cli.print(`${summary.kind}/${summary.name} ${said}\n`);
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function isMisuse(error: unknown): boolean {
  return error instanceof Misuse || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
