/**
 * The Python that Jobs speak to Keystone with. It looks first and changes only what differs, so twice is as good as
 * once; whatever Keystone refuses ends it with an error. Passwords come from files.
 */
export const identityPrelude = `import json
import sys
import time

from keystoneauth1 import exceptions
from keystoneauth1.identity import v3
from keystoneauth1.session import Session


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def login(url, username, password, project):
    return Session(auth=v3.Password(
        auth_url=url, username=username, password=password,
        user_domain_id="default", project_name=project, project_domain_id="default",
    ))


class Keystone:
    def __init__(self, url, password):
        self.url = url
        self.session = login(url, "admin", password, "admin")
        # The Service may not lead to new Pods yet.
        deadline = time.monotonic() + 60
        while True:
            try:
                self.session.get_token()
                return
            except (exceptions.ConnectFailure, exceptions.RetriableConnectionFailure) as error:
                if time.monotonic() > deadline:
                    sys.exit(f"{url} does not answer: {error}")
                time.sleep(0.5)

    def request(self, method, path, **body):
        answer = self.session.request(
            self.url + path, method, json=body or None, authenticated=True, connect_retries=6,
        )
        return answer.json() if answer.content else None

    def only(self, kind, query):
        found = self.request("GET", f"/{kind}s?{query}")[kind + "s"]
        if len(found) > 1:
            sys.exit(f"expected one {kind} with {query}, found {len(found)}: remove those that are too many")
        return found[0] if found else None

    def want(self, kind, query, body):
        """The one that the query finds, made where there is none and set where a field of it differs."""
        found = self.only(kind, query)
        if found is None:
            print("created", kind, query)
            return self.request("POST", f"/{kind}s", **{kind: body})[kind]
        changes = {name: value for name, value in body.items() if name in found and found[name] != value}
        if changes:
            print("changed", kind, query, sorted(changes))
            self.request("PATCH", f"/{kind}s/{found['id']}", **{kind: changes})
        return found

    def endpoints(self, service, region, wanted):
        """One endpoint of this region for each interface, with this URL."""
        found = self.request("GET", f"/endpoints?service_id={service}")["endpoints"]
        for interface, url in wanted.items():
            here = [e for e in found if e["interface"] == interface and e["region_id"] == region]
            if not here:
                self.request("POST", "/endpoints", endpoint={
                    "service_id": service, "interface": interface, "region_id": region, "url": url,
                })
                print("created endpoint", interface)
            elif here[0]["url"] != url:
                self.request("PATCH", "/endpoints/" + here[0]["id"], endpoint={"url": url})
                print("changed endpoint", interface)
            for double in here[1:]:
                self.request("DELETE", "/endpoints/" + double["id"])
                print("removed a double endpoint", interface)
`;
