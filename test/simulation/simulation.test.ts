import { describe, expect, it } from 'vitest';
import { exhaustive, hunt, services, storms, wholeClouds } from './campaigns.ts';
import { clouds } from './clouds.ts';
import { planted } from './planted.ts';
import { run, scheduleOf } from './random.ts';
import { Calm } from './exhaustive.ts';
import { simulate } from './simulation.ts';
import { workloads } from './workloads.ts';

/** A taste of each campaign; CI runs more of them, `npm run test:simulation` all. */
const told: string[] = [];
const say = (line: string): void => void told.push(line);
const small = { ...services, among: workloads.filter(({ name }) => name.startsWith('memcached')) };

describe('the simulation', { timeout: 120_000 }, () => {
  it('is the same run for the same seed, to the last request', async () => {
    const [one, other] = [await run(new Calm(), scheduleOf(7)), await run(new Calm(), scheduleOf(7))];
    const linesOf = ({ report }: typeof one): string[] =>
      report.log.map(
        ({ number, verb, type, name, process }) => `${number} ${process.identity} ${verb} ${type.kind}/${name}`,
      );
    expect(linesOf(one).length).toBeGreaterThan(0);
    expect(linesOf(one)).toEqual(linesOf(other));
    expect(one.report.faults).toEqual(other.report.faults);
  });

  it('finds nothing wrong where single faults strike', async () => {
    expect(await exhaustive(small, { every: 25, pair: false }, say), told.join('\n')).toMatchObject({ failed: 0 });
    expect(await exhaustive(small, { every: 10, pair: true }, say), told.join('\n')).toMatchObject({ failed: 0 });
  });

  it('finds nothing wrong in bad weather', async () => {
    const tally = await storms(services, { seed: 1, runs: 25, cpuSeconds: 60 }, say);
    expect(tally, told.join('\n')).toEqual({ passed: 25, failed: 0 });
  });

  it('finds nothing wrong in the other kinds, nor in a whole cloud whose operator dies on the way', async () => {
    const few = { ...wholeClouds, among: clouds.filter(({ name }) => /^(rabbitmq|ovnnetwork|placement)/.test(name)) };
    expect(await storms(few, { seed: 1, runs: 6, cpuSeconds: 60 }, say), told.join('\n')).toMatchObject({ failed: 0 });
    const whole = { ...wholeClouds, among: clouds.filter(({ name }) => name === 'control plane bring-up') };
    const choice = { every: 1, pair: false, fault: 'crash after', at: 'request 200' };
    expect(await exhaustive(whole, choice, say), told.join('\n')).toEqual({ passed: 1, failed: 0 });
  });

  it.each([
    'every apply is sent twice',
    'Jobs are begun before the database is Ready',
    'a deletion does not say which object it means',
    'a password is in the text of an Event',
    'the API is rolled out before the schema is made',
  ])('finds the mistake that %s', async (name) => {
    const bug = { name, defect: planted[name] ?? {} };
    expect(await hunt(services, [bug], { seed: 1, runs: 5 }, say), told.join('\n')).toEqual({ passed: 1, failed: 0 });
  });

  // What random runs have found, once in some thousands: kept as the faults that bring it about.
  it('does not let a leader with an old view of a resource run its old schema change again', async () => {
    const upgrade = workloads.find(({ name }) => name === 'keystone upgrade')!;
    let heard = 0;
    const report = await simulate(upgrade, {
      seed: 1,
      size: 2,
      weather: {
        // Who stands by never hears of the new image; then the one that leads stands still.
        event: (_, process) => (process === 'operator-2' && heard++ === 0 ? 'silent' : undefined),
        request: ({ verb, type, process }) =>
          process.identity === 'operator-1' && verb === 'apply' && type.kind === 'Deployment'
            ? 'pause after'
            : undefined,
        latencyMs: () => 1,
        lagMs: () => 0,
      },
    });
    expect(report.faults.map((fault) => fault.split(' at ')[0])).toEqual(['silent', 'pause after']);
    expect(report.breaches).toEqual([]);
    // The one of the old image, and no other.
    expect(report.counts.get('deleted Job/cloud/keystone-db-sync')).toBe(1);
    expect(report.counts.get('created Job/cloud/keystone-db-sync')).toBe(2);
  });
});
