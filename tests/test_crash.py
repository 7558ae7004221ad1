"""kill -9 at random moments of a warm-up: whatever the moment, what is served afterwards is what the origin has.

The seed is printed when a test fails; ARTIFACTAPI_CRASH_SEED=N repeats it, ARTIFACTAPI_CRASH_MOMENTS=N asks for more moments.
"""

import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import time
import urllib.parse

import pytest

from body import Body
from server import remote
from waiting import wait_until

KIB, MIB = 1 << 10, 1 << 20
ARTIFACTS = 200


def remotes(upstream):
    return {"files": remote(upstream.base_url)}


def sizes(dice, n):
    """Empty, tiny, around the border between memory and spool, and up to 3 MiB; most of them small, as in life."""
    border = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 3 * MIB]
    return border + [int(2 ** dice.uniform(0, 21.58)) for _ in range(n - len(border))]


def script(upstream, bodies, prefix):
    """Every third one is chunked."""
    for i, body in enumerate(bodies):
        reply = upstream.when(f"/{prefix}/{i}").reply(200, body)
        if i % 3 == 0:
            reply.chunked()


def listing(running, name="files"):
    """All rows, page by page."""
    rows, cursor = [], None
    while True:
        query = "?limit=1000" + (f"&cursor={urllib.parse.quote(cursor, safe='')}" if cursor else "")
        page = running.get(f"/artifacts/{name}{query}").json()
        rows += page["artifacts"]
        cursor = page["next"]
        if not cursor:
            return rows


def assert_catalog_and_disk_agree(running, hashed):
    """Every row names a file that is there, of its size; those whose path begins with `hashed` are read and hashed too."""
    rows = listing(running)
    for row in rows:
        file = running.data_dir / "blobs" / "sha256" / row["sha256"][:2] / row["sha256"]
        assert file.is_file(), f"{row['path']} names {row['sha256']}, which is not on the disk"
        assert (
            file.stat().st_size == row["size"]
        ), f"{row['path']}: {file.stat().st_size} bytes on the disk, {row['size']} in the row"
        if row["path"].startswith(hashed):
            assert (
                hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
            ), f"{row['path']}: torn on the disk"
    return rows


def crash(running, paths, bodies, dice, old=()):
    """A warm-up by many clients, ended by kill -9 somewhere between its first and its last byte, or shortly after that.

    `old`: what was cached before; a client whose fetch failed may have been given that, marked as stale.
    """
    stale = [body.sha256 for body in old] or [None] * len(paths)
    total = sum(body.size for body in bodies)
    moment = dice.randrange(int(total * 1.05))
    after = dice.uniform(0, 0.015)  # behind a mark in the stream lie verification, renaming, commit
    herd = running.herd(len(paths), paths=paths)
    wait_until(lambda: sum(herd.received) >= min(moment, total), 60, "the moment of the crash", poll=0.0005)
    end = time.monotonic() + after
    wait_until(lambda: time.monotonic() >= end, 1, poll=0.0002)
    running.kill()
    done = 0
    for response, body, before in zip(herd.join(), bodies, stale):
        told_stale = response.complete and response.header("Warning", "").startswith("110")
        expected = before if told_stale and response.sha256 == before else body.sha256
        assert not response.complete or response.sha256 == expected, "what looked whole at the crash was not"
        done += response.complete
    return moment / max(total, 1), done


