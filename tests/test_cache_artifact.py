"""POST /cache-artifact by paths: fetching ahead what the same GETs would."""

import json
import signal

import pytest

from body import Body
from client import get
from server import remote
from waiting import memory_bound, wait_until

MIB = 1 << 20
JSON = {"Content-Type": "application/json"}
LINES = {**JSON, "Accept": "application/x-ndjson"}


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "guarded": remote(upstream.base_url, immutable_patterns=["\\.bin$"]),
        "stepwise": remote(upstream.base_url, immutable_patterns=["^(a+)+$"]),
        "changing": remote(upstream.base_url, mutable_patterns=["."], mutable_ttl=0, check_mutable_updates=True),
        "packages": {**remote(upstream.base_url), "package": "alpine"},
        "own": {"type": "local", "package": "generic"},
    }


def order(site, headers=None, **what):
    body = what.pop("raw", None) or json.dumps(what).encode()
    return site.get("/cache-artifact", headers or JSON, method="POST", body=body)


def counts(answer):
    return tuple(answer[key] for key in ("matched", "cached_count", "already_cached", "failed"))


def give(running, **what):
    """An order whose answer nobody has read yet."""
    connection = running.connect()
    body = json.dumps(what.pop("body")).encode()
    headers = {**what.pop("headers", JSON), "Content-Length": str(len(body))}
    connection.ask("/cache-artifact", "POST", headers)
    return connection.send(body)


def test_paths_are_fetched_once_and_then_already_cached(site, unique):
    for name in ("a", "b"):
        site.when(unique(name)).reply(200, name.encode())
    paths = [unique(name).lstrip("/") for name in ("a", "b", "missing")]
    first = order(site, remote="files", paths=paths)
    assert (first.status, first.header("Content-Type"), first.framed_by) == (200, "application/json", "length")
    answer = first.json()
    assert (answer["remote"], *counts(answer)) == ("files", 3, 2, 0, 1)
    assert list(answer) == ["remote", "matched", "cached_count", "already_cached", "failed", "artifacts"]
    by_path = {artifact["path"]: artifact for artifact in answer["artifacts"]}
    assert by_path[paths[0]] == {"path": paths[0], "status": "cached", "size": 1, "error": None}
    assert by_path[paths[2]] == {
        "path": paths[2],
        "status": "failed",
        "size": None,
        "error": "404: upstream answered with status 404",
    }
    again = order(site, remote="files", paths=paths[:2]).json()
    assert counts(again) == (2, 0, 2, 0)
    assert {artifact["status"] for artifact in again["artifacts"]} == {"already_cached"}
    assert site.get("/api/files" + unique("a")).source == "cache"
    assert site.upstream.gets(unique("a")) == 1


def test_large_artifacts_are_stored_and_never_held_in_memory(server, upstream):
    running = server(remotes(upstream))
    bodies = {name: Body(i, 48 * MIB) for i, name in enumerate(("w", "x", "y", "z"))}
    for name, body in bodies.items():
        upstream.when(f"/{name}").reply(200, body)
    before = running.memory()
    answer = order(running, remote="files", paths=list(bodies)).json()
    assert counts(answer) == (4, 4, 0, 0)
    assert {artifact["size"] for artifact in answer["artifacts"]} == {48 * MIB}
    assert running.memory() - before < memory_bound(64 * MIB)
    got = running.get("/api/files/y", keep=False)
    assert (got.source, got.sha256) == ("cache", bodies["y"].sha256)


def test_patterns_and_canonical_paths_hold_here_too(site, unique):
    before = len(site.upstream.requests)
    answer = order(site, remote="guarded", paths=["x.exe", "../x.bin", "a/%2e%2e/x.bin", "x%zz.bin"]).json()
    assert counts(answer) == (4, 0, 0, 4)
    errors = {artifact["path"]: artifact["error"].partition(":")[0] for artifact in answer["artifacts"]}
    assert errors == {"x.exe": "403", "../x.bin": "400", "a/%2e%2e/x.bin": "400", "x%zz.bin": "400"}
    hopeless = order(site, remote="stepwise", paths=["a" * 60 + "!"]).json()
    assert hopeless["artifacts"][0]["error"].startswith("403:")
    assert len(site.upstream.requests) == before


