import { expect, it } from 'vitest';
import { Scene } from '../shared/bench.ts';
import { apiBench } from './api-bench.ts';
import { requests } from './operator.ts';

const moments = 10;

it(
  'ends Ready after SIGKILL at ten random moments of the bring-up, each Job run once, Secrets unchanged',
  { timeout: 600_000 },
  async () => {
    const bench = await apiBench();
    try {
      for (let moment = 0; moment < moments; moment++) {
        const scene = new Scene(bench, await bench.namespace());
        const delay = Math.random() * 4;
        for (const kind of ['MariaDB', 'Memcached', 'Keystone']) await scene.create(kind, kind.toLowerCase());
        await bench.rest(delay);
        const [mariadb, keystone] = [await scene.get('MariaDB', 'mariadb'), await scene.get('Keystone', 'keystone')];
        const states = [mariadb, keystone].map((cr) =>
          String((cr?.['status'] as { state?: string } | undefined)?.state),
        );
        await bench.operator.kill();
        const before = await scene.generated();
        await bench.operator.start();
        await scene.ready('Keystone', 'keystone');
        await scene.ready('MariaDB', 'mariadb');
        expect(await scene.generated()).toMatchObject(before);
        const made = requests().filter(
          ({ namespace, resource, code }) => namespace === scene.namespace && resource === 'jobs' && code === 201,
        );
        expect(made.map(({ name }) => name).sort()).toEqual([
          'keystone-bootstrap',
          'keystone-db-create',
          'keystone-db-sync',
        ]);
        console.log(
          `killed after ${delay.toFixed(2)} s (MariaDB ${states[0]}, Keystone ${states[1]}): Ready, 3 Jobs made once, ${Object.keys(before).length} Secrets unchanged`,
        );
      }
    } finally {
      await bench.end();
    }
  },
);
