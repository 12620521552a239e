import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';

/** The table of docs/faults.md: the fault, whose resource shows it, and what that waits for; `…` is anything. */
const table = readFileSync('docs/faults.md', 'utf8');
const visible = [...table.matchAll(/^\| `([^`]+)` +\| (\w+) +\| (.*?) +\|$/gm)].map(
  ([, fault = '', kind = '', sentence = '']) => ({ fault, kind, sentence }),
);
const hidden = [...table.matchAll(/^\| (`.*`) +\| (?!Keystone|MariaDB)/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, fault = '']) => fault),
);

function pattern(sentence: string): RegExp {
  const parts = sentence.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

it('is of every fault that there is', async () => {
  const sandbox = await Sandbox.start();
  try {
    const { known } = (await (await fetch(`${sandbox.url}/sandbox/faults`)).json()) as { known: object };
    const named = [...visible.map(({ fault }) => fault), ...hidden].map((fault) => fault.split(':')[0]);
    expect(new Set(named)).toEqual(new Set(Object.keys(known)));
  } finally {
    await sandbox.stop();
  }
});

it.concurrent.each(visible)('$fault is seen, and heals', async ({ fault, kind, sentence }) => {
  const isLate = fault.startsWith('volume');
  const sandbox = await Sandbox.start(...(isLate ? [] : ['--fault', fault]));
  try {
    if (isLate) {
      await sandbox.allReady();
      await sandbox.fault('PUT', fault);
    }
    const name = `${kind.toLowerCase()}/${kind.toLowerCase()}`;
    const waitsFor = async (): Promise<string> => sandbox.kubectl('get', name, '-o', 'jsonpath={.status.waitingFor}');
    let seen = '';
    await sandbox.until(
      `${kind} waits for: ${sentence}`,
      async () => pattern(sentence).test((seen = await waitsFor())) || isOver(seen, fault),
    );
    expect(seen).toMatch(pattern(sentence));
    expect(await sandbox.kubectl('get', 'openstack')).toContain(seen.slice(0, 60));
    expect(await sandbox.kubectl('describe', name)).toContain(`Waiting For:`);
    const times = new Map(await jobs(sandbox));
    await sandbox.fault('DELETE', fault);
    await sandbox.allReady(120_000);
    // A Job that had succeeded is the same one still.
    for (const [job, uid] of await jobs(sandbox)) if (times.has(job)) expect(uid, job).toBe(times.get(job));
    console.log(`${fault}: ${seen}`);
  } finally {
    expect(await sandbox.stop()).toBe(0);
  }
});

it.concurrent.each(hidden)('%s is worked around', async (fault) => {
  const begun = Date.now();
  const sandbox = await Sandbox.start('--fault', fault);
  try {
    const limit = Date.now() + 20_000;
    await sandbox.until(
      'it has worked with it for a while',
      async () => Date.now() > limit || (await sandbox.isAllReady()),
    );
    await sandbox.fault('DELETE', fault);
    await sandbox.allReady(200_000);
    console.log(`${fault}: all Ready ${((Date.now() - begun) / 1000).toFixed(0)} s after the start`);
  } finally {
    await sandbox.stop();
  }
});

function isOver(seen: string, fault: string): boolean {
  return seen === '' && fault.includes('times=');
}

/** Jobs that have succeeded, and which they are. */
async function jobs(sandbox: Sandbox): Promise<[string, string][]> {
  const path = '{range .items[?(@.status.succeeded==1)]}{.metadata.name} {.metadata.uid}{"\\n"}{end}';
  const lines = (await sandbox.kubectl('get', 'jobs', '-o', `jsonpath=${path}`)).trim().split('\n');
  return lines.filter((line) => line !== '').map((line) => line.split(' ') as [string, string]);
}
