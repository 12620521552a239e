import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export type Suite = 'test' | 'values';

const configs: Readonly<Record<Suite, string>> = { test: 'vitest.config.ts', values: 'test/values/vitest.config.ts' };

/** The slowest run takes less than a fifth of this on two busy processors. */
const limitSeconds = 300;

/** What became of a test; `failures` are what it said, none where it passed. */
export interface Outcome {
  readonly status: string;
  readonly failures: readonly string[];
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/** A copy of the tree, to be changed and tested. */
export class Copy {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'defects-')));

  constructor() {
    const left = new Set(['node_modules', '.git', 'dist', 'visualizations'].map((name) => resolve(name)));
    cpSync('.', this.#folder, { recursive: true, filter: (from) => !left.has(resolve(from)) });
    symlinkSync(resolve('node_modules'), join(this.#folder, 'node_modules'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  /** Does it with the file changed, and puts the file back. Each text has to be in the file once. */
  async changed<T>(file: string, changes: readonly (readonly [string, string])[], does: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, file);
    const before = readFileSync(path, 'utf8');
    let after = before;
    for (const [was, is] of changes) {
      const times = after.split(was).length - 1;
      if (times !== 1) throw new Error(`this is ${times} times in ${file}, not once: tell the defect anew\n${was}`);
      after = after.replace(was, () => is);
    }
    writeFileSync(path, after);
    try {
      return await does();
    } finally {
      writeFileSync(path, before);
    }
  }

  /** The outcomes of these tests of one suite, each named `file › describe › title`. */
  async run(suite: Suite, tests: readonly string[]): Promise<Map<string, Outcome>> {
    const path = join(this.#folder, 'report.json');
    rmSync(path, { force: true });
    const named = tests.map((test) => test.split(' › '));
    const files = new Set(named.map(([file = '']) => file));
    // What stands between the names is vitest's own affair.
    const patterns = named.map(([, ...names]) => names.map((name) => name.replaceAll(/[^\w\s]/g, '.')).join('.+'));
    const pattern = `^(${patterns.join('|')})$`;
    const args = ['--config', configs[suite], '--reporter', 'json', '--outputFile', path, '--testNamePattern', pattern];
    const said = await this.#vitest(args, files);
    if (!existsSync(path))
      throw new Error(`vitest reported nothing of ${[...files].join(', ')}:\n${said.slice(-4000)}`);
    const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
    const outcomes = testResults.flatMap(({ name, message, assertionResults }) => {
      const file = name.slice(this.#folder.length + 1);
      // Of a file that could not be loaded.
      if (assertionResults.length === 0) return [[file, { status: 'failed', failures: [message] }] as const];
      return assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => {
        const full = [file, ...ancestorTitles, title].join(' › ');
        return [full, { status, failures: failureMessages ?? [] }] as const;
      });
    });
    return new Map(outcomes);
  }

  async #vitest(args: readonly string[], files: Iterable<string>): Promise<string> {
    const vitest = join('node_modules', 'vitest', 'vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', ...args, ...files], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitSeconds * 1000,
      killSignal: 'SIGKILL',
    });
    const ended = new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return child.signalCode === null ? out + err : `${out}${err}\nit did not end in ${limitSeconds} s`;
  }
}
