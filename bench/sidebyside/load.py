"""Load on one server, and what it cost: every function returns one row of figures (a dict)."""
import http.client
import json
import os
import re
import shutil
import subprocess
import time

from .processes import Machine, Unavailable, Usage, pin

HEADERS = ("User-Agent: bench/1 (linux-amd64)", "X-Request-Id: 0d2c1f9a7b3e4c5d8f60718293a4b5c6")
ANYTHING = ("Accept: */*", "Accept-Encoding: gzip, deflate")
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}
SETTLE_SECONDS = 0.5   # after a miss: what a server still does to store it is part of its cost


class Cost:
    """CPU seconds of a server and of the whole machine, and its steal, while the block runs."""

    def __init__(self, server, settle=0.0):
        self.server, self.settle = server, settle

    def __enter__(self):
        self.machine, self.before = Machine(), Usage(self.server.pid)
        return self

    def __exit__(self, *_):
        time.sleep(self.settle)
        self.cpu, self.stolen = self.before.until(Usage(self.server.pid)), self.machine.steal()
        self.busy = self.machine.busy()

    def row(self):
        return {"cpu": self.cpu, "busy": self.busy, "steal": self.stolen}


def quantile(text, percent):
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.M)
    if not found:
        raise RuntimeError(f"wrk told no {percent} % quantile:\n{text}")
    return float(found[1]) * UNITS[found[2]]


def wrk(server, path, seconds, threads, connections, split, headers=(), script=None, accepts=ANYTHING):
    """split: the server on CPU 0 and wrk on CPU 1; else both on all CPUs. Unsplit with one wrk thread, the two
    land on one CPU or on two from run to run, and the figures fall into two heaps."""
    if not shutil.which("wrk"):
        raise Unavailable("wrk is not installed")
    cpus = os.cpu_count()
    split = split and cpus > 1
    argv = ["taskset", "-c", "1"] if split else []
    argv += ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
    for header in (*HEADERS, *accepts, *headers):
        argv += ["-H", header]
    if script:
        argv += ["-s", str(script)]
    if split:
        pin(server.pid, {0})
    with Cost(server) as cost:
        out = subprocess.run([*argv, server.url(path)], capture_output=True, text=True, timeout=seconds + 60).stdout
    if split:
        pin(server.pid, set(range(cpus)))
    requests = int(re.search(r"(\d+) requests in", out)[1])
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", out)))
    for errors in re.findall(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out):
        failed += sum(map(int, errors))
    return cost.row() | {"requests_s": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), "failed": failed,
                         "p50": quantile(out, 50), "p99": quantile(out, 99), "cpu_100k": cost.cpu / max(requests, 1) * 1e5,
                         "all_100k": cost.busy / max(requests, 1) * 1e5}


def sequence_in_python(server, prefix, suffix, count, size, settle=0.0):
    """One after the other over one connection, by a client that itself does something between two of them, as package
    managers do. Failed: whatever is not 200 with so many bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    first, failed, started = [], 0, time.monotonic()
    with Cost(server, settle) as cost:
        for i in range(count):
            asked = time.monotonic()
            connection.request("GET", f"{server.prefix}{prefix}{i}{suffix}")
            answer = connection.getresponse()
            first.append(time.monotonic() - asked)
            body = answer.read()   # of an error too, or the connection takes no other request
            failed += answer.status != 200 or len(body) != size
        seconds = time.monotonic() - started
    connection.close()
    first.sort()
    return cost.row() | {"requests_s": count / seconds, "failed": failed, "cpu_100k": cost.cpu / count * 1e5,
                         "first_p50": first[count // 2], "first_p99": first[count * 99 // 100]}


class LoadClient:
    """bench/load.cpp: see its head for the modes."""

    def __init__(self, program):
        self.program = program

    def _argv(self, mode, server, *rest):
        return [self.program, mode, "127.0.0.1", str(server.port), *map(str, rest)]

    def _run(self, server, settle, mode, *rest):
        with Cost(server, settle) as cost:
            done = subprocess.run(self._argv(mode, server, *rest), capture_output=True, text=True, timeout=200)
        if done.returncode:
            raise RuntimeError(f"{mode} on {server.name}: {done.stderr.strip()}")
        row = cost.row() | json.loads(done.stdout)
        gigabytes = row["bytes"] / 1e9
        row |= {"cpu_gb": row["cpu"] / gigabytes if gigabytes else 0, "all_gb": row["busy"] / gigabytes if gigabytes else 0,
                "gb_s": gigabytes / row["seconds"],
                "cpu_100k": row["cpu"] / max(row["ok"], 1) * 1e5, "requests_s": row["ok"] / row["seconds"]}
        return row

    def fetch(self, server, path, clients, settle=0.0):
        return self._run(server, settle, "fetch", server.prefix + path, clients)

    def sequence(self, server, prefix, suffix, count, settle=0.0):
        return self._run(server, settle, "sequence", server.prefix + prefix, suffix, count)

    def paced(self, server, prefix, suffix, modulo, rate, seconds):
        return self._run(server, 0, "paced", server.prefix + prefix, suffix, modulo, rate, seconds)

    def hold(self, server, path, connections):
        """A running process that holds the connections until its stdin ends; and its row."""
        process = subprocess.Popen(self._argv("hold", server, server.prefix + path, connections),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return process, json.loads(process.stdout.readline())
