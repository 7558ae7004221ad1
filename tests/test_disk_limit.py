"""The disk is bounded: the least recently used artifact goes first, and nothing fails for want of room."""

from body import Body
from server import remote
from waiting import wait_until

MIB = 1 << 20


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


def used(running):
    return sum(file.stat().st_size for file in running.blob_files())


def test_the_least_recently_used_artifacts_make_room(server, upstream):
    running = server(remotes(upstream), disk_limit="10MiB")
    for i in range(3):
        upstream.when(f"/{i}").reply(200, Body(i, 3 * MIB))
        assert running.get(f"/api/files/{i}").complete
    assert running.get("/api/files/0").source == "cache"  # so that 1 is the oldest in use
    for i in range(3, 5):
        upstream.when(f"/{i}").reply(200, Body(i, 3 * MIB))
        assert running.get(f"/api/files/{i}").sha256 == Body(i, 3 * MIB).sha256
    wait_until(lambda: used(running) <= 10 * MIB, 10, "eviction")
    assert running.get("/api/files/4").source == "cache"
    assert running.get("/api/files/0").source == "cache"
    got = running.get("/api/files/1")
    assert (got.source, got.sha256) == ("remote", Body(1, 3 * MIB).sha256)


def test_the_limit_holds_over_many_artifacts(server, upstream):
    running = server(remotes(upstream), disk_limit="8MiB")
    for i in range(40):
        upstream.when(f"/{i}").reply(200, Body(i, MIB))
        got = running.get(f"/api/files/{i}")
        assert (got.status, got.complete, got.sha256) == (200, True, Body(i, MIB).sha256)
    wait_until(lambda: used(running) <= 8 * MIB, 10, "eviction")
    assert used(running) >= 2 * MIB, "it is still a cache"
    assert running.get("/").json()["remotes"]["files"]["bytes"] <= 8 * MIB


def test_what_is_larger_than_the_limit_is_served_and_not_kept(server, upstream):
    running = server(remotes(upstream), disk_limit="4MiB")
    body = Body(1, 12 * MIB)
    upstream.when("/small").reply(200, b"small")
    running.get("/api/files/small")
    upstream.when("/big").reply(200, body)
    for count in (1, 2):
        got = running.get("/api/files/big")
        assert (got.status, got.complete, got.sha256, got.source) == (200, True, body.sha256, "remote")
        assert upstream.gets("/big") == count
    assert used(running) <= 4 * MIB
    assert running.get("/api/files/small").source == "cache", "it did not push others out"


def test_what_grows_beyond_the_limit_without_saying_so_is_served_or_visibly_broken(server, upstream):
    running = server(remotes(upstream), disk_limit="4MiB")
    body = Body(2, 12 * MIB)
    upstream.when("/big").reply(200, body).chunked()
    got = running.get("/api/files/big")
    assert (got.complete and got.sha256 == body.sha256) or not got.complete or got.status in (502, 503)
    wait_until(lambda: used(running) <= 4 * MIB, 10)
    upstream.when("/small").reply(200, b"small")
    assert running.get("/api/files/small").status == 200


def test_several_who_want_what_cannot_be_kept_are_all_served(server, upstream):
    running = server(remotes(upstream), disk_limit="4MiB")
    body = Body(3, 6 * MIB)
    upstream.when("/big").reply(200, body)
    herd = running.herd(5, "/api/files/big")
    assert {(r.status, r.complete, r.sha256) for r in herd.join()} == {(200, True, body.sha256)}


def test_an_artifact_being_read_is_not_torn_by_its_eviction(server, upstream):
    running = server(remotes(upstream), disk_limit="10MiB")
    body = Body(4, 6 * MIB)
    upstream.when("/read").reply(200, body)
    running.get("/api/files/read")
    with running.connect(receive_buffer=4096) as slow:
        slow.ask("/api/files/read")
        slow.read_head()
        for i in range(5):
            upstream.when(f"/{i}").reply(200, Body(i, 3 * MIB))
            assert running.get(f"/api/files/{i}").complete
        got = slow.read()
        assert got.complete and got.sha256 == body.sha256