def crash_at(server, upstream, moments):
    seed = int(os.environ.get("ARTIFACTAPI_CRASH_SEED") or random.SystemRandom().randrange(1 << 32))
    moments = int(os.environ.get("ARTIFACTAPI_CRASH_MOMENTS") or moments)
    print(f"ARTIFACTAPI_CRASH_SEED={seed}")
    dice = random.Random(seed)
    running = server(remotes(upstream))
    kept = 0
    for moment in range(moments):
        bodies = [Body(dice.getrandbits(32), size) for size in sizes(dice, ARTIFACTS)]
        prefix = f"m{moment}"
        script(upstream, bodies, prefix)
        paths = [f"/api/files/{prefix}/{i}" for i in range(ARTIFACTS)]
        at, done = crash(running, paths, bodies, dice)
        running.start()
        assert running.spool_files() == [], "the spool is not empty after the start"
        rows = assert_catalog_and_disk_agree(running, prefix + "/")
        survived = sum(row["path"].startswith(prefix + "/") for row in rows)
        kept += survived
        print(f"moment {moment}: at {at:.0%} of the bytes, {done} answered, {survived} survived")
        for path, body, got in zip(paths, bodies, running.herd(ARTIFACTS, paths=paths).join()):
            assert (got.status, got.complete, got.size, got.sha256) == (
                200,
                True,
                body.size,
                body.sha256,
            ), path
        for i in range(ARTIFACTS):
            upstream.routes.pop((None, f"/{prefix}/{i}"))
        if moment % 10 == 9:  # what ten crashes left is served without upstream, then thrown away
            restart_and_judge(running, upstream, paths, bodies)
            running.kill()
            shutil.rmtree(running.data_dir)
            running.start()
    return running, kept


def restart_and_judge(running, upstream, paths, bodies):
    """An orderly restart without the origin: what was answered before the SIGTERM is all there."""
    assert running.terminate(20) == 0
    upstream.stop()
    running.start()
    assert_catalog_and_disk_agree(running, "m")
    for path, body in zip(paths, bodies):
        got = running.get(path, keep=False)
        assert (got.status, got.complete, got.sha256, got.source) == (200, True, body.sha256, "cache"), path
    upstream.start()


def test_five_moments_of_a_warm_up(server, upstream):
    crash_at(server, upstream, 5)


@pytest.mark.heavy
def test_fifty_moments_of_a_warm_up(server, upstream):
    _, kept = crash_at(server, upstream, 50)
    assert kept > 0, "nothing ever survived: this is no cache"


def is_new(response, body):
    return response.sha256 == body.sha256 and response.header("Warning") is None


