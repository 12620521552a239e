import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Shell } from '../../../test/support/shell.ts';
import { cellScript, discoverScript, novaSchemaScript } from './cell-scripts.ts';

const novaManage = readFileSync('test/support/nova-manage.sh', 'utf8');
/** Time goes by at once: the next compute that is to come reports. */
const sleep = `[ -f "$STATE/coming" ] || exit 0
head -n 1 "$STATE/coming" >>"$STATE/reported"
tail -n +2 "$STATE/coming" >"$STATE/later"; mv "$STATE/later" "$STATE/coming"`;

let shell: Shell;
beforeEach(() => void (shell = new Shell({ 'nova-manage': novaManage, sleep })));
afterEach(() => shell.end());

const run = (script: string, env: Record<string, string> = {}) =>
  shell.run(script, { '/var/lib/kolla/venv/bin/nova-manage': 'nova-manage', '/dev/termination-log': 'said' }, env);

describe('the schemas of Nova', () => {
  it('are made in all three databases: that of cell0 is passed over without a word while cell0 is not mapped', () => {
    expect(run(novaSchemaScript('a__nova_cell0')).status).toBe(0);
    expect(readdirSync(shell.path('tables')).toSorted()).toEqual(['a__nova_cell0', 'nova', 'nova_api']);
  });

  it('are brought up to date by the same, which ends well again', () => {
    for (const _ of [1, 2]) expect(run(novaSchemaScript('nova_cell0'))).toMatchObject({ status: 0 });
    expect(shell.lines('cells')).toHaveLength(1);
  });
});

const template = '{scheme}://{username}:{password}@{hostname}:{port}/{path}?{query}';

describe('the cell', () => {
  const setUp = () => run(cellScript, { CELL: 'cell1' });

  it('is made once, however often that is asked for, and its UUID is said each time', () => {
    run(novaSchemaScript('nova_cell0'));
    const said = [1, 2, 3].map(() => {
      expect(setUp()).toMatchObject({ status: 0 });
      return shell.read('said');
    });
    const [, cell, ...others] = shell.lines('cells').map((line) => line.split('|'));
    expect(others).toEqual([]);
    expect(cell?.[0]).toBe('cell1');
    expect(said).toEqual([cell?.[1], cell?.[1], cell?.[1]]);
  });

  it('is told of by no name that only begins like it', () => {
    shell.write('cells', 'cell11|u11|rabbit://a|mysql://a');
    expect(setUp()).toMatchObject({ status: 0 });
    expect(shell.lines('cells').map((line) => line.split('|')[0])).toEqual(['cell11', 'cell1']);
    expect(shell.read('said')).not.toBe('u11');
  });

  it('fails with what Nova says where it is refused', () => {
    shell.write('cells', 'other|u1|{scheme}://{username}:{password}@{hostname}:{port}/{path}|'.concat(template));
    expect(setUp()).toMatchObject({ status: 1, stdout: expect.stringContaining('already exists for cell') });
  });

  it('is not made while Nova cannot be asked what there is', () => {
    const deaf = cellScript.replace('cell_v2 list_cells', 'cell_v2 unknown');
    expect(run(deaf, { CELL: 'cell1' }).status).not.toBe(0);
    expect(shell.lines('cells')).toEqual([]);
  });
});

describe('the computes', () => {
  const patience = discoverScript.replace('left=90', 'left=4');
  const discover = (...hosts: string[]) => run(patience, { CELL_UUID: 'u1', HOSTS: hosts.join(' ') });
  beforeEach(() => shell.write('cells', 'cell1|u1|rabbit://a|mysql://a'));

  it('are mapped to their cell, those too that report late', () => {
    shell.write('reported', 'one');
    shell.write('coming', 'two', 'three');
    expect(discover('one', 'two', 'three')).toMatchObject({ status: 0 });
    expect(shell.lines('mapped')).toEqual(['one', 'two', 'three']);
  });

  it('are named where they never report', () => {
    shell.write('reported', 'one', 'two-2');
    expect(discover('one', 'two')).toEqual({ status: 1, stdout: 'these computes never reported: two\n' });
  });
});
