"""How the connection to an origin is made, kept and given up."""

import gzip

import pytest

from body import Body
from server import remote
from certificate import Certificate
from proxy import ForwardProxy
from upstream import Upstream
from waiting import wait_until


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


def test_connections_are_reused(server, upstream):
    running = server(remotes(upstream), threads=1)
    for i in range(10):
        upstream.when(f"/{i}").reply(200, Body(i, 100_000)).length(i % 2 == 0)
        assert running.get(f"/api/files/{i}").complete
    assert running.get("/api/files/missing").status == 404
    assert running.head("/api/files/missing2").status == 404
    assert upstream.connections <= 2


def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/a").reply(200, b"a")
    upstream.when("/b").reply(200, b"b")
    running.get("/api/files/a")
    upstream.drop_connections()
    wait_until(lambda: upstream.open_connections == 0)
    assert running.get("/api/files/b").body == b"b"


def test_a_request_is_sent_once_more_when_a_reused_connection_dies(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/a").reply(200, b"a")
    upstream.when("/b").drop_connection().then().reply(200, b"b")
    running.get("/api/files/a")
    assert running.get("/api/files/b").body == b"b"
    first, second = upstream.asked("/b")
    assert first.connection != second.connection


def test_a_request_is_not_sent_a_third_time(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/a").reply(200, b"a")
    upstream.when("/b").drop_connection()
    running.get("/api/files/a")
    assert running.get("/api/files/b").status == 502
    assert upstream.count("/b") == 2


def test_a_fresh_connection_that_dies_is_not_tried_again(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/b").drop_connection()
    assert running.get("/api/files/b").status == 502
    assert upstream.count("/b") == 1


def test_an_answer_that_began_is_never_asked_for_again(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/a").reply(200, b"a")
    upstream.when("/b").reply(200, b"b" * 1000).cut_after(500)
    running.get("/api/files/a")
    assert running.get("/api/files/b").status == 502
    assert upstream.count("/b") == 1


def test_a_connection_is_not_reused_after_a_doubtful_answer(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/a").raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\naa", close=False
    )
    upstream.when("/b").reply(200, b"b")
    running.get("/api/files/a")
    assert running.get("/api/files/b").body == b"b"
    assert upstream.last("/a").connection != upstream.last("/b").connection


def test_connection_close_of_an_origin_is_obeyed(server, upstream):
    running = server(remotes(upstream), threads=1)
    upstream.when("/a").reply(200, b"a").closing()
    upstream.when("/b").reply(200, b"b")
    assert running.get("/api/files/a").body == b"a"
    assert running.get("/api/files/b").body == b"b"


def test_the_number_of_connections_to_one_origin_is_bounded(server, upstream):
    running = server(remotes(upstream), max_origin_connections=4)
    replies = [upstream.when(f"/{i}").reply(200, b"x").stall_before_head() for i in range(20)]
    herd = running.herd(20, paths=[f"/api/files/{i}" for i in range(20)])
    wait_until(lambda: upstream.count() >= 4)
    assert upstream.open_connections <= 4
    for reply in replies:
        reply.release()
    assert {r.status for r in herd.join()} == {200}
    assert upstream.connections <= 24


def test_only_identity_is_asked_for(site, unique):
    site.when(unique()).reply(200, b"x")
    site.get("/api/files" + unique(), {"Accept-Encoding": "gzip, br, zstd"})
    assert site.upstream.last(unique()).header("accept-encoding") == "identity"


def test_a_coded_body_is_kept_and_served_as_it_came(site, unique):
    site.when(unique("data.txt")).reply(200, b"plain text" * 100).gzip_encoded()
    for source in ("remote", "cache"):
        got = site.get("/api/files" + unique("data.txt"))
        assert (got.source, got.header("Content-Encoding")) == (source, "gzip")
        assert gzip.decompress(got.body) == b"plain text" * 100


def test_a_remote_may_have_a_proxy_of_its_own(server, upstream):
    with ForwardProxy() as proxy:
        proxy.when(f"{upstream.base_url}/f").reply(200, b"by proxy")
        running = server(
            {"files": remote(upstream.base_url, proxy=proxy.base_url), "direct": remote(upstream.base_url)}
        )
        upstream.when("/f").reply(200, b"direct")
        assert running.get("/api/files/f").body == b"by proxy"
        assert running.get("/api/direct/f").body == b"direct"
        assert proxy.count() == 1


def test_the_environment_names_a_proxy_and_its_exceptions(server):
    with Upstream() as near, Upstream("127.0.0.2") as exempt, ForwardProxy() as proxy:
        env = {"HTTP_PROXY": proxy.base_url, "NO_PROXY": "127.0.0.2,other.example"}
        running = server(
            {
                "near": remote(near.base_url),
                "exempt": remote(exempt.base_url),
                "own": remote(near.base_url, proxy="direct"),
            },
            env=env,
        )
        for one in (near, exempt):
            one.when("/f").reply(200, b"direct")
        proxy.when(f"{near.base_url}/f").reply(200, b"by proxy")
        assert running.get("/api/near/f").body == b"by proxy"
        assert running.get("/api/exempt/f").body == b"direct"
        assert running.get("/api/own/f").body == b"direct"


def test_https_goes_through_a_proxy_by_a_tunnel(server):
    with Upstream(tls=True) as secure, ForwardProxy() as proxy:
        secure.when("/f").reply(200, b"tunnelled")
        running = server(
            {
                "files": remote(
                    secure.base_url,
                    tls={"ca_file": secure.tls.cert},
                    proxy=proxy.base_url,
                    username="u",
                    password="canary",
                )
            }
        )
        assert running.get("/api/files/f").body == b"tunnelled"
        connect = proxy.last()
        assert (connect.method, connect.target, connect.header("authorization")) == (
            "CONNECT",
            secure.authority,
            None,
        )
        assert secure.last("/f").header("proxy-authorization") is None


def test_a_dead_proxy_is_502(server, upstream):
    with ForwardProxy() as proxy:
        proxy.stop()
        running = server({"files": remote(upstream.base_url, proxy=proxy.base_url)})
        assert running.get("/api/files/f").status == 502
        assert upstream.count() == 0


def test_tls_with_a_private_authority(server):
    body = Body(1, 300_000)
    with Upstream(tls=True) as secure:
        secure.when("/f").reply(200, body)
        running = server({"files": remote(secure.base_url, tls={"ca_file": secure.tls.cert})})
        assert running.get("/api/files/f").sha256 == body.sha256


def test_tls_that_cannot_be_trusted_is_502(server):
    with Upstream(tls=True) as unknown, Upstream(certificate=Certificate("other.test")) as misnamed:
        running = server(
            {
                "unknown": remote(unknown.base_url),
                "misnamed": remote(misnamed.base_url, tls={"ca_file": misnamed.tls.cert}),
            }
        )
        for name, origin in (("unknown", unknown), ("misnamed", misnamed)):
            origin.when("/f").reply(200, b"impostor")
            got = running.get(f"/api/{name}/f")
            assert (got.status, got.complete) == (502, True)
            assert origin.count() == 0, "not a request is sent"


def test_plain_http_where_tls_was_expected_is_502(server, upstream):
    running = server({"files": remote(upstream.base_url.replace("http:", "https:"))})
    assert running.get("/api/files/f").status == 502


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_tls_that_is_cut_is_no_whole_body(server, framing):
    with Upstream(tls=True) as secure:
        secure.when("/f").reply(200, Body(1, 10_000)).length(framing == "length").cut_after(5_000, rst=True)
        running = server({"files": remote(secure.base_url, tls={"ca_file": secure.tls.cert})})
        assert running.get("/api/files/f").status == 502


def test_tls_without_length_that_ends_without_goodbye_is_no_whole_body(server):
    with Upstream(tls=True) as secure:
        secure.when("/f").reply(200, Body(1, 200_000)).until_close().cut_after(100_000)
        running = server({"files": remote(secure.base_url, tls={"ca_file": secure.tls.cert})})
        got = running.get("/api/files/f")
        assert not got.complete or got.status == 502
