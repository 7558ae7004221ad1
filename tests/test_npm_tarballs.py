"""Tarballs of an npm registry: compared with what their package says of them, wherever they lie."""

import hashlib
import json

import pytest

from body import Body
from package_registry import FULL, INSTALL, PackageRegistry, integrity, packages, tarball_path
from upstream import Upstream
from waiting import wait_until

HOST = [("Host", "us.test")]
PATH = "/api/npm" + tarball_path("left-pad", "1.0.0")
GOOD = b"the right bytes"


@pytest.fixture
def upstream():
    with PackageRegistry() as one:
        yield one


@pytest.fixture
def start(server, upstream):
    return lambda **keys: server({"npm": packages(upstream.base_url, **keys)})


def path_of_tarball(running, package, version="1.0.0", fields=INSTALL):
    """The target at which a client that read the package's document asks."""
    link = running.get("/api/npm/" + package, HOST + fields).json()["versions"][version]["dist"]["tarball"]
    assert link.startswith("http://us.test/"), link
    return link.removeprefix("http://us.test")


def statuses(running, path):
    """Of two requests, and of one after a restart, which forgets that upstream is not asked again for half a minute."""
    before = [running.get(path).status for _ in range(2)]
    running.restart()
    return [*before, running.get(path).status]


def stored_tarballs(running):
    return {one["path"] for one in running.get("/artifacts/npm").json()["artifacts"] if one["path"].endswith(".tgz")}


def test_a_tarball_is_a_file_for_ever(start, upstream):
    upstream.publish("left-pad", {"1.0.0": GOOD})
    running = start(immutable_patterns=["\\.tgz$"])
    for source in ("remote", "cache"):
        got = running.get(path_of_tarball(running, "left-pad"))
        assert (got.body, got.source, got.header("Content-Length")) == (GOOD, source, str(len(GOOD)))
        assert got.header("Content-Disposition") == 'attachment; filename="left-pad-1.0.0.tgz"'
        assert got.header("Content-Type") == "application/gzip"
        assert "Content-Encoding" not in got.headers and "Vary" not in got.headers
    assert upstream.gets(tarball_path("left-pad", "1.0.0")) == 1


def test_a_scoped_tarball_is_one_in_every_spelling(start, upstream):
    upstream.publish("@a/b", {"1.0.0": GOOD})
    running = start()
    for path in ("@a/b/-/b-1.0.0.tgz", "@a%2fb/-/b-1.0.0.tgz", "@a%2Fb/-/b-1.0.0.tgz"):
        assert running.get("/api/npm/" + path).body == GOOD, path
    assert [request.target for request in upstream.requests] == ["/@a/b/-/b-1.0.0.tgz"]


@pytest.mark.parametrize("accept", [INSTALL, FULL], ids=["abbreviated", "full"])
@pytest.mark.parametrize("size", [20, 300_000])
def test_wrong_bytes_are_never_complete_and_never_stored(start, upstream, accept, size):
    good, bad = Body(1, size).bytes(), Body(2, size).bytes()
    upstream.publish("left-pad", {"1.0.0": good})
    upstream.replace(tarball_path("left-pad", "1.0.0"), lambda reply: reply.reply(200, bad).then().reply(200, good))
    running = start()
    path = path_of_tarball(running, "left-pad", fields=accept)
    got = running.get(path)
    assert not (got.complete and got.status == 200)
    assert stored_tarballs(running) == set()
    assert running.get(path).status == 502
    assert upstream.gets(tarball_path("left-pad", "1.0.0")) == 1
    running.restart()
    assert [running.get(path).body == good for _ in range(2)] == [True, True]
    assert running.get(path).source == "cache"
    wait_until(lambda: len(stored_tarballs(running)) == 1)


@pytest.mark.parametrize(
    "dist",
    [
        {"integrity": integrity(GOOD, "sha256") + "?x=y " + integrity(b"other", "sha1")},
        {"integrity": integrity(GOOD, "sha384"), "shasum": "0" * 40},
        {"integrity": None, "shasum": hashlib.sha1(GOOD).hexdigest()},
        {"integrity": "nonsense", "shasum": hashlib.sha1(GOOD).hexdigest().upper()},
    ],
    ids=["sha256", "sha384", "sha1", "nonsense"],
)
def test_the_strongest_digest_counts(start, upstream, dist):
    upstream.publish("left-pad", {"1.0.0": GOOD}, {"1.0.0": dist})
    upstream.replace(tarball_path("left-pad", "1.0.0"), lambda reply: reply.reply(200, b"wrong").then().reply(200, GOOD))
    running = start()
    path = path_of_tarball(running, "left-pad")
    assert statuses(running, path) == [502, 502, 200]


