"""The same service by TLS: whole bodies, visible breaks, new certificates without a break."""

import shutil
import signal
import socket
import ssl
import threading

import pytest

from body import Body
from certificate import Authority
from server import remote, run
from waiting import wait_until

MEBI = 1 << 20


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def secure(server, upstream, authority, tmp_path):
    """Starts one server with a certificate in files that a test may replace."""

    def start(remotes=None, **flags):
        chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
        install(authority, chain, key)
        remotes = remotes or {"files": remote(upstream.base_url)}
        running = server(remotes, tls_cert=chain, tls_key=key, **flags)
        running.tls = authority.client()
        running.chain, running.key = chain, key
        return running

    return start


def install(authority, chain, key):
    new_chain, new_key = authority.issue()
    for source, place in ((new_key, key), (new_chain, chain)):
        shutil.copy(source, f"{place}.new")
        shutil.move(f"{place}.new", place)


def serial(running):
    with running.connect() as connection:
        return connection.socket.getpeercert()["serialNumber"]


def handshakes(running, result):
    samples = running.metrics()["artifactapi_tls_handshakes_total"]
    return sum(value for labels, value in samples if labels["result"] == result)


def raw(running, timeout=10):
    return socket.create_connection(running.address.rsplit(":", 1), timeout=timeout)


@pytest.mark.parametrize("size", [0, 1, 3000, 16384, 65536, 65537, 5 * MEBI + 3])
def test_get_head_and_ranges_are_the_same_as_without(secure, upstream, size):
    running = secure()
    body = Body(size, size)
    upstream.when("/f").reply(200, body)
    for source in ("remote", "cache", "cache"):
        got = running.get("/api/files/f")
        assert (got.status, got.complete, got.size, got.sha256) == (200, True, size, body.sha256)
        assert got.source == source
    got = running.head("/api/files/f")
    assert (got.status, got.headers["content-length"]) == (200, str(size))
    if size > 2:
        got = running.get("/api/files/f", {"Range": f"bytes=1-{size - 2}"})
        assert (got.status, got.body) == (206, body.bytes()[1 : size - 1])
    assert upstream.gets("/f") == 1


def test_a_connection_serves_many_requests_and_pipelined_ones(secure, upstream):
    running = secure(threads=1)
    small, large = Body(1, 3000), Body(2, 300_000)
    upstream.when("/small").reply(200, small)
    upstream.when("/large").reply(200, large)
    with running.connect() as kept:
        for _ in range(20):
            assert kept.ask("/api/files/small").read().sha256 == small.sha256
            assert kept.ask("/api/files/large").read().sha256 == large.sha256
            assert kept.ask("/api/files/small", "HEAD").read("HEAD").complete
            assert kept.ask("/nothere").read().status == 404
        for path in ("small", "large", "small"):
            kept.ask(f"/api/files/{path}")
        for body in (small, large, small):
            assert kept.read().sha256 == body.sha256


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken_with_http_1_1(secure, authority, version):
    running = secure()
    context = authority.client()
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with running.connect(tls=context) as connection:
        assert connection.socket.selected_alpn_protocol() == "http/1.1"
        assert connection.ask("/ready").read().status == 200


def test_older_versions_and_other_protocols_are_refused(secure, authority):
    running = secure()
    old = authority.client()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    only_h2 = authority.client()
    only_h2.set_alpn_protocols(["h2"])
    for context in (old, only_h2):
        with pytest.raises(OSError):
            running.connect(tls=context)
    wait_until(lambda: handshakes(running, "failed") >= 2)
    assert handshakes(running, "done") >= 1


def test_the_end_of_an_answer_is_said_and_a_break_is_not(secure, upstream):
    running = secure()
    upstream.when("/whole").reply(200, Body(1, 100_000)).length(False)
    cut = upstream.when("/cut")

    def end_of(path, received=lambda: None):
        plain = raw(running)
        with running.tls.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            try:
                while client.recv(1 << 16):
                    received()
                return "said"
            except OSError:
                return "broken"

    assert end_of("/api/files/whole") == "said"
    cut.reply(200, Body(1, MEBI)).stall_after(300_000).cut_after(400_000)
    assert end_of("/api/files/cut", cut.release) == "broken"


