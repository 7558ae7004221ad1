"""The log: one line of JSON a request, and never anything that fools a terminal."""

import json

from body import Body
from client import exchange, request_bytes
from server import remote
from waiting import wait_until


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "changing": remote(
            upstream.base_url, mutable_patterns=[".*"], mutable_ttl=0, check_mutable_updates=True
        ),
    }


def lines_with(site, text):
    return [line for line in site.server.log() if text in json.dumps(line)]


def request_line(site, unique, word):
    """The line about this test's path that has `word`."""
    return wait_until(
        lambda: next(
            (line for line in lines_with(site, unique().strip("/")) if word in json.dumps(line)), None
        ),
        what=f"{word} in a log line",
    )


def test_a_miss_and_a_hit_are_told_with_remote_and_path(site, unique):
    site.when(unique()).reply(200, b"12345")
    miss = site.get("/api/files" + unique())
    hit = site.get("/api/files" + unique())
    for word, response in (("Cache MISS", miss), ("Cache HIT", hit)):
        line = request_line(site, unique, word)
        text = json.dumps(line)
        assert "files" in text and response.header("X-Request-Id") in text
        assert 200 in line.values() and 5 in line.values()


def test_each_request_has_one_line(site, unique):
    site.when(unique()).reply(200, b"x")
    for _ in range(10):
        site.get("/api/files" + unique())
    wait_until(lambda: len(lines_with(site, unique().strip("/"))) == 10, what="ten lines")


def test_revalidated_and_stale_are_told(site, unique):
    site.when(unique()).reply(200, b"x").etag('"1"')
    site.get("/api/changing" + unique())
    site.get("/api/changing" + unique())
    request_line(site, unique, "Cache REVALIDATED")
    site.when(unique()).drop_connection()
    site.get("/api/changing" + unique())
    request_line(site, unique, "Cache STALE")


def test_every_line_is_json_and_the_start_is_told(site):
    site.get("/health")
    for text in site.server.output().splitlines():
        assert isinstance(json.loads(text), dict), text
    assert any(
        "listening" in json.dumps(line) and line.get("address") == site.server.address
        for line in site.server.log()
    )


def test_control_characters_never_reach_the_log_raw(site):
    for target in (
        b"/api/files/\x1b[31mred",
        b"/api/files/%1b%5b31mred%0aforged",
        b"/api/files/\xc2\x9b31m",
        b"/api/files/%c2%9b31m",
        b"/x\ty",
    ):
        exchange(
            site.server.address,
            b"GET "
            + target
            + b" HTTP/1.1\r\nHost: a\r\nUser-Agent: \x1b]0;evil\x07\r\nConnection: close\r\n\r\n",
        )
    exchange(site.server.address, request_bytes("/nothere", method="FORGED"))
    site.get("/nothere-after")
    wait_until(lambda: lines_with(site, "nothere-after"))
    raw = b"".join((site.server.folder / f"{name}.1").read_bytes() for name in ("stdout", "stderr"))
    assert not [byte for byte in raw if byte < 32 and byte != 10 or byte == 127]
    assert b"\xc2\x9b" not in raw
    for text in raw.decode().splitlines():
        assert text.startswith("{")


def test_an_upstreams_failure_leaves_its_reason(site, unique):
    site.when(unique()).reply(200, Body(1, 1000)).cut_after(500)
    assert site.get("/api/files" + unique()).status == 502
    wait_until(lambda: [line for line in lines_with(site, unique().strip("/")) if 502 in line.values()])


def test_the_text_format_and_the_level_can_be_chosen(server, upstream):
    upstream.when("/f").reply(200, b"x")
    text = server(remotes(upstream), log_format="text")
    text.get("/api/files/f")
    wait_until(lambda: "Cache MISS" in text.output())
    assert not text.output().lstrip().startswith("{")
    quiet = server(remotes(upstream), log_level="error")
    quiet.get("/api/files/f")
    quiet.get("/api/files/f")
    assert quiet.terminate() == 0
    assert "Cache" not in quiet.output()
