"""The harness tests itself: a test suite whose upstream or client lies proves nothing."""

import gzip
import hashlib
import socket
import threading

import pytest

import netns
import prometheus_text
from body import Body
from client import Conn, get, head, request_bytes
from herd import Herd
from response import ResponseReader
from names import NameServer
from server import to_yaml
from certificate import Certificate
from proxy import ForwardProxy
from upstream import Upstream
from waiting import wait_until

pytestmark = pytest.mark.harness


def test_a_body_is_the_same_bytes_however_it_is_cut():
    body = Body(7, 300_001)
    whole = body.bytes()
    assert len(whole) == 300_001
    assert b"".join(body.slice(i, i + 4096) for i in range(0, 300_001, 4096)) == whole
    assert body.sha256 == hashlib.sha256(whole).hexdigest()
    assert Body(8, 300_001).bytes() != whole
    assert whole[:65536] != whole[65536:131072]


@pytest.mark.parametrize("framing", ["length", "chunked", "close", "http10"])
def test_every_framing_is_read_back_whole(upstream, framing):
    body = Body(1, 200_000)
    reply = upstream.when("/f").reply(200, body)
    {"length": reply.length, "chunked": reply.chunked, "close": reply.until_close, "http10": reply.http10}[
        framing
    ]()
    got = get(upstream.authority, "/f")
    assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)
    assert got.framed_by == {"http10": "close"}.get(framing, framing)


@pytest.mark.parametrize("n", [0, 1, 5000, 9999])
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("rst", [False, True])
def test_a_cut_body_is_seen_as_broken(upstream, n, framing, rst):
    upstream.when("/f").reply(200, Body(1, 10_000)).length(framing == "length").cut_after(n, rst)
    got = get(upstream.authority, "/f")
    assert not got.complete
    assert got.error == ("reset" if rst else "closed early" if framing == "length" else "no last chunk")
    if not rst:
        assert got.size == n


def test_a_missing_last_chunk_and_a_bad_chunk_are_told_apart(upstream):
    upstream.when("/missing").reply(200, Body(1, 10_000)).missing_last_chunk()
    upstream.when("/bad").reply(200, Body(1, 10_000)).bad_chunk()
    missing, bad = get(upstream.authority, "/missing"), get(upstream.authority, "/bad")
    assert (missing.size, missing.error) == (10_000, "no last chunk")
    assert (bad.size, bad.error) == (5_000, "bad chunk")


def test_wrong_lengths_garbage_and_raw_bytes(upstream):
    upstream.when("/more").reply(200, b"x" * 100).wrong_length(50)
    upstream.when("/less").reply(200, b"x" * 100).wrong_length(200)
    upstream.when("/garbage").garbage()
    upstream.when("/raw").raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    with Conn(upstream.authority) as connection:
        more = connection.ask("/more").read()
        assert (more.complete, more.size, connection._leftover) == (True, 50, b"x" * 50)
    less = get(upstream.authority, "/less")
    assert (less.complete, less.size, less.error) == (False, 100, "closed early")
    assert get(upstream.authority, "/garbage").complete is False
    assert get(upstream.authority, "/raw").body == b"ok"


def test_stalling_and_releasing(upstream):
    stalled = upstream.when("/f").reply(200, Body(1, 100_000)).stall_after(60_000)
    with Conn(upstream.authority) as connection:
        connection.ask("/f")
        so_far = connection.read_until(60_000)
        assert so_far.size == 60_000
        stalled.wait_stalled()
        assert stalled.waiting == 1
        assert connection.silent_for(0.05)
        stalled.release()
        assert connection.read().sha256 == Body(1, 100_000).sha256


def test_a_reply_that_never_comes_ends_when_the_client_leaves(upstream):
    upstream.when("/f").never_answer()
    with Conn(upstream.authority) as connection:
        connection.ask("/f")
        wait_until(lambda: upstream.count("/f") == 1)
        assert connection.silent_for(0.05)
    wait_until(lambda: upstream.open_connections == 0)


def test_requests_are_counted_with_method_headers_and_connection(upstream):
    upstream.when("/f").reply(200, b"a").then().reply(404, b"b")
    with Conn(upstream.authority) as connection:
        assert connection.ask("/f", headers={"X-A": "1"}).read().status == 200
        assert connection.ask("/f?q=1", "HEAD").read("HEAD").status == 404
        assert connection.ask("/f").read().status == 404
    get(upstream.authority, "/f")
    first, second, third, fourth = upstream.asked("/f")
    assert (first.method, first.header("x-a"), second.method, second.target) == ("GET", "1", "HEAD", "/f?q=1")
    assert first.connection == second.connection == third.connection != fourth.connection
    assert upstream.gets("/f") == 3 and upstream.connections == 2


