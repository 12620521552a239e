import { childName, type Scope } from '../engine/scope.ts';
import type { Mount, Program } from './pod-spec.ts';

/** Where the Python programs of an OpenStack service are in Kolla's images. */
export const venv = '/var/lib/kolla/venv';

/** The path of such a program. */
export function bin(program: string): string {
  return `${venv}/bin/${program}`;
}

/**
 * Files of the resource's Secret `-config`, each by itself, so that what the image has in the same directory stays to
 * be seen; and a writable /tmp. `files` is path → key of the Secret.
 */
export function configMounts<Spec>(scope: Scope<Spec>, files: Readonly<Record<string, string>>): Mount[] {
  const secret = childName(scope, 'config');
  return [...Object.entries(files).map(([at, file]): Mount => ({ at, secret, file })), { at: '/tmp', empty: true }];
}

/**
 * Succeeds while the process has an open connection to one of these ports, or to anything where none is named. It needs
 * nothing of the image but a shell and awk. For readiness only: to restart a program does not bring its peer back.
 */
export function connectedProbe(...ports: readonly number[]): { readonly exec: { command: string[] } } {
  const hex = ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')).join('|');
  const to = hex === '' ? '' : ` && $3 ~ /:(${hex})$/`;
  const script = `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "01"${to} { found = 1 } END { exit !found }'`;
  return { exec: { command: ['sh', '-c', script] } };
}

/**
 * Ready while it is connected so. Asked often while it starts, for others wait for it, and seldom afterwards: to begin a
 * process in a Pod costs more than the question. One that came to no connection in ten minutes is started anew.
 */
export function connectedProbes(...ports: readonly number[]): Pick<Program, 'startup' | 'readiness'> {
  const probe = { ...connectedProbe(...ports), timeoutSeconds: 5 };
  return {
    startup: { ...probe, periodSeconds: 2, failureThreshold: 300 },
    readiness: { ...probe, periodSeconds: 10 },
  };
}
