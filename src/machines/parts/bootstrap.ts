/**
 * Runs `keystone-manage bootstrap`, then sees to what that leaves open: the project `service`, and endpoints whose URL
 * is another by now. It looks first and changes only what differs, so twice is as good as once. The password comes by
 * environment from a Secret, never by argument.
 */
export const bootstrapScript = `import os
import subprocess
import sys
import time

from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

url = os.environ["OS_BOOTSTRAP_INTERNAL_URL"]
region = os.environ["OS_BOOTSTRAP_REGION_ID"]
wanted = {"internal": url, "public": os.environ["OS_BOOTSTRAP_PUBLIC_URL"]}

subprocess.run(
    ["/var/lib/kolla/venv/bin/keystone-manage", "--config-file", "/etc/keystone/keystone.conf", "bootstrap",
     "--bootstrap-username", "admin", "--bootstrap-project-name", "admin", "--bootstrap-role-name", "admin",
     "--bootstrap-service-name", "keystone"],
    check=True,
)

session = Session(auth=v3.Password(
    auth_url=url, username="admin", password=os.environ["OS_BOOTSTRAP_PASSWORD"],
    user_domain_id="default", project_name="admin", project_domain_id="default",
))


def request(method, path, **body):
    return session.request(url + path, method, json=body or None, authenticated=True).json()


deadline = time.monotonic() + 60
while True:
    try:
        session.get_token()
        break
    except (exceptions.ConnectFailure, exceptions.RetriableConnectionFailure) as error:
        # The Service may not lead to the new Pods yet.
        if time.monotonic() > deadline:
            sys.exit(f"{url} does not answer: {error}")
        time.sleep(0.5)

if not request("GET", "/projects?name=service&domain_id=default")["projects"]:
    request("POST", "/projects", project={
        "name": "service", "domain_id": "default", "description": "Users of the OpenStack services",
    })
    print("created project service")

services = request("GET", "/services?type=identity")["services"]
if len(services) != 1:
    sys.exit(f"expected one service of type identity in the catalog, found {len(services)}")
service_id = services[0]["id"]
found = request("GET", f"/endpoints?service_id={service_id}")["endpoints"]
for interface, address in wanted.items():
    here = [e for e in found if e["interface"] == interface and e["region_id"] == region]
    if not here:
        request("POST", "/endpoints", endpoint={
            "service_id": service_id, "interface": interface, "region_id": region, "url": address,
        })
        print("created endpoint", interface)
    elif here[0]["url"] != address:
        request("PATCH", "/endpoints/" + here[0]["id"], endpoint={"url": address})
        print("changed endpoint", interface)
    for double in here[1:]:
        request("DELETE", "/endpoints/" + double["id"])
`;
