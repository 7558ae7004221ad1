"""A server as a child process on a free loopback port, which it tells in its log."""
import re
import subprocess
import time

START_SECONDS = 20
STOP_SECONDS = 10


class Served:
    """`port` is a pattern whose group is the port; `env` replaces the environment."""

    def __init__(self, argv, log, port, env=None):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
        deadline = time.monotonic() + START_SECONDS
        while not (found := re.search(port, log.read_text(errors="replace"))):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{argv[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)
        self.url = f"http://127.0.0.1:{found[1]}"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
