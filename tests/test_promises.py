"""What documents promise of files: held against what is stored, against what is passed through, and after a change."""

import hashlib
import json
import threading

import pytest

from body import Body
from package_registry import INSTALL, PackageRegistry, packages, tarball_path
from server import remote
from waiting import wait_until

MIB = 1 << 20
TARBALL = "/api/npm" + tarball_path("left-pad", "1.0.0")
CHART = "/charts/demo-1.tgz"


@pytest.fixture
def registry():
    with PackageRegistry() as one:
        yield one


def index(content, padding=0):
    digest = hashlib.sha256(content).hexdigest()
    return f"entries:\n  demo:\n  - digest: {digest}\n    urls:\n    - charts/demo-1.tgz\n# {'x' * padding}\n".encode()


def read_package(running):
    return running.get("/api/npm/left-pad", [("Host", "us.test"), *INSTALL])



@pytest.mark.parametrize("size", [20, 300_000])
def test_a_file_stored_before_its_document_is_compared_when_that_comes(server, registry, size):
    good, bad = Body(1, size).bytes(), Body(2, size).bytes()
    registry.publish("left-pad", {"1.0.0": good})
    registry.replace(tarball_path("left-pad", "1.0.0"), lambda reply: reply.reply(200, bad).then().reply(200, good))
    running = server({"npm": packages(registry.base_url)})
    assert running.get(TARBALL).body == bad, "nothing is promised yet"
    assert running.get(TARBALL).source == "cache"
    assert read_package(running).status == 200
    assert running.get(TARBALL).body == good
    assert running.get(TARBALL).source == "cache"


def test_a_file_still_coming_is_compared_when_it_has_come(server, registry):
    good, bad = Body(1, 300_000).bytes(), Body(2, 300_000).bytes()
    registry.publish("left-pad", {"1.0.0": good})
    stalled = []

    def damage(reply):
        stalled.append(reply.reply(200, bad).stall_after(200_000))
        return reply.then().reply(200, good)

    registry.replace(tarball_path("left-pad", "1.0.0"), damage)
    running = server({"npm": packages(registry.base_url)})
    reading = threading.Thread(target=running.get, args=(TARBALL,))
    reading.start()
    stalled[0].wait_stalled()
    assert read_package(running).status == 200, "documents do not wait for files"
    stalled[0].release()
    reading.join()
    wait_until(lambda: running.get(TARBALL).body == good, 10, "the comparison")
    assert running.get(TARBALL).source == "cache"


def test_a_sound_file_stored_before_its_document_stays(server, registry):
    registry.publish("left-pad", {"1.0.0": b"good"})
    running = server({"npm": packages(registry.base_url)})
    running.get(TARBALL)
    assert read_package(running).status == 200
    assert running.get(TARBALL).source == "cache"
    assert registry.gets(tarball_path("left-pad", "1.0.0")) == 1


def test_what_is_published_anew_is_fetched_anew(server, upstream):
    old, new = Body(1, 5000).bytes(), Body(2, 5000).bytes()
    charts = {**remote(f"{upstream.base_url}/anew", mutable_ttl=0), "package": "helm"}
    upstream.when("/anew/index.yaml").reply(200, index(old))
    upstream.when("/anew" + CHART).reply(200, old)
    upstream.when("/anew/charts/other-1.tgz").reply(200, b"other")
    running = server({"r": charts})
    running.get("/api/r/index.yaml")
    running.get("/api/r/charts/other-1.tgz")
    assert [running.get("/api/r" + CHART).body == old for _ in range(2)] == [True, True]
    upstream.replace("/anew/index.yaml", lambda reply: reply.reply(200, index(new)))
    upstream.replace("/anew" + CHART, lambda reply: reply.reply(200, new))
    running.get("/api/r/index.yaml")
    assert [running.get("/api/r" + CHART).body == new for _ in range(2)] == [True, True]
    assert upstream.gets("/anew" + CHART) == 2
    assert running.get("/api/r/charts/other-1.tgz").source == "cache"


def test_a_file_published_anew_is_held_against_its_document_of_now(server, registry):
    """The stored document is fresh, and older than the file."""
    for size in (20, 300_000):
        name, old, new = f"pkg-{size}", Body(1, size).bytes(), Body(2, size).bytes()
        registry.publish(name, {"1.0.0": old})
        running = server({"npm": packages(registry.base_url)})
        assert running.get(f"/api/npm/{name}", [("Host", "us.test"), *INSTALL]).status == 200
        registry.publish(name, {"1.0.0": new}, revision=2)
        got = running.get("/api/npm" + tarball_path(name, "1.0.0"))
        assert (got.status, got.complete, got.body == new) == (200, True, True)
        assert registry.gets(f"/{name}") == 2
        assert running.get("/api/npm" + tarball_path(name, "1.0.0")).source == "cache"
        assert running.metric("artifactapi_contradicted_digests_total") == 0


