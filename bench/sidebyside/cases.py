"""What is measured: one function a test, each makes the Case objects (tables) it fills."""
import os
import sys
import time

from .isolation import isolation
from .load import SETTLE_SECONDS, sequence_in_python, wrk
from .processes import proportional_memory
from .report import Case, Target
from .servers import SIZES, SMALL_FILES, SMALL_SIZE

WRK_COLUMNS = ["requests_s", "p50", "p99", "cpu_100k", "all_100k", "failed", "steal"]
IDLE_CONNECTIONS = 5000
HERD_CLIENTS = 200
SMALL_MISSES = 2000
# How the kernel spreads a few connections over a server's workers is luck, and doubles the cost; so does when
# a thread that waits for the first byte gets its turn. Many short rounds, or the luck is what is measured.
LARGE_ROUNDS_EACH = 5
# Two hundred clients end within a tenth of each other in one round and not in the next, whatever the server.
HERD_ROUNDS_EACH = 3
# A measurement during which the hypervisor took more than this of the machine is made again, up to so many times
# in all; the quietest one counts.
QUIET_STEAL, MOST_TRIES = 0.05, 3

RANDOM_LUA = """local base
function init(args)
  math.randomseed(os.time())
  base = wrk.path:gsub("/s/.*$", "")
end
function request()
  return wrk.format(nil, base .. "/s/" .. math.random(0, %d) .. ".bin")
end
"""


def cpu_targets(metric, **limits):
    """nginx=(at_most, aim) ... -> targets on the CPU ratio to each server named."""
    names = {"nginx": "nginx", "ofc": "nginx+ofc", "varnish": "varnish", "floor": "floor", "direct": "direct"}
    return [Target(f"CPU ÷ {names[key]}", metric, at_most, aim, names[key]) for key, (at_most, aim) in limits.items()]


class Bench:
    """The servers under test, and how often and how long each is measured."""

    def __init__(self, stage, client, caches, rounds, seconds):
        self.stage, self.client, self.caches = stage, client, caches
        self.rounds, self.seconds = rounds, seconds
        self.cases = []
        self._warm = set()
        self._tags = 0

    @property
    def direct_and_caches(self):
        return [self.stage.upstream, *self.caches]

    def has(self, name):
        return any(cache.name == name for cache in self.caches)

    @property
    def for_misses(self):
        return [self.stage.upstream, self.stage.floor_of_misses(), *self.caches]

    def interleave(self, case, servers, measure, rounds=None):
        """A B C, A B C, ...: what else the machine does meets all of them alike."""
        self.cases.append(case)
        for _ in range(rounds or self.rounds):
            for server in servers:
                try:
                    case.add(server.name, self.quiet(case, server, measure))
                except Exception as error:   # one server's failure must not end the others' run
                    case.notes.append(f"{server.name} failed: {error!r}")
        print(case.table(), flush=True)

    @staticmethod
    def quiet(case, server, measure):
        """The row of the quietest of a few measurements; one that failed is taken as it is."""
        rows = []
        for _ in range(MOST_TRIES):
            rows.append(measure(server))
            if rows[-1].get("failed") or rows[-1].get("steal", 0) <= QUIET_STEAL:
                break
        case.repeated += len(rows) - 1
        return rows[-1] if rows[-1].get("failed") else min(rows, key=lambda row: row.get("steal", 0))

    def warm(self, paths, servers):
        """Two fetches of each, and the sizes must be right: a fast wrong answer is no answer."""
        for server in servers:
            for path, size in paths:
                if (server.name, path) in self._warm:
                    continue
                for _ in range(2):
                    row = self.client.fetch(server, path, 1)
                    if row["failed"] or row["bytes"] != size:
                        print(f"warning: {server.name} {path}: {row}", file=sys.stderr)
                self._warm.add((server.name, path))
        time.sleep(SETTLE_SECONDS)

    def tag(self):
        """A path segment no one has asked for before."""
        self._tags += 1
        return f"{os.getpid()}-{self._tags}"