def test_validators_are_answered_with_304(upstream):
    upstream.when("/f").reply(200, b"abc").etag('"v1"').last_modified("Wed, 21 Oct 2015 07:28:00 GMT")
    ask = lambda **headers: get(
        upstream.authority, "/f", {k.replace("_", "-"): v for k, v in headers.items()}
    ).status
    assert ask(If_None_Match='"v1"') == 304
    assert ask(If_None_Match='"v2", W/"v1"') == 304
    assert ask(If_None_Match='"v2"', If_Modified_Since="Thu, 22 Oct 2015 07:28:00 GMT") == 200
    assert ask(If_Modified_Since="Wed, 21 Oct 2015 07:28:00 GMT") == 304
    assert ask(If_Modified_Since="Tue, 20 Oct 2015 07:28:00 GMT") == 200
    got = head(upstream.authority, "/f")
    assert (got.status, got.size, got.header("content-length")) == (200, 0, "3")


def test_ranges_are_served_when_switched_on(upstream):
    body = Body(3, 1000)
    upstream.when("/f").reply(200, body).etag('"v1"').with_ranges()
    ask = lambda text, **more: get(upstream.authority, "/f", {"Range": text, **more})
    assert ask("bytes=10-19").body == body.slice(10, 20)
    assert ask("bytes=-5").body == body.slice(995, 1000)
    assert ask("bytes=990-").header("content-range") == "bytes 990-999/1000"
    assert ask("bytes=1000-").status == 416
    assert ask("bytes=0-1", **{"If-Range": '"other"'}).status == 200


def test_gone_means_refused_and_back_means_the_same_port(upstream):
    upstream.when("/f").reply(200, b"a")
    port = upstream.port
    held = Conn(upstream.authority)
    assert held.ask("/f").read().status == 200
    upstream.stop()
    assert held.ended() in ("closed", "reset")
    with pytest.raises(ConnectionRefusedError):
        get(upstream.authority, "/f")
    upstream.stop()  # once more does no harm
    upstream.start()
    assert upstream.port == port
    assert get(upstream.authority, "/f").status == 200


def test_a_rate_is_kept(upstream):
    upstream.when("/f").reply(200, Body(1, 50_000)).rate(200_000)
    got = get(upstream.authority, "/f")
    assert got.complete and 0.2 < got.elapsed < 2


def test_gzip_redirect_and_unasked_206(upstream):
    upstream.when("/z").reply(200, b"plain").gzip_encoded()
    upstream.when("/r").redirect("/else", 307)
    upstream.when("/p").reply(200, b"0123456789").unasked_206()
    coded = get(upstream.authority, "/z")
    assert gzip.decompress(coded.body) == b"plain" and coded.header("content-encoding") == "gzip"
    assert get(upstream.authority, "/r").header("location") == "/else"
    part = get(upstream.authority, "/p")
    assert (part.status, part.body, part.header("content-range")) == (206, b"01234", "bytes 0-4/10")


def test_tls_upstream_with_its_own_certificate():
    with Upstream(tls=True) as upstream:
        upstream.when("/f").reply(200, b"secret")
        import ssl

        trusting = ssl.create_default_context(cafile=upstream.tls.cert)
        assert get(upstream.authority, "/f", tls=trusting).body == b"secret"
        with pytest.raises(ssl.SSLError):
            get(upstream.authority, "/f", tls=ssl.create_default_context())
        wait_until(lambda: upstream.failed_handshakes == 1)


def test_the_proxy_records_the_absolute_form_and_tunnels(upstream):
    with ForwardProxy() as proxy:
        proxy.when("http://far.example/f").reply(200, b"from afar")
        assert get(proxy.authority, "http://far.example/f").body == b"from afar"
        assert proxy.last().target == "http://far.example/f"
        upstream.when("/t").reply(200, b"through")
        with Conn(proxy.authority) as connection:
            connection.ask(upstream.authority, "CONNECT")
            assert connection.socket.recv(100).startswith(b"HTTP/1.1 200")
            assert connection.ask("/t").read().body == b"through"


