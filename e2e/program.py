"""The program under test as a child process: its own data directory, a free port, one log file a start."""
import http.client
import os
import re
import signal
import subprocess
import time
from collections import Counter

START_SECONDS = 20
STOP_SECONDS = 15
DRAIN = "2s"   # a tenth of it waits for load balancers to notice, of which none is here
# The machine's own back ends, proxies and settings stay outside.
KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")
CACHE_LINE = re.compile(r"Cache (HIT|MISS|STALE|REVALIDATED)")


class Program:
    """One start of the binary. A second Program on the same work_dir is a restart with the same store."""

    def __init__(self, binary, work_dir, remotes_yaml):
        work_dir.mkdir(parents=True, exist_ok=True)
        self.binary = binary
        self.data_dir = work_dir / "data"
        self.config = work_dir / "remotes.yaml"
        self.config.write_text(remotes_yaml)
        self.log = work_dir / f"log.{len(list(work_dir.glob('log.*')))}"
        self.process = None
        self.port = None
        self._told_to_stop = False

    def start(self):
        address = self.data_dir / "address"
        address.unlink(missing_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--config", self.config, "--listen", "127.0.0.1:0",
                 "--data-dir", self.data_dir, "--log-format", "text", "--drain-timeout", DRAIN],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ})
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready(address):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the program did not start:\n{self.log_text()[-4000:]}")
            time.sleep(0.02)

    def _is_ready(self, address):
        port = re.search(r":(\d+)\s*$", address.read_text()) if address.exists() else None
        if not port:
            return False
        self.port = int(port[1])
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def url(self, remote):
        return f"http://127.0.0.1:{self.port}/api/{remote}"

    def begin_stop(self):
        """Draining takes seconds: of several programs all are told before one is waited for."""
        if self.process and self.process.poll() is None and not self._told_to_stop:
            self.process.send_signal(signal.SIGTERM)
            self._told_to_stop = True

    def stop(self):
        """Ends it the way a service manager does; afterwards the log is complete."""
        if self.process is None or self.process.poll() is not None:
            return
        self.begin_stop()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def cache_lines(self):
        """The log's lines about artifacts, in order. Call after stop()."""
        return [line for line in self.log_text().splitlines() if CACHE_LINE.search(line)]

    def outcomes(self):
        """How often the log says HIT, MISS, STALE, REVALIDATED. Call after stop()."""
        return Counter(CACHE_LINE.search(line)[1] for line in self.cache_lines())
