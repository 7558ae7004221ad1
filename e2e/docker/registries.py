"""Registries of two makes as child processes on free loopback ports; they end with the test module."""
import re
import subprocess
import time

from availability import fetched_program

START_SECONDS = 20
STOP_SECONDS = 10

DISTRIBUTION = """version: 0.1
log: {{level: info, formatter: text}}
storage:
  filesystem: {{rootdirectory: {root}/store}}
  delete: {{enabled: false}}
http:
  addr: 127.0.0.1:0
  secret: e2e
{more}
"""
BASIC = """auth:
  htpasswd: {{realm: e2e, path: {htpasswd}}}
"""
PULL_THROUGH = """proxy:
  remoteurl: {url}
"""


class Registry:
    """A process that says in its log which port it listens on."""

    def __init__(self, argv, log, port):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
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


def distribution(directory, more=""):
    """docker-registry, from Debian."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.yml").write_text(DISTRIBUTION.format(root=directory, more=more))
    return Registry([fetched_program("docker-registry"), "serve", directory / "config.yml"], directory / "log",
                    r"listening on 127\.0\.0\.1:(\d+)")


def distribution_with_password(directory, htpasswd):
    """The same behind Basic authentication; `htpasswd` is a line with a bcrypt hash."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "htpasswd").write_text(htpasswd)
    return distribution(directory, BASIC.format(htpasswd=directory / "htpasswd"))


def in_memory(directory):
    """go-containerregistry's registry: another make, which keeps everything in memory."""
    directory.mkdir(parents=True, exist_ok=True)
    return Registry([fetched_program("crane"), "registry", "serve", "--address", "127.0.0.1:0"], directory / "log",
                    r"serving on .*?:?(\d+)\s")


MAKES = {"docker-registry": distribution, "go-containerregistry": in_memory}
