"""dnf installs a package through an rpm remote: cold, warm, after a new version, and with the upstream gone."""
import os
import shutil
import time

import pytest

from availability import unavailable
from dnf_root import PrivateRoot, publish
from static_upstream import StaticUpstream

# The specification's almalinux example; what changes below repodata/ the package type knows.
REMOTES = """remotes:
  almalinux:
    base_url: "{base_url}"
    type: "remote"
    package: "rpm"
    immutable_patterns:
      - ".*/x86_64/.*\\\\.rpm$"
      - ".*/noarch/.*\\\\.rpm$"
    cache:
      immutable_ttl: 0
      mutable_ttl: {mutable_ttl}
"""


class Site:
    """A repository with one package, its upstream, and the program before it on a store of its own."""

    def __init__(self, directory, start_program):
        self.directory, self._start_program = directory, start_program
        self.repository = directory / "upstream" / "9" / "os"
        self.repository.mkdir(parents=True)
        self.publish("1.0")
        self.upstream = StaticUpstream(directory / "upstream").start()
        self._roots = 0

    def publish(self, version):
        publish(self.repository, self.directory / f"build-{version}", version)

    def start(self, mutable_ttl=7200):
        return self._start_program(self.directory / "program", REMOTES.format(base_url=self.upstream.url, mutable_ttl=mutable_ttl))

    def fresh_root(self, program):
        self._roots += 1
        return PrivateRoot(self.directory / f"root{self._roots}", f"{program.url('almalinux')}/9/os")


@pytest.fixture
def site(tmp_path, start_program):
    for tool in ("dnf", "createrepo_c", "rpmbuild"):
        if not shutil.which(tool):
            unavailable(f"{tool} is not installed")
    if os.geteuid() != 0:
        unavailable("dnf's private root needs root (--installroot)")
    site = Site(tmp_path, start_program)
    yield site
    site.upstream.stop()


def test_installs_cold_then_warm_then_with_the_upstream_gone(site):
    program = site.start()
    assert site.fresh_root(program).install() == "hello 1.0\n"
    cold = list(site.upstream.requests)
    assert site.fresh_root(program).install() == "hello 1.0\n"
    assert site.upstream.requests == cold and len(cold) == len(set(cold)), site.upstream.requests
    program.stop()
    assert program.outcomes().keys() == {"MISS", "HIT"}, program.log_text()

    site.upstream.stop()
    restarted = site.start()
    assert site.fresh_root(restarted).install() == "hello 1.0\n"
    restarted.stop()
    assert restarted.outcomes().keys() == {"HIT"}, restarted.log_text()


def test_a_new_version_arrives_once_the_metadata_has_expired(site):
    program = site.start(mutable_ttl=1)
    root = site.fresh_root(program)
    assert root.install() == "hello 1.0\n"
    site.publish("2.0")
    time.sleep(1.2)   # the metadata's whole life
    assert root.install() == "hello 2.0\n"


def test_expired_metadata_is_served_stale_while_the_upstream_is_gone(site):
    program = site.start(mutable_ttl=1)
    assert site.fresh_root(program).install() == "hello 1.0\n"
    site.upstream.stop()
    time.sleep(1.2)   # the metadata's whole life
    assert site.fresh_root(program).install() == "hello 1.0\n"
    program.stop()
    assert program.outcomes()["STALE"] >= 1, program.log_text()
