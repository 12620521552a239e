import { expect, it } from 'vitest';
import { Scene } from '../shared/bench.ts';
import { apiBench } from './api-bench.ts';
import { isWrite, requests } from './operator.ts';

/** Counts that the design sets a budget for. Times are printed, never asserted: machines are shared. */
it('keeps to its budget of requests for a bring-up, rest and drift', async () => {
  const bench = await apiBench();
  try {
    const scene = new Scene(bench, await bench.namespace());
    await scene.create('MariaDB', 'mariadb');
    await scene.create('Memcached', 'memcached');
    await scene.ready('MariaDB', 'mariadb');
    await scene.ready('Memcached', 'memcached');
    await bench.rest(1);
    const inScene = () => requests().filter((request) => request.namespace === scene.namespace);
    const base = inScene().length;
    const begun = Date.now();
    await scene.create('Keystone', 'keystone');
    await scene.ready('Keystone', 'keystone');
    const took = Date.now() - begun;
    await bench.rest(1);
    const bringUp = inScene().slice(base);
    console.log(
      `Keystone alone: ${bringUp.length} requests (budget 30), ${took} ms with simulated Pods of 0.2 s and Jobs of 0.7 s`,
    );
    console.log(
      bringUp
        .map(({ verb, resource, subresource }) => `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`)
        .sort()
        .join(', '),
    );
    expect(bringUp.length).toBeLessThanOrEqual(30);
    expect(bringUp.filter(({ code }) => code >= 400)).toEqual([]);

    const metrics = await (await fetch(`${bench.operator.url}/metrics`)).text();
    expect(metrics).toMatch(/machine_instances\{kind="Keystone",state="Ready"\} [1-9]/);
    expect(metrics).toMatch(/controller_runtime_reconcile_total\{controller="Keystone",result="success"\} [1-9]/);
    expect(metrics).toMatch(/machine_transitions_total\{kind="Keystone",from="DBCreated",to="DBSynced"\} [1-9]/);

    const quiet = inScene().length;
    await bench.rest(60);
    console.log(
      `rest: ${inScene().length - quiet} requests in 60 s; resident ${bench.operator.residentMiB().toFixed(0)} MiB`,
    );
    expect(inScene().slice(quiet)).toEqual([]);

    const times: number[] = [];
    const counts: number[] = [];
    for (let round = 0; round < 10; round++) {
      const from = inScene().length;
      const at = Date.now();
      await scene.patch('Deployment', 'keystone-api', {
        metadata: { labels: { 'app.kubernetes.io/instance': `other-${round}` } },
      });
      await scene.until(
        'repaired',
        async () =>
          (await scene.need('Deployment', 'keystone-api')).metadata.labels?.['app.kubernetes.io/instance'] ===
          'keystone',
      );
      await bench.rest(0.3);
      const repair = inScene().slice(from).filter(isWrite);
      counts.push(repair.length);
      times.push((repair[0]?.at ?? at) - at);
    }
    times.sort((a, b) => a - b);
    console.log(
      `drift: repaired after ${times[0]}–${times.at(-1)} ms (median ${times[5]}), ${Math.max(...counts)} requests at most (budget 2)`,
    );
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
  } finally {
    await bench.end();
  }
});
