"""Requests are read strictly: what two parsers could read in two ways is refused."""

import random
import socket

import pytest

from client import exchange, request_bytes

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
    "length and transfer coding": (
        post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        {400},
    ),
    "two lengths": (post(b"Content-Length: 4\r\nContent-Length: 5\r\n", b"abcde"), {400}),
    "two same lengths in a list": (post(b"Content-Length: 4, 4\r\n", b"abcd"), {400}),
    "a length with a sign": (post(b"Content-Length: +4\r\n", b"abcd"), {400}),
    "a length in hexadecimal": (post(b"Content-Length: 0x4\r\n", b"abcd"), {400}),
    "a negative length": (post(b"Content-Length: -4\r\n", b"abcd"), {400}),
    "a length beyond 64 bits": (post(b"Content-Length: 18446744073709551620\r\n", b"abcd"), {400, 413}),
    "an empty length": (post(b"Content-Length:\r\n"), {400}),
    "an unknown transfer coding": (post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    "chunked that is not last": (post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), {400, 501}),
    "chunked twice": (
        post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        {400, 501},
    ),
    "a vertical tab before chunked": (post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    "a transfer coding in HTTP/1.0": (
        raw(b"POST /cache-artifact HTTP/1.0", HOST + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        {400},
    ),
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
    "a line feed after a chunk extension": (
        post(b"Transfer-Encoding: chunked\r\n", b"1;x\na\r\n0\r\n\r\n"),
        {400},
    ),
    "a line feed that ends a chunk": (post(b"Transfer-Encoding: chunked\r\n", b"1\r\na\n0\r\n\r\n"), {400}),
    "a negative chunk size": (post(b"Transfer-Encoding: chunked\r\n", b"-1\r\na\r\n0\r\n\r\n"), {400}),
    "a chunk size with 0x": (post(b"Transfer-Encoding: chunked\r\n", b"0x1\r\na\r\n0\r\n\r\n"), {400}),
    "a chunk size beyond 64 bits": (
        post(b"Transfer-Encoding: chunked\r\n", b"10000000000000001\r\na\r\n0\r\n\r\n"),
        {400, 413},
    ),
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
    "TLS on the plain port": (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
        {400},
    ),
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


@pytest.mark.parametrize(
    "target", ["/api/files/a%00b", "/api/files/p/%2e%2e/%2e%2e/x", "/../../x", "/api/files/%zz"]
)
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


def mutations(seeds, number):
    """Deterministic small damages to good requests: bytes deleted, inserted, replaced, doubled, lines
    swapped.
    """
    dice = random.Random(20)
    odd = [
        b"\r",
        b"\n",
        b"\0",
        b" ",
        b"\t",
        b":",
        b"/",
        b"%",
        b"\xff",
        b"\x0b",
        b"0",
        b"-",
        b"+",
        b",",
        b";",
        b"\r\n",
        b"\r\n\r\n",
        b"#",
        b"?",
        b"\x7f",
    ]
    for _ in range(number):
        request = dice.choice(seeds)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(request))
            kind = dice.randrange(4)
            piece = dice.choice(odd)
            request = [
                request[:at] + request[at + 1 :],
                request[:at] + piece + request[at:],
                request[:at] + piece + request[at + 1 :],
                request[:at] + request[at : at + 9] + request[at:],
            ][kind]
        yield request


def test_damaged_requests_get_well_formed_answers_and_do_no_harm(site):
    seeds = [
        request_bytes(
            "/api/files/damaged",
            headers={"Range": "bytes=0-3", "If-None-Match": '"a"', "Accept-Encoding": "gzip"},
        ),
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
