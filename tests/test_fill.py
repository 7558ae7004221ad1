"""One download for everyone who asks, and everyone at their own pace."""

import pytest

from body import Body
from server import remote
from waiting import memory_bound, stays_true, wait_until

MIB = 1 << 20
KIB64 = 64 * 1024


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


@pytest.mark.parametrize("clients", [20, 200])
@pytest.mark.parametrize("size", [1000, 2 * MIB])
def test_many_clients_cause_one_download(site, unique, clients, size):
    body = Body(1, size)
    held = site.when(unique()).reply(200, body).stall_before_head()
    herd = site.server.herd(clients, "/api/files" + unique())
    held.wait_stalled()
    held.release()
    responses = herd.join()
    assert {(r.status, r.complete, r.sha256) for r in responses} == {(200, True, body.sha256)}
    assert site.upstream.gets(unique()) == 1
    assert {r.source for r in responses} <= {"remote", "cache"}
    assert site.get("/api/files" + unique()).source == "cache"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_the_first_bytes_arrive_while_upstream_is_stalled_half_way(site, unique, framing):
    body = Body(2, 4 * MIB)
    stalled = site.when(unique()).reply(200, body).length(framing == "length").stall_after(2 * MIB)
    herd = site.server.herd(20, "/api/files" + unique())
    wait_until(lambda: all(n >= 2 * MIB - 64 for n in herd.received), what="everybody to have the first half")
    assert all(n < 2 * MIB for n in herd.received), "the last byte that is there is held back"
    stalled.release()
    for response in herd.join():
        assert (response.complete, response.sha256, response.framed_by) == (True, body.sha256, framing)
    assert site.upstream.gets(unique()) == 1


def test_a_late_client_gets_at_once_what_is_there(site, unique):
    body = Body(3, 4 * MIB)
    stalled = site.when(unique()).reply(200, body).stall_after(3 * MIB)
    with site.connect() as first, site.connect() as late:
        first.ask("/api/files" + unique())
        assert first.read_until(3 * MIB - 1).size >= 3 * MIB - 64
        late.ask("/api/files" + unique())
        assert late.read_until(3 * MIB - 64).size >= 3 * MIB - 64
        assert late.begin().response.source == "remote", "bytes were still to come when it joined"
        stalled.release()
        assert first.read().sha256 == late.read().sha256 == body.sha256
    assert site.upstream.gets(unique()) == 1


@pytest.mark.parametrize("rst", [False, True])
def test_the_first_client_leaves_and_the_others_finish(site, unique, rst):
    body = Body(4, 4 * MIB)
    stalled = site.when(unique()).reply(200, body).stall_after(MIB)
    first = site.server.herd(1, "/api/files" + unique())
    stalled.wait_stalled()
    others = site.server.herd(19, "/api/files" + unique())
    wait_until(lambda: all(n > MIB - 64 for n in others.received))
    first.leave(0, rst)
    stalled.release()
    assert {(r.complete, r.sha256) for r in others.join()} == {(True, body.sha256)}
    assert site.upstream.gets(unique()) == 1


def test_when_everyone_leaves_a_long_download_stops(site, unique):
    stalled = site.when(unique()).reply(200, Body(5, 64 * MIB)).stall_after(MIB)
    herd = site.server.herd(3, "/api/files" + unique())
    stalled.wait_stalled()
    for index in range(3):
        herd.leave(index)
    wait_until(lambda: stalled.waiting == 0, 15, "the download to be given up")
    site.when(unique()).reply(200, b"new")
    assert site.get("/api/files" + unique()).body == b"new"


def test_when_everyone_leaves_with_little_missing_it_is_finished_and_kept(site, unique):
    body = Body(6, MIB)
    stalled = site.when(unique()).reply(200, body).stall_after(MIB - 1000)
    herd = site.server.herd(3, "/api/files" + unique())
    stalled.wait_stalled()
    for index in range(3):
        herd.leave(index)
    stalled.release()
    wait_until(
        lambda: site.upstream.bytes_sent and site.get("/api/files" + unique()).source == "cache", what="a hit"
    )
    assert site.get("/api/files" + unique()).sha256 == body.sha256
    assert site.upstream.gets(unique()) == 1


def test_someone_returns_to_an_abandoned_download(site, unique):
    body = Body(7, 8 * MIB)
    stalled = site.when(unique()).reply(200, body).stall_after(MIB)
    herd = site.server.herd(1, "/api/files" + unique())
    stalled.wait_stalled()
    herd.leave(0)
    again = site.server.herd(1, "/api/files" + unique())
    stalled.release()
    (got,) = again.join()
    assert (got.complete, got.sha256) == (True, body.sha256)


