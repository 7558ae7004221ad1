"""Starts the real binary on a port of its own, and judges how it ends."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import client
from herd import Herd
from waiting import deadline, wait_until

_SANITIZER = re.compile(
    r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: \w+Sanitizer)"
)


def binary():
    """The program under test."""
    given = os.environ.get("ARTIFACTAPI_BIN")
    if given:
        return os.path.abspath(given)
    return str(pathlib.Path(__file__).resolve().parent.parent / "build" / "dev" / "artifactapi")


def remote(base_url, **keys):
    """One generic remote; further keys as in remotes.yaml, cache keys (…_ttl) at the top level for short."""
    entry = {"base_url": base_url, "type": "remote", "package": "generic"}
    cache = {key: keys.pop(key) for key in list(keys) if key in _CACHE_KEYS}
    entry.update(keys)
    if cache:
        entry["cache"] = cache
    return entry


_CACHE_KEYS = ("immutable_ttl", "mutable_ttl", "negative_ttl", "stale_retry")


def to_yaml(value, indent=0):
    """Block-style YAML of dicts, lists and scalars; strings in double quotes."""
    pad = "  " * indent
    if isinstance(value, dict):
        lines = []
        for key, each in value.items():
            if isinstance(each, (dict, list)) and each:
                lines.append(f"{pad}{key}:\n{to_yaml(each, indent + 1)}")
            else:
                lines.append(f"{pad}{key}: {_scalar(each)}\n")
        return "".join(lines)
    return "".join(f"{pad}- {_scalar(each)}\n" for each in value)


def _scalar(value):
    return json.dumps(value, ensure_ascii=False)


def config_text(remotes):
    """remotes.yaml as text from a dict of remotes, or the text itself."""
    return remotes if isinstance(remotes, str) else to_yaml({"remotes": remotes})


def clean_environment(more=None):
    """No proxy, no back end and no setting of the machine leaks into the program."""
    keep = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE")
    sanitizers = re.compile(r"(ASAN|UBSAN|TSAN|LSAN)_(OPTIONS|SYMBOLIZER_PATH)")
    env = {name: value for name, value in os.environ.items() if name in keep or sanitizers.fullmatch(name)}
    env.update(more or {})
    return env


def run(arguments, env=None, cwd=None, timeout=20):
    """The binary as a command that ends by itself."""
    return subprocess.run(
        [binary(), *arguments],
        env=clean_environment(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=deadline(timeout),
    )


class Server:
    """One process. `start()` returns when it accepts; `finish()` stops it and asserts that it ended well."""

    def __init__(self, folder, remotes, flags=None, env=None, wrapper=(), secrets=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = self.folder / "data"
        self.config = self.folder / "remotes.yaml"
        self.config.write_text(config_text(remotes))
        self.flags = dict(flags or {})
        self.env = dict(env or {})
        self.wrapper = list(wrapper)
        self.secrets = list(secrets)
        self.process = None
        self.tls = None  # the context of a client of --tls-cert
        self.address = None
        self.generation = 0
        self.expect_unclean_spool = False  # set by tests that kill the process

    # Life.
    def command(self):
        command = self.wrapper + [
            binary(),
            "serve",
            "--config",
            str(self.config),
            "--data-dir",
            str(self.data_dir),
        ]
        flags = {"listen": "127.0.0.1:0", "drain_timeout": "1s", **self.flags}
        for name, value in flags.items():
            flag = "--" + name.replace("_", "-")
            command += [flag] if value is True else [flag, str(value)]
        return command

    def spawn(self):
        """Starts the process without waiting."""
        self.generation += 1
        (self.data_dir / "address").unlink(missing_ok=True)
        self._stdout = open(self.folder / f"stdout.{self.generation}", "wb")
        self._stderr = open(self.folder / f"stderr.{self.generation}", "wb")
        self.process = subprocess.Popen(
            self.command(),
            env=clean_environment(self.env),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            stderr=self._stderr,
        )
        return self

    def start(self, timeout=15):
        self.spawn()
        file = self.data_dir / "address"

        def accepting():
            code = self.process.poll()
            assert code is None, f"ended at the start with {code}:\n{self.output()}"
            return file.exists() and file.read_text().endswith("\n")

        try:
            wait_until(accepting, timeout, "the server to accept")
        except AssertionError:
            self.kill()
            raise
        self.address = file.read_text().split()[0]
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_exit(self, timeout=10):
        """The exit code, or None when it did not end in time."""
        try:
            code = self.process.wait(deadline(timeout))
        except subprocess.TimeoutExpired:
            return None
        self._stdout.close()
        self._stderr.close()
        return code

    def kill(self):
        """kill -9, as a crash."""
        if self.running():
            self.process.kill()
        if self.process:
            self.wait_exit()

    def terminate(self, timeout=10):
        """SIGTERM and the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait_exit(timeout)

    def restart(self):
        """An orderly stop, and a new process on the same data."""
        code = self.terminate()
        assert code == 0, f"exit code {code} on SIGTERM\n{self.output()}"
        return self.start()

    def finish(self):
        """The end of a test: everything that must hold whatever the test did."""
        code = 0
        if self.running():
            self.check_no_open_spool()
            code = self.terminate(20)
            if code is None:
                self.process.send_signal(signal.SIGABRT)
                self.kill()
        self.check_output()
        assert code == 0, f"exit code {code} on SIGTERM (None: did not end)\n{self.output()}"
        if not self.expect_unclean_spool:
            assert self.spool_files() == [], "files left in the spool after an orderly stop"

    # Questions.
    def output(self):
        """Everything it said, all starts."""
        parts = []
        for number in range(1, self.generation + 1):
            for name in ("stderr", "stdout"):
                file = self.folder / f"{name}.{number}"
                if file.exists():
                    parts.append(file.read_text("utf-8", "replace"))
        return "\n".join(part for part in parts if part)

    def log(self):
        """The JSON lines of the log so far."""
        lines = []
        for line in self.output().splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    pass  # the last one may be half written
        return lines

    def wait_log(self, matches, timeout=5, what="a log line"):
        """The first log line for which matches(line) is true."""
        return wait_until(lambda: next((line for line in self.log() if matches(line)), None), timeout, what)

    def spool_files(self):
        spool = self.data_dir / "spool"
        return (
            sorted(str(p.relative_to(spool)) for p in spool.rglob("*") if p.is_file())
            if spool.exists()
            else []
        )

    def blob_files(self):
        blobs = self.data_dir / "blobs"
        return sorted(p for p in blobs.rglob("*") if p.is_file()) if blobs.exists() else []

    def descriptors(self):
        """What the open descriptors point at."""
        links = []
        for entry in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                links.append(os.readlink(entry))
            except OSError:
                pass
        return links

    def memory(self):
        """Resident bytes now."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def check_no_open_spool(self):
        """A fill that nobody follows any more must let go of its file (it may first go on for a grace time)."""
        prefix = str(self.data_dir / "spool")
        mine = lambda: [
            link
            for link in self.descriptors()
            # Renditions have no name, and stay open while memory keeps them.
            if link.startswith(prefix) and not link.rstrip("/").endswith(("spool", " (deleted)"))
        ]
        end = time.monotonic() + deadline(8)
        while self.running():
            left = mine()
            if not left:
                return
            assert time.monotonic() < end, f"descriptors on spool files are left open: {left}"
            time.sleep(0.02)

    def check_output(self):
        text = self.output()
        found = _SANITIZER.search(text)
        assert not found, f"sanitizer report:\n{text[max(0, found.start() - 500) :][:8000]}"
        self.check_secrets(text, "the log")

    def check_secrets(self, text, where):
        for secret in self.secrets:
            assert secret not in text, f"a secret ({secret[:6]}…) appears in {where}"

    # Asking it.
    def get(self, path, headers=None, **more):
        return client.get(self.address, path, headers, **{"tls": self.tls, **more})

    def head(self, path, headers=None, **more):
        return client.head(self.address, path, headers, **{"tls": self.tls, **more})

    def connect(self, **more):
        return client.Conn(self.address, **{"tls": self.tls, **more})

    def herd(self, n, path=None, **more):
        """A Herd that has started."""
        return Herd(self.address, n, path, **more).start()

    def joined_herd(self, n, path, held, **more):
        """A Herd of which one made upstream's stalling reply `held` stall and all others wait for the same."""
        joined = "artifactapi_fills_joined_total"
        before = self.metric(joined)
        herd = self.herd(n, path, **more)
        held.wait_stalled()
        wait_until(lambda: self.metric(joined) >= before + n - 1, what="everybody to join")
        return herd

    def metrics(self):
        """Samples by name: {name: [(labels, value)]}."""
        import prometheus_text

        return prometheus_text.parse(self.get("/metrics").text)

    def metric(self, name):
        """The sum of all samples of that name."""
        return sum(value for _, value in self.metrics()[name])
