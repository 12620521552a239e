import type { Scope } from '../engine/scope.ts';
import { ini, type Ini, type Text } from '../engine/text.ts';
import { connection, type Database } from './database.ts';

type Section = Ini[string];

interface Extra {
  readonly file: string;
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** One configuration file: what we render, and over it what the user set for this file. */
export function osloConfig(file: string, extraConfig: readonly Extra[], rendered: Ini): Text {
  const sections: Record<string, Section> = { ...rendered };
  for (const { file: of, section, key, value } of extraConfig) {
    if (of !== file) continue;
    // A section may be called like something that every object inherits.
    const into = Object.hasOwn(sections, section) ? sections[section] : undefined;
    sections[section] = { ...into, [key]: value };
  }
  return ini(sections);
}

/** `[database]`: connections are given up before MariaDB or a proxy does, and asked for again for ever. */
export function databaseSection(database: Database, name?: string): Section {
  return {
    connection: connection(database, name),
    connection_recycle_time: 600,
    max_pool_size: 5,
    max_retries: -1,
  };
}

/** `[cache]`, in the Memcached that the resource uses as `cache`. */
export function cacheSection<Spec>(scope: Scope<Spec>): Section {
  return { enabled: true, backend: 'oslo_cache.memcache_pool', memcache_servers: memcachedServer(scope) };
}

export function memcachedServer<Spec>(scope: Scope<Spec>): string {
  return `${scope.peer('cache').name}.${scope.namespace}.svc:11211`;
}

/** What every API has: it may stand behind a proxy, and nobody collects its notifications. */
export const commonSections: Ini = {
  oslo_concurrency: { lock_path: '/tmp/locks' },
  oslo_middleware: { enable_proxy_headers_parsing: true },
  oslo_messaging_notifications: { driver: 'noop' },
};
