import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where the suite's set-up put the cluster. */
export function place(variable: 'KUBECONFIG' | 'KUBECTL' | 'AUDIT_LOG' | 'OPERATOR_KUBECONFIG'): string {
  const value = process.env[`TEST_${variable}`];
  if (value === undefined) throw new Error(`TEST_${variable} is not set: run this by \`npm run test:api\``);
  return value;
}

/** The operator as a process of its own, under its own account. */
export class OperatorProcess {
  readonly #program: readonly string[];
  #child: ChildProcess | undefined;
  #output = '';
  #url = '';

  /** What Node runs, with its flags; by default the source. */
  constructor(program: readonly string[] = ['src/main.ts']) {
    this.#program = program;
  }

  /** Resolves when it serves /readyz. */
  async start(): Promise<void> {
    const args = [
      ...this.#program,
      '--kubeconfig',
      place('OPERATOR_KUBECONFIG'),
      '--no-leader-elect',
      '--http-port',
      '0',
      '--log-format',
      'text',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#output = '';
    const keep = (chunk: Buffer): void => void (this.#output = (this.#output + chunk.toString()).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => {
        const address = /the operator is up.*http=(http:\/\/[0-9.:]+)/.exec(this.#output)?.[1];
        if (address === undefined) return;
        this.#url = address;
        resolve();
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`the operator ended (${code ?? signal}):\n${this.#output}`)),
      );
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Where /healthz, /readyz and /metrics are. */
  get url(): string {
    return this.#url;
  }

  /** SIGKILL: nothing of it is left to tidy up. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resident memory in MiB. */
  residentMiB(): number {
    const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

export interface Request {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly at: number;
}

/** Every request of the operator that the API server answered, in order; lists, watches and Leases apart. */
export function requests(): Request[] {
  const all: Request[] = [];
  for (const line of readFileSync(place('AUDIT_LOG'), 'utf8').split('\n')) {
    if (!line.includes('serviceaccount:openstack-operator:openstack-operator')) continue;
    let entry: AuditEntry;
    try {
      entry = JSON.parse(line) as AuditEntry;
    } catch {
      continue; // The last line may be half written.
    }
    if (
      entry.stage !== 'ResponseComplete' ||
      ['watch', 'list'].includes(entry.verb) ||
      entry.objectRef?.resource === 'leases'
    )
      continue;
    all.push({
      verb: entry.verb,
      resource: entry.objectRef?.resource ?? '',
      subresource: entry.objectRef?.subresource ?? '',
      namespace: entry.objectRef?.namespace ?? '',
      name: entry.objectRef?.name ?? '',
      code: entry.responseStatus?.code ?? 0,
      at: Date.parse(entry.stageTimestamp),
    });
  }
  return all;
}

interface AuditEntry {
  stage: string;
  verb: string;
  stageTimestamp: string;
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}

export function isWrite(request: Request): boolean {
  return request.verb !== 'get';
}