def test_the_client_pipelines_and_keeps_what_is_left(upstream):
    upstream.when("/a").reply(200, b"first")
    upstream.when("/b").reply(200, b"second").chunked(2)
    with Conn(upstream.authority) as connection:
        connection.send(request_bytes("/a") + request_bytes("/b") + request_bytes("/a", "HEAD"))
        assert connection.read().body == b"first"
        assert connection.read().body == b"second"
        assert connection.read("HEAD").header("content-length") == "5"
        assert connection.ended(0.1) is None


@pytest.mark.parametrize(
    "raw, error",
    [
        (b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx\r\n\r\n", "bad head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "bad head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "bad head"),
        (b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", "bad head"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", "bad chunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", "bad chunk"),
    ],
)
def test_the_client_refuses_loose_framing(raw, error):
    reader = ResponseReader()
    reader.feed(raw)
    reader.ended("closed early")
    assert not reader.response.complete and reader.response.error.startswith(error)


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_the_client_reads_the_same_from_any_pieces(piece):
    raw = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\nNEXT"
    reader = ResponseReader()
    for at in range(0, len(raw), piece):
        reader.feed(raw[at : at + piece])
    assert (reader.response.body, reader.response.complete, reader.response.interim, reader.leftover) == (
        b"hello!",
        True,
        [100],
        b"NEXT",
    )


def test_a_herd_reports_each_of_its_clients(upstream):
    body = Body(5, 400_000)
    stalled = upstream.when("/f").reply(200, body).stall_after(100_000)
    herd = Herd(upstream.authority, 30, "/f").start()
    wait_until(lambda: all(n == 100_000 for n in herd.received))
    herd.leave(3)
    assert herd.done == 1
    stalled.release()
    responses = herd.join()
    assert responses[3].error == "left"
    rest = responses[:3] + responses[4:]
    assert {r.sha256 for r in rest} == {body.sha256}
    assert all(r.complete and r.ttfb < r.elapsed for r in rest)


def test_the_prometheus_reader_accepts_good_text_and_refuses_bad():
    good = (
        "# HELP a_total What.\n# TYPE a_total counter\n"
        'a_total{x="1",y="a\\"b"} 3\na_total{x="2"} 4e2\n'
        '# TYPE h histogram\nh_bucket{le="0.1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 0.3\nh_count 2\n'
    )
    parsed = prometheus_text.parse(good)
    assert parsed["a_total"][1] == ({"x": "2"}, 400)
    for bad in (
        "a 1",
        "a{x=1} 1\n",
        "a 1\na 1\n",
        'a 1\nb 1\na{x="1"} 1\n',
        "a 1\n# TYPE a counter\n",
        "# TYPE a counter\na -1\n",
        "a one\n",
        '# TYPE h histogram\nh_bucket{le="0.1"} 3\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n',
    ):
        with pytest.raises(prometheus_text.FormatError):
            prometheus_text.parse(bad)


def test_yaml_is_written_in_blocks():
    text = to_yaml(
        {
            "remotes": {
                "a": {
                    "base_url": "http://x",
                    "immutable_patterns": ["\\.gz$"],
                    "cache": {"mutable_ttl": 1},
                    "serve_ns": True,
                }
            }
        }
    )
    assert text == (
        'remotes:\n  a:\n    base_url: "http://x"\n    immutable_patterns:\n      - "\\\\.gz$"\n'
        "    cache:\n      mutable_ttl: 1\n    serve_ns: true\n"
    )


@netns.isolated(addresses=["203.0.113.7/32"], resolv_conf="nameserver 127.0.0.53\n")
def test_an_isolated_network_has_its_own_addresses_and_resolver(upstream):
    with Upstream("203.0.113.7") as public, NameServer("127.0.0.53", {"far.test": "203.0.113.7"}) as names:
        public.when("/f").reply(200, b"hi")
        assert socket.gethostbyname("far.test") == "203.0.113.7"
        assert "far.test" in names.questions
        assert get(public.authority, "/f").body == b"hi"
        with pytest.raises(OSError):
            get(upstream.authority, "/f")  # that one listens outside


def test_what_is_no_http_ends_a_connection_to_the_upstream(upstream):
    with Conn(upstream.authority) as connection:
        assert connection.send(b"\x16\x03\x01\x02\x00\x01").ended() in ("closed", "reset")
    upstream.when("/f").reply(200, Body(1, 10_000)).cut_after(5_000, rst=True)
    with Conn(upstream.authority) as connection:
        connection.ask("/f")
        wait_until(lambda: connection.was_reset)


def test_certificates_are_made_for_names_and_addresses():
    assert b"BEGIN CERTIFICATE" in open(Certificate("origin.test", also=["127.0.0.1"]).cert, "rb").read()
    assert threading.active_count() < 500
