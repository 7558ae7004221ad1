"""Indexes with the same projects: a server of the simple API, and plain files behind a web server."""
import pytest

from index import Projects, SimpleRepositoryServer, StaticIndex

REMOTES = """remotes:
  pypi:
    base_url: "{base_url}"
    type: "remote"
    package: "pypi"
    check_mutable_updates: true
    immutable_patterns:
      - "\\\\.whl$"
      - "\\\\.tar\\\\.gz$"
    cache:
      immutable_ttl: 0
      mutable_ttl: {mutable_ttl}
"""


@pytest.fixture
def projects(tmp_path):
    return Projects.usual(tmp_path / "projects")


@pytest.fixture
def running():
    """running(index) starts an index; all are ended with the test."""
    started = []

    def start(index):
        started.append(index.start())
        return started[-1]

    yield start
    for index in started:
        index.stop()


@pytest.fixture
def server(projects, running, tmp_path):
    return running(SimpleRepositoryServer(projects, tmp_path / "server.log"))


@pytest.fixture
def static(projects, running, tmp_path):
    return running(StaticIndex(projects, tmp_path / "static"))


@pytest.fixture(params=["server", "static"])
def upstream(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def start(start_program, tmp_path):
    def started(upstream_url, mutable_ttl=3600, name="program"):
        return start_program(tmp_path / name, REMOTES.format(base_url=upstream_url, mutable_ttl=mutable_ttl))
    return started
