import type { Child } from '../engine/child.ts';
import { childName, type Scope } from '../engine/scope.ts';
import type { Ini, SecretRef } from '../engine/text.ts';
import type { Unknown } from './applied.ts';
import { memcachedServer } from './oslo.ts';
import { generated, password } from './secret.ts';

export const identityPort = 5000;

/** `http://keystone-api.<ns>.svc:5000`, of the Keystone of this name. */
export function identityUrlOf(keystone: string, namespace: string): string {
  return `http://${keystone}-api.${namespace}.svc:${identityPort}`;
}

/** Of the Keystone that the resource uses as `identity`. */
export function identityUrl<Spec>(scope: Scope<Spec>): string {
  return identityUrlOf(scope.peer('identity').name, scope.namespace);
}

interface KeystoneSpec {
  readonly region?: string;
  readonly adminPasswordSecretName?: string;
}

function keystoneSpec<Spec>(scope: Scope<Spec>): KeystoneSpec {
  return (scope.peer('identity').object?.['spec'] ?? {}) as KeystoneSpec;
}

/** The region that Keystone has; its own default while there is none. */
export function regionOf<Spec>(scope: Scope<Spec>): string {
  return keystoneSpec(scope).region ?? 'RegionOne';
}

/** Where the password of the user admin lies. */
export function adminPasswordOf<Spec>(scope: Scope<Spec>): { readonly secret: string; readonly key: string } {
  const secret = keystoneSpec(scope).adminPasswordSecretName ?? `${scope.peer('identity').name}-admin-password`;
  return { secret, key: 'password' };
}

/** Why no configuration can be rendered yet: only Keystone's own resource knows its region. */
export function missingIdentity<Spec>(scope: Scope<Spec>): Unknown | undefined {
  const peer = scope.peer('identity');
  if (peer.object !== undefined) return undefined;
  const by = { kind: peer.kind, name: peer.name };
  return { unknown: { reason: 'DependencyNotReady', message: `${peer.kind}/${peer.name} does not exist`, by } };
}

/** Secret `-service-password`: how the service logs in as itself, and the key it encrypts cached tokens with. */
export function servicePassword<Spec>(): Child<Spec> {
  return generated<Spec>({
    id: 'service-password',
    keys: { password: password(32), 'cache-key': password(32) },
    rotate: { as: 'service-password', keys: ['password'] },
  });
}

function secretOf<Spec>(scope: Scope<Spec>, key: string): SecretRef {
  return { secret: childName(scope, 'service-password'), key, as: 'ini' };
}

/** How a service logs in as its own user, in whatever section wants to know. */
export function loginSection<Spec>(scope: Scope<Spec>, user: string): Ini[string] {
  return {
    auth_type: 'password',
    auth_url: identityUrl(scope),
    username: user,
    password: [secretOf(scope, 'password')],
    project_name: 'service',
    user_domain_id: 'default',
    project_domain_id: 'default',
    region_name: regionOf(scope),
  };
}

/** `[keystone_authtoken]`: how an API finds out who calls. */
export function authtokenSection<Spec>(scope: Scope<Spec>, user: string, type: string): Ini[string] {
  return {
    ...loginSection(scope, user),
    www_authenticate_uri: identityUrl(scope),
    service_type: type,
    memcached_servers: memcachedServer(scope),
    memcache_security_strategy: 'ENCRYPT',
    memcache_secret_key: [secretOf(scope, 'cache-key')],
    service_token_roles_required: true,
  };
}
