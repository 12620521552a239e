import { parseArgs } from 'node:util';
import type { KubeClient } from '../kube/client.ts';
import { isApiError } from '../kube/errors.ts';
import { refOf } from '../kube/object.ts';
import { sleep, type Clock } from '../kube/ports.ts';
import { Annotation } from '../machines/engine/annotations.ts';
import type { Kind } from '../machines/engine/kind.ts';
import type { Geometry } from '../web/diagram/geometry.ts';
import { mermaidOf } from '../web/diagram/mermaid.ts';
import { renderSvg } from '../web/diagram/svg.ts';
import { happeningsOf } from '../web/happenings.ts';
import { historyOf, liveOverlay } from '../web/overlay.ts';
import { traceOf, whyOf, type Why } from './answers.ts';
import { Misuse, pick, readCloud, type Entry } from './cloud.ts';
import { changesText, historyText, plain, statusText, traceText, whyAllText, whyText } from './text.ts';

export const usage = `kubectl openstack: why is my cloud not ready?

  status                 how all resources stand; -w goes on to tell what changes until all are Ready
  why [KIND/NAME]        why it is where it is: the object that it waits for, and what is wrong with it;
                         without a name, of all that are not Ready
  trace KIND/NAME        it, and what it is made of and built on, down to the object that holds it
  history [KIND/NAME]    the arrows that it followed, with their causes; without a name, those of all
  graph KIND/NAME        its machine, with where it is (-o svg or mermaid)
  pause KIND/NAME        no more changes to it, until
  resume KIND/NAME       goes on
  retry KIND/NAME        what has failed is tried again now
  ui                     a way to the operator's pages, until Ctrl-C

  -n, --namespace NS     default: that of the kubeconfig
  -A, --all-namespaces   with status, why and history
  -w, --watch            with status
      --since TIME       with history: only what happened within 90s, 30m, 1h or 2d
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
  readonly clock: Clock;
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
    cli.print(format === 'json' ? json(why) : whyText(why, cli.clock.now()));
  },
  trace: (entry, all, format, cli) => {
    const trace = traceOf(entry, all);
    cli.print(format === 'json' ? json(trace) : traceText(trace));
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

/** What can be said of many at once. */
interface Asked {
  /** Those that were asked for: one by its name, or all. */
  readonly entries: readonly Entry[];
  readonly all: readonly Entry[];
  readonly format: string;
  readonly withNamespace: boolean;
  /** Moment, as milliseconds since the epoch. */
  readonly since: number;
  readonly cli: Cli;
}

const surveys: Readonly<Record<string, (asked: Asked) => number>> = {
  status: ({ entries, format, withNamespace, cli }) => {
    const items = entries.map(({ summary }) => summary);
    cli.print(format === 'json' ? json({ items }) : statusText(entries, cli.clock.now(), withNamespace));
    return exitCodeOf(entries);
  },
  history: ({ entries, format, withNamespace, since, cli }) => {
    const items = happeningsOf(entries.map(({ kind, cr }) => ({ kind: kind.declaration.kind, cr })))
      .filter(({ at }) => Date.parse(at) >= since)
      .reverse();
    cli.print(format === 'json' ? json({ items }) : historyText(items, withNamespace));
    return 0;
  },
  why: ({ all, format, cli }) => {
    const open = all.filter(({ summary }) => summary.ready !== 'True').map((entry) => whyOf(entry, all));
    const isHeld = ({ blockedBy }: Why): boolean => open.some(({ kind, name }) => blockedBy === `${kind}/${name}`);
    const items = [...open.filter((why) => !isHeld(why)), ...open.filter(isHeld)];
    cli.print(format === 'json' ? json({ items }) : whyAllText(items, all.length, cli.clock.now()));
    return exitCodeOf(all);
  },
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
      since: { type: 'string' },
      watch: { type: 'boolean', short: 'w', default: false },
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
  const [one, survey] = [commands[command], surveys[command]];
  if (one === undefined && survey === undefined) {
    const known = [...new Set([...Object.keys(surveys), ...Object.keys(commands)])].join(', ');
    throw new Misuse(`there is no command '${command}'; there are ${known}, ui`);
  }
  const format = values.output;
  if (command !== 'graph' && format !== 'text' && format !== 'json')
    throw new Misuse(`-o is text or json, not '${format}'`);
  if (values.watch && (command !== 'status' || format !== 'text')) throw new Misuse('-w goes with status, as text');
  const since = values.since === undefined ? 0 : cli.clock.now() - spanIn(values.since);
  const access = await cli.connect({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  const withNamespace = values['all-namespaces'];
  const namespace = withNamespace ? undefined : (values.namespace ?? access.namespace);
  const read = async (): Promise<Asked> => {
    const all = await readCloud(access.client, cli.kinds, namespace);
    const entries = words.length === 0 ? all : [pick(cli.kinds, all, words)];
    return { entries, all, format, withNamespace, since, cli };
  };
  const asked = await read();
  if (survey !== undefined && (one === undefined || words.length === 0)) {
    const code = survey(asked);
    return values.watch ? follow(read, asked) : code;
  }
  const entry = pick(cli.kinds, asked.all, words);
  await one?.(entry, asked.all, format, cli, access.client);
  return command === 'why' || command === 'trace' ? exitCodeOf([entry]) : 0;
}

/** Tells of each change as it is seen, and ends when all is Ready. */
async function follow(read: () => Promise<Asked>, first: Asked): Promise<number> {
  const { clock, print } = first.cli;
  for (let before = first.entries; before.length === 0 || exitCodeOf(before) !== 0;) {
    await sleep(clock, 1000);
    const { entries, withNamespace } = await read();
    print(changesText(before, entries, clock.now(), withNamespace));
    before = entries;
  }
  return 0;
}

function spanIn(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new Misuse(`--since wants a span such as 90s, 30m, 1h or 2d, not '${text}'`);
  return Number(count) * ({ s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 0);
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

function exitCodeOf(entries: readonly Entry[]): number {
  const codes = entries.map(({ summary: { standing, ready } }) =>
    standing === 'failed' ? 2 : ready === 'True' ? 0 : 1,
  );
  return Math.max(0, ...codes);
}

function annotates(make: (now: number) => Record<string, string | null>, said: string): Command {
  return async ({ kind, cr, summary }, _, __, cli, client) => {
    await client.mergePatch(kind.type, refOf(cr), { metadata: { annotations: make(cli.clock.now()) } });
    cli.print(`${summary.kind}/${summary.name} ${said}\n`);
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function isMisuse(error: unknown): boolean {
  return error instanceof Misuse || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
