"""Fixtures of the process tests. See README.md for how to write one."""

import hashlib
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from server import Server, binary, remote  # noqa: E402
from upstream import Upstream  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "heavy: many clients times many bytes; left out with -m 'not heavy'")
    config.addinivalue_line("markers", "harness: tests of the test harness itself; need no binary")


def pytest_collection_modifyitems(config, items):
    """Without the binary everything but the harness tests fails in one clear way, in CI; locally it is a loud
    skip.
    """
    if os.access(binary(), os.X_OK):
        return
    for item in items:
        if not item.get_closest_marker("harness"):
            if os.environ.get("CI"):
                pytest.exit(f"no binary at {binary()}: build it, or set ARTIFACTAPI_BIN", returncode=3)
            item.add_marker(
                pytest.mark.skip(reason=f"LOUD: no binary at {binary()}; build it or set ARTIFACTAPI_BIN")
            )


@pytest.hookimpl(tryfirst=True, hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of the log of every server it used."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for value in getattr(item, "funcargs", {}).values():
        servers = (
            value.servers
            if isinstance(value, _Factory)
            else [value.server] if isinstance(value, Site) else []
        )
        for each in servers:
            report.sections.append((f"server {each.folder.name}", each.output()[-6000:]))


class _Factory:
    """server(remotes, **flags): starts one more server of this test."""

    def __init__(self, folder):
        self._folder = folder
        self.servers = []

    def __call__(self, remotes, env=None, wrapper=(), secrets=(), start=True, folder=None, **flags):
        where = folder or self._folder / f"server{len(self.servers)}"
        one = Server(where, remotes, flags, env, wrapper, secrets)
        self.servers.append(one)
        return one.start() if start else one

    def finish(self):
        for upstream in list(Upstream.living):
            upstream.release_all()
        problems = []
        for one in self.servers:
            try:
                one.finish()
            except AssertionError as error:
                problems.append(str(error))
            finally:
                one.kill()
        assert not problems, "\n\n".join(problems)


class Site:
    """One upstream and one server for all tests of a module; each test uses paths of its own."""

    def __init__(self, upstream, server):
        self.upstream = upstream
        self.server = server
        self.get, self.head, self.connect = server.get, server.head, server.connect

    def when(self, path, method=None):
        return self.upstream.when(path, method)


@pytest.fixture
def upstream():
    with Upstream() as one:
        yield one


@pytest.fixture
def server(tmp_path, upstream):
    """A factory; depends on the upstream so that servers end first."""
    factory = _Factory(tmp_path)
    yield factory
    factory.finish()


@pytest.fixture(scope="module")
def site(request, tmp_path_factory):
    """The module's remotes(upstream) -> dict says what is configured (default: `files`, everything allowed);
    FLAGS, ENV, SECRETS too.
    """
    module = request.module
    with Upstream() as one:
        remotes = getattr(module, "remotes", lambda up: {"files": remote(up.base_url)})(one)
        factory = _Factory(tmp_path_factory.mktemp(module.__name__))
        try:
            yield Site(
                one,
                factory(
                    remotes,
                    env=getattr(module, "ENV", None),
                    secrets=getattr(module, "SECRETS", ()),
                    **getattr(module, "FLAGS", {}),
                ),
            )
        finally:
            factory.finish()


@pytest.fixture
def unique(request):
    """A path that no other test uses: unique("file.tar.gz") -> "/ab12…/file.tar.gz"."""
    prefix = hashlib.sha1(request.node.nodeid.encode()).hexdigest()[:12]
    return lambda name="file.bin": f"/{prefix}/{name}"