def test_a_file_that_its_document_belies_still_is_refused_and_says_so(server, registry):
    registry.publish("left-pad", {"1.0.0": b"good", "2.0.0": b"good"})
    for version in ("1.0.0", "2.0.0"):
        registry.replace(tarball_path("left-pad", version), lambda reply: reply.reply(200, b"bad"))
    running = server({"npm": packages(registry.base_url)})
    read_package(running)
    for version in ("1.0.0", "2.0.0"):
        for _ in range(2):
            got = running.get("/api/npm" + tarball_path("left-pad", version))
            assert (got.status, "promised" in got.text) == (502, True)
        assert registry.gets(tarball_path("left-pad", version)) == 1
    assert registry.gets("/left-pad") == 2, "the document is fetched anew once for both"
    assert running.metric("artifactapi_contradicted_digests_total") == 2
    wait_until(lambda: "not what was promised" in running.output(), 5, "the log")


def test_a_page_of_an_index_is_fetched_anew_too(server, upstream):
    old, new = b"old wheel", b"new wheel"
    wheel = "/demo-1-py3-none-any.whl"

    def publish(content):
        page = f'<a href="{wheel}#sha256={hashlib.sha256(content).hexdigest()}">x</a>'
        upstream.replace("/simple/demo/", lambda reply: reply.reply(200, page, {"Content-Type": "text/html"}))
        upstream.replace(wheel, lambda reply: reply.reply(200, content))

    publish(old)
    running = server({"py": {**remote(upstream.base_url), "package": "pypi"}})
    assert running.get("/api/py/simple/demo/").status == 200
    publish(new)
    assert running.get("/api/py" + wheel).body == new


def test_an_index_of_charts_is_fetched_anew_too(server, upstream):
    charts = {**remote(upstream.base_url + "/early"), "package": "helm"}
    upstream.when("/early/index.yaml").reply(200, index(b"old")).then().reply(200, index(b"new"))
    upstream.when("/early" + CHART).reply(200, b"new")
    running = server({"r": charts})
    running.get("/api/r/index.yaml")
    assert running.get("/api/r" + CHART).body == b"new"


def test_after_a_restart_too(server, upstream):
    old, new = Body(1, 5000).bytes(), Body(2, 5000).bytes()
    charts = {"r": {**remote(f"{upstream.base_url}/restart", mutable_ttl=0), "package": "helm"}}
    upstream.when("/restart/index.yaml").reply(200, index(old))
    upstream.when("/restart" + CHART).reply(200, old)
    running = server(charts)
    running.get("/api/r/index.yaml")
    running.get("/api/r" + CHART)
    wait_until(lambda: len(running.get("/artifacts/r").json()["artifacts"]) == 2)
    running.restart()
    upstream.replace("/restart/index.yaml", lambda reply: reply.reply(200, index(new)))
    upstream.replace("/restart" + CHART, lambda reply: reply.reply(200, new))
    running.get("/api/r/index.yaml")
    assert running.get("/api/r" + CHART).body == new


@pytest.mark.parametrize("framed", [True, False], ids=["length", "chunks"])
def test_wrong_bytes_that_cannot_be_stored_are_never_complete(server, upstream, framed):
    good, bad = Body(1, 12 * MIB).bytes(), Body(2, 12 * MIB).bytes()
    place = f"/unstored-{framed}"
    upstream.when(place + "/index.yaml").reply(200, index(good))
    route = upstream.when(place + CHART)
    for content in (bad, good):
        reply = route.reply(200, content)
        if not framed:
            reply.chunked()
        route = reply.then()
    running = server({"r": {**remote(upstream.base_url + place), "package": "helm"}}, disk_limit="4MiB")
    running.get("/api/r/index.yaml")
    broken = running.get("/api/r" + CHART)
    assert not broken.complete and broken.body != bad and bad.startswith(broken.body)
    whole = running.get("/api/r" + CHART)
    assert (whole.status, whole.complete, whole.body == good) == (200, True, True)


def test_an_index_of_charts_of_12_MiB_is_searched(server, upstream):
    content = b"chart"
    upstream.when("/large/index.yaml").reply(200, index(content, padding=12 * MIB))
    upstream.when("/large" + CHART).reply(200, content)
    running = server({"r": {**remote(upstream.base_url + "/large"), "package": "helm"}})
    order = json.dumps({"remote": "r", "include_pattern": "demo"}).encode()
    answer = running.get("/cache-artifact", {"Content-Type": "application/json"}, method="POST", body=order).json()
    assert (answer["matched"], answer["cached_count"]) == (1, 1)
