"""The disk under a running server: filled by others, out of inodes, read-only, emptied or damaged by hand.

test_broken_disk.py asks what is served at such a moment; this file asks what is left behind, and how long until all is well again.
"""

import ctypes
import hashlib
import os
import shutil

import pytest

from body import Body
from netns import _libc, isolated
from server import remote
from upstream import Upstream
from waiting import wait_until

KIB, MIB = 1 << 10, 1 << 20
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MNT_DETACH = 1, 32, 4096, 2
SMALL, MIDDLE, LARGE = 100, 200 * KIB, 3 * MIB  # kept in memory while it comes, one spool file, several writes


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "changing": remote(
            upstream.base_url, mutable_patterns=[".*"], mutable_ttl=0, check_mutable_updates=True
        ),
    }


def mount(folder, flags, options):
    if _libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", flags, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"mount {folder}")


class Disk:
    """A server on a tmpfs of its own, in the mount namespace of the test's thread: nothing to unmount."""

    def __init__(self, server, upstream, options):
        self.options = options
        self.upstream = upstream
        self.running = server(remotes(upstream), start=False)
        self.folder = self.running.data_dir
        self.folder.mkdir()
        mount(self.folder, 0, options)
        self.running.start()
        self.made = 0

    def new(self, size, chunked=False):
        """A path that nobody asked for yet, and its body."""
        self.made += 1
        body = Body(self.made, size)
        reply = self.upstream.when(f"/new/{self.made}").reply(200, body)
        if chunked:
            reply.chunked()
        return f"/api/files/new/{self.made}", body

    def serves(self, path, body):
        got = self.running.get(path, keep=False, timeout=30)
        assert (got.status, got.complete, got.sha256) == (200, True, body.sha256), path
        return got

    def fill(self):
        """A foreign file takes all that is left."""
        with open(self.folder / "foreign", "wb", buffering=0) as out:
            for piece in (MIB, 4 * KIB):
                try:
                    while out.write(b"\xaa" * piece) == piece:
                        pass
                except OSError:
                    pass
        assert os.statvfs(self.folder).f_bavail * 4096 < 64 * KIB

    def take_inodes(self):
        (self.folder / "foreign").mkdir()
        try:
            for i in range(10_000):
                (self.folder / "foreign" / str(i)).touch()
        except OSError:
            pass
        assert os.statvfs(self.folder).f_favail < 3

    def read_only(self, on):
        """Nothing can be created, renamed, removed or opened for writing; what is open for writing already stays so (the catalog)."""
        folder = str(self.folder).encode()
        if not on:
            assert _libc.umount2(folder, _MNT_DETACH) == 0, os.strerror(ctypes.get_errno())
            return
        for source, flags in ((folder, _MS_BIND), (None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)):
            assert _libc.mount(source, folder, None, flags, None) == 0, os.strerror(ctypes.get_errno())
        try:
            (self.folder / "probe").touch()
        except OSError:
            return
        raise AssertionError("it is not read-only")

    def nothing_partial_stays(self):
        """An empty spool, and no blob whose content is not its name."""
        wait_until(lambda: self.running.spool_files() == [], 10, "an empty spool")
        for file in self.running.blob_files():
            assert hashlib.sha256(file.read_bytes()).hexdigest() == file.name, f"{file.name} is torn"

    def keeps_again_within_5_s(self):
        """New artifacts of every size are stored again."""
        wanted = [self.new(size, chunked) for size in (SMALL, MIDDLE, LARGE) for chunked in (False, True)]
        for path, body in wanted:
            self.serves(path, body)
            wait_until(
                lambda path=path, body=body: self.serves(path, body).source == "cache", 5, f"{path} to be kept"
            )
        rows = lambda: {row["path"] for row in self.running.get("/artifacts/files").json()["artifacts"]}
        missing = lambda: {path.removeprefix("/api/files/") for path, _ in wanted} - rows()
        wait_until(lambda: not missing(), 5, "the rows")


