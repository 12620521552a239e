"""What OpenStack reads of a value: questions as JSON on standard input, answers as JSON on standard output."""
import json
import os
import sys

from oslo_config import cfg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool


def read(path, *options):
    """Reads options, each `[section, key]`, of one file."""
    conf = cfg.ConfigOpts()
    for section, key in options:
        conf.register_opt(cfg.StrOpt(key), group=None if section == "DEFAULT" else section)
    conf(args=[], default_config_files=[path])
    return [conf[key] if section == "DEFAULT" else conf[section][key] for section, key in options]


def visit(url):
    try:
        with create_engine(url, poolclass=NullPool).connect() as connection:
            return connection.execute(text("SELECT CURRENT_USER(), DATABASE()")).one()._asdict()
    except Exception as error:
        return str(getattr(error, "orig", error))


def option(path, options):
    try:
        return read(path, *options)
    except Exception as error:
        return str(error)


def login(path):
    """Logs in as a service does, and once more with a password that is another by one character."""
    url = make_url(read(path, ["database", "connection"])[0])
    return {"right": visit(url), "wrong": visit(url.set(password=f"{url.password}x"))}


def url(text):
    from oslo_messaging import TransportURL  # Half a second that the others need not wait.

    def transport():
        parsed = TransportURL.parse(cfg.ConfigOpts(), text)
        host = parsed.hosts[0]
        return [host.username, host.password, host.hostname, host.port, parsed.virtual_host]

    made = make_url(text)
    return {
        "sqlalchemy": [made.username, made.password, made.host, made.port, made.database],
        "messaging": transport(),
    }


questions = {"option": option, "login": login, "url": url, "json": json.loads, "environment": os.environ.get}
ask = questions[sys.argv[1]]
json.dump([ask(*each) for each in json.load(sys.stdin.buffer)], sys.stdout)
