import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cellScript, discoverScript, novaSchemaScript } from './cell-scripts.ts';

/** The scripts as they are, with a nova-manage that keeps its databases in files, and a `sleep` that waits for nothing. */
const programs = resolve('test/support/programs');
let state: string;
beforeEach(() => void (state = mkdtempSync(join(tmpdir(), 'nova-'))));
afterEach(() => rmSync(state, { recursive: true }));

const write = (file: string, ...lines: string[]) =>
  writeFileSync(join(state, file), lines.map((line) => `${line}\n`).join(''));
const read = (file: string): string => (existsSync(join(state, file)) ? readFileSync(join(state, file), 'utf8') : '');
const lines = (file: string): string[] => read(file).split('\n').slice(0, -1);

function run(script: string, env: Record<string, string> = {}) {
  const text = script
    .replaceAll('/var/lib/kolla/venv/bin/nova-manage', join(programs, 'nova-manage'))
    .replaceAll('/dev/termination-log', join(state, 'said'));
  const { status, stdout } = spawnSync('sh', ['-c', text], {
    env: { PATH: `${programs}:${process.env['PATH']}`, STATE: state, ...env },
    encoding: 'utf8',
  });
  return { status, stdout };
}

describe('the schemas of Nova', () => {
  it('are made in all three databases: that of cell0 is passed over without a word while cell0 is not mapped', () => {
    expect(run(novaSchemaScript('a__nova_cell0')).status).toBe(0);
    expect(readdirSync(join(state, 'tables')).toSorted()).toEqual(['a__nova_cell0', 'nova', 'nova_api']);
  });

  it('are brought up to date by the same, which ends well again', () => {
    for (const _ of [1, 2]) expect(run(novaSchemaScript('nova_cell0'))).toMatchObject({ status: 0 });
    expect(lines('cells')).toHaveLength(1);
  });
});

describe('the cell', () => {
  const setUp = () => run(cellScript, { CELL: 'cell1' });

  it('is made once, however often that is asked for, and its UUID is said each time', () => {
    run(novaSchemaScript('nova_cell0'));
    const said = [1, 2, 3].map(() => {
      expect(setUp()).toMatchObject({ status: 0 });
      return read('said');
    });
    const [, cell, ...others] = lines('cells').map((line) => line.split('|'));
    expect(others).toEqual([]);
    expect(cell?.[0]).toBe('cell1');
    expect(said).toEqual([cell?.[1], cell?.[1], cell?.[1]]);
  });

  it('is told of by no name that only begins like it', () => {
    write('cells', 'cell11|u11|rabbit://a|mysql://a');
    expect(setUp()).toMatchObject({ status: 0 });
    expect(lines('cells').map((line) => line.split('|')[0])).toEqual(['cell11', 'cell1']);
    expect(read('said')).not.toBe('u11');
  });

  it('is not made while Nova cannot be asked what there is', () => {
    write('cells');
    const deaf = cellScript.replace('cell_v2 list_cells', 'cell_v2 unknown');
    expect(run(deaf, { CELL: 'cell1' }).status).not.toBe(0);
    expect(lines('cells')).toEqual([]);
  });
});

describe('the computes', () => {
  const discover = (...hosts: string[]) => run(discoverScript, { CELL_UUID: 'u1', HOSTS: hosts.join(' ') });
  beforeEach(() => write('cells', 'cell1|u1|rabbit://a|mysql://a'));

  it('are mapped to their cell, those too that report late', () => {
    write('reported', 'one');
    write('coming', 'two', 'three');
    expect(discover('one', 'two', 'three')).toMatchObject({ status: 0 });
    expect(lines('mapped')).toEqual(['one', 'two', 'three']);
  });

  it('are named where they never report', () => {
    write('reported', 'one', 'two-2');
    expect(discover('one', 'two')).toEqual({ status: 1, stdout: 'these computes never reported: two\n' });
  });
});