def test_a_slow_reader_holds_nobody_up(site, unique):
    body = Body(8, 32 * MIB)
    held = site.when(unique()).reply(200, body).stall_before_head()
    with site.connect(receive_buffer=4096) as slow:
        slow.ask("/api/files" + unique())
        herd = site.server.herd(3, "/api/files" + unique())
        held.release()
        assert all(r.complete and r.sha256 == body.sha256 for r in herd.join())
        assert slow.read(keep=False).sha256 == body.sha256


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize(
    "size", [0, 1, 2, KIB64 - 1, KIB64, KIB64 + 1, KIB64 + 2, 2 * KIB64 - 1, 2 * KIB64 + 1, MIB]
)
def test_every_size_is_whole_on_miss_and_hit(site, unique, size, framing):
    body = Body(9, size)
    site.when(unique()).reply(200, body).length(framing == "length")
    for source in ("remote", "cache", "cache"):
        got = site.get("/api/files" + unique())
        assert (got.status, got.complete, got.size, got.sha256, got.source) == (
            200,
            True,
            size,
            body.sha256,
            source,
        )
    assert got.header("Content-Length") == str(size)
    assert site.upstream.gets(unique()) == 1


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("size", [0, 100, 300_000])
def test_a_client_of_http_1_0_gets_a_length_and_never_chunks(site, unique, size, framing):
    body = Body(10, size)
    site.when(unique()).reply(200, body).length(framing == "length")
    for _ in range(2):
        got = site.get("/api/files" + unique(), version="HTTP/1.0")
        assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)
        assert got.framed_by == "length" and got.header("Content-Length") == str(size)