def in_trouble(disk, before):
    """What must go on while nothing can be written: hits, misses of every size, twice, several at once, and the health page."""
    for path, body in before:
        assert disk.serves(path, body).source == "cache"
    for size in (0, SMALL, MIDDLE, LARGE):
        for chunked in (False, True):
            path, body = disk.new(size, chunked)
            disk.serves(path, body)
            disk.serves(path, body)
    path, body = disk.new(LARGE)
    for got in disk.running.herd(8, path).join():
        assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)
    assert disk.running.get("/ready").status == 200
    assert disk.running.get("/health").status == 200


def warmed(disk):
    before = [disk.new(size) for size in (SMALL, MIDDLE, LARGE)]
    for path, body in before:
        disk.serves(path, body)
    wait_until(lambda: len(disk.running.get("/artifacts/files").json()["artifacts"]) == 3, what="the rows")
    return before


@isolated()
def test_a_full_disk_leaves_nothing_partial_and_is_used_again_when_there_is_room(server):
    with Upstream() as upstream:
        disk = Disk(server, upstream, "size=64m")
        before = warmed(disk)
        disk.fill()
        in_trouble(disk, before)
        disk.nothing_partial_stays()
        (disk.folder / "foreign").unlink()
        disk.keeps_again_within_5_s()
        for path, body in before:
            disk.serves(path, body)
        disk.nothing_partial_stays()


@isolated()
def test_a_disk_that_fills_up_in_the_middle_of_a_download_leaves_nothing_partial(server):
    with Upstream() as upstream:
        disk = Disk(server, upstream, "size=64m")
        body = Body(99, 30 * MIB)
        stalled = upstream.when("/f").reply(200, body).chunked(64 * KIB).stall_after(8 * MIB)
        herd = disk.running.herd(3, "/api/files/f")
        stalled.wait_stalled()
        wait_until(lambda: min(herd.received) > 6 * MIB, 10, "the beginning to arrive")
        disk.fill()
        stalled.release()
        for got in herd.join():
            assert got.status == 200 and (not got.complete or got.sha256 == body.sha256)
        disk.nothing_partial_stays()
        (disk.folder / "foreign").unlink()
        disk.keeps_again_within_5_s()


@isolated()
def test_a_disk_without_inodes_leaves_nothing_partial_and_is_used_again_when_there_are_some(server):
    with Upstream() as upstream:
        disk = Disk(server, upstream, "size=64m,nr_inodes=400")
        before = warmed(disk)
        disk.take_inodes()
        in_trouble(disk, before)
        disk.nothing_partial_stays()
        shutil.rmtree(disk.folder / "foreign")
        disk.keeps_again_within_5_s()


@isolated()
def test_a_disk_that_became_read_only_still_serves_and_is_used_again_when_it_is_writable(server):
    with Upstream() as upstream:
        disk = Disk(server, upstream, "size=64m")
        before = warmed(disk)
        upstream.when("/index").reply(200, b"one").etag('"1"')
        assert disk.running.get("/api/changing/index").body == b"one"
        disk.read_only(True)
        in_trouble(disk, before)
        assert disk.running.get("/api/changing/index").body == b"one"
        upstream.when("/index").reply(200, b"two").etag('"2"')
        assert disk.running.get("/api/changing/index").body == b"two", "what changed is not hidden"
        disk.read_only(False)
        disk.keeps_again_within_5_s()
        assert disk.running.get("/api/changing/index").body == b"two"
        disk.nothing_partial_stays()


@isolated()
def test_a_start_on_a_full_disk_serves_what_it_has(server):
    with Upstream() as upstream:
        disk = Disk(server, upstream, "size=64m")
        before = warmed(disk)
        assert disk.running.terminate() == 0
        disk.fill()
        (disk.folder / "address").unlink(missing_ok=True)
        with open(disk.folder / "foreign", "r+b") as foreign:  # a page for the address file; the rest stays full
            foreign.truncate(foreign.seek(0, 2) - 64 * KIB)
        disk.running.start()
        for path, body in before:
            disk.serves(path, body)
        path, body = disk.new(LARGE)
        disk.serves(path, body)
        (disk.folder / "foreign").unlink()
        disk.keeps_again_within_5_s()


