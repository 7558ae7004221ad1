"""The server's own HTTP: connections, pipelining, and patience only as long as configured."""

import resource
import socket
import time

import pytest

from body import Body
from client import Conn, exchange, request_bytes
from server import remote
from waiting import deadline, memory_bound, stays_true, wait_until

HOST = b"Host: cache.test\r\n"


def raw(line=b"GET /health HTTP/1.1", headers=HOST, body=b""):
    return line + b"\r\n" + headers + b"\r\n" + body


def post(headers, body=b""):
    return raw(b"POST /cache-artifact HTTP/1.1", HOST + headers, body)


def test_pipelined_requests_are_answered_in_order(site, unique):
    for i in range(20):
        site.when(unique(str(i))).reply(200, f"answer {i}".encode())
    with site.connect() as connection:
        connection.send(b"".join(request_bytes("/api/files" + unique(str(i))) for i in range(20)))
        assert [connection.read().text for _ in range(20)] == [f"answer {i}" for i in range(20)]
        connection.send(
            b"".join(
                request_bytes("/api/files" + unique(str(i)), "HEAD" if i % 2 else "GET") for i in range(20)
            )
        )
        for i in range(20):
            got = connection.read("HEAD" if i % 2 else "GET")
            assert (got.status, got.text) == (200, "" if i % 2 else f"answer {i}")


def test_a_request_may_arrive_byte_by_byte(site):
    with site.connect() as connection:
        for byte in request_bytes("/health"):
            connection.send(bytes([byte]))
        assert connection.read().status == 200


def test_two_requests_may_be_split_anywhere(site):
    both = request_bytes("/health") + request_bytes("/ready")
    for at in range(1, len(both), 7):
        with site.connect() as connection:
            connection.send(both[:at])
            time.sleep(0.001)
            connection.send(both[at:])
            assert (connection.read().status, connection.read().status) == (200, 200)


def test_a_connection_is_kept_in_1_1_and_closed_in_1_0(site):
    with site.connect() as connection:
        assert connection.ask("/health").read().status == 200
        assert connection.ask("/health").read().status == 200
        assert connection.ended(0.1) is None
    with site.connect() as connection:
        assert connection.ask("/health", version="HTTP/1.0").read().complete
        assert connection.ended() == "closed"
    with site.connect() as connection:
        got = connection.ask("/health", version="HTTP/1.0", headers={"Connection": "keep-alive"}).read()
        if got.header("Connection", "").lower() == "keep-alive":
            assert connection.ask("/health").read().status == 200


def test_connection_close_is_obeyed_and_announced(site, unique):
    site.when(unique()).reply(200, Body(1, 300_000))
    for path in ("/health", "/api/files" + unique(), "/api/files" + unique(), "/nothere"):
        with site.connect() as connection:
            got = connection.ask(path, headers={"Connection": "close"}).read()
            assert got.complete and got.header("Connection").lower() == "close"
            assert connection.ended() == "closed"


def test_a_connection_survives_error_answers_without_doubt(site):
    with site.connect() as connection:
        for path, status in (
            ("/nothere", 404),
            ("/api/files/a/../b", 400),
            ("/api/nothere/x", 404),
            ("/health", 200),
        ):
            got = connection.ask(path).read()
            assert (got.status, got.complete) == (status, True)
            if got.header("Connection", "").lower() == "close":
                return  # allowed, as long as it is said


def test_expect_100_continue_is_answered(site):
    with site.connect(timeout=5) as connection:
        connection.send(
            post(b"Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n")
        )
        head = connection.socket.recv(4096)
        assert head.startswith((b"HTTP/1.1 100", b"HTTP/1.1 4")), head
        if head.startswith(b"HTTP/1.1 100"):
            connection.send(b"{}")
            connection._leftover = head.partition(b"\r\n\r\n")[2]
            assert connection.read().status in (200, 400, 404, 422, 501)


def test_empty_lines_before_a_request_are_forgiven_or_refused_but_not_more(site):
    got, _ = exchange(site.server.address, b"\r\n" + request_bytes("/health", close=True))
    assert got.status in (200, 400)


