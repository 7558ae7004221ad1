"""What an upstream's answer, or its silence, becomes for the client."""

import socket
import time

import pytest

import netns
from body import Body
from names import NameServer
from server import remote
from speaker import http_date
from upstream import Upstream
from waiting import deadline


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


FLAGS = {"upstream_first_byte_timeout": "1s", "upstream_idle_timeout": "1s", "upstream_connect_timeout": "1s"}


def assert_our_error(got, status):
    assert (got.status, got.complete) == (status, True)
    assert got.header("Content-Type").startswith("application/json")
    error = got.json()["error"]
    assert error["code"] and error["message"] and error["request_id"] == got.header("X-Request-Id")
    assert "Content-Disposition" not in got.headers


@pytest.mark.parametrize(
    "theirs, ours",
    [
        (404, 404),
        (410, 404),
        (401, 403),
        (403, 403),
        (400, 400),
        (402, 402),
        (409, 409),
        (418, 418),
        (451, 451),
    ],
)
def test_an_answer_of_the_400s_is_told_and_not_kept(site, unique, theirs, ours):
    site.when(unique()).reply(
        theirs, b"upstream's own page", {"WWW-Authenticate": 'Basic realm="theirs"', "Set-Cookie": "a=b"}
    )
    url = "/api/files" + unique()
    got = site.get(url)
    assert_our_error(got, ours)
    assert "WWW-Authenticate" not in got.headers and "Set-Cookie" not in got.headers
    assert site.head(url).status == ours
    site.when(unique()).reply(200, b"there now")
    assert site.get(url).body == b"there now"


@pytest.mark.parametrize("theirs", [500, 501, 502, 503, 504, 599])
def test_an_answer_of_the_500s_is_502_and_not_kept(site, unique, theirs):
    site.when(unique()).reply(theirs, b"sorry")
    assert_our_error(site.get("/api/files" + unique()), 502)
    assert site.head("/api/files" + unique()).status == 502
    site.when(unique()).reply(200, b"fine")
    assert site.get("/api/files" + unique()).body == b"fine"


@pytest.mark.parametrize(
    "value, at_most", [("7", 7), (None, None), ("1000000000", 86400), ("soon", 86400), ("-5", 86400)]
)
def test_429_is_passed_on_with_a_sane_retry_after(site, unique, value, at_most):
    site.when(unique()).reply(429, b"", {"Retry-After": value} if value else {})
    got = site.get("/api/files" + unique())
    assert_our_error(got, 429)
    if value == "7":
        assert got.header("Retry-After") == "7"
    elif "Retry-After" in got.headers:
        assert 0 <= int(got.header("Retry-After")) <= at_most if at_most else True


def test_429_with_a_date_is_passed_on_as_seconds_or_date(site, unique):
    site.when(unique()).reply(429, b"", {"Retry-After": http_date(100)})
    got = site.get("/api/files" + unique())
    value = got.header("Retry-After")
    assert got.status == 429 and (value.endswith("GMT") or 90 <= int(value) <= 100)


@pytest.mark.parametrize("status", [201, 202, 203, 204, 205, 300, 304, 305, 306])
def test_statuses_that_are_no_artifact_are_502_and_not_kept(site, unique, status):
    site.when(unique()).reply(status, b"")
    got = site.get("/api/files" + unique())
    assert got.complete and (got.status == 502 or (status == 203 and got.status == 200))
    site.when(unique()).reply(200, b"fine")
    assert site.get("/api/files" + unique()).status == 200


def test_concurrent_askers_share_a_404(site, unique):
    held = site.when(unique()).reply(404, b"").stall_before_head()
    herd = site.server.joined_herd(20, "/api/files" + unique(), held)
    held.release()
    assert {r.status for r in herd.join()} == {404}
    assert site.upstream.gets(unique()) == 1


def test_refused_is_502_at_once_and_good_again_when_it_is_back(server):
    with Upstream() as upstream:
        running = server(remotes(upstream))
        upstream.when("/f").reply(200, b"back")
        upstream.stop()
        begun = time.monotonic()
        for _ in range(10):
            assert_our_error(running.get("/api/files/f"), 502)
        assert time.monotonic() - begun < deadline(2)
        assert running.get("/ready").status == 200
        upstream.start()
        begun = time.monotonic()
        while running.get("/api/files/f").status != 200:
            assert time.monotonic() - begun < 5, "a fault that ended must be over within 5 s"
            time.sleep(0.05)


