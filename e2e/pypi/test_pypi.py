"""pip, uv and poetry install through a pypi remote: cold, warm, with the upstream gone, and what they rely on is what upstream says."""
import json
import urllib.request

import pytest

from index import CLIENTS, Pip, StaticIndex, Uv, get, sha256

JSON = "application/vnd.pypi.simple.v1+json"


def remote(program):
    return f"http://127.0.0.1:{program.port}/api/v1/remote/pypi"


def simple(program):
    return f"{remote(program)}/simple"


def order(program, body):
    request = urllib.request.Request(f"http://127.0.0.1:{program.port}/cache-artifact", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.parametrize("kind", CLIENTS)
def test_cold_then_warm_then_with_the_upstream_gone(kind, upstream, start, tmp_path):
    program = start(upstream.url)
    for phase in ("cold", "warm", "gone"):
        client = CLIENTS[kind](tmp_path / phase, simple(program))
        client.install("demo")
        assert client.version_of("demo") == "1.1" and client.version_of("helper_lib") == "2.0"
        if phase == "warm":
            upstream.stop()
            upstream.stop = lambda: None
    program.stop()
    restarted = start(upstream.url)
    client = CLIENTS[kind](tmp_path / "restarted", simple(restarted))
    client.install("demo==1.1")
    restarted.stop()
    assert restarted.outcomes().keys() == {"HIT"}, restarted.log_text()


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_warm_cache_asks_the_upstream_nothing(kind, static, start, tmp_path):
    program = start(static.url)
    CLIENTS[kind](tmp_path / "cold", simple(program)).install("demo")
    cold = list(static.upstream.requests)
    fetched = [path for method, path, status in cold if method == "GET" and status == 200]
    assert len(fetched) == len(set(fetched)) and any(path.endswith(".whl") for path in fetched), cold
    CLIENTS[kind](tmp_path / "warm", simple(program)).install("demo")
    assert static.upstream.requests == cold


def test_clients_see_the_fields_that_upstream_gives(server, start):
    program = start(server.url)
    for project in ("demo", "helper-lib"):
        theirs = json.loads(get(f"{server.url}/simple/{project}/", JSON)[2])
        status, headers, text = get(f"{simple(program)}/{project}/", JSON)
        ours = json.loads(text)
        assert status == 200 and headers["Content-Type"] == JSON and "Accept" in headers["Vary"].split(", ")
        for file in theirs["files"]:
            file["url"] = f"{remote(program)}/resources/{project}/{file['filename']}"
        assert ours == theirs and {"size", "upload-time"} <= ours["files"][0].keys()


def test_the_form_is_negotiated_and_names_are_led_to_their_own(server, start):
    program = start(server.url)
    page = f"{simple(program)}/helper-lib/"
    tags = set()
    for accept, expected in ((JSON, JSON), ("text/html", "text/html"), (None, "text/html"), (f"{JSON};q=0.1, text/html", "text/html"),
                             ("application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1+html"),
                             ("application/vnd.pypi.simple.latest+json", JSON)):
        for _ in range(2):
            status, headers, text = get(page, accept)
            assert status == 200 and headers["Content-Type"].partition(";")[0] == expected, accept
        tags.add((headers["ETag"], expected))
    assert len({tag for tag, _ in tags}) == len(tags) == 3, tags
    assert get(page, "application/json")[0] == 406
    assert get(f"{page}?format={JSON}")[1]["Content-Type"] == JSON
    assert get(f"{simple(program)}/Helper_Lib", JSON)[0] == 200   # by way of a redirect
    assert get(f"{simple(program)}/nothing/", JSON)[0] == 404


def test_an_index_is_made_for_the_host_that_asks(server, start):
    program = start(server.url)
    for host in ("one.example", "two.example"):
        request = urllib.request.Request(f"{simple(program)}/demo/", headers={"Host": host, "Accept": JSON})
        with urllib.request.urlopen(request, timeout=30) as answer:
            links = [file["url"] for file in json.load(answer)["files"]]
        assert links and all(link.startswith(f"http://{host}/api/v1/remote/pypi/") for link in links)


def test_metadata_that_is_offered_is_there(upstream, projects, start):
    program = start(upstream.url)
    for file in json.loads(get(f"{simple(program)}/demo/", JSON)[2])["files"]:
        status, _, text = get(file["url"] + ".metadata")
        assert file["core-metadata"] and status == 200 and "Requires-Dist: helper-lib>=2\n" in text
        if isinstance(file["core-metadata"], dict):
            assert file["core-metadata"]["sha256"] == sha256(text.encode())


@pytest.mark.parametrize("kind", ["uv", "poetry"])
def test_locks_are_the_same_through_us_as_directly(kind, static, start, tmp_path):
    program = start(static.url)
    directly = CLIENTS[kind](tmp_path / "directly", f"{static.url}/simple").lock("demo")
    assert "sha256:" in str(directly) and CLIENTS[kind](tmp_path / "through", simple(program)).lock("demo") == directly


def test_uv_leaves_out_what_is_newer_than_wanted(server, start, tmp_path):
    program = start(server.url)
    client = Uv(tmp_path / "client", simple(program))
    client.install("demo", "--exclude-newer", "2001-01-01T00:00:00Z", fails=True)
    client.install("demo", "--exclude-newer", "2999-01-01T00:00:00Z")


@pytest.mark.parametrize("kind", CLIENTS)
def test_files_on_another_host_lead_through_us(kind, projects, running, start, tmp_path):
    files = running(StaticIndex(projects, tmp_path / "files"))
    index = running(StaticIndex(projects, tmp_path / "index", links_to=files.url))
    program = start(index.url)
    for phase in ("cold", "gone"):
        client = CLIENTS[kind](tmp_path / phase, simple(program))
        client.install("demo")
        assert client.version_of("demo") == "1.1"
        files.stop()
        index.stop()
    assert any("/packages/demo-1.1" in path for _, path, _ in files.upstream.requests)


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_file_that_belies_its_digest_is_not_given_and_not_kept(kind, static, start, tmp_path):
    program = start(static.url)
    wheel = static.folder / "packages" / "helper_lib-2.0-py3-none-any.whl"
    good = wheel.read_bytes()
    wheel.write_bytes(good[:-1] + b"\1")
    CLIENTS[kind](tmp_path / "bad", simple(program)).install("helper-lib", fails=True)
    status = get(f"{remote(program)}/packages/{wheel.name}")[0]
    assert status == 502
    wheel.write_bytes(good)
    program.stop()
    again = start(static.url)
    CLIENTS[kind](tmp_path / "good", simple(again)).install("helper-lib")


def test_a_file_stored_before_its_page_is_compared_later(static, start, tmp_path):
    """A lock file leads to the file alone. It was damaged then; now it is not, and the page says what it should be."""
    program = start(static.url)
    wheel = static.folder / "packages" / "helper_lib-2.0-py3-none-any.whl"
    good = wheel.read_bytes()
    wheel.write_bytes(good[:-1] + b"\1")
    with urllib.request.urlopen(f"{remote(program)}/packages/{wheel.name}", timeout=30) as answer:
        assert answer.read() != good
    wheel.write_bytes(good)
    Pip(tmp_path / "client", simple(program)).install("helper-lib")


def test_a_new_version_appears_when_its_time_has_come(server, projects, start, tmp_path):
    program = start(server.url, mutable_ttl=0)
    Pip(tmp_path / "before", simple(program)).install("helper-lib")
    projects.wheel("helper-lib", "3.0")
    after = Pip(tmp_path / "after", simple(program))
    after.install("helper-lib")
    assert after.version_of("helper_lib") == "3.0"


@pytest.mark.parametrize("kind", CLIENTS)
def test_two_of_us_in_a_row(kind, server, start, tmp_path):
    inner = start(server.url, name="inner")
    outer = start(remote(inner), name="outer")
    CLIENTS[kind](tmp_path / "client", simple(outer)).install("demo")
    inner.stop()
    CLIENTS[kind](tmp_path / "later", simple(outer)).install("demo")


def test_files_are_fetched_ahead_by_a_pattern(static, start, tmp_path):
    program = start(static.url)
    done = order(program, {"remote": "pypi", "include_pattern": "helper_lib-2[.]0.*\\.whl"})
    assert {one["path"] for one in done["artifacts"]} >= {"packages/helper_lib-2.0-py3-none-any.whl"} and done["failed"] == 0, done
    wheels = [path for _, path, _ in static.upstream.requests if path.endswith(".whl")]
    Pip(tmp_path / "client", simple(program)).install("helper-lib")
    assert [path for _, path, _ in static.upstream.requests if path.endswith(".whl")] == wheels
