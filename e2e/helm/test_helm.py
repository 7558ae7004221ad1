"""helm adds a repository through a helm remote and pulls charts: cold, warm, with the upstream gone, and from other hosts."""
import json
import urllib.request

import pytest

from charts import Charts, Helm
from static_upstream import StaticUpstream

REMOTES = """remotes:
  charts:
    base_url: "{base_url}"
    type: "remote"
    package: "helm"
    check_mutable_updates: true
    immutable_patterns:
      - "\\\\.tgz$"
    cache:
      immutable_ttl: 0
      mutable_ttl: {mutable_ttl}
"""


@pytest.fixture
def serve():
    running = []

    def start(folder):
        running.append(StaticUpstream(folder).start())
        return running[-1]

    yield start
    for upstream in running:
        upstream.stop()


@pytest.fixture
def charts(tmp_path):
    made = Charts(tmp_path, tmp_path / "charts")
    made.package("demo", "1.0.0")
    made.package("demo", "1.1.0")
    (made.folder / "demo-1.0.0.tgz.prov").write_text("signed by nobody\n")
    made.index()
    return made


@pytest.fixture
def start(start_program, tmp_path):
    def started(upstream_url, mutable_ttl=3600, name="program"):
        return start_program(tmp_path / name, REMOTES.format(base_url=upstream_url, mutable_ttl=mutable_ttl))
    return started


def repository(program):
    return f"http://127.0.0.1:{program.port}/api/v1/remote/charts"


def machine(home, program):
    helm = Helm(home)
    helm("repo", "add", "test", repository(program))
    helm("repo", "update")
    return helm


def order(program, body):
    request = urllib.request.Request(f"http://127.0.0.1:{program.port}/cache-artifact", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_cold_then_warm_then_with_the_upstream_gone(charts, serve, start, tmp_path):
    upstream = serve(charts.folder)
    program = start(upstream.url)
    for phase in ("cold", "warm", "gone"):
        before = list(upstream.requests)
        helm = machine(tmp_path / phase, program)
        assert "1.1.0" in helm("search", "repo", "test/demo", "--versions")
        assert helm.pull("demo", "1.0.0", "--prov") == charts.archive("demo", "1.0.0")
        assert (helm.home / "demo-1.0.0.tgz.prov").read_text() == "signed by nobody\n"
        assert "kind: Deployment" in helm("template", "release", "test/demo", "--version", "1.1.0")
        if phase != "cold":
            assert upstream.requests == before
        if phase == "warm":
            upstream.stop()
    program.stop()
    restarted = start(upstream.url)
    assert machine(tmp_path / "restarted", restarted).pull("demo", "1.0.0") == charts.archive("demo", "1.0.0")
    restarted.stop()
    assert restarted.outcomes().keys() == {"HIT"}, restarted.log_text()


@pytest.mark.parametrize("where", ["below the base", "on another host"])
def test_absolute_links_lead_through_us(charts, serve, start, tmp_path, where):
    upstream = serve(charts.folder)
    elsewhere = serve(charts.folder) if where == "on another host" else upstream
    charts.index("--url", elsewhere.url)
    program = start(upstream.url)
    for phase in ("cold", "warm", "gone"):
        assert machine(tmp_path / phase, program).pull("demo", "1.1.0", "--debug") == charts.archive("demo", "1.1.0")
        if phase == "warm":
            upstream.stop()
            elsewhere.stop()
    assert [path for method, path, _ in elsewhere.requests if method == "GET" and path.endswith(".tgz")] == ["/demo-1.1.0.tgz"]


def test_a_new_version_appears_when_its_time_has_come(charts, serve, start, tmp_path):
    upstream = serve(charts.folder)
    program = start(upstream.url, mutable_ttl=0)
    helm = machine(tmp_path / "client", program)
    charts.package("demo", "2.0.0")
    charts.index()
    helm("repo", "update")
    assert helm.pull("demo", "2.0.0") == charts.archive("demo", "2.0.0")
    before = len(upstream.requests)
    helm("repo", "update")
    assert [(method, status) for method, _, status in upstream.requests[before:]] == [("HEAD", 304)]


def test_a_chart_that_belies_its_digest_is_not_given_and_not_kept(charts, serve, start, tmp_path):
    good = charts.archive("demo", "1.0.0")
    (charts.folder / "demo-1.0.0.tgz").write_bytes(charts.archive("demo", "1.1.0"))
    upstream = serve(charts.folder)
    program = start(upstream.url)
    helm = machine(tmp_path / "client", program)
    helm("pull", "test/demo", "--version", "1.0.0", fails=True)
    (charts.folder / "demo-1.0.0.tgz").write_bytes(good)
    program.stop()  # forgets that upstream is not asked again for half a minute
    again = machine(tmp_path / "again", start(upstream.url))
    assert again.pull("demo", "1.0.0") == good


def test_a_chart_stored_before_its_index_is_compared_later(charts, serve, start, tmp_path):
    """Somebody asked for the chart alone. It was damaged then; now it is not, and the index says what it should be."""
    good = charts.archive("demo", "1.0.0")
    (charts.folder / "demo-1.0.0.tgz").write_bytes(charts.archive("demo", "1.1.0"))
    program = start(serve(charts.folder).url)
    with urllib.request.urlopen(f"{repository(program)}/demo-1.0.0.tgz", timeout=10) as answer:
        assert answer.read() != good
    (charts.folder / "demo-1.0.0.tgz").write_bytes(good)
    assert machine(tmp_path / "client", program).pull("demo", "1.0.0") == good


def test_the_index_is_upstreams_but_for_its_links(charts, serve, start):
    upstream = serve(charts.folder)
    program = start(upstream.url)
    with urllib.request.urlopen(repository(program) + "/index.yaml", timeout=10) as answer:
        ours = answer.read().decode()
    assert ours == charts.text().replace("    - demo-", f"    - {repository(program)}/demo-")


def test_two_of_us_in_a_row(charts, serve, start, tmp_path):
    upstream = serve(charts.folder)
    inner = start(upstream.url, name="inner")
    outer = start(repository(inner), name="outer")
    assert machine(tmp_path / "client", outer).pull("demo", "1.0.0") == charts.archive("demo", "1.0.0")
    upstream.stop()
    inner.stop()
    assert machine(tmp_path / "later", outer).pull("demo", "1.0.0") == charts.archive("demo", "1.0.0")


def test_charts_are_fetched_ahead_by_a_pattern(charts, serve, start, tmp_path):
    upstream = serve(charts.folder)
    program = start(upstream.url)
    assert "demo-1.1.0.tgz" in order(program, {"remote": "charts", "include_pattern": "^demo-1[.]1"})
    fetched = [path for method, path, _ in upstream.requests if method == "GET" and path.endswith(".tgz")]
    assert fetched == ["/demo-1.1.0.tgz"]
    assert machine(tmp_path / "client", program).pull("demo", "1.1.0") == charts.archive("demo", "1.1.0")
    assert fetched == [path for method, path, _ in upstream.requests if method == "GET" and path.endswith(".tgz")]
