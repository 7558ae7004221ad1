"""Memory is bounded by configuration, never by clients times the size of what they ask for."""

import os
import pathlib
import uuid

import pytest

from body import Body
from server import remote
from waiting import SLOWNESS, memory_bound, wait_until

MIB = 1 << 20


class Cgroup:
    """A memory cgroup of our own, v1 or v2; None of it where we may not make one."""

    def __init__(self, limit):
        root = pathlib.Path("/sys/fs/cgroup")
        v1 = (root / "memory" / "memory.limit_in_bytes").exists()
        self.folder = (root / "memory" if v1 else root) / f"artifactapi-{uuid.uuid4().hex[:12]}"
        try:
            self.folder.mkdir()
            (self.folder / ("memory.limit_in_bytes" if v1 else "memory.max")).write_text(str(limit))
        except OSError as error:
            if self.folder.exists():
                self.folder.rmdir()
            pytest.skip(f"LOUD: cannot make a memory cgroup here: {error}")

    def wrapper(self):
        """The command that a server is started with to live inside."""
        return ["sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh"]

    def close(self):
        wait_until(
            lambda: not (self.folder / "cgroup.procs").read_text().strip(), what="the cgroup to be empty"
        )
        self.folder.rmdir()


@pytest.fixture
def cgroup():
    if os.geteuid() != 0:
        pytest.skip("LOUD: needs root to make a memory cgroup")
    if SLOWNESS != 1:
        pytest.skip("memory limits do not hold under a sanitizer")
    made = []

    def make(limit):
        made.append(Cgroup(limit))
        return made[-1]

    yield make
    for one in made:
        one.close()


def many_slow_and_one_fast(cgroup, server, upstream, limit, clients, size):
    upstream.when("/big").reply(200, Body(1, size))
    upstream.when("/small").reply(200, Body(2, 50_000))
    running = server({"files": remote(upstream.base_url)}, wrapper=cgroup(limit).wrapper())
    slow = [running.connect(receive_buffer=4096) for _ in range(clients)]
    for one in slow:
        one.ask("/api/files/big")
    got = running.get("/api/files/big", keep=False, timeout=90)
    assert got.complete and got.sha256 == Body(1, size).sha256
    for one in slow:
        assert one.read_until(1000).size >= 1000
    assert running.get("/api/files/small").sha256 == Body(2, 50_000).sha256
    assert upstream.gets("/big") == 1
    assert running.running()
    for one in slow:
        one.reset()


def test_a_hundred_clients_that_hardly_read_in_128_mib(cgroup, server, upstream):
    many_slow_and_one_fast(cgroup, server, upstream, 128 * MIB, 100, 160 * MIB)


@pytest.mark.heavy
def test_a_thousand_clients_that_hardly_read_in_512_mib(cgroup, server, upstream):
    many_slow_and_one_fast(cgroup, server, upstream, 512 * MIB, 1000, 1024 * MIB)


def test_many_small_artifacts_stay_within_the_memory_cache(server, upstream):
    running = server({"files": remote(upstream.base_url)}, memory_cache="8MiB")
    upstream.when("/first").reply(200, b"x")
    running.get("/api/files/first")
    before = running.memory()
    for i in range(40):
        for j in range(25):
            upstream.when(f"/{i}/{j}").reply(200, Body(i * 25 + j, 40_000))
        herd = running.herd(25, paths=[f"/api/files/{i}/{j}" for j in range(25)])
        assert all(r.complete and r.status == 200 for r in herd.join())
    assert running.memory() - before < memory_bound(60 * MIB)