def test_a_crash_while_old_copies_are_replaced_leaves_the_old_or_the_new(server, upstream):
    seed = int(os.environ.get("ARTIFACTAPI_CRASH_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"ARTIFACTAPI_CRASH_SEED={seed}")
    dice = random.Random(seed)
    running = server({"files": remote(upstream.base_url, mutable_patterns=[".*"], mutable_ttl=0)})
    count = 60
    paths = [f"/api/files/r/{i}" for i in range(count)]
    old = [Body(dice.getrandbits(32), size) for size in sizes(dice, count)]
    script(upstream, old, "r")
    assert all(response.complete for response in running.herd(count, paths=paths).join())
    for _ in range(3):
        new = [Body(dice.getrandbits(32), size) for size in sizes(dice, count)]
        script(upstream, new, "r")
        crash(running, paths, new, dice, old)
        upstream.stop()
        running.start()
        assert_catalog_and_disk_agree(running, "r/")
        for path, before, after in zip(paths, old, new):
            got = running.get(path, keep=False)  # stale, as the origin is away
            assert got.complete
            if got.status == 200:  # what was never durable may be gone
                assert got.sha256 in (before.sha256, after.sha256), f"{path} is neither the old nor the new"
        upstream.start()
        for path, body in zip(paths, new):  # what was served stale is believed for a second, and says so
            wait_until(lambda: is_new(running.get(path, keep=False), body), 5, f"{path} to be new")
        # Rows are written some at a time: until then a crash leaves the ones before.
        stored = {body.sha256 for body in new}
        wait_until(lambda: {row["sha256"] for row in listing(running)} == stored, 5, "the rows of the new ones")
        old = new


class Trace:
    """The calls of a server that write or sync, in their order."""

    def __init__(self, directory):
        self._file = directory / "trace"
        calls = "trace=fdatasync,fsync,syncfs,pwrite64,write,rename,renameat,renameat2,link,linkat"
        # -D: the traced process stays our child, so that signals and exit codes are its own.
        self.wrapper = ["strace", "-D", "-f", "-y", "-s", "5000", "-e", calls, "-e", "signal=none", "-o", str(self._file)]
        if subprocess.run(self.wrapper + ["true"], capture_output=True, check=False).returncode != 0:
            pytest.skip("LOUD: strace may not trace here")
        # The leak sanitizer cannot look into a traced process.
        self.environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        self.lines = []

    def read(self):
        self.lines = pathlib.Path(self._file).read_text("latin-1").splitlines()

    def place(self, *parts, after=-1):
        """Of the first line after that one in which all the patterns are found; None: there is none."""
        of_lines = range(after + 1, len(self.lines))
        return next((i for i in of_lines if all(re.search(part, self.lines[i]) for part in parts)), None)


@pytest.mark.skipif(shutil.which("strace") is None, reason="LOUD: needs strace to see the order of writes")
@pytest.mark.parametrize("size", [10, 300 * KIB])
def test_a_row_is_written_only_after_its_bytes_are_synced(server, upstream, tmp_path, size):
    trace = Trace(tmp_path)
    running = server(remotes(upstream), wrapper=trace.wrapper, env=trace.environment)
    upstream.when("/traced-artifact").reply(200, Body(1, size))
    assert running.get("/api/files/traced-artifact").complete
    wait_until(lambda: listing(running), what="the row")
    trace.read()
    place = trace.place
    digest = Body(1, size).sha256
    row = place(r"\bpwrite64\(", "catalog", "traced-artifact")
    synced = place(r"\b(fdatasync|fsync)\(", digest)
    folder = place(r"\bfsync\(", f"/sha256/{digest[:2]}>")
    assert row is not None, "the trace does not show the row: does the catalog still write with pwrite64?"
    assert synced is not None and synced < row, "the row was written before its bytes were synced"
    assert (
        folder is not None and folder < row
    ), "the row was written before the folder of its bytes was synced"
    made = place(f"/{digest[:2]}/{digest}")
    named = place(r"\bfsync\(", "/blobs/sha256>", after=made)
    assert named is not None and named < row, "the row was written before the name of that new folder was synced"


@pytest.mark.skipif(shutil.which("strace") is None, reason="LOUD: needs strace to see the order of writes")
def test_rows_of_a_batch_are_written_only_after_all_its_bytes_are_synced(server, upstream, tmp_path):
    trace = Trace(tmp_path)
    running = server(remotes(upstream), wrapper=trace.wrapper, env=trace.environment)
    bodies = {f"traced-{i:02}": Body(i, 100) for i in range(60)}
    for name, body in bodies.items():
        upstream.when(f"/{name}").reply(200, body)
    herd = running.herd(len(bodies), paths=[f"/api/files/{name}" for name in bodies])
    assert all(response.complete for response in herd.join())
    wait_until(lambda: len(listing(running)) == len(bodies), what="all rows")
    trace.read()
    together = 0
    for name, body in bodies.items():
        written = trace.place(r"\bpwrite64\(", body.sha256)
        row = trace.place(r"\bpwrite64\(", "catalog", name)
        assert written is not None and row is not None, f"{name}: the trace does not show its bytes or its row"
        # A call that another thread's interrupted ends in a line of its own.
        all_synced = trace.place(r"\bsyncfs(\(.*| resumed>.*)\) += 0$", after=written)
        file_synced = trace.place(r"\b(fdatasync|fsync)\(", body.sha256, after=written)
        synced = min(i for i in (all_synced, file_synced, len(trace.lines)) if i is not None)
        assert synced < row, f"{name}: the row was written before its bytes were synced"
        together += synced == all_synced
    assert together, "no batch was synced as a whole: this test shows nothing"