def test_a_client_that_only_closes_its_sending_side_still_gets_its_answer(site, unique):
    site.when(unique()).reply(200, Body(2, 300_000))
    with site.connect() as connection:
        connection.ask("/api/files" + unique(), headers={"Connection": "close"})
        connection.socket.shutdown(socket.SHUT_WR)
        got = connection.read()
        assert not got.complete or got.sha256 == Body(2, 300_000).sha256


@pytest.fixture(scope="module")
def impatient(request, tmp_path_factory):
    """A server whose every patience ends after a second."""
    from conftest import Site, _Factory
    from upstream import Upstream

    with Upstream() as upstream:
        factory = _Factory(tmp_path_factory.mktemp("impatient"))
        try:
            yield Site(
                upstream,
                factory(
                    {"files": remote(upstream.base_url)},
                    header_timeout="1s",
                    idle_timeout="1s",
                    write_stall_timeout="1s",
                ),
            )
        finally:
            factory.finish()


def test_a_head_that_drips_is_cut_off(impatient):
    with impatient.connect() as connection:
        begun = time.monotonic()
        assert (
            connection.send_slowly(b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 1000, 20) is False
            or connection.read().status == 408
        )
        assert time.monotonic() - begun < deadline(5)


def test_a_connection_that_says_nothing_is_closed(impatient):
    with impatient.connect() as connection:
        assert connection.ended(5) in ("closed", "reset", "data")


def test_an_idle_connection_is_closed_after_its_time(impatient):
    with impatient.connect() as connection:
        assert connection.ask("/health").read().status == 200
        begun = time.monotonic()
        assert connection.ended(5) == "closed"
        assert time.monotonic() - begun > 0.8


def test_a_client_that_stops_reading_is_cut_off(impatient):
    body = Body(3, 64 << 20)
    impatient.when("/big").reply(200, body)
    assert impatient.get("/api/files/big", keep=False, timeout=30).complete
    with impatient.connect(receive_buffer=4096) as connection:
        connection.ask("/api/files/big")
        wait_until(lambda: connection.was_reset, 10, "the stalled client to be dropped")
        got = connection.read(keep=False)
        assert not got.complete


def test_a_client_that_reads_slowly_is_served(impatient):
    body = Body(4, 2 << 20)
    impatient.when("/slow").reply(200, body)
    with impatient.connect(receive_buffer=65536) as connection:
        connection.ask("/api/files/slow")
        reader = connection.begin(keep=False)
        end = time.monotonic() + 2.5
        while time.monotonic() < end and not reader.done:
            connection.socket.settimeout(5)
            reader.feed(connection.socket.recv(16384))
            time.sleep(0.05)
        assert connection.read().sha256 == body.sha256


def test_running_out_of_descriptors_neither_spins_nor_kills(server, upstream):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft >= 512
    running = server({"files": remote(upstream.base_url)}, wrapper=["prlimit", "--nofile=160:160"])
    upstream.when("/f").reply(200, b"x")
    assert running.get("/api/files/f").status == 200
    crowd = []
    for _ in range(250):
        one = socket.socket()
        one.settimeout(5)
        one.connect(tuple([running.address.rpartition(":")[0], int(running.address.rpartition(":")[2])]))
        crowd.append(one)
    stays_true(running.running, 0.3)
    before = running.cpu_seconds()
    stays_true(running.running, 1.0)
    assert running.cpu_seconds() - before < 0.4, "it spins on accept"
    for one in crowd:
        one.close()
    wait_until(lambda: _status(running) == 200, 10, "service after the crowd has left")


def _status(running):
    try:
        return running.get("/api/files/f", timeout=2).status
    except OSError:
        return None


def test_hundreds_of_idle_connections_do_not_disturb(server, upstream):
    running = server({"files": remote(upstream.base_url)})
    upstream.when("/f").reply(200, b"x")
    running.get("/api/files/f")
    before = running.memory()
    crowd = [Conn(running.address) for _ in range(400)]
    for one in crowd:
        one.ask("/health")
    for one in crowd:
        assert one.read().status == 200
    assert running.get("/api/files/f").source == "cache"
    assert running.memory() - before < memory_bound(400 * 32 * 1024)
    for one in crowd:
        one.close()