def hits(size, split, shared):
    """`split` and `shared` are the targets of the two ways to run wrk."""
    def run(bench):
        servers = [bench.stage.floor(None if size == "4k" else f"{size}.bin"), *bench.caches]
        bench.warm([(f"/{size}.bin", SIZES[size])], bench.caches)
        one = Case(f"{size} hit, wrk t1 c64, one CPU each", WRK_COLUMNS, split, "cpu_100k")
        bench.interleave(one, servers, lambda s: wrk(s, f"/{size}.bin", bench.seconds, 1, 64, True))
        both = Case(f"{size} hit, wrk t2 c256, CPUs shared", WRK_COLUMNS, shared, "cpu_100k")
        bench.interleave(both, servers, lambda s: wrk(s, f"/{size}.bin", bench.seconds, 2, 256, False))
    return run


def random_hits(bench):
    script = bench.stage.work / "random.lua"
    script.write_text(RANDOM_LUA % (SMALL_FILES - 1))
    for server in bench.caches * 2:   # two fetches of each, as `warm` does
        row = bench.client.sequence(server, "/s/", ".bin", SMALL_FILES)
        if row["failed"] or row["bytes"] != SMALL_FILES * SMALL_SIZE:
            print(f"warning: {server.name} /s/: {row}", file=sys.stderr)
    case = Case(f"random 8 KiB hit of {SMALL_FILES:,} files, wrk t1 c64, one CPU each", WRK_COLUMNS,
                cpu_targets("cpu_100k", nginx=(0.60, 0.45)), "cpu_100k")
    bench.interleave(case, bench.caches, lambda s: wrk(s, "/s/0.bin", bench.seconds, 1, 64, True, script=script))


def no_keep_alive(bench):
    bench.warm([("/4k.bin", SIZES["4k"])], bench.caches)
    case = Case("4k hit, a connection a request, wrk t1 c64, one CPU each", WRK_COLUMNS,
                cpu_targets("cpu_100k", nginx=(1.0, 0.85)), "cpu_100k")
    bench.interleave(case, bench.caches, lambda s: wrk(s, "/4k.bin", bench.seconds, 1, 64, True, ["Connection: close"]))


def large_hits(size, streams):
    def run(bench):
        bench.warm([(f"/{size}.bin", SIZES[size])], bench.direct_and_caches)
        case = Case(f"{size} hit, {streams} at once", ["gb_s", "cpu_gb", "all_gb", "first_p50", "failed", "steal"],
                    cpu_targets("cpu_gb", nginx=(1.0, None), direct=(None, 1.1)), "cpu_gb")
        servers = [bench.stage.floor(f"{size}.bin"), *bench.direct_and_caches]
        bench.interleave(case, servers, lambda s: bench.client.fetch(s, f"/{size}.bin", streams),
                         rounds=LARGE_ROUNDS_EACH * bench.rounds)
    return run


def large_miss(bench):
    targets = cpu_targets("cpu_gb", nginx=(0.6, 0.45))
    targets.append(Target("first byte - direct's, s", "first_p50", 0.002, 0.001, "direct", difference=True))
    case = Case("256m miss, one client", ["gb_s", "cpu_gb", "first_p50", "failed", "steal"], targets, "cpu_gb")

    def measure(server):
        bench.stage.change("256m")
        os.sync()   # the one before left dirty pages; a writer throttled for them would pay for it
        return bench.client.fetch(server, f"/cold/{bench.tag()}/256m.bin", 1, SETTLE_SECONDS)
    bench.interleave(case, bench.for_misses, measure, rounds=LARGE_ROUNDS_EACH * bench.rounds)


