import { spawn } from 'node:child_process';
import { join } from 'node:path';

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program as in a container that says nothing of its locale. */
export async function run(command: readonly string[], input = '', env: Record<string, string> = {}): Promise<Result> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: { PATH: process.env['PATH'], LC_ALL: 'C', ...env } });
  const collected = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (collected.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (collected.stderr += chunk));
  child.stdin.on('error', () => {}); // It may end before it has read all; its exit code tells.
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, ...collected };
}

/** Asks reader.py many questions of one sort at once; each is a list of arguments. */
export async function ask<Answer>(
  what: string,
  questions: readonly unknown[][],
  env: Record<string, string> = {},
): Promise<Answer[]> {
  const python = process.env['TEST_PYTHON'];
  if (python === undefined) throw new Error('the suite runs by npm run test:values');
  const reader = join(import.meta.dirname, 'reader.py');
  const { code, stdout, stderr } = await run([python, reader, what], JSON.stringify(questions), env);
  if (code !== 0) throw new Error(`reader.py ${what} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Answer[];
}
