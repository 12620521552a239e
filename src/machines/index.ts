import type { Kind } from './engine/kind.ts';
import { keystone } from './keystone.ts';
import { mariadb } from './mariadb.ts';
import { memcached } from './memcached.ts';

/** Every kind there is. A new one is one file and one line here. */
export const kinds: readonly Kind[] = [mariadb, memcached, keystone];