def test_an_open_breaker_answers_without_asking_and_says_when_to_retry(server):
    with Upstream() as upstream:
        running = server(remotes(upstream))
        upstream.when("/f").drop_connection()
        for _ in range(5):
            assert running.get("/api/files/f").status == 502
        asked = upstream.count("/f")
        got = running.get("/api/files/f")
        if upstream.count("/f") == asked:  # else this one was the probe
            assert got.status == 502 and int(got.header("Retry-After")) >= 1
        quick = [running.get("/api/files/f").status for _ in range(20)]
        assert set(quick) == {502}
        assert (
            upstream.count("/f") - asked <= 6
        ), "asked again at most about once a second while the breaker is open"


def test_one_dead_origin_does_not_close_another(server, upstream):
    with Upstream() as dead:
        running = server({"dead": remote(dead.base_url), "files": remote(upstream.base_url)})
        upstream.when("/f").reply(200, b"alive")
        dead.stop()
        for _ in range(8):
            running.get("/api/dead/f")
        assert running.get("/api/files/f").body == b"alive"


def test_an_origin_that_never_answers_is_504(site, unique):
    site.when(unique()).never_answer()
    begun = time.monotonic()
    assert_our_error(site.get("/api/files" + unique()), 504)
    assert 0.9 < time.monotonic() - begun < deadline(3)


def test_a_head_that_drips_is_504(site, unique):
    site.when(unique()).reply(200, b"x" * 10).head_rate(20)
    assert_our_error(site.get("/api/files" + unique()), 504)


def test_a_small_body_that_stalls_is_504(site, unique):
    site.when(unique()).reply(200, Body(1, 1000)).stall_after(500)
    assert_our_error(site.get("/api/files" + unique()), 504)


def test_a_large_body_that_stalls_is_broken_and_not_kept(site, unique):
    site.when(unique()).reply(200, Body(1, 400_000)).stall_after(200_000)
    got = site.get("/api/files" + unique())
    assert (got.complete, got.error) == (False, "reset")
    site.when(unique()).reply(200, b"whole")
    assert site.get("/api/files" + unique()).body == b"whole"


def test_a_slow_but_steady_body_is_no_time_out(site, unique):
    site.when(unique()).reply(200, Body(1, 100_000)).rate(60_000)
    got = site.get("/api/files" + unique())
    assert got.complete and got.sha256 == Body(1, 100_000).sha256 and got.elapsed > 1.2


def test_an_origin_that_accepts_no_connection_is_504(server):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):  # the queue is full after the first: SYNs are dropped from then on
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        running = server({"files": remote(f"http://127.0.0.1:{port}")}, **FLAGS)
        begun = time.monotonic()
        assert_our_error(running.get("/api/files/f"), 504)
        assert time.monotonic() - begun < deadline(4)
        for filler in fillers:
            filler.close()


@netns.isolated(
    addresses=["93.184.216.34/32"], resolv_conf="nameserver 127.0.0.53\noptions timeout:1 attempts:1\n"
)
def test_a_name_that_does_not_exist_is_502_and_one_that_does_is_found(server):
    with Upstream("93.184.216.34") as public, NameServer("127.0.0.53", {"origin.test": "93.184.216.34"}):
        public.when("/f").reply(200, b"found")
        running = server(
            {"lost": remote("http://nowhere.test"), "found": remote(f"http://origin.test:{public.port}")}
        )
        assert_our_error(running.get("/api/lost/f"), 502)
        assert running.get("/api/found/f").body == b"found"
        assert public.last("/f").header("host") == f"origin.test:{public.port}"


def test_our_own_limits(site):
    assert site.get("/api/files/" + "a" * 10_000).status == 414
    assert site.get("/api/files/x", {"X-Long": "a" * 64 * 1024}).status == 431
    assert site.get("/api/files/%zz").status == 400
    got = site.get(
        "/cache-artifact", {"Content-Type": "application/json"}, method="POST", body=b"{" + b" " * (4 << 20)
    )
    assert got.status == 413 or got.error == "reset"


def test_error_answers_to_head_have_no_body(site, unique):
    got = site.head("/api/files" + unique("missing"))
    assert (got.status, got.size, got.complete) == (404, 0, True)
