"""Asks each API of a cloud about twice a second, each in its own thread and with a new connection.

Writes one JSON line for each answer: when it was asked, how long it took, which service, whether it was right.
It has a user of its own, whose password nobody else knows; no rotation of the cloud concerns it.
"""
import hashlib
import json
import os
import secrets
import sys
import threading
import time

import requests

IDENTITY = os.environ["OS_AUTH_URL"]
PATIENCE = (3, 10)  # seconds to a connection, and to an answer
NAME = "requests"
PASSWORD = secrets.token_urlsafe(24)

session = {"timeout": (10, 60)}  # besides, the token in use and its catalog
said = threading.Lock()


class Wrong(Exception):
    """An answer that is not the right one."""


def call(method, url, expected, token=None, **more):
    headers = {"X-Auth-Token": token} if token else {}
    headers.update(more.pop("headers", {}))
    with requests.request(method, url, headers=headers, timeout=session["timeout"], **more) as answer:
        if answer.status_code not in expected:
            raise Wrong(f"HTTP {answer.status_code}")
        return answer


def log_in(user, password):
    domain = {"name": "Default"}
    answer = call("POST", f"{IDENTITY}/auth/tokens", [201], json={"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": password}}},
        "scope": {"project": {"name": "admin", "domain": domain}},
    }})
    urls = {each["type"]: point["url"] for each in answer.json()["token"]["catalog"] for point in each["endpoints"] if point["interface"] == "internal"}
    return answer.headers["X-Subject-Token"], urls


def make_user():
    """The user of this program, an admin; one from an earlier start gets the new password."""
    token, _ = log_in(os.environ["OS_USERNAME"], os.environ["OS_PASSWORD"])
    found = call("GET", f"{IDENTITY}/users?name={NAME}", [200], token).json()["users"]
    if found:
        call("PATCH", f"{IDENTITY}/users/{found[0]['id']}", [200], token, json={"user": {"password": PASSWORD}})
    else:
        found = [call("POST", f"{IDENTITY}/users", [201], token, json={"user": {"name": NAME, "password": PASSWORD}}).json()["user"]]
    role = call("GET", f"{IDENTITY}/roles?name=admin", [200], token).json()["roles"][0]["id"]
    project = call("GET", f"{IDENTITY}/projects?name=admin", [200], token).json()["projects"][0]["id"]
    call("PUT", f"{IDENTITY}/projects/{project}/users/{found[0]['id']}/roles/{role}", [204], token)


def login():
    session["token"], session["urls"] = log_in(NAME, PASSWORD)
    session.setdefault("first", session["token"])


def validation():
    """The first token of all, by a new one."""
    call("GET", f"{IDENTITY}/auth/tokens", [200], session["token"], headers={"X-Subject-Token": session["first"]})


def listing(service, path, key):
    def ask():
        if key not in call("GET", session["urls"][service] + path, [200], session["token"]).json():
            raise Wrong(f"no {key}")
    return ask


def image_bytes():
    """Those of an image, which have to be the same ones every time."""
    if "image" not in session:
        images = call("GET", session["urls"]["image"] + "/v2/images?status=active", [200], session["token"]).json()["images"]
        if not images:
            return
        session["image"] = images[0]["id"]
    answer = call("GET", f"{session['urls']['image']}/v2/images/{session['image']}/file", [200], session["token"])
    digest = hashlib.sha256(answer.content).hexdigest()
    if session.setdefault("digest", digest) != digest:
        raise Wrong("other bytes")


def again_and_again(service, every, ask):
    while True:
        at = time.time()
        line = {"at": at, "service": service, "ok": True}
        try:
            ask()
        except Wrong as wrong:
            line.update(ok=False, error=str(wrong))
        except Exception as error:  # pylint: disable=broad-except
            line.update(ok=False, error=type(error).__name__)
        line["took"] = time.time() - at
        with said:
            print(json.dumps(line), flush=True)
        time.sleep(max(every - line["took"], line["took"]))  # a slow cloud is asked less often


make_user()
login()
session["timeout"] = PATIENCE
asked = [
    ("login", 5, login),
    ("keystone", 0.5, validation),
    ("glance", 0.5, listing("image", "/v2/images", "images")),
    ("image bytes", 5, image_bytes),
    ("placement", 0.5, listing("placement", "/resource_providers", "resource_providers")),
    ("neutron", 0.5, listing("network", "/v2.0/networks", "networks")),
    ("nova", 0.5, listing("compute", "/servers", "servers")),
]
threads = [threading.Thread(target=again_and_again, args=each, daemon=True) for each in asked]
for thread in threads:
    thread.start()
threads[0].join()
sys.exit("it is meant to go on for ever")
