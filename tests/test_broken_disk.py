"""A disk that is full, or lost what was on it: requests are served all the same, and nothing torn is ever
served.
"""

import ctypes
import os
import shutil

from body import Body
from netns import _libc, isolated
from server import remote
from upstream import Upstream
from waiting import wait_until

MIB = 1 << 20


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


def server_on(server, upstream, options):
    """A server whose data directory is a tmpfs, mounted in the mount namespace of this thread: it vanishes
    with the test.
    """
    running = server(remotes(upstream), start=False)
    running.data_dir.mkdir()
    if _libc.mount(b"tmpfs", str(running.data_dir).encode(), b"tmpfs", 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {running.data_dir}")
    return running.start()


@isolated()
def test_what_does_not_fit_is_served_and_what_fits_is_kept(server):
    with Upstream() as upstream:
        running = server_on(server, upstream, "size=48m")
        big, small = Body(1, 80 * MIB), Body(2, MIB)
        upstream.when("/big").reply(200, big)
        upstream.when("/small").reply(200, small)
        for _ in range(2):
            got = running.get("/api/files/big", keep=False, timeout=30)
            assert (got.status, got.complete, got.sha256, got.source) == (200, True, big.sha256, "remote")
        assert running.get("/api/files/small").sha256 == small.sha256
        assert running.get("/api/files/small").source == "cache"
        assert running.spool_files() == []


@isolated()
def test_a_body_of_unknown_length_that_fills_the_disk_is_whole_or_visibly_broken(server):
    with Upstream() as upstream:
        running = server_on(server, upstream, "size=48m")
        big = Body(3, 80 * MIB)
        upstream.when("/big").reply(200, big).chunked(65536)
        herd = running.herd(4, "/api/files/big")
        for got in herd.join():
            assert not got.complete or got.status >= 500 or got.sha256 == big.sha256
        wait_until(lambda: running.spool_files() == [], what="the spool to be let go")
        upstream.when("/small").reply(200, Body(4, MIB))
        assert running.get("/api/files/small").sha256 == Body(4, MIB).sha256


@isolated()
def test_a_disk_filled_by_others_costs_the_cache_but_not_the_service(server):
    with Upstream() as upstream:
        running = server_on(server, upstream, "size=48m")
        upstream.when("/before").reply(200, Body(5, MIB))
        running.get("/api/files/before")
        wait_until(lambda: running.get("/artifacts/files").json()["artifacts"], what="the row")
        filler = running.data_dir / "filler"
        with open(filler, "wb") as out:
            try:
                while True:
                    out.write(b"\0" * MIB)
                    out.flush()
            except OSError:
                pass
        for i, size in enumerate((10, 100_000, 3 * MIB)):
            upstream.when(f"/{i}").reply(200, Body(i, size))
            got = running.get(f"/api/files/{i}")
            assert (got.status, got.complete, got.sha256) == (200, True, Body(i, size).sha256)
        assert running.get("/api/files/before").sha256 == Body(5, MIB).sha256
        assert running.get("/ready").status == 200
        filler.unlink()
        upstream.when("/after").reply(200, Body(6, MIB))
        wait_until(lambda: running.get("/api/files/after").source == "cache", 5, "keeping again within 5 s")


@isolated()
def test_a_disk_without_inodes_costs_the_cache_but_not_the_service(server):
    with Upstream() as upstream:
        running = server_on(server, upstream, "size=64m,nr_inodes=400")
        fillers = running.data_dir / "fillers"
        fillers.mkdir()
        try:
            for i in range(500):
                (fillers / str(i)).touch()
        except OSError:
            pass
        for i, size in enumerate((10, 100_000, 3 * MIB)):
            upstream.when(f"/{i}").reply(200, Body(i, size))
            got = running.get(f"/api/files/{i}")
            assert (got.status, got.complete, got.sha256) == (200, True, Body(i, size).sha256)
        shutil.rmtree(fillers)
        upstream.when("/after").reply(200, Body(6, MIB))
        wait_until(lambda: running.get("/api/files/after").source == "cache", 5, "keeping again within 5 s")


def damage_and_restart(server, upstream, damage):
    """An artifact is stored, its file damaged while the server is down; what is served then."""
    running = server(remotes(upstream))
    body = Body(7, 400_000)
    upstream.when("/f").reply(200, body)
    running.get("/api/files/f")
    wait_until(lambda: running.get("/artifacts/files").json()["artifacts"], what="the row")
    assert running.terminate() == 0
    (blob,) = [file for file in running.blob_files() if file.stat().st_size == 400_000]
    damage(blob)
    running.start()
    for _ in range(3):
        got = running.get("/api/files/f")
        assert not got.complete or got.sha256 == body.sha256, "a damaged file is served as whole"
    assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)


def test_a_stored_file_that_vanished_is_fetched_again(server, upstream):
    damage_and_restart(server, upstream, lambda blob: blob.unlink())
    assert upstream.gets("/f") == 2


def test_a_stored_file_that_was_truncated_is_never_served_as_whole(server, upstream):
    damage_and_restart(server, upstream, lambda blob: os.truncate(blob, 100_000))
    assert upstream.gets("/f") == 2


def test_a_stored_file_that_grew_is_never_served_as_whole(server, upstream):
    def grow(blob):
        with open(blob, "ab") as out:
            out.write(b"more")

    damage_and_restart(server, upstream, grow)


def test_a_spool_folder_that_vanishes_does_not_stop_the_service(server, upstream):
    running = server(remotes(upstream))
    shutil.rmtree(running.data_dir / "spool")
    body = Body(8, 3 * MIB)
    upstream.when("/f").reply(200, body)
    got = running.get("/api/files/f")
    assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)