def test_without_a_document_or_a_digest_a_tarball_is_given_as_it_is(start, upstream):
    upstream.publish("left-pad", {"1.0.0": GOOD}, {"1.0.0": {"integrity": None, "shasum": None}})
    running = start()
    assert running.get(PATH).body == GOOD
    assert [request.path for request in upstream.requests] == [tarball_path("left-pad", "1.0.0")]
    assert running.get(path_of_tarball(running, "left-pad")).source == "cache"


def test_what_one_version_says_of_its_tarball_counts_too(start, upstream):
    upstream.when("/left-pad/1.0.0").reply(200, json.dumps({"dist": upstream.dist("left-pad", "1.0.0", GOOD)}))
    upstream.when(tarball_path("left-pad", "1.0.0")).reply(200, b"wrong").then().reply(200, GOOD)
    running = start()
    assert running.get("/api/npm/left-pad/1.0.0").status == 200
    assert statuses(running, PATH) == [502, 502, 200]


def test_tarballs_on_another_host_lead_through_us(start, upstream):
    with Upstream("127.0.0.2") as elsewhere:
        upstream.links_at = elsewhere.base_url
        upstream.publish("@a/b", {"1.0.0": GOOD})
        elsewhere.when(tarball_path("@a/b", "1.0.0")).reply(200, b"wrong").then().reply(200, GOOD)
        running = start(immutable_patterns=["^@a/b/-/b-.*\\.tgz$"])
        assert running.get("/api/npm/-/at/0123456789abcdef/@a/b/-/b-1.0.0.tgz").status == 404
        path = path_of_tarball(running, "@a%2fb")
        assert "/-/at/" in path
        assert statuses(running, path) == [502, 502, 200]
        assert running.get(path).source == "cache"
        assert running.get(path.replace("1.0.0", "2.0.0")).status == 404
        assert elsewhere.count() == 2


def test_a_registry_that_writes_another_name_of_its_own_is_served(start, upstream):
    upstream.links_at = upstream.base_url.replace("127.0.0.1", "localhost")
    upstream.publish("left-pad", {"1.0.0": GOOD})
    running = start()
    assert running.get(path_of_tarball(running, "left-pad")).body == GOOD


def test_credentials_stay_with_the_base(server, upstream):
    with Upstream("127.0.0.2") as elsewhere:
        upstream.publish("left-pad", {"1.0.0": GOOD}, {"1.0.0": {"tarball": elsewhere.base_url + "/left-pad-1.0.0.tgz"}})
        elsewhere.when("/left-pad-1.0.0.tgz").reply(200, GOOD)
        keys = {"username": "robot", "password": "canary", "headers": {"X-Key": "canary"}}
        running = server({"npm": packages(upstream.base_url, **keys)}, secrets=["canary"])
        assert running.get(path_of_tarball(running, "left-pad")).body == GOOD
        assert upstream.last().header("authorization") is not None
        assert elsewhere.last().header("authorization") is None and elsewhere.last().header("x-key") is None


@pytest.mark.parametrize("query", ["", "?token=1"])
def test_a_tarball_whose_path_tells_nothing_is_found_again(start, upstream, query):
    with Upstream("127.0.0.2") as elsewhere:
        dists = {"1.0.0": {"tarball": elsewhere.base_url + "/blob/42" + query}, "2.0.0": {"tarball": upstream.base_url + "/blob/43" + query}}
        upstream.publish("@a/b", {"1.0.0": GOOD, "2.0.0": GOOD}, dists)
        elsewhere.when("/blob/42").reply(200, b"wrong").then().reply(200, GOOD)
        upstream.when("/blob/43").reply(200, b"wrong").then().reply(200, GOOD)
        running = start(immutable_patterns=["^blob/"])
        for version in ("1.0.0", "2.0.0"):
            path = path_of_tarball(running, "@a%2fb", version)
            assert statuses(running, path) == [502, 502, 200]
            assert running.get(path).source == "cache"
        assert {request.target for request in elsewhere.requests} == {"/blob/42" + query}
        assert upstream.last().target == "/blob/43" + query


def test_a_new_document_names_new_tarballs_at_once(start, upstream):
    with Upstream("127.0.0.2") as elsewhere:
        upstream.links_at = elsewhere.base_url
        running = start(mutable_ttl=0)
        for number in range(20):
            version = f"1.0.{number}"
            upstream.publish("left-pad", {version: GOOD}, revision=number)
            elsewhere.when(tarball_path("left-pad", version)).reply(200, GOOD)
            assert running.get(path_of_tarball(running, "left-pad", version)).body == GOOD, number
