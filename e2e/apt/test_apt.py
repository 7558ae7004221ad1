"""apt installs a real package from the machine's own mirror through a generic remote: cold, warm, and with the upstream gone."""
import os
import re
import shutil
import time
import urllib.request
from pathlib import Path

import pytest

from availability import unavailable
from apt_root import PrivateRoot, machines_mirror

# The specification's apt-mirror example, and what apt asks for beside it: by-hash names are content addresses.
REMOTES = """remotes:
  apt-mirror:
    base_url: "{base_url}"
    type: "remote"
    package: "generic"
    immutable_patterns:
      - ".*\\\\.deb$"
      - "/by-hash/(SHA256|SHA512)/[0-9a-f]+$"
    mutable_patterns:
      - "InRelease$"
      - "Release$"
      - "Release\\\\.gpg$"
      - "Packages\\\\.gz$"
      - "Packages\\\\.xz$"
    cache:
      immutable_ttl: 0
      mutable_ttl: {mutable_ttl}
"""


GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/apt.md"


@pytest.fixture(scope="module")
def mirror():
    for tool in ("apt-get", "dpkg", "dpkg-query"):
        if not shutil.which(tool):
            unavailable(f"{tool} is not installed")
    if os.geteuid() != 0:
        unavailable("apt's private root needs root (dpkg --root)")
    found = machines_mirror()
    if found is None:
        unavailable("this machine's apt sources name no http mirror of its own distribution")
    try:
        with urllib.request.urlopen(urllib.request.Request(found.probe, method="HEAD"), timeout=10):
            return found
    except OSError as error:
        unavailable(f"the machine's mirror cannot be reached: {found.probe}: {error}")


@pytest.fixture
def fresh_root(tmp_path, mirror):
    """fresh_root(program) -> a PrivateRoot that gets everything through the program."""
    made = []

    def make(program):
        made.append(PrivateRoot(tmp_path / f"root{len(made)}", mirror, program.url("apt-mirror")))
        return made[-1]

    return make


def install_hello(root):
    root.apt_get("update")
    root.apt_get("install", "hello")
    assert root.greeting() == "Hello, world!\n"


class Warmed:
    """A store that one apt filled, what the upstream saw of it, and how to start the program on it again."""

    def __init__(self, directory, relay, start_program):
        self.directory, self.relay, self._start_program = directory, relay, start_program

    def start(self, mutable_ttl=3600):
        return self._start_program(self.directory, REMOTES.format(base_url=self.relay.url, mutable_ttl=mutable_ttl))


@pytest.fixture(scope="module")
def warmed(tmp_path_factory, mirror, start_relay, start_program):
    """Runs the cold case once; the tests of this module look at it or go on from it, in file order."""
    warmed = Warmed(tmp_path_factory.mktemp("apt"), start_relay(mirror.url), start_program)
    program = warmed.start()
    install_hello(PrivateRoot(warmed.directory / "cold-root", mirror, program.url("apt-mirror")))
    program.stop()
    warmed.cold = program
    warmed.cold_requests = list(warmed.relay.requests)
    return warmed


def test_a_cold_cache_asks_the_upstream_once_for_each_file(warmed):
    outcomes = warmed.cold.outcomes()
    assert outcomes.keys() == {"MISS"}, warmed.cold.log_text()
    fetched = [path for method, path, status in warmed.cold_requests if method == "GET" and status == 200]
    assert len(fetched) == len(set(fetched)) == outcomes["MISS"], warmed.cold_requests
    assert any(path.endswith(".deb") for path in fetched) and any("/by-hash/" in path for path in fetched), fetched


def test_another_machine_is_served_without_the_upstream(warmed, fresh_root):
    program = warmed.start()
    root = fresh_root(program)
    install_hello(root)
    root.apt_get("update")   # and once more on the same machine, with what it has
    program.stop()
    assert program.outcomes().keys() == {"HIT"}, program.log_text()
    assert warmed.relay.requests == warmed.cold_requests


def test_everything_comes_from_the_cache_after_a_restart_with_the_upstream_gone(warmed, fresh_root):
    warmed.relay.stop()
    program = warmed.start()
    install_hello(fresh_root(program))
    program.stop()
    assert program.outcomes().keys() == {"HIT"}, program.log_text()


def test_an_expired_index_is_served_stale_while_the_upstream_is_gone(tmp_path, mirror, start_relay, start_program, fresh_root):
    relay = start_relay(mirror.url)
    program = start_program(tmp_path / "expiring", REMOTES.format(base_url=relay.url, mutable_ttl=1))
    install_hello(fresh_root(program))
    relay.stop()
    time.sleep(1.2)   # the index's whole life
    install_hello(fresh_root(program))
    program.stop()
    stale = [line for line in program.cache_lines() if "Cache STALE" in line]
    assert stale and all("InRelease" in line for line in stale), program.log_text()


def test_the_configuration_of_the_guide_serves_apt_with_descriptions(tmp_path, mirror, start_relay, start_program):
    relay = start_relay(mirror.url)
    example = re.search(r"```yaml\n(.*?)```", GUIDE.read_text(), re.S)[1]
    remotes, replaced = re.subn(r'base_url: "https://[^"]+/debian"', f'base_url: "{relay.url}"', example)
    assert replaced == 1, example
    program = start_program(tmp_path / "guide", remotes)
    for machine in ("cold", "warm"):
        install_hello(PrivateRoot(tmp_path / machine, mirror, program.url("debian"), languages="en"))
    program.stop()
    outcomes = program.outcomes()
    assert outcomes["HIT"] == outcomes["MISS"] == len(relay.requests) and len(outcomes) == 2, program.log_text()
