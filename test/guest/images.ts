import { execFileSync } from 'node:child_process';

/** The images with libvirt, which nothing else needs. */
export default function setup(): void {
  execFileSync('bash', ['cluster/images/build.sh', '--guest'], { stdio: 'inherit' });
}
