"""One slow or dead part delays nobody who does not need it."""

import time

import netns
from body import Body
from names import NameServer
from server import remote
from upstream import Upstream
from waiting import deadline, wait_until

MIB = 1 << 20


def slowest_of(ask, count=50):
    slowest = 0
    for _ in range(count):
        begun = time.monotonic()
        ask()
        slowest = max(slowest, time.monotonic() - begun)
    return slowest


def bearable(ask, seconds):
    """The most that one `ask` may take under the fault: `seconds`, or more where the machine itself is that slow."""
    return max(deadline(seconds), 5 * slowest_of(ask, 10))


def expect_body(running, path, body):
    got = running.get(path, timeout=5)
    assert (got.status, got.body) == (200, body)


def test_a_hanging_origin_delays_neither_hits_nor_misses_elsewhere(server, upstream):
    with Upstream() as hung:
        running = server({"hung": remote(hung.base_url), "files": remote(upstream.base_url)})
        upstream.when("/hit").reply(200, b"hit")
        running.get("/api/files/hit")
        limit = bearable(lambda: expect_body(running, "/api/files/hit", b"hit"), 0.5)
        for i in range(150):
            hung.when(f"/{i}").never_answer()
        herd = running.herd(150, paths=[f"/api/hung/{i}" for i in range(150)])
        wait_until(lambda: hung.count() >= 32)
        assert slowest_of(lambda: expect_body(running, "/api/files/hit", b"hit")) < limit
        for i in range(20):
            upstream.when(f"/{i}").reply(200, b"miss")
        numbers = iter(range(20))
        assert slowest_of(
            lambda: expect_body(running, f"/api/files/{next(numbers)}", b"miss"), 20
        ) < limit
        assert running.get("/health").status == running.get("/ready").status == 200
        for i in range(150):
            herd.leave(i)
        herd.join()
    wait_until(lambda: running.get("/ready").status == 200)


def test_hanging_paths_do_not_take_all_connections_of_their_own_origin_for_ever(server):
    with Upstream() as origin:
        running = server(
            {"files": remote(origin.base_url)}, upstream_first_byte_timeout="1s", max_origin_connections=4
        )
        for i in range(4):
            origin.when(f"/hang{i}").never_answer()
        origin.when("/fine").reply(200, b"fine")
        herd = running.herd(4, paths=[f"/api/files/hang{i}" for i in range(4)])
        wait_until(lambda: origin.count() == 4)
        expect_body(running, "/api/files/fine", b"fine")
        assert {r.status for r in herd.join()} == {504}


def test_a_client_that_reads_nothing_does_not_delay_the_others(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    body = Body(1, 32 * MIB)
    upstream.when("/big").reply(200, body)
    upstream.when("/hit").reply(200, b"hit")
    running.get("/api/files/hit")
    limit = bearable(lambda: expect_body(running, "/api/files/hit", b"hit"), 0.5)
    idle = []
    for _ in range(20):
        connection = running.connect(receive_buffer=4096)
        connection.ask("/api/files/big")
        idle.append(connection)
    got = running.get("/api/files/big", keep=False, timeout=30)
    assert got.complete and got.sha256 == body.sha256
    assert slowest_of(lambda: expect_body(running, "/api/files/hit", b"hit")) < limit
    assert upstream.gets("/big") == 1
    for connection in idle:
        connection.reset()


@netns.isolated(resolv_conf="nameserver 127.0.0.77\noptions timeout:5 attempts:2\n")
def test_a_name_server_that_never_answers_delays_no_hit(server):
    with NameServer("127.0.0.77", silent=True) as names, Upstream() as upstream:
        running = server(
            {"lost": remote("http://lost.test"), "files": remote(upstream.base_url)},
            upstream_connect_timeout="3s",
        )
        upstream.when("/hit").reply(200, b"hit")
        running.get("/api/files/hit")
        limit = bearable(lambda: expect_body(running, "/api/files/hit", b"hit"), 0.5)
        herd = running.herd(50, paths=[f"/api/lost/{i}" for i in range(50)])
        wait_until(lambda: names.questions, 5, "the name server to be asked")
        assert slowest_of(lambda: expect_body(running, "/api/files/hit", b"hit")) < limit
        upstream.when("/miss").reply(200, b"miss")
        begun = time.monotonic()
        expect_body(running, "/api/files/miss", b"miss")
        assert time.monotonic() - begun < deadline(1)
        assert {r.status for r in herd.join()} <= {502, 504}


@netns.isolated(resolv_conf="nameserver 127.0.0.77\noptions timeout:5 attempts:2\n")
def test_a_name_server_that_never_answers_delays_no_end(server):
    with NameServer("127.0.0.77", silent=True) as names, Upstream() as upstream:
        running = server({"lost": remote("http://lost.test"), "files": remote(upstream.base_url)})
        herd = running.herd(5, paths=[f"/api/lost/{i}" for i in range(5)])
        wait_until(lambda: names.questions, 5)
        for i in range(5):
            herd.leave(i)
        herd.join()
        begun = time.monotonic()
        assert running.terminate(20) == 0
        assert time.monotonic() - begun < deadline(8)


def test_a_pile_of_listings_and_metrics_does_not_delay_hits(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    for i in range(50):
        upstream.when(f"/{i}").reply(200, b"x")
    running.herd(50, paths=[f"/api/files/{i}" for i in range(50)]).join()
    limit = bearable(lambda: expect_body(running, "/api/files/1", b"x"), 1)
    pages = running.herd(40, paths=["/artifacts/files?pattern=(x%2B)%2By", "/metrics", "/", "/config"] * 10)
    assert slowest_of(lambda: expect_body(running, "/api/files/1", b"x"), 20) < limit
    assert all(r.complete for r in pages.join())
