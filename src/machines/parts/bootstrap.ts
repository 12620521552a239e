import { identityPrelude } from './identity-script.ts';

/**
 * Runs `keystone-manage bootstrap`, then sees to what that leaves open: the project `service`, and endpoints whose URL
 * is another by now. bootstrap itself takes the password from the environment, and never from an argument.
 */
export const bootstrapScript = `${identityPrelude}

import os
import subprocess

url = os.environ["OS_BOOTSTRAP_INTERNAL_URL"]
region = os.environ["OS_BOOTSTRAP_REGION_ID"]

subprocess.run(
    ["/var/lib/kolla/venv/bin/keystone-manage", "--config-file", "/etc/keystone/keystone.conf", "bootstrap",
     "--bootstrap-username", "admin", "--bootstrap-project-name", "admin", "--bootstrap-role-name", "admin",
     "--bootstrap-service-name", "keystone"],
    check=True,
)

keystone = Keystone(url, os.environ["OS_BOOTSTRAP_PASSWORD"])
keystone.want("project", "name=service&domain_id=default", {
    "name": "service", "domain_id": "default", "description": "Users of the OpenStack services",
})
service = keystone.only("service", "type=identity")
if service is None:
    sys.exit("the catalog has no service of type identity, although bootstrap has run")
keystone.endpoints(service["id"], region, {"internal": url, "public": os.environ["OS_BOOTSTRAP_PUBLIC_URL"]})
`;
