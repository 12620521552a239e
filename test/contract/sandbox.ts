import { systemClock, systemRandom } from '../../src/runtime/system.ts';
import { startHttp } from '../../src/sandbox/http/server.ts';
import { startWorld } from '../../src/sandbox/world.ts';
import { connectTo, type Target } from './http.ts';

/** The sandbox's API on a free port of this machine, with its controllers. */
export async function sandboxTarget(): Promise<Target> {
  const world = startWorld({ clock: systemClock, random: systemRandom });
  const server = await startHttp({ world });
  const connection = connectTo({ url: server.url });
  return {
    ...connection,
    name: 'the sandbox',
    patienceMs: 8_000,
    close: async () => {
      connection.end();
      await server.close();
      world.stop();
    },
  };
}
