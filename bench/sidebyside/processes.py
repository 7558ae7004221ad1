"""Servers as child processes, and what the kernel says they cost."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field

TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS = 20
STOP_SECONDS = 10


class Unavailable(RuntimeError):
    """A server or a tool this run cannot have; said in the report, never silently left out."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


@dataclass
class Server:
    name: str
    process: subprocess.Popen
    port: int
    prefix: str = ""   # before every path: where a server mounts the upstream
    notes: list = field(default_factory=list)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{self.prefix}{path}"

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """Ends the process we started and what it forked, which share the session made for it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def spawn(argv, log, stdout=None):
    """In a session of its own, and told to end should this script be killed."""
    with open(log, "ab") as out:
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        return subprocess.Popen(guard + [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=stdout or out, stderr=out,
                                start_new_session=True)


def start(name, argv, log, port, ready=None, prefix="", stdout=None):
    """`port` is a number, or a function that tells it once the server has said it (None until then)."""
    server = Server(name, spawn(argv, log, stdout), 0, prefix)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        server.port = port() if callable(port) else port
        if server.port and (ready(server) if ready else answers(server.port)):
            return server
        time.sleep(0.02)
    server.stop()
    tail = open(log, errors="replace").read()[-1500:]
    raise Unavailable(f"{name} did not start: {tail}")


def descendants(pid):
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        for task in tasks_of(current):
            try:
                with open(f"/proc/{current}/task/{task}/children") as f:
                    todo += map(int, f.read().split())
            except OSError:
                pass
    return found


def tasks_of(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


class Usage:
    """CPU time of a process tree at one moment: of its live threads in nanoseconds, of its processes in ticks."""

    def __init__(self, pid):
        self.threads, self.ticks, self.processes = {}, 0, descendants(pid)
        for process in self.processes:
            try:
                with open(f"/proc/{process}/stat") as f:
                    fields = f.read().rsplit(")", 1)[1].split()
                self.ticks += int(fields[11]) + int(fields[12])
            except OSError:
                continue
            for task in tasks_of(process):
                try:
                    with open(f"/proc/{process}/task/{task}/schedstat") as f:
                        self.threads[task] = int(f.read().split()[0])
                except OSError:
                    pass

    def until(self, later):
        """Seconds of user and system time. Ticks are coarse (10 ms a process) but count threads that ended in between:
        they are taken where they tell of more than their coarseness explains."""
        fine = sum(max(0, ns - self.threads.get(task, 0)) for task, ns in later.threads.items()) / 1e9
        coarse = (later.ticks - self.ticks) / TICK
        return coarse if coarse > fine + 2 * len(later.processes) / TICK else fine


def proportional_memory(pid):
    """Bytes, shared pages divided among their users."""
    total = 0
    for process in descendants(pid):
        try:
            with open(f"/proc/{process}/smaps_rollup") as f:
                total += int(re.search(r"^Pss:\s+(\d+)", f.read(), re.M)[1]) * 1024
        except (OSError, TypeError):
            pass
    return total


def pin(pid, cpus):
    for process in descendants(pid):
        for task in tasks_of(process):
            try:
                os.sched_setaffinity(int(task), cpus)
            except OSError:
                pass


class Machine:
    """What all CPUs did since this was made."""

    def __init__(self):
        self.begin = self._read()

    @staticmethod
    def _read():
        with open("/proc/stat") as f:
            return [int(x) for x in f.readline().split()[1:9]]   # user nice system idle iowait irq softirq steal

    def _since(self):
        return [b - a for a, b in zip(self.begin, self._read())]

    def steal(self):
        """Share of the time that the hypervisor took."""
        spent = self._since()
        return spent[7] / sum(spent) if sum(spent) else 0.0

    def busy(self):
        """CPU seconds of everything that ran, server or not."""
        spent = self._since()
        return (sum(spent) - spent[3] - spent[4] - spent[7]) / TICK