def test_unknown_length_means_chunked_and_ignored_ranges(site, unique):
    body = Body(11, MIB)
    stalled = site.when(unique()).reply(200, body).chunked().stall_after(MIB // 2)
    url = "/api/files" + unique()
    with site.connect() as first, site.connect() as ranged:
        first.ask(url)
        stalled.wait_stalled()
        ranged.ask(url, headers={"Range": "bytes=10-19"})
        assert ranged.read_until(1000).status == 200
        stalled.release()
        assert ranged.read().sha256 == first.read().sha256 == body.sha256
    assert site.get(url, {"Range": "bytes=10-19"}).body == body.slice(10, 20)


def test_a_body_that_ends_by_closing_is_served_but_not_stored(site, unique):
    body = Body(12, 300_000)
    site.when(unique()).reply(200, body).until_close()
    for count in (1, 2):
        got = site.get("/api/files" + unique())
        assert (got.status, got.complete, got.sha256, got.source) == (200, True, body.sha256, "remote")
        assert site.upstream.gets(unique()) == count


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_until_the_framing_agrees_the_last_byte_is_held_back(site, unique, framing):
    body = Body(13, 300_000)
    # Chunked: every byte is there but the last chunk is not. Known length: one byte is missing.
    stall = 300_000 if framing == "chunked" else 299_999
    stalled = site.when(unique()).reply(200, body).length(framing == "length").stall_after(stall)
    herd = site.server.herd(5, "/api/files" + unique())
    stalled.wait_stalled()
    wait_until(lambda: all(n >= stall - 1 for n in herd.received), what="all but one of the received bytes")
    stays_true(
        lambda: all(n == stall - 1 for n in herd.received) and herd.done == 0, 0.2, "nobody has the last byte"
    )
    stalled.release()
    assert {(r.complete, r.sha256) for r in herd.join()} == {(True, body.sha256)}


def test_small_bodies_are_answered_only_when_they_are_whole(site, unique):
    stalled = site.when(unique()).reply(200, Body(14, 60_000)).stall_after(30_000)
    with site.connect() as client:
        client.ask("/api/files" + unique())
        stalled.wait_stalled()
        assert client.silent_for(0.2)
        stalled.release()
        assert client.read().sha256 == Body(14, 60_000).sha256


def test_three_hundred_keys_at_once(site, unique):
    paths = []
    for i in range(300):
        site.when(unique(str(i))).reply(200, Body(i, 2000 + i))
        paths.append("/api/files" + unique(str(i)))
    herd = site.server.herd(300, paths=paths)
    for i, response in enumerate(herd.join()):
        assert (response.status, response.complete, response.sha256) == (200, True, Body(i, 2000 + i).sha256)
        assert site.upstream.gets(unique(str(i))) == 1
    again = site.server.herd(300, paths=paths)
    assert all(r.source == "cache" and r.complete for r in again.join())


def test_a_range_far_ahead_of_the_download_is_fetched_by_itself(site, unique):
    body = Body(15, 48 * MIB)
    stalled = site.when(unique()).reply(200, body).etag('"v1"').with_ranges().stall_after(MIB)
    url = "/api/files" + unique()
    first = site.server.herd(1, url)
    stalled.wait_stalled()
    # From now on the origin answers ranges; the download that stalls keeps its own script.
    site.when(unique()).reply(200, body).etag('"v1"').with_ranges()
    got = site.get(url, {"Range": f"bytes={40 * MIB}-{40 * MIB + 999}"}, timeout=5)
    assert (got.status, got.body) == (206, body.slice(40 * MIB, 40 * MIB + 1000))
    assert got.source == "remote"
    asked = site.upstream.last(unique(), "GET")
    assert asked.header("range") == f"bytes={40 * MIB}-{40 * MIB + 999}"
    assert asked.header("if-range") == '"v1"'
    stalled.release()
    (whole,) = first.join()
    assert whole.sha256 == body.sha256
    assert site.upstream.gets(unique()) == 2


def test_a_range_within_the_window_waits_for_the_download(site, unique):
    body = Body(16, 8 * MIB)
    stalled = site.when(unique()).reply(200, body).etag('"v1"').with_ranges().stall_after(MIB)
    url = "/api/files" + unique()
    with site.connect() as first, site.connect() as ranged:
        first.ask(url)
        stalled.wait_stalled()
        ranged.ask(url, headers={"Range": f"bytes={7 * MIB}-{7 * MIB + 9}"})
        assert ranged.silent_for(0.2)
        stalled.release()
        assert ranged.read().body == body.slice(7 * MIB, 7 * MIB + 10)
        assert first.read(keep=False).complete
    assert site.upstream.gets(unique()) == 1


def test_memory_does_not_grow_with_the_artifact(server, upstream):
    running = server(remotes(upstream), memory_cache="16MiB")
    upstream.when("/small").reply(200, b"x")
    running.get("/api/files/small")
    before = running.memory()
    body = Body(17, 192 * MIB)
    upstream.when("/big").reply(200, body)
    got = running.get("/api/files/big", keep=False, timeout=60)
    assert got.complete and got.sha256 == body.sha256
    assert running.get("/api/files/big", keep=False, timeout=60).sha256 == body.sha256
    assert running.memory() - before < memory_bound(64 * MIB)


@pytest.mark.heavy
def test_two_hundred_clients_and_64_mib_at_50_mb_per_second(server, upstream):
    running = server(remotes(upstream))
    body = Body(18, 64 * MIB)
    upstream.when("/big").reply(200, body).rate(50_000_000)
    herd = running.herd(200, "/api/files/big", timeout=180)
    responses = herd.join()
    assert {(r.status, r.complete, r.sha256) for r in responses} == {(200, True, body.sha256)}
    assert upstream.gets("/big") == 1
    assert (
        sorted(r.ttfb for r in responses)[100] < 2.0
    ), "the test's own client shares the CPUs: a loose bound"
    assert running.memory() < memory_bound(400 * MIB)


def test_no_more_downloads_run_at_once_than_allowed(server, upstream):
    running = server(remotes(upstream), max_fills=2, upstream_first_byte_timeout="1s")
    upstream.when("/kept").reply(200, b"kept")
    assert running.get("/api/files/kept").status == 200
    body = Body(4, 4 * MIB)
    stalled = [upstream.when(f"/{i}").reply(200, body).stall_after(2 * MIB) for i in range(2)]
    herd = running.herd(2, paths=["/api/files/0", "/api/files/1"])
    for one in stalled:
        one.wait_stalled()
    upstream.when("/waits").reply(200, b"comes later")
    assert running.metric("artifactapi_fills_in_progress") == 2
    refused = running.get("/api/files/waits")
    assert (refused.status, upstream.count("/waits")) == (503, 0), "it waited for its turn, in vain"
    assert running.get("/api/files/kept").source == "cache", "what is here needs no download"
    stalled[0].release()
    wait_until(lambda: running.get("/api/files/waits").status == 200, 10, "a turn")
    stalled[1].release()
    assert {response.sha256 for response in herd.join()} == {body.sha256}