def test_it_is_the_same_artifact_as_a_gets(site, unique):
    path = unique("f+1 2.tar.gz").lstrip("/")
    site.when("/" + path.replace(" ", "%20") + "?v=1").reply(200, b"one").etag('"1"')
    assert counts(order(site, remote="files", paths=[path + "?v=1"]).json()) == (1, 1, 0, 0)
    got = site.get("/api/v1/remote/files/" + path.replace(" ", "%20") + "?v=1")
    assert (got.source, got.body, got.header("ETag")) == ("cache", b"one", '"1"')


def test_upstreams_answers_are_told_with_the_status_of_a_get(site, unique):
    paths = {}
    for status, told in ((404, 404), (410, 404), (403, 403), (401, 403), (429, 429), (418, 418), (503, 502)):
        path = unique(str(status))
        site.when(path).reply(status, b"no")
        paths[path.lstrip("/")] = told
    site.when(unique("cut")).reply(200, Body(1, MIB)).cut_after(300_000)
    paths[unique("cut").lstrip("/")] = 502
    answer = order(site, remote="files", paths=list(paths)).json()
    assert counts(answer) == (len(paths), 0, 0, len(paths))
    told = {artifact["path"]: int(artifact["error"].split(":")[0]) for artifact in answer["artifacts"]}
    assert told == paths


def test_a_copy_that_is_still_good_is_already_cached(site, unique):
    site.when(unique("index")).reply(200, b"x").etag('"1"')
    path = unique("index").lstrip("/")
    assert counts(order(site, remote="changing", paths=[path]).json()) == (1, 1, 0, 0)
    assert counts(order(site, remote="changing", paths=[path]).json()) == (1, 0, 1, 0)
    assert site.upstream.gets(unique("index")) == 1


def test_all_built_types_take_paths(site, unique):
    site.when(unique("p.apk")).reply(200, b"x")
    assert counts(order(site, remote="packages", paths=[unique("p.apk").lstrip("/")]).json()) == (1, 1, 0, 0)
    refused = order(site, remote="packages", include_pattern="apk")
    assert (refused.status, "paths" in refused.json()["error"]["message"]) == (400, True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"remote": 5}',
        b'{"remote":"files"}',
        b'{"paths":["x"]}',
        b'{"remote":"files","paths":"x"}',
        b'{"remote":"files","paths":[7]}',
        b'{"remote":"files","paths":["x"],"include_pattern":"x"}',
        b'{"remote":"files","paths":["x"],"overwrite":true}',
        b'{"remote":"files","include_pattern":"("}',
        b'{"remote":"files","include_pattern":7}',
        b'{"remote":"files","include_pattern":"%s"}' % (b"x" * 513),
        b'{"remote":"files","paths":["\xff"]}',
        b"{" * 5000,
        b"[" * 500_000,
    ],
)
def test_a_bad_order_is_400(site, raw):
    got = order(site, raw=raw or b" ")
    assert (got.status, got.json()["error"]["code"]) == (400, "bad_request")


def test_an_order_of_something_that_is_not_there(site):
    assert order(site, remote="nothere", paths=["x"]).status == 404
    assert order(site, remote="own", paths=["x"]).status == 404