def test_a_spool_folder_removed_while_a_download_runs_disturbs_nobody(server, upstream):
    running = server(remotes(upstream))
    body = Body(1, 4 * MIB)
    stalled = upstream.when("/f").reply(200, body).stall_after(2 * MIB)
    herd = running.herd(3, "/api/files/f")
    stalled.wait_stalled()
    wait_until(lambda: min(herd.received) > MIB, 10, "the beginning to arrive")
    shutil.rmtree(running.data_dir / "spool")
    other = Body(2, MIB)
    upstream.when("/other").reply(200, other)
    got = running.get("/api/files/other")
    assert (got.status, got.complete, got.sha256) == (200, True, other.sha256)
    stalled.release()
    for got in herd.join():
        assert not got.complete or (got.status, got.sha256) == (200, body.sha256)
    upstream.when("/f").reply(200, body)
    got = running.get("/api/files/f")
    assert (got.status, got.complete, got.sha256) == (200, True, body.sha256)
    later = Body(3, MIB)
    upstream.when("/later").reply(200, later)
    assert running.get("/api/files/later").sha256 == later.sha256
    wait_until(lambda: running.get("/api/files/later").source == "cache", 5, "keeping again within 5 s")


def damaged(server, upstream, damage, sizes=(SMALL, MIDDLE, LARGE)):
    """Artifacts are stored, the process starts anew (nothing is in memory or held open), and their files are damaged while it runs."""
    running = server(remotes(upstream))
    bodies = {f"/d/{size}": Body(size, size) for size in sizes}
    for path, body in bodies.items():
        upstream.when(path).reply(200, body)
        assert running.get("/api/files" + path).sha256 == body.sha256
    wait_until(
        lambda: len(running.get("/artifacts/files").json()["artifacts"]) == len(sizes), what="the rows"
    )
    running.restart()
    blobs = {file.name: file for file in running.blob_files()}
    for body in bodies.values():
        damage(blobs[body.sha256])
    return running, bodies


def assert_fetched_again(running, upstream, bodies):
    for path, body in bodies.items():
        got = running.get("/api/files" + path)
        assert (got.status, got.complete, got.sha256, got.source) == (200, True, body.sha256, "remote"), path
        assert upstream.gets(path) == 2
        again = running.get("/api/files" + path)
        assert (again.complete, again.sha256, again.source) == (True, body.sha256, "cache"), path
    running.restart()
    for path, body in bodies.items():
        got = running.get("/api/files" + path)
        assert (got.sha256, got.source) == (body.sha256, "cache"), "what was fetched again was kept"


def test_files_deleted_while_the_server_runs_are_fetched_again(server, upstream):
    running, bodies = damaged(server, upstream, lambda blob: blob.unlink())
    assert_fetched_again(running, upstream, bodies)


