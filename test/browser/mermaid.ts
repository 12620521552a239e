import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '11.12.0';
const integrity = 'ZudVx73BwrMJfCFmSSJT84y6u5brEoV8DOItdHomNLz32uBjNrelm7mg95X7g+C6UoQH/W6mBLGDEDv73JdxBg==';

/** Mermaid's own script, for one test: 60 MB of dependencies would be too much to ask of everybody. */
export function mermaidScript(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'openstack-operator', 'mermaid');
  const archive = join(cache, `mermaid-${version}.tgz`);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(archive))
    execFileSync('npm', ['pack', `mermaid@${version}`, '--pack-destination', cache], { stdio: 'pipe' });
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (found !== integrity) throw new Error(`${archive} is not Mermaid ${version}: its SHA-512 is ${found}; remove it`);
  const script = ['-xzOf', archive, 'package/dist/mermaid.min.js'];
  return execFileSync('tar', script, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
