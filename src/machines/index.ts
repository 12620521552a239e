import type { Kind } from './engine/kind.ts';
import { barbican } from './barbican.ts';
import { glance } from './glance.ts';
import { keystone } from './keystone.ts';
import { mariadb } from './mariadb.ts';
import { memcached } from './memcached.ts';
import { neutron } from './neutron.ts';
import { nova } from './nova.ts';
import { openStackControlPlane } from './openstackcontrolplane.ts';
import { ovnNetwork } from './ovnnetwork.ts';
import { placement } from './placement.ts';
import { rabbitmq } from './rabbitmq.ts';

/** Every kind there is. A new one is one file and one line here. */
export const kinds: readonly Kind[] = [
  mariadb,
  rabbitmq,
  memcached,
  ovnNetwork,
  keystone,
  glance,
  placement,
  neutron,
  nova,
  barbican,
  openStackControlPlane,
];
