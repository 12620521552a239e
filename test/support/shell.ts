import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Shell scripts of Pods as they are, in a folder of their own, with programs that note how they were called. */
export class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), 'shell-'));

  /** Program → what it does besides, in shell; `$STATE` is the folder. */
  constructor(programs: Readonly<Record<string, string>>) {
    for (const [name, does] of Object.entries(programs)) this.program(name, does);
  }

  program(name: string, does: string): void {
    const path = this.path(name);
    writeFileSync(path, `#!/bin/sh\nset -eu\necho "${name} $*" >>"$STATE/calls"\n${does}\n`);
    chmodSync(path, 0o755);
  }

  /** What the script ended with and said. `place`: path in the container → name in the folder. */
  run(script: string, place: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) {
    let text = script;
    for (const [there, here] of Object.entries(place)) text = text.replaceAll(there, this.path(here));
    const { status, stdout } = spawnSync('sh', ['-ec', text], {
      env: { PATH: `${this.folder}:${process.env['PATH']}`, STATE: this.folder, ...env },
      encoding: 'utf8',
    });
    return { status, stdout };
  }

  /** How its programs were called since this was last asked. */
  calls(): string[] {
    const calls = this.lines('calls');
    rmSync(this.path('calls'), { force: true });
    return calls.map((call) => call.replaceAll(`${this.folder}/`, ''));
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  write(name: string, ...lines: readonly string[]): void {
    writeFileSync(this.path(name), lines.map((line) => `${line}\n`).join(''));
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : '';
  }

  lines(name: string): string[] {
    return this.read(name).split('\n').slice(0, -1);
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }
}