def test_files_truncated_while_the_server_runs_are_fetched_again(server, upstream):
    running, bodies = damaged(server, upstream, lambda blob: os.truncate(blob, blob.stat().st_size // 2))
    assert_fetched_again(running, upstream, bodies)


def test_files_emptied_while_the_server_runs_are_fetched_again(server, upstream):
    running, bodies = damaged(server, upstream, lambda blob: os.truncate(blob, 0))
    assert_fetched_again(running, upstream, bodies)


def test_the_whole_store_removed_while_the_server_runs_is_fetched_again(server, upstream):
    running, bodies = damaged(server, upstream, lambda blob: shutil.rmtree(blob.parent))
    assert_fetched_again(running, upstream, bodies)


def test_a_file_truncated_while_it_is_kept_open_is_never_taken_for_whole(server, upstream):
    """The row and the open file are in memory, so the length is not looked at again: the answer must break, and a later one be right."""
    running = server(remotes(upstream))
    body = Body(5, LARGE)
    upstream.when("/f").reply(200, body)
    for _ in range(3):
        assert running.get("/api/files/f").sha256 == body.sha256
    (blob,) = running.blob_files()
    os.truncate(blob, MIB)
    got = running.get("/api/files/f")
    assert not got.complete or got.sha256 == body.sha256, "a damaged file is served as whole"
    wait_until(lambda: running.get("/api/files/f").sha256 == body.sha256, 5, "the artifact to be right again")


def flip(blob):
    """One bit in the middle: the length stays right."""
    with open(blob, "r+b") as file:
        file.seek(blob.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def test_a_flipped_bit_in_a_small_artifact_is_noticed_when_it_is_read_from_the_disk(server, upstream):
    running, bodies = damaged(server, upstream, flip, sizes=(SMALL,))
    assert_fetched_again(running, upstream, bodies)


def test_a_flipped_bit_is_found_in_the_background_counted_and_fetched_again(server, upstream):
    """Hashing a large artifact at every hit would cost more than the hit: all are read again in `--verify-every`."""
    running = server(remotes(upstream), verify_every="1s")
    bodies = {f"/d/{size}": Body(size, size) for size in (SMALL, MIDDLE, LARGE)}
    for path, body in bodies.items():
        upstream.when(path).reply(200, body)
        assert running.get("/api/files" + path).sha256 == body.sha256
    wait_until(lambda: len(running.get("/artifacts/files").json()["artifacts"]) == 3, what="the rows")
    for blob in running.blob_files():
        flip(blob)
    wait_until(lambda: running.metric("artifactapi_damaged_blobs_total") == 3, 20, "all to be found")
    assert running.blob_files() == []
    for path, body in bodies.items():
        got = running.get("/api/files" + path)
        assert (got.complete, got.sha256, got.source) == (True, body.sha256, "remote")
    wait_until(lambda: len(running.blob_files()) == 3, what="all to be stored again")
    sound = running.metric("artifactapi_verified_bytes_total")
    more = 2 * sum(body.size for body in bodies.values())
    wait_until(lambda: running.metric("artifactapi_verified_bytes_total") > sound + more, 20, "two more passes")
    assert running.metric("artifactapi_damaged_blobs_total") == 3


def test_a_flipped_bit_is_noticed_by_the_next_download_of_the_same_bytes(server, upstream):
    """The same content downloaded again is compared with a file that an earlier process left, and replaces it."""
    running, bodies = damaged(server, upstream, flip, sizes=(MIDDLE,))
    ((path, body),) = bodies.items()
    running.restart()
    upstream.when("/same-bytes").reply(200, body)
    assert running.get("/api/files/same-bytes").sha256 == body.sha256
    for same in ("/same-bytes", path):
        wait_until(
            lambda same=same: running.get("/api/files" + same).sha256 == body.sha256, 5, f"{same} to be right again"
        )


def test_what_was_read_from_a_damaged_file_ends_when_the_same_bytes_replace_it(server, upstream):
    """The damaged file is in memory, open: its replacement on the disk must reach those who ask for what is in memory."""
    running, bodies = damaged(server, upstream, flip, sizes=(MIDDLE,))
    ((path, body),) = bodies.items()
    running.restart()
    for _ in range(2):
        assert running.get("/api/files" + path).sha256 != body.sha256, "too large to be hashed at each read"
    upstream.when("/same-bytes").reply(200, body)
    assert running.get("/api/files/same-bytes").sha256 == body.sha256
    wait_until(lambda: running.get("/api/files" + path).sha256 == body.sha256, 5, "what is in memory to be right again")
    wait_until(lambda: running.metric("artifactapi_damaged_blobs_total") == 1, what="it to be counted")