def test_followers_of_one_download_get_it_whole_and_one_slow_reader_delays_nobody(secure, upstream):
    running = secure()
    body = Body(7, 8 * MEBI)
    stalled = upstream.when("/f").reply(200, body).stall_after(2 * MEBI)
    slow = running.connect(receive_buffer=4096)
    slow.ask("/api/files/f")
    results = [None] * 10

    def follow(index):
        results[index] = running.get("/api/files/f")

    threads = [threading.Thread(target=follow, args=(index,), daemon=True) for index in range(len(results))]
    for thread in threads:
        thread.start()
    stalled.wait_stalled()
    leaver = running.connect()
    leaver.ask("/api/files/f").read_until(1000)
    leaver.close()
    stalled.release()
    for thread in threads:
        thread.join(30)
    assert all(got.complete and got.sha256 == body.sha256 for got in results)
    assert upstream.gets("/f") == 1
    got = slow.read()
    slow.close()
    assert got.complete and got.sha256 == body.sha256


@pytest.mark.parametrize("by_signal", [True, False], ids=["signal", "changed files"])
def test_a_new_certificate_is_used_for_new_connections_only(secure, upstream, authority, by_signal):
    running = secure()
    upstream.when("/f").reply(200, b"x")
    first = serial(running)
    with running.connect() as kept:
        assert kept.ask("/api/files/f").read().status == 200
        install(authority, running.chain, running.key)
        if by_signal:
            running.signal(signal.SIGHUP)
        wait_until(lambda: serial(running) != first, 5, "the new certificate")
        assert kept.ask("/api/files/f").read().status == 200
    assert running.get("/health").json()["checks"]["config"]["status"] == "healthy"


def test_a_bad_pair_keeps_the_old_certificate_and_is_shown(secure, authority):
    running = secure()
    first = serial(running)
    good = running.chain.read_bytes()
    running.chain.write_bytes(b"no certificate")
    check = lambda: running.get("/health").json()["checks"]["config"]
    wait_until(lambda: check()["status"] == "degraded", 5, "/health to tell")
    assert "certificate" in check()["error"]
    assert serial(running) == first
    assert running.wait_log(lambda line: "certificate refused" in str(line))["level"] == "error"
    counts = {labels["result"]: n for labels, n in running.metrics()["artifactapi_certificate_reloads_total"]}
    assert counts["refused"] >= 1
    assert running.metric("artifactapi_config_in_force") == 1
    other_chain, _ = authority.issue()
    shutil.copy(other_chain, running.chain)  # not of this key
    running.signal(signal.SIGHUP)
    wait_until(lambda: "key" in check()["error"], 5, "the other reason")
    running.chain.write_bytes(good)
    wait_until(lambda: check()["status"] == "healthy", 5, "/health to be well again")
    assert serial(running) == first


def test_a_bad_pair_stops_the_start(upstream, authority, tmp_path):
    from server import config_text

    config = tmp_path / "remotes.yaml"
    config.write_text(config_text({"files": remote(upstream.base_url)}))
    chain, key = authority.issue()
    _, other_key = authority.issue()
    for pair, word in (((chain, other_key), "key"), ((tmp_path / "none", key), "certificate")):
        ended = run(
            ["serve", "--config", str(config), "--data-dir", str(tmp_path / "data"), "--listen", "127.0.0.1:0"]
            + ["--tls-cert", str(pair[0]), "--tls-key", str(pair[1])]
        )
        assert ended.returncode == 1
        assert word in ended.stderr and "cannot be used" in ended.stderr


def test_a_plain_client_on_the_tls_port_is_sent_away_quickly(secure):
    running = secure()
    with raw(running, 5) as client:
        client.sendall(b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n")
        try:
            while client.recv(4096):
                pass
        except ConnectionError:
            pass
    wait_until(lambda: handshakes(running, "failed") == 1)
    assert running.get("/ready").status == 200


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["nothing", "a part of a hello"])
def test_an_abandoned_handshake_ends_by_the_time_limit_for_heads(secure, said):
    running = secure(header_timeout="1s")
    with raw(running, 15) as client:
        client.sendall(said)
        try:
            assert client.recv(100) == b""
        except ConnectionError:
            pass
    wait_until(lambda: handshakes(running, "failed") == 1)


def test_a_client_that_leaves_in_the_handshake_leaves_nothing_behind(secure):
    running = secure()
    running.get("/ready")
    before = len(running.descriptors())
    for number in range(50):
        with raw(running) as client:
            client.sendall(b"\x16\x03\x01\x02\x00\x01"[: number % 7])
    wait_until(lambda: handshakes(running, "failed") == 50)
    wait_until(lambda: len(running.descriptors()) <= before + 2, what="the descriptors to be closed")


def test_idle_connections_and_clients_that_say_their_end_are_closed(secure):
    running = secure(idle_timeout="1s")
    with running.connect() as kept:
        assert kept.ask("/ready").read().status == 200
        assert kept.ended(10) == "closed"
    with running.connect() as kept:
        assert kept.ask("/ready").read().status == 200
        kept.socket.unwrap()
    wait_until(lambda: running.metric("artifactapi_open_connections") == 1)
