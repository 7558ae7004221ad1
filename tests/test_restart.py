"""What survives an end, orderly or not."""

import signal

from body import Body
from server import Server, remote
from waiting import wait_until

MIB = 1 << 20


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "changing": remote(upstream.base_url, mutable_patterns=[".*"], mutable_ttl=3600),
    }


def test_the_cache_survives_a_restart_with_all_it_knew(server, upstream):
    running = server(remotes(upstream))
    bodies = {f"/{size}": Body(size, size) for size in (0, 10, 100_000, 2 * MIB)}
    heads = {}
    for path, body in bodies.items():
        upstream.when(path).reply(200, body, {"Content-Type": "application/x-own"}).last_modified()
        heads[path] = running.get("/api/files" + path).headers
    upstream.when("/index").reply(200, b"index").etag('"i"')
    running.get("/api/changing/index")
    running.restart()
    upstream.stop()
    for path, body in bodies.items():
        got = running.get("/api/files" + path)
        assert (got.status, got.sha256, got.source) == (200, body.sha256, "cache")
        for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
            assert got.header(name) == heads[path].get(name), name
    got = running.get("/api/changing/index")
    assert (got.body, got.source, got.header("ETag")) == (b"index", "cache", '"i"')
    assert running.get("/").json()["remotes"]["files"]["artifacts"] == 4


def test_what_was_answered_is_durable_soon_even_without_an_orderly_end(server, upstream):
    running = server(remotes(upstream))
    upstream.when("/f").reply(200, Body(1, 300_000))
    running.get("/api/files/f")
    wait_until(lambda: running.get("/artifacts/files").json()["artifacts"], what="the row to be readable")
    running.kill()
    running.start()
    got = running.get("/api/files/f")
    assert got.sha256 == Body(1, 300_000).sha256  # from the cache or again from upstream, but whole


def test_a_crash_in_the_middle_of_a_download_leaves_nothing_torn(server, upstream):
    running = server(remotes(upstream))
    body = Body(2, 4 * MIB)
    stalled = upstream.when("/f").reply(200, body).stall_after(2 * MIB)
    client = running.herd(1, "/api/files/f")
    stalled.wait_stalled()
    wait_until(lambda: client.received[0] > MIB)
    running.kill()
    (torn,) = client.join()
    assert not torn.complete
    stalled.release()
    upstream.when("/f").reply(200, body)
    running.start()
    wait_until(lambda: running.spool_files() == [], what="the spool to be swept")
    got = running.get("/api/files/f")
    assert (got.sha256, got.source) == (body.sha256, "remote")


def test_many_crashes_at_any_moment_leave_only_whole_artifacts(server, upstream):
    running = server(remotes(upstream))
    bodies = [Body(i, 1 + i * 7919) for i in range(60)]
    for i, body in enumerate(bodies):
        upstream.when(f"/{i}").reply(200, body)
    for round_number in range(5):
        herd = running.herd(60, paths=[f"/api/files/{i}" for i in range(60)])
        wait_until(lambda: herd.done >= 10 * round_number + 5)
        running.kill()
        for i, response in enumerate(herd.join()):
            assert not response.complete or response.sha256 == bodies[i].sha256
        running.start()
    for i, body in enumerate(bodies):
        got = running.get(f"/api/files/{i}")
        assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)
    wait_until(lambda: running.spool_files() == [])


def test_one_data_directory_belongs_to_one_process(server, upstream):
    running = server(remotes(upstream))
    address = (running.data_dir / "address").read_text()
    second = Server(running.folder / "second", remotes(upstream))
    second.data_dir = running.data_dir
    second.spawn()
    (running.data_dir / "address").write_text(address)
    code = second.wait_exit()
    assert code not in (0, None), "the second process must refuse"
    assert str(running.data_dir) in second.output() or "data" in second.output()
    upstream.when("/f").reply(200, b"x")
    assert running.get("/api/files/f").status == 200


def test_a_killed_process_does_not_keep_the_data_directory(server, upstream):
    running = server(remotes(upstream))
    running.signal(signal.SIGKILL)
    running.wait_exit()
    running.start()
    assert running.get("/ready").status == 200


def test_a_remote_that_left_the_configuration_is_gone_and_its_return_finds_the_cache(server, upstream):
    running = server(remotes(upstream))
    upstream.when("/f").reply(200, b"x")
    running.get("/api/files/f")
    text = running.config.read_text()
    running.config.write_text(text.replace("  files:", "  renamed:"))
    running.restart()
    assert running.get("/api/files/f").status == 404
    running.config.write_text(text)
    running.restart()
    assert running.get("/api/files/f").source == "cache"
