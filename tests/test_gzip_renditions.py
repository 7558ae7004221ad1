"""Documents that clients are given in another form leave as gzip for those that take it: packed once, then kept."""

import gzip
import random
import threading

import pytest

from server import remote
from waiting import wait_until

GZIP = [("Accept-Encoding", "gzip, deflate, br")]
PLAIN = []
TARGET = "/api/r/index.yaml"


def charts(upstream, name):
    return {**remote(f"{upstream.base_url}/{name}"), "package": "helm"}


def index(size):
    """An index of about that many bytes, with names that do not pack to nothing."""
    names = random.Random(size)
    lines = [b"entries:\n  demo:\n"]
    lines += [b"  - urls: [demo-%016x.tgz]\n" % names.getrandbits(64) for _ in range(max(1, size // 35))]
    return b"".join(lines)


@pytest.fixture
def running(request, server, upstream):
    """One loop, so that each request meets what the ones before it left in memory."""
    name = request.node.name.split("[")[0].replace("_", "-")

    def start(content, public_url="https://p.test", **flags):
        upstream.replace(f"/{name}/index.yaml", lambda reply: reply.reply(200, content, {"ETag": '"theirs"'}))
        more = {"public_url": public_url} if public_url else {}
        return server({"r": charts(upstream, name)}, threads=1, **more, **flags)

    return start


def made(server, coding):
    return sum(value for labels, value in server.metrics()["artifactapi_renditions_total"] if labels == {"coding": coding})


def expected(content):
    return content.replace(b"[", b"[https://p.test/api/v1/remote/r/")


@pytest.mark.parametrize("size", [3_000, 200_000, 9_000_000])
def test_who_takes_gzip_gets_it_and_the_others_do_not(running, upstream, size):
    content = index(size)
    server = running(content)
    for _ in range(4):
        packed, plain = server.get(TARGET, GZIP), server.get(TARGET, PLAIN)
        assert (packed.status, packed.complete, packed.header("Content-Encoding")) == (200, True, "gzip")
        assert (plain.status, plain.complete, plain.header("Content-Encoding")) == (200, True, None)
        assert plain.body == expected(content)
        assert gzip.decompress(packed.body) == plain.body
        assert packed.header("Content-Length") == str(len(packed.body)) and len(packed.body) < len(plain.body)
        assert packed.header("Vary") == plain.header("Vary") == "Accept-Encoding"
        assert packed.header("Content-Type") == plain.header("Content-Type")
    assert (made(server, "identity"), made(server, "gzip")) == (1, 1)
    assert upstream.count() == 1


@pytest.mark.parametrize(
    "field, coding",
    [
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "gzip"),
        ("br;q=1, gzip;q=0.2", "gzip"),
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("br, zstd", None),
    ],
)
def test_the_client_says_what_it_takes(running, field, coding):
    server = running(index(10_000))
    for _ in range(2):
        assert server.get(TARGET, [("Accept-Encoding", field)]).header("Content-Encoding") == coding


def test_several_lines_of_the_field_count_as_one(running):
    server = running(index(10_000))
    for _ in range(2):
        assert server.get(TARGET, [("Accept-Encoding", "br"), ("Accept-Encoding", "gzip")]).header("Content-Encoding") == "gzip"
        assert server.get(TARGET, [("Accept-Encoding", "gzip;q=0"), ("Accept-Encoding", "*")]).header("Content-Encoding") is None


def test_each_coding_has_an_entity_tag_of_its_own(running):
    server = running(index(10_000))
    tags = {coding: server.get(TARGET, fields).header("ETag") for coding, fields in (("gzip", GZIP), ("identity", PLAIN))}
    assert len(set(tags.values())) == 2 and '"theirs"' not in tags.values()
    for coding, fields in (("gzip", GZIP), ("identity", PLAIN)):
        other = tags["identity" if coding == "gzip" else "gzip"]
        same = server.get(TARGET, [*fields, ("If-None-Match", tags[coding])])
        assert (same.status, same.header("ETag"), same.header("Vary")) == (304, tags[coding], "Accept-Encoding")
        assert server.get(TARGET, [*fields, ("If-None-Match", other)]).status == 200
        assert server.get(TARGET, [*fields, ("If-Match", other)]).status == 412


def test_a_head_says_what_a_get_would(running):
    server = running(index(10_000))
    # Nothing is stored yet: a HEAD downloads nothing, but caches must know.
    assert server.head(TARGET, GZIP).header("Vary") == "Accept-Encoding"
    server.get(TARGET)
    changing = ("Age", "X-Request-Id", "Date", "X-Artifact-Source")
    for _ in range(2):
        for fields in (GZIP, PLAIN):
            head, got = server.head(TARGET, fields), server.get(TARGET, fields)
            assert head.status == 200
            theirs, ours = ([pair for pair in one.headers if pair[0] not in changing] for one in (got, head))
            assert ours == theirs


def test_a_range_is_of_the_bytes_that_are_sent(running):
    server = running(index(200_000))
    whole = server.get(TARGET, GZIP)
    part = server.get(TARGET, [*GZIP, ("Range", "bytes=100-1099"), ("If-Range", whole.header("ETag"))])
    assert (part.status, part.body, part.header("Content-Encoding")) == (206, whole.body[100:1100], "gzip")
    assert part.header("Content-Range") == f"bytes 100-1099/{len(whole.body)}"
    plain = server.get(TARGET)
    part = server.get(TARGET, [("Range", "bytes=-50")])
    assert (part.status, part.body, part.header("Content-Encoding")) == (206, plain.body[-50:], None)
    # The tag of one coding is none of the other.
    assert server.get(TARGET, [("Range", "bytes=0-9"), ("If-Range", whole.header("ETag"))]).status == 200


def test_a_small_document_is_not_packed(running):
    server = running(index(100))
    for _ in range(3):
        got = server.get(TARGET, GZIP)
        assert (got.status, got.header("Content-Encoding"), got.header("Vary")) == (200, None, "Accept-Encoding")
    assert made(server, "gzip") == 0


def test_clients_that_take_turns_are_all_served_from_memory(running, upstream):
    server = running(index(200_000), public_url=None)
    clients = [[("Host", host), *fields] for host in ("one.test", "two.test") for fields in (GZIP, PLAIN)]
    answers = [server.get(TARGET, fields) for fields in clients]
    assert len({answer.header("ETag") for answer in answers}) == 4
    hits = [server.get(TARGET, fields) for _ in range(10) for fields in clients]
    assert {hit.source for hit in hits} == {"cache"}
    for number, hit in enumerate(hits):
        assert hit.body == answers[number % 4].body
    assert (made(server, "identity"), made(server, "gzip")) == (2, 2)
    told = lambda: sum(line.get("cache") == "Cache HIT" for line in server.log())
    wait_until(lambda: told() == 43, what="a hit in the log for each request but the first")
    assert upstream.count() == 1


def test_a_crowd_has_it_packed_once(running, upstream):
    one = running(index(4_000_000))
    one.head(TARGET)
    bodies, lock = [], threading.Lock()
    start = threading.Barrier(16)

    def ask():
        start.wait(30)
        got = one.get(TARGET, GZIP)
        with lock:
            bodies.append((got.status, got.complete, got.body))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(bodies) == 16 and len(set(bodies)) == 1 and bodies[0][:2] == (200, True)
    assert (made(one, "identity"), made(one, "gzip")) == (1, 1)
    assert upstream.gets() == 1


def test_a_new_document_is_packed_anew(upstream, server):
    name = "anew"
    upstream.replace(f"/{name}/index.yaml", lambda reply: reply.reply(200, index(20_000)))
    entry = charts(upstream, name)
    entry["cache"] = {"mutable_ttl": 0}
    one = server({"r": entry}, public_url="https://p.test", threads=1)
    first = one.get(TARGET, GZIP)
    upstream.replace(f"/{name}/index.yaml", lambda reply: reply.reply(200, index(30_000)))
    second = one.get(TARGET, GZIP)
    assert gzip.decompress(first.body) == expected(index(20_000))
    assert gzip.decompress(second.body) == expected(index(30_000))
    assert first.header("ETag") != second.header("ETag")


def test_a_type_that_negotiates_names_both_in_vary(server, upstream):
    document = b'{"name":"left-pad","dist-tags":{},"versions":{},"readme":"%s"}' % (b"words and words " * 300)
    upstream.when("/left-pad").reply(200, document, {"Content-Type": "application/json"})
    one = server({"r": {**remote(upstream.base_url), "package": "npm"}}, public_url="https://p.test", threads=1)
    short = ("Accept", "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*")
    clients = [[short, *GZIP], [short], [("Accept", "application/json"), *GZIP], [("Accept", "application/json")]]
    answers = [one.get("/api/r/left-pad", fields) for fields in clients]
    for answer in answers:
        vary = [each.strip() for each in answer.header("Vary").split(",")]
        assert sorted(vary) == ["Accept", "Accept-Encoding"] and answer.status == 200
    assert answers[2].header("Content-Encoding") == "gzip"
    assert gzip.decompress(answers[2].body) == answers[3].body
    for _ in range(3):
        for fields, answer in zip(clients, answers):
            assert one.get("/api/r/left-pad", fields).body == answer.body


def test_the_links_of_a_proxys_clients_are_not_those_of_its_own_address(running):
    server = running(index(10_000), public_url=None, trusted_proxies="private")
    base = lambda fields: server.get(TARGET, fields).text.split("[")[1].split("/api/")[0]
    told = [("Host", "inner"), ("X-Forwarded-Host", "pkg.test")]
    for _ in range(3):
        assert base(told) == "http://pkg.test"
        assert base([("Host", "pkg.test")]) == "http://pkg.test"
        assert base([("Host", "inner")]) == "http://inner"
