"""Hits while dead things are asked for beside them: one dead upstream or resolver must never delay a hit.

The clients share the CPUs with everything else, so they are cheap and take their turns evenly; `beside live`, the same clients
asking for something that is answered at once, shows how much of a difference is theirs.

A second instance of ours has two more remotes: `silent`, whose upstream accepts and never answers, and `nowhere`, whose
name is asked of a nameserver that never answers (only when this script may give the instance a resolv.conf of its own).
"""
import json
import os
import random
import shutil
import socket
import subprocess

from .processes import Unavailable
from .report import Case, Target

RATE = 2000            # hits a second, far below what saturates: the figure is delay, not throughput
FILES = 1000
DISTURBERS = 64        # connections that ask for dead things
PATIENCE_MS = 500      # after which each gives up, answered or not
PAUSE_MS = 100         # after which it asks for another
# One stolen time slice of 5 ms is 1 % of half a second: a p99 of few rounds is the hypervisor's.
ROUNDS_EACH = 3

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
    """Clients that ask for these pages and lose patience, a process for each page; between `with` and its end."""

    def __init__(self, program, server, pages):
        self.argv = [[program, "127.0.0.1", server.port, page, DISTURBERS // len(pages), PATIENCE_MS, PAUSE_MS] for page in pages]
        self.asked = 0

    def __enter__(self):
        self.processes = [subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                          for argv in self.argv]
        return self

    def __exit__(self, *_):
        for process in self.processes:
            self.asked += json.loads(process.communicate("", timeout=20)[0])["asked"]


def isolation(bench):
    stage, case = bench.stage, Case(
        f"hits at {RATE}/s beside {DISTURBERS} clients of dead upstreams", ["answer_p50", "answer_p99", "answer_max", "failed", "steal"],
        [Target("p99 ÷ quiet's", "answer_p99", 2.0, None, "quiet")])
    if not stage.binary:
        print("isolation: skipped, there is no program of ours in this run", flush=True)
        return
    bench.cases.append(case)
    abandon = stage.compile("abandon")
    listener, nameserver, pages, before = SilentListener(), None, ["/api/silent/"], []
    try:
        nameserver = SilentNameserver(stage.work)
        pages.append("/api/nowhere/")
        before = nameserver.command
    except (Unavailable, OSError) as error:
        case.notes.append(f"without the black-holed nameserver: {error}")
    try:
        server = stage.ours("isolated", REMOTES.format(port=listener.port), before)
        bench.client.sequence(server, "/s/", ".bin", FILES)
        asked, measured = 0, measure_with(bench)
        for _ in range(ROUNDS_EACH * bench.rounds):
            case.add("quiet", bench.quiet(case, server, measured))
            with Disturbance(abandon, server, ["/health?"]):
                case.add("beside live", bench.quiet(case, server, measured))
            with Disturbance(abandon, server, pages) as disturbance:
                case.add("ours", bench.quiet(case, server, measured))
            asked += disturbance.asked
        case.notes.append(f"dead things asked for in all rounds: {asked}")
    finally:
        listener.close()
        if nameserver:
            nameserver.close()
    print(case.table(), flush=True)


def measure_with(bench):
    def run(server):
        row = bench.client.paced(server, "/s/", ".bin", FILES, RATE, bench.seconds)
        return row | {key.replace("end_", "answer_"): value for key, value in row.items() if key.startswith("end_")}
    return run
