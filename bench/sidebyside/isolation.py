"""Hits while dead things are asked for beside them: one dead upstream or resolver must never delay a hit.

The clients of the dead things share the CPUs with everything else; `beside live`, the same clients asking for something that is
answered at once, shows how much of a difference is theirs.

A second instance of ours has two more remotes: `silent`, whose upstream accepts and never answers, and `nowhere`, whose
name is asked of a nameserver that never answers (only when this script may give the instance a resolv.conf of its own).
"""
import asyncio
import os
import random
import shutil
import socket
import subprocess
import threading

from .processes import Unavailable
from .report import Case, Target

RATE = 2000            # hits a second, far below what saturates: the figure is delay, not throughput
FILES = 1000
DISTURBERS = 64        # connections that ask for dead things
PATIENCE_SECONDS = 0.5   # after which each gives up, or once it was answered, and asks for another
PAUSE_SECONDS = 0.1

REMOTES = """  silent:
    base_url: "http://127.0.0.1:{port}"
    type: "remote"
    package: "generic"
  nowhere:
    base_url: "http://upstream.example"
    type: "remote"
    package: "generic"
"""


class SilentListener:
    """Accepts connections (the kernel does) and never says anything."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.socket.getsockname()[1]

    def close(self):
        self.socket.close()


class SilentNameserver:
    """A bound UDP port 53 nobody reads, on a loopback address of its own, and the command that makes it the resolver."""

    def __init__(self, work):
        if os.geteuid() != 0 or not shutil.which("unshare"):
            raise Unavailable("the nameserver part needs root and unshare")
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
            raise Unavailable("the nameserver part needs mount namespaces")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        address = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}.{random.randint(2, 250)}"
        self.socket.bind((address, 53))
        file = work / "resolv.conf"
        file.write_text(f"nameserver {address}\n")
        self.command = ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh", file]

    def close(self):
        self.socket.close()


class Disturbance:
    """Clients of the dead remotes (of a page that lives, without remotes), in a thread; on between `with` and its end."""

    def __init__(self, server, remotes):
        self.server, self.remotes = server, remotes
        self.asked = 0

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.all.cancel)
        self.thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.all = asyncio.gather(*(self._client(i) for i in range(DISTURBERS)), return_exceptions=True)
        try:
            self.loop.run_until_complete(self.all)
        except asyncio.CancelledError:
            pass
        self.loop.close()

    async def _client(self, number):
        while True:
            path = f"/api/{self.remotes[number % len(self.remotes)]}/{number}-{self.asked}" if self.remotes else "/health"
            writer = None
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
                self.asked += 1
                writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
                await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
            except (OSError, TimeoutError):
                pass
            finally:
                if writer:
                    writer.close()
            await asyncio.sleep(PAUSE_SECONDS)


def isolation(bench):
    stage, case = bench.stage, Case(
        f"hits at {RATE}/s beside {DISTURBERS} clients of dead upstreams", ["answer_p50", "answer_p99", "answer_max", "failed", "steal"],
        [Target("p99 ÷ quiet's", "answer_p99", 2.0, None, "quiet")])
    if not stage.binary:
        print("isolation: skipped, there is no program of ours in this run", flush=True)
        return
    bench.cases.append(case)
    listener, nameserver, remotes, before = SilentListener(), None, ["silent"], []
    try:
        nameserver = SilentNameserver(stage.work)
        remotes.append("nowhere")
        before = nameserver.command
    except (Unavailable, OSError) as error:
        case.notes.append(f"without the black-holed nameserver: {error}")
    try:
        server = stage.ours("isolated", REMOTES.format(port=listener.port), before)
        bench.client.sequence(server, "/s/", ".bin", FILES)
        for _ in range(bench.rounds):
            case.add("quiet", measure(bench, server))
            with Disturbance(server, None):
                case.add("beside live", measure(bench, server))
            with Disturbance(server, remotes) as disturbance:
                case.add("ours", measure(bench, server))
            case.notes.append(f"dead things asked for in this round: {disturbance.asked}")
    finally:
        listener.close()
        if nameserver:
            nameserver.close()
    print(case.table(), flush=True)


def measure(bench, server):
    row = bench.client.paced(server, "/s/", ".bin", FILES, RATE, bench.seconds)
    return row | {key.replace("end_", "answer_"): value for key, value in row.items() if key.startswith("end_")}
