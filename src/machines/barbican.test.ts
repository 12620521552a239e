import { describe, expect, it } from 'vitest';
import { isReady, testCloud, conditionOf } from '../../test/support/cloud.ts';
import { Builtin } from '../kube/object.ts';
import { recordAt } from '../sandbox/json.ts';

async function upAndRunning() {
  const cloud = await testCloud();
  const operator = await cloud.start();
  for (const kind of ['MariaDB', 'Memcached', 'Keystone', 'Barbican']) await cloud.apply(kind, kind.toLowerCase());
  const ready = () => isReady(cloud.cr('Barbican', 'barbican'));
  expect(await cloud.clock.until(ready, 600_000)).toBe(true);
  return { cloud, operator, ready };
}

describe('the key that seals what is stored', () => {
  it('is 32 bytes of its own in URL-safe base64, and stands in barbican.conf as the only one', async () => {
    const { cloud, operator } = await upAndRunning();
    const text = (name: string, key: string) =>
      Buffer.from(String(recordAt(cloud.get(Builtin.Secret, name), 'data')[key]), 'base64').toString();
    const conf = text('barbican-config', 'barbican.conf');
    const [, kek = '', ...others] = /^\[simple_crypto_plugin\]\nkek = (.+)$/m.exec(conf) ?? [];
    expect(others).toEqual([]);
    expect(Buffer.from(kek, 'base64url')).toHaveLength(32);
    expect(kek).toBe(text('barbican-kek', 'kek'));
    expect(conf.match(/^kek = /gm)).toHaveLength(1);
    operator.kill();
    cloud.world.stop();
  });

  it('is not made anew when it was lost: a person is told to restore it, and the API goes on', async () => {
    const { cloud, operator } = await upAndRunning();
    await cloud.admin.delete(Builtin.Secret, { namespace: 'default', name: 'barbican-kek' });
    const stalled = () => conditionOf(cloud.cr('Barbican', 'barbican'), 'Stalled')?.status === 'True';
    expect(await cloud.clock.until(stalled, 60_000)).toBe(true);
    expect(conditionOf(cloud.cr('Barbican', 'barbican'), 'Stalled')).toMatchObject({
      reason: 'SecretLost',
      message: expect.stringContaining('Secret/barbican-kek is gone and cannot be made again'),
    });
    expect(cloud.get(Builtin.Secret, 'barbican-kek')).toBeUndefined();
    expect(cloud.get(Builtin.Deployment, 'barbican-api')).toBeDefined();
    operator.kill();
    cloud.world.stop();
  });
});