def small_misses(bench):
    def measure(path, suffix):
        def run(server):
            os.sync()   # or who syncs pays for the files of who does not
            return bench.client.sequence(server, path.format(tag=bench.tag()), suffix, SMALL_MISSES, SETTLE_SECONDS)
        return run

    def in_python(server):
        os.sync()
        return sequence_in_python(server, f"/cold/{bench.tag()}-", "/4k.bin", SMALL_MISSES, SIZES["4k"], SETTLE_SECONDS)

    def case(name):
        return Case(name, ["requests_s", "first_p50", "first_p99", "cpu_100k", "failed", "steal"],
                    cpu_targets("cpu_100k", nginx=(0.6, 0.4)), "cpu_100k")
    direct, floor, *caches = bench.for_misses
    passing_on, with_rows, packed, only_rows = (bench.stage.floor_of_misses(mode) for mode in ("pass", "rows", "packed", "stored"))
    least = [passing_on, bench.stage.nginx_passing_on()] if bench.has("nginx") else [passing_on]
    bench.interleave(case("4k miss, one connection, one after the other"), [direct, *least, floor, with_rows, packed, *caches],
                     measure("/unique/{tag}-", ""))
    bench.interleave(case("4k miss of the same bytes under another name, likewise"), [direct, *least, only_rows, *caches],
                     measure("/cold/{tag}-", "/4k.bin"))
    bench.interleave(case("4k miss of the same bytes under another name, by a client in Python"), [direct, *least, only_rows, *caches], in_python)


def herd(bench):
    targets = [Target("upstream fetches", "fetches", 1), Target("first byte p50, s", "first_p50", 0.1),
               Target("failed", "failed", 0), Target("end ÷ varnish's", "end_max", 1.0, None, "varnish"),
               Target("end ÷ the upstream's own time", "end_max", None, 1.2, "direct")]
    case = Case(f"{HERD_CLIENTS} clients, one uncached 64m, upstream at 50 MB/s",
                ["fetches", "first_p50", "first_p99", "first_max", "end_p50", "end_p99", "end_max", "cpu_gb", "failed", "steal"],
                targets, "cpu_gb")

    def measure(server):
        bench.stage.change("64m")
        before = bench.stage.upstream_fetches()
        clients = 1 if server.name == "direct" else HERD_CLIENTS
        row = bench.client.fetch(server, f"/slow/{bench.tag()}/64m.bin", clients, SETTLE_SECONDS)
        return row | {"fetches": bench.stage.upstream_fetches() - before}
    bench.interleave(case, bench.direct_and_caches, measure, rounds=HERD_ROUNDS_EACH * bench.rounds)


def idle(bench):
    bench.warm([("/4k.bin", SIZES["4k"])], bench.caches)
    case = Case(f"{IDLE_CONNECTIONS:,} idle connections", ["memory_kib", "failed"], [Target("KiB a connection", "memory_kib", 10, 4)])

    def measure(server):
        before = proportional_memory(server.pid)
        process, row = bench.client.hold(server, "/4k.bin", IDLE_CONNECTIONS)
        time.sleep(1)   # time for a server to give back what an idle connection needs no more
        grown = proportional_memory(server.pid) - before
        process.communicate("")
        return {"memory_kib": grown / 1024 / IDLE_CONNECTIONS, "failed": row["failed"]}
    bench.interleave(case, bench.caches, measure, rounds=1)


TESTS = {
    "hits-4k": hits("4k", [], cpu_targets("cpu_100k", nginx=(0.55, None), ofc=(0.70, None), varnish=(0.50, None), floor=(None, 1.2))),
    "random": random_hits,
    "hits-64k": hits("64k", *[cpu_targets("cpu_100k", nginx=(0.80, 0.65))] * 2),
    "hits-1m": hits("1m", *[cpu_targets("cpu_100k", nginx=(0.60, 0.45))] * 2),
    "large-256m": large_hits("256m", 8),
    "large-1g": large_hits("1g", 2),
    "close": no_keep_alive,
    "miss-256m": large_miss,
    "miss-4k": small_misses,
    "herd": herd,
    "idle": idle,
    "isolation": isolation,
}

# The files a test needs at the upstream.
SIZES_OF = {"hits-4k": ["4k"], "hits-64k": ["64k"], "hits-1m": ["1m"], "large-256m": ["256m"], "large-1g": ["1g"], "close": ["4k"],
            "miss-256m": ["256m"], "miss-4k": ["4k"], "herd": ["64m"], "idle": ["4k"], "random": [], "isolation": []}
NEEDS_SMALL = {"random", "isolation"}
