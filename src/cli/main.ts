#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { kinds } from '../machines/index.ts';
import { HttpKubeClient } from '../runtime/client.ts';
import { loadKubeConfig } from '../runtime/config.ts';
import { systemClock } from '../runtime/system.ts';
import { diagramFolder, loadDiagrams } from '../web/diagrams.ts';
import { run } from './run.ts';

/** As a plugin: `kubectl-openstack` on the PATH makes `kubectl openstack`. */
let client: HttpKubeClient | undefined;
process.exitCode = await run(process.argv.slice(2), {
  kinds,
  diagrams: loadDiagrams(kinds, diagramFolder()),
  connect: async (options) => {
    const access = await loadKubeConfig({ clock: systemClock, ...options });
    client = new HttpKubeClient(access, { clock: systemClock, userAgent: 'kubectl-openstack' });
    return { client, namespace: access.namespace ?? 'default' };
  },
  kubectl: (args) =>
    new Promise((resolve, reject) => {
      const child = spawn('kubectl', args, { stdio: 'inherit' });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 0));
    }),
  clock: systemClock,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
await client?.close();
