"""Everything at once for a while, with faults switched on and off: no wrong byte, no hang, no leak."""

import random
import threading
import time

import pytest

from body import Body
from client import get
from server import remote
from waiting import wait_until

KIB = 1024


def remotes(upstream):
    return {
        "files": remote(upstream.base_url),
        "changing": remote(
            upstream.base_url, mutable_patterns=[".*"], mutable_ttl=0, check_mutable_updates=True
        ),
        "second": remote(upstream.base_url, mutable_patterns=[".*"], mutable_ttl=1),
    }


FAULTS = [
    lambda reply: reply,
    lambda reply: reply.chunked(),
    lambda reply: reply.cut_after(reply.body.size // 2),
    lambda reply: reply.cut_after(reply.body.size // 3, rst=True),
    lambda reply: reply.missing_last_chunk(),
    lambda reply: reply.bad_chunk(),
    lambda reply: reply.drop_connection(),
    lambda reply: reply.garbage(),
    lambda reply: reply.rate(2_000_000),
    lambda reply: reply.until_close(),
    lambda reply: reply.reply(503, b""),
    lambda reply: reply.reply(404, b""),
]


class Soak:
    """Paths whose bytes never change, so that every complete 200 can be judged."""

    def __init__(self, upstream, running, seed):
        self.upstream, self.running, self.dice = upstream, running, random.Random(seed)
        sizes = [0, 1, 100, 10 * KIB, 64 * KIB, 64 * KIB + 1, 300 * KIB, 2048 * KIB]
        self.bodies = [Body(i, sizes[i % len(sizes)]) for i in range(64)]
        self.wrong = []
        self.asked = 0
        self.stop = threading.Event()
        for i in range(len(self.bodies)):
            self.script(i, FAULTS[0])

    def script(self, i, fault):
        self.upstream.replace(
            f"/{i}", lambda reply: fault(reply.reply(200, self.bodies[i]).etag(f'"{i}"').with_ranges())
        )

    def client(self, seed):
        dice = random.Random(seed)
        while not self.stop.is_set():
            i = dice.randrange(len(self.bodies))
            path = f"/api/{dice.choice(['files', 'changing', 'second'])}/{i}"
            try:
                self.ask(dice, path, self.bodies[i])
            except OSError as error:
                self.wrong.append(f"{path}: {error!r}")
            except AssertionError as error:
                self.wrong.append(f"{path}: {error}")
            self.asked += 1

    def ask(self, dice, path, body):
        kind = dice.randrange(10)
        if kind == 0:
            with self.running.connect() as leaving:
                leaving.ask(path)
                leaving.read_until(dice.randrange(1, 100_000))
                leaving.reset()
            return
        if kind == 1 and body.size > 10:
            first = dice.randrange(body.size - 5)
            got = get(self.running.address, path, {"Range": f"bytes={first}-{first + 4}"})
            assert got.error != "time-out", got
            assert (
                got.status != 206 or not got.complete or got.body == body.slice(first, first + 5)
            ), "wrong range"
        else:
            method = "HEAD" if kind == 2 else "GET"
            got = get(
                self.running.address, path, {"If-None-Match": '"none"'} if kind == 3 else None, method=method
            )
            assert got.error != "time-out", got
            if got.complete and got.status == 200 and method == "GET":
                assert got.sha256 == body.sha256, f"wrong bytes: {got.size} of {body.size}"
        assert got.status in (None, 200, 206, 404, 416, 502, 503, 504), got

    def run(self, seconds, clients):
        threads = [threading.Thread(target=self.client, args=(seed,)) for seed in range(clients)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.wrong:
            self.script(self.dice.randrange(len(self.bodies)), self.dice.choice(FAULTS))
            self.stop.wait(0.002)
            if self.dice.randrange(400) == 0:
                self.upstream.drop_connections(rst=True)
        self.stop.set()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert self.wrong == []
        for i in range(len(self.bodies)):
            self.script(i, FAULTS[0])
        for i, body in enumerate(self.bodies):
            right = (
                lambda i=i, body=body: (got := get(self.running.address, f"/api/changing/{i}")).complete
                and got.status == 200
                and got.sha256 == body.sha256
            )
            wait_until(right, 5, f"/{i} to be right again within 5 s")


def soak(server, upstream, seconds, clients, seed):
    running = server(remotes(upstream), disk_limit="24MiB")
    descriptors = len(running.descriptors())
    soaking = Soak(upstream, running, seed)
    soaking.run(seconds, clients)
    assert soaking.asked > 50, "hardly anything was asked"
    wait_until(lambda: running.spool_files() == [], 15, "an empty spool")
    wait_until(lambda: sum(f.stat().st_size for f in running.blob_files()) <= 24 << 20, 10, "the disk limit")
    assert len(running.descriptors()) < descriptors + 300


def test_a_few_seconds_of_everything(server, upstream):
    soak(server, upstream, 4, 12, seed=1)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", [2, 3])
def test_a_minute_of_everything(server, upstream, seed):
    soak(server, upstream, 60, 24, seed)
