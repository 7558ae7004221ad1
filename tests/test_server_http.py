"""The server's own HTTP: strict with requests, patient only as long as configured."""

import random
import resource
import socket
import ssl
import time

import pytest

from body import Body
from client import Conn, exchange, request_bytes
from server import remote
from upstream import Certificate
from waiting import deadline, stays_true, wait_until

HOST = b"Host: cache.test\r\n"


def raw(line=b"GET /health HTTP/1.1", headers=HOST, body=b""):
    return line + b"\r\n" + headers + b"\r\n" + body


def post(headers, body=b""):
    return raw(b"POST /cache-artifact HTTP/1.1", HOST + headers, body)


REFUSED = {
    "no Host": (raw(headers=b""), {400}),
    "an empty Host": (raw(headers=b"Host:\r\n"), {400}),
    "two Hosts": (raw(headers=HOST + HOST), {400}),
    "a Host with a path": (raw(headers=b"Host: h/x@y\r\n"), {400}),
    "a Host with userinfo": (raw(headers=b"Host: user@h\r\n"), {400}),
    "a Host with a space": (raw(headers=b"Host: a b\r\n"), {400}),
    "length and transfer coding": (post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), {400}),
    "two lengths": (post(b"Content-Length: 4\r\nContent-Length: 5\r\n", b"abcde"), {400}),
    "two same lengths in a list": (post(b"Content-Length: 4, 4\r\n", b"abcd"), {400}),
    "a length with a sign": (post(b"Content-Length: +4\r\n", b"abcd"), {400}),
    "a length in hexadecimal": (post(b"Content-Length: 0x4\r\n", b"abcd"), {400}),
    "a negative length": (post(b"Content-Length: -4\r\n", b"abcd"), {400}),
    "a length beyond 64 bits": (post(b"Content-Length: 18446744073709551620\r\n", b"abcd"), {400, 413}),
    "an empty length": (post(b"Content-Length:\r\n"), {400}),
    "an unknown transfer coding": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    "chunked that is not last": (post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), {400, 501}),
    "chunked twice": (post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), {400, 501}),
    "a vertical tab before chunked": (post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    "a transfer coding in HTTP/1.0": (raw(b"POST /cache-artifact HTTP/1.0", HOST + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"), {400}),
    "a space before the colon": (raw(headers=HOST + b"X-A : 1\r\n"), {400}),
    "a header without a name": (raw(headers=HOST + b": 1\r\n"), {400}),
    "a header without a colon": (raw(headers=HOST + b"nonsense\r\n"), {400}),
    "a NUL in a value": (raw(headers=HOST + b"X-A: a\x00b\r\n"), {400}),
    "a NUL in a name": (raw(headers=HOST + b"X\x00A: b\r\n"), {400}),
    "a bare CR in a value": (raw(headers=HOST + b"X-A: a\rb\r\n"), {400}),
    "a NUL in the path": (raw(b"GET /health\x00 HTTP/1.1"), {400}),
    "a space in the path": (raw(b"GET /he alth HTTP/1.1"), {400}),
    "a folded line": (raw(headers=HOST + b"X-A: a\r\n b\r\n"), {400}),
    "a folded first line": (raw(headers=b" X-A: a\r\n" + HOST), {400}),
    "bare line feeds": (b"GET /health HTTP/1.1\nHost: cache.test\n\n", {400}),
    "one bare line feed": (b"GET /health HTTP/1.1\r\nHost: cache.test\nX-A: b\r\n\r\n", {400}),
    "a line feed after a chunk extension": (post(b"Transfer-Encoding: chunked\r\n", b"1;x\na\r\n0\r\n\r\n"), {400}),
    "a line feed that ends a chunk": (post(b"Transfer-Encoding: chunked\r\n", b"1\r\na\n0\r\n\r\n"), {400}),
    "a negative chunk size": (post(b"Transfer-Encoding: chunked\r\n", b"-1\r\na\r\n0\r\n\r\n"), {400}),
    "a chunk size with 0x": (post(b"Transfer-Encoding: chunked\r\n", b"0x1\r\na\r\n0\r\n\r\n"), {400}),
    "a chunk size beyond 64 bits": (post(b"Transfer-Encoding: chunked\r\n", b"10000000000000001\r\na\r\n0\r\n\r\n"), {400, 413}),
    "another authority in absolute form": (raw(b"GET http://elsewhere.example/health HTTP/1.1"), {400}),
    "CONNECT": (raw(b"CONNECT elsewhere.example:80 HTTP/1.1"), {400, 405}),
    "a fragment": (raw(b"GET /health#frag HTTP/1.1"), {400}),
    "HTTP/1.9": (raw(b"GET /health HTTP/1.9"), {400, 505}),
    "HTTP/2.0": (raw(b"GET /health HTTP/2.0"), {505}),
    "HTTP/0.9": (b"GET /health\r\n\r\n", {400, 505}),
    "a version in lower case": (raw(b"GET /health http/1.1"), {400}),
    "a target without a slash": (raw(b"GET health HTTP/1.1"), {400}),
    "an asterisk for GET": (raw(b"GET * HTTP/1.1"), {400}),
    "a method that is no token": (raw(b"G(T /health HTTP/1.1"), {400}),
    "a header of 64 KiB": (raw(headers=HOST + b"X-A: " + b"a" * 65536 + b"\r\n"), {431}),
    "three hundred headers": (raw(headers=HOST + b"".join(b"X-%d: 1\r\n" % i for i in range(300))), {431}),
    "a target of 64 KiB": (raw(b"GET /" + b"a" * 65536 + b" HTTP/1.1"), {414}),
    "a strange expectation": (raw(headers=HOST + b"Expect: 200-ok\r\n"), {417}),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", {400}),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_doubtful_request_is_refused_and_the_connection_closed(site, case):
    request, statuses = REFUSED[case]
    smuggled = request_bytes("/api/files/smuggled")
    before = site.upstream.count("/smuggled")
    with site.connect(timeout=5) as connection:
        try:
            connection.send(request + smuggled)
        except OSError:
            pass
        got = connection.read()
        assert got.status in statuses, got
        assert got.complete and got.header("Connection", "").lower() == "close"
        assert connection.ended(3) in ("closed", "reset")
    assert site.upstream.count("/smuggled") == before, "what followed must not count as a request"


@pytest.mark.parametrize("target", ["/api/files/a%00b", "/api/files/p/%2e%2e/%2e%2e/x", "/../../x", "/api/files/%zz"])
def test_a_bad_path_is_400_without_doubt_about_the_next_request(site, target):
    with site.connect() as connection:
        got = connection.ask(target).read()
        assert (got.status, got.complete) == (400, True)
        if got.header("Connection", "").lower() == "close":
            assert connection.ended() == "closed"
        else:
            assert connection.ask("/health").read().status == 200


def test_a_scoped_name_with_an_escaped_slash_is_fine(site):
    site.when("/@s%2Fp").reply(200, b"scoped")
    assert site.get("/api/files/@s%2fp").body == b"scoped"


def test_the_absolute_form_of_our_own_host_is_a_request_to_us(site):
    got, _ = exchange(site.server.address, raw(b"GET http://cache.test/health HTTP/1.1", HOST))
    assert got.status in (200, 400)


@pytest.mark.parametrize("body", [b"hello", b"GET /api/files/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_body_with_get_is_never_taken_for_a_request(site, body):
    before = site.upstream.count("/smuggled")
    with site.connect(timeout=5) as connection:
        connection.send(raw(headers=HOST + b"Content-Length: %d\r\n" % len(body), body=body))
        got = connection.read()
        assert got.status in (200, 400, 413)
        if got.status == 200:
            assert connection.ask("/health").read().status == 200
        else:
            assert connection.ended(3) in ("closed", "reset")
    assert site.upstream.count("/smuggled") == before


def test_pipelined_requests_are_answered_in_order(site, unique):
    for i in range(20):
        site.when(unique(str(i))).reply(200, f"answer {i}".encode())
    with site.connect() as connection:
        connection.send(b"".join(request_bytes("/api/files" + unique(str(i))) for i in range(20)))
        assert [connection.read().text for _ in range(20)] == [f"answer {i}" for i in range(20)]
        connection.send(b"".join(request_bytes("/api/files" + unique(str(i)), "HEAD" if i % 2 else "GET") for i in range(20)))
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
        for path, status in (("/nothere", 404), ("/api/files/a/../b", 400), ("/api/nothere/x", 404), ("/health", 200)):
            got = connection.ask(path).read()
            assert (got.status, got.complete) == (status, True)
            if got.header("Connection", "").lower() == "close":
                return  # allowed, as long as it is said


def test_expect_100_continue_is_answered(site):
    with site.connect(timeout=5) as connection:
        connection.send(post(b"Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"))
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
            yield Site(upstream, factory({"files": remote(upstream.base_url)}, header_timeout="1s", idle_timeout="1s", write_stall_timeout="1s"))
        finally:
            factory.finish()


def test_a_head_that_drips_is_cut_off(impatient):
    with impatient.connect() as connection:
        begun = time.monotonic()
        assert connection.send_slowly(b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 1000, 20) is False or connection.read().status == 408
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
    assert running.memory() - before < 400 * 32 * 1024
    for one in crowd:
        one.close()


def test_tls_listener_serves_the_same_or_the_start_says_that_there_is_none_yet(server, upstream):
    own = Certificate("127.0.0.1")
    running = server({"files": remote(upstream.base_url)}, start=False, tls_cert=own.cert, tls_key=own.key)
    running.spawn()
    wait_until(lambda: not running.running() or (running.data_dir / "address").exists())
    if not running.running():
        assert running.wait_exit() not in (0, None)
        assert "TLS" in running.output()
        running.process = None
        return
    running.address = (running.data_dir / "address").read_text().strip()
    trusting = ssl.create_default_context(cafile=own.cert)
    body = Body(5, 1 << 20)
    upstream.when("/f").reply(200, body)
    for source in ("remote", "cache"):
        got = running.get("/api/files/f", tls=trusting)
        assert (got.status, got.complete, got.sha256, got.source) == (200, True, body.sha256, source)


def mutations(seeds, number):
    """Deterministic small damages to good requests: bytes deleted, inserted, replaced, doubled, lines swapped."""
    dice = random.Random(20)
    odd = [b"\r", b"\n", b"\0", b" ", b"\t", b":", b"/", b"%", b"\xff", b"\x0b", b"0", b"-", b"+", b",", b";", b"\r\n", b"\r\n\r\n", b"#", b"?", b"\x7f"]
    for _ in range(number):
        request = dice.choice(seeds)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(request))
            kind = dice.randrange(4)
            piece = dice.choice(odd)
            request = [request[:at] + request[at + 1 :], request[:at] + piece + request[at:], request[:at] + piece + request[at + 1 :], request[:at] + request[at : at + 9] + request[at:]][kind]
        yield request


def test_damaged_requests_get_well_formed_answers_and_do_no_harm(site):
    seeds = [
        request_bytes("/api/files/damaged", headers={"Range": "bytes=0-3", "If-None-Match": '"a"', "Accept-Encoding": "gzip"}),
        post(b"Content-Type: application/json\r\nContent-Length: 2\r\n", b"{}"),
        post(b"Transfer-Encoding: chunked\r\n", b"2;a=b\r\n{}\r\n0\r\nX-T: 1\r\n\r\n"),
        raw(b"HEAD /api/v1/remote/files/damaged?a=b%20c HTTP/1.0", HOST),
    ]
    for request in mutations(seeds, 400):
        with site.connect(timeout=5) as connection:
            try:
                connection.send(request)
                connection.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            method = "HEAD" if request.startswith(b"HEAD ") else "GET"
            while True:
                got = connection.read(method)
                if not got.complete:
                    assert got.status is None and got.error in ("closed early", "reset"), (request, got)
                    break
                assert 200 <= got.status < 600, (request, got)
                method = "GET"
    assert site.get("/ready").status == 200
