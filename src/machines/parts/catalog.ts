import { Builtin } from '../../kube/object.ts';
import type { Child, Files } from '../engine/child.ts';
import { childName, type Scope } from '../engine/scope.ts';
import { skipped } from './clean-up.ts';
import { adminPasswordOf, identityUrl, regionOf } from './identity.ts';
import { identityPrelude } from './identity-script.ts';
import { job, type Blocked } from './job.ts';
import { bin, configMounts } from './program.ts';
import type { Program } from './pod-spec.ts';
import { secretDigest } from './secret.ts';

/** How a service stands in Keystone: its user, and its entry in the catalog. */
export interface CatalogEntry<Spec> {
  /** `image`, `network`: the type by which clients look it up. */
  readonly type: string;
  /** Name of the service and of its user. */
  readonly name: string;
  /** On the project `service`. */
  readonly roles: readonly string[];
  readonly url: (scope: Scope<Spec>) => string;
  readonly image: (scope: Scope<Spec>) => string;
  /** Kolla's uid of the service. */
  readonly user: number;
}

/** Files of the Secret `-config` that the Jobs of the entry read. No password is in them. */
export function catalogFiles<Spec>(scope: Scope<Spec>, entry: CatalogEntry<Spec>): Files {
  const wanted = {
    auth_url: `${identityUrl(scope)}/v3`,
    region: regionOf(scope),
    type: entry.type,
    name: entry.name,
    roles: entry.roles,
    url: entry.url(scope),
    // Two resources that write the same entry would undo each other's work for ever.
    owner: `${scope.kind} ${scope.namespace}/${scope.name}`,
  };
  return { 'catalog.py': [catalogScript], 'catalog.json': [JSON.stringify(wanted)] };
}

/** Job `-endpoint-create`: the user with its roles and present password, the service, its internal and public endpoint. */
export function catalogJob<Spec>(entry: CatalogEntry<Spec>): Child<Spec> {
  return job<Spec>({
    id: 'endpoint-create',
    key: (scope) => {
      const password = secretDigest(scope, childName(scope, 'service-password'), 'password');
      // It waits for no turn, and would begin before there is anything for its Pod to read.
      if (password === undefined) return without(scope, 'service-password');
      if (!hasSecret(scope, 'config')) return without(scope, 'config');
      const [keystone, region] = [scope.peer('identity').name, regionOf(scope)];
      return { keystone, region, url: entry.url(scope), user: entry.name, password };
    },
    program: (scope) => {
      const made = program(scope, entry, 'create');
      const password = { at: '/etc/catalog/service-password', secret: childName(scope, 'service-password') };
      return { ...made, mounts: [...made.mounts, { ...password, file: 'password' }] };
    },
  });
}

function hasSecret<Spec>(scope: Scope<Spec>, id: string): boolean {
  return scope.lookup.get(Builtin.Secret, { namespace: scope.namespace, name: childName(scope, id) }) !== undefined;
}

function without<Spec>(scope: Scope<Spec>, id: string): Blocked {
  const by = { kind: Builtin.Secret.kind, name: childName(scope, id) };
  return { blocked: { reason: 'Waiting', message: `${by.kind}/${by.name} is not there yet`, by } };
}

/** Job `-endpoint-remove`, for `deletionPolicy: Delete`. Skipped where there is nothing to remove, or nobody to ask. */
export function catalogRemovalJob<Spec>(entry: CatalogEntry<Spec>): Child<Spec> {
  const child = job<Spec>({
    id: 'endpoint-remove',
    key: (scope) => ({ uid: scope.cr.metadata.uid ?? '' }),
    program: (scope) => program(scope, entry, 'remove'),
  });
  return {
    ...child,
    undoes: 'endpoint-create',
    look: (scope) =>
      skipped(scope, { peer: 'identity', made: 'endpoint-create', what: 'the catalog entry was not removed' }) ??
      child.look(scope),
  };
}

function program<Spec>(scope: Scope<Spec>, entry: CatalogEntry<Spec>, verb: 'create' | 'remove'): Program {
  const admin = adminPasswordOf(scope);
  return {
    name: `endpoint-${verb}`,
    image: entry.image(scope),
    user: entry.user,
    command: [bin('python3'), '/etc/catalog/catalog.py', verb],
    mounts: [
      ...configMounts(scope, { '/etc/catalog/catalog.py': 'catalog.py', '/etc/catalog/catalog.json': 'catalog.json' }),
      { at: '/etc/catalog/admin-password', secret: admin.secret, file: admin.key },
    ],
  };
}

const catalogScript = `${identityPrelude}

wanted = json.loads(read("/etc/catalog/catalog.json"))
name, region, owner = wanted["name"], wanted["region"], "openstack-operator: " + wanted["owner"]
keystone = Keystone(wanted["auth_url"], read("/etc/catalog/admin-password"))
service = keystone.only("service", "type=" + wanted["type"])
if service and service.get("description", "").startswith("openstack-operator: ") and service["description"] != owner:
    sys.exit(f"the service of type {wanted['type']} in this Keystone belongs to {service['description'][20:]}: "
             "use another Keystone, or delete that one")


def create():
    password = read("/etc/catalog/service-password")
    project = keystone.only("project", "name=service&domain_id=default")
    if project is None:
        sys.exit("Keystone has no project 'service'")
    user = keystone.want("user", f"name={name}&domain_id=default", {
        "name": name, "domain_id": "default", "password": password, "enabled": True,
        "options": {"ignore_password_expiry": True},
    })
    for role in wanted["roles"]:
        found = keystone.only("role", "name=" + role)
        if found is None:
            sys.exit(f"Keystone has no role '{role}'")
        keystone.request("PUT", f"/projects/{project['id']}/users/{user['id']}/roles/{found['id']}")
    try:
        login(wanted["auth_url"], name, password, "service").get_token()
    except exceptions.Unauthorized:
        # Set only where it differs: it takes every token of the user away.
        keystone.request("PATCH", f"/users/{user['id']}", user={"password": password})
        print("changed the password of user", name)
    made = keystone.want("service", "type=" + wanted["type"], {
        "type": wanted["type"], "name": name, "description": owner, "enabled": True,
    })
    keystone.endpoints(made["id"], region, {"internal": wanted["url"], "public": wanted["url"]})


def remove():
    if service:
        for endpoint in keystone.request("GET", f"/endpoints?service_id={service['id']}")["endpoints"]:
            keystone.request("DELETE", "/endpoints/" + endpoint["id"])
        keystone.request("DELETE", "/services/" + service["id"])
        print("removed service", name)
    user = keystone.only("user", f"name={name}&domain_id=default")
    if user:
        keystone.request("DELETE", "/users/" + user["id"])
        print("removed user", name)


{"create": create, "remove": remove}[sys.argv[1]]()
`;
