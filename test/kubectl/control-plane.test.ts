import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Sandbox } from './sandbox.ts';

it('a newcomer sees a whole cloud come up, and which of its services holds it and why', async () => {
  const sandbox = await Sandbox.startWhole('--fault', 'image-missing:cloud-neutron-server');
  const k = (...args: string[]): Promise<string> => sandbox.kubectl(...args);
  const env = { PATH: `${join(import.meta.dirname, '..', '..', 'bin')}:${process.env['PATH']}` };
  const plugin = (...args: string[]): Promise<string> => sandbox.kubectlWith(env, 'openstack', ...args);
  try {
    const said = (): Promise<string> => k('get', 'oscp', 'cloud', '-o', 'jsonpath={.status.waitingFor}');
    await sandbox.until('Neutron holds it', async () => /^Neutron.*ImagePullBackOff/.test(await said()), 120_000);
    await sandbox.until('Nova is Ready', async () => /^cloud-nova +True/m.test(await k('get', 'nova')), 120_000);
    expect(await k('get', 'oscp')).toMatch(/^NAME +READY +STATE +WAITING-FOR +.*PHASE +PROGRESS/);
    expect(await k('get', 'oscp')).toMatch(/ CoreServices +8\/9/);
    const why = await plugin('why', 'oscp/cloud');
    expect(why.split('\n')[1]).toBe(await said());
    expect(why).toMatch(/held by {3}Neutron\/cloud-neutron → Pod\/cloud-neutron-server-\S+\n/);
    const trace = await plugin('trace', 'oscp/cloud');
    expect(trace).toContain('   InfrastructureReady\n      ✓ MariaDB/cloud-mariadb  Ready\n');
    expect(trace).toMatch(/\n {6}✕ Neutron\/cloud-neutron .*\n {9}✕ Pod\/cloud-neutron-server-\S+\n/);
    await sandbox.fault('DELETE', 'image-missing:cloud-neutron-server');
    expect(await k('wait', '--for=condition=Ready', 'oscp/cloud', '--timeout=120s')).toContain('condition met');
    await sandbox.allReady();
    expect(await plugin('status')).toContain('all 10 resources are Ready');
    expect(await k('get', 'oscp')).toMatch(/ Ready +9\/9/);
    await sandbox.until('it says so', () => sandbox.output.includes('all 10 resources are Ready'));
  } finally {
    expect(await sandbox.stop()).toBe(0);
  }
});
