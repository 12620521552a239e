import { execFileSync } from 'node:child_process';
import { isApiError } from '../../src/kube/errors.ts';
import { Builtin } from '../../src/kube/object.ts';
import { HttpKubeClient } from '../../src/runtime/client.ts';
import { loadKubeConfig } from '../../src/runtime/config.ts';
import { systemClock as clock } from '../../src/runtime/system.ts';
import type { Bench, Fault } from '../shared/bench.ts';
import { isWrite, OperatorProcess, place, requests } from './operator.ts';

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

let scenes = 0;

/** The scenarios' cluster: a real API server and the operator as a process beside it. */
export async function apiBench(): Promise<Bench & { operator: OperatorProcess; end(): Promise<void> }> {
  const client = new HttpKubeClient(await loadKubeConfig({ clock, kubeconfig: place('KUBECONFIG') }), { clock });
  const operator = new OperatorProcess();
  await operator.start();
  const heal = async (namespace: string, name: string): Promise<void> => {
    const annotations = { 'sim/hang': null, 'sim/never-ready': null };
    try {
      await client.mergePatch(Builtin.Pod, { namespace, name }, { metadata: { annotations } });
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error;
    }
  };
  return {
    client,
    operator,
    namespace: async () => {
      scenes += 1;
      const name = `scene-${process.pid}-${scenes}`;
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      // What the program of this Job says as it ends well: images have no programs here.
      const annotations = { 'cell-setup.sim/message': '0c9d4f0e-6f0f-4a55-9d3c-5b2f3f6f1a77' };
      await client.create(Builtin.Namespace, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels, annotations },
      });
      // Pods are refused until the controller-manager has made the account.
      for (;;) {
        try {
          await client.get(Builtin.ServiceAccount, { namespace: name, name: 'default' });
          return name;
        } catch (error) {
          if (!isApiError(error, 'NotFound')) throw error;
          await seconds(0.05);
        }
      }
    },
    until: async (what, namespace, holds, limit = 120) => {
      const end = clock.monotonic() + limit * 1000;
      while (!(await holds())) {
        if (clock.monotonic() > end)
          throw new Error(`${what}: not within ${limit} s\n${dump(namespace)}\n${operator.output}`);
        await seconds(0.05);
      }
    },
    rest: seconds,
    fault: async (namespace, component, fault) => {
      const annotations = annotationsFor(component, fault);
      await client.mergePatch(Builtin.Namespace, { name: namespace }, { metadata: { annotations } });
      if (fault !== undefined) return;
      // Pods that were made meanwhile have it for themselves.
      const labelSelector = `app.kubernetes.io/component=${component}`;
      const { items } = await client.list(Builtin.Pod, { namespace, labelSelector });
      await Promise.all(items.map(({ metadata: { name } }) => heal(namespace, name)));
    },
    writes: async (namespace) =>
      requests()
        .filter((request) => request.namespace === namespace && isWrite(request))
        .map(({ verb, resource, name }) => `${verb} ${resource}/${name}`),
    texts: async () => [operator.output, await (await fetch(`${operator.url}/metrics`)).text()],
    crash: async () => {
      await operator.kill();
      await operator.start();
    },
    end: async () => {
      await operator.stop();
      await client.close();
    },
  };
}

/** Annotations of the namespace that the simulated nodes obey; null takes one away. */
function annotationsFor(component: string, fault: Fault | undefined): Record<string, string | null> {
  const of = (knob: string): string => `${component}.sim/${knob}`;
  return {
    [of('fail')]: fault?.fail === undefined ? null : 'true',
    [of('exit-code')]: fault?.fail === undefined ? null : String(fault.fail.exitCode),
    [of('log')]: fault?.fail?.log ?? null,
    [of('hang')]: fault?.hang === true ? 'true' : null,
    [of('never-ready')]: fault?.neverReady === true ? 'true' : null,
  };
}

function dump(namespace: string): string {
  const show = (...args: string[]): string => {
    try {
      return execFileSync(place('KUBECTL'), ['--kubeconfig', place('KUBECONFIG'), '-n', namespace, ...args], {
        encoding: 'utf8',
      });
    } catch (error) {
      return String(error);
    }
  };
  return [show('get', 'all,pvc,openstack'), show('describe', 'openstack'), show('get', 'events')]
    .join('\n')
    .slice(0, 20_000);
}