def test_only_json_by_post_is_an_order(site):
    body = json.dumps({"remote": "files", "paths": []}).encode()
    for headers in ({}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/plain"}):
        got = site.get("/cache-artifact", headers, method="POST", body=body)
        assert (got.status, got.json()["error"]["code"]) == (415, "unsupported_media_type")
    with_charset = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert site.get("/cache-artifact", with_charset, method="POST", body=body).status == 200
    for method in ("GET", "HEAD", "PUT"):
        got = site.get("/cache-artifact", JSON, method=method)
        assert (got.status, got.header("Allow")) == (405, "POST")


def test_more_than_a_thousand_paths_are_refused(site):
    assert order(site, remote="files", paths=[str(i) for i in range(1001)]).status == 413
    assert counts(order(site, remote="guarded", paths=[str(i) for i in range(1000)]).json()) == (1000, 0, 0, 1000)
    assert counts(order(site, remote="files", paths=[]).json()) == (0, 0, 0, 0)


def test_progress_is_told_line_by_line(server, upstream):
    running = server(remotes(upstream))
    upstream.when("/a").reply(200, b"1")
    stalled = upstream.when("/b").reply(200, Body(1, MIB)).stall_after(MIB // 2)
    with give(running, headers=LINES, body={"remote": "files", "paths": ["a", "b", "c"]}) as connection:
        early = connection.read_until(2 * len('{"artifact":{"path":"a"}}'))
        assert (early.status, early.header("Content-Type")) == (200, "application/x-ndjson")
        stalled.wait_stalled()
        stalled.release()
        got = connection.read("POST")
    assert got.complete
    lines = [json.loads(line) for line in got.text.splitlines()]
    assert sorted(line["artifact"]["path"] for line in lines[:-1]) == ["a", "b", "c"]
    assert [(line["done"], line["matched"]) for line in lines[:-1]] == [(1, 3), (2, 3), (3, 3)]
    assert (lines[-1]["remote"], *counts(lines[-1])) == ("files", 3, 2, 0, 1)
    # The next order may begin at once, and HTTP/1.0 knows no chunks.
    old = get(running.address, "/cache-artifact", LINES, "POST", "HTTP/1.0", body=b'{"remote":"files","paths":["a"]}')
    assert counts(old.json()) == (1, 0, 1, 0)


def test_few_are_fetched_at_once(server, upstream):
    running = server(remotes(upstream), max_origin_connections=8)
    stalled = [upstream.when(f"/{i}").reply(200, b"x" * 100).stall_before_head() for i in range(8)]
    with give(running, body={"remote": "files", "paths": [str(i) for i in range(8)]}) as connection:
        wait_until(lambda: upstream.gets() == 2)  # a quarter of the connections
        upstream.when("/other").reply(200, b"y")
        assert running.get("/api/files/other").body == b"y"
        assert upstream.gets() == 3
        for each in stalled:
            each.release()
        assert counts(connection.read("POST").json()) == (8, 8, 0, 0)


def test_one_order_for_each_client(server, upstream):
    running = server(remotes(upstream))
    stalled = upstream.when("/a").reply(200, b"x").stall_before_head()
    with give(running, body={"remote": "files", "paths": ["a"]}) as connection:
        stalled.wait_stalled()
        second = order(running, remote="files", paths=["b"])
        assert (second.status, second.header("Retry-After")) == (429, "1")
        stalled.release()
        assert connection.read("POST").status == 200
    assert order(running, remote="files", paths=["a"]).status == 200


@pytest.mark.parametrize("headers", [JSON, LINES])
def test_a_client_that_leaves_ends_its_order(server, upstream, headers):
    running = server(remotes(upstream))
    paths = [str(i) for i in range(100)]
    stalled = upstream.when("/0").reply(200, Body(1, 64 * MIB)).stall_after(MIB)
    for path in paths[1:]:
        upstream.when("/" + path).reply(200, Body(2, MIB)).rate(MIB)
    connection = give(running, headers=headers, body={"remote": "files", "paths": paths})
    stalled.wait_stalled()
    connection.reset()
    # Another order is taken once this one has ended, long before all was fetched.
    wait_until(lambda: order(running, remote="files", paths=[]).status == 200, 10, "the order to end")
    assert upstream.gets() < 50
    # What nobody waits for any more is given up as always.
    wait_until(lambda: stalled.waiting == 0, 15, "the download to be given up")


def test_an_order_does_not_hold_up_the_end(server, upstream):
    running = server(remotes(upstream), drain_timeout="100ms")
    stalled = upstream.when("/a").reply(200, b"x" * 100).stall_before_head()
    with give(running, body={"remote": "files", "paths": ["a", "b"]}):
        stalled.wait_stalled()
        running.signal(signal.SIGTERM)
        assert running.wait_exit(10) == 0


def test_what_cannot_be_stored_is_said_and_not_downloaded(server, upstream):
    running = server(remotes(upstream), disk_limit="1MiB")
    upstream.when("/large").reply(200, Body(1, 512 * MIB))
    upstream.when("/unframed").reply(200, b"x" * 1000).until_close()
    answer = order(running, remote="files", paths=["large", "unframed"]).json()
    assert counts(answer) == (2, 0, 0, 2)
    assert {artifact["error"][:4] for artifact in answer["artifacts"]} == {"503:"}
    assert upstream.bytes_sent < 256 * MIB
